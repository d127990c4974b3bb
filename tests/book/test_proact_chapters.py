"""The chapters on PRO-ACT run on a reader's own download, and show nobody in it."""

import re
import shutil

import adversary
import numpy as np
import pandas as pd
import pytest
from id_search import Rows, find_ids, small_counts, texts_of
from planted import EXTREMES, N_RARE, plant

from alsnb.book.chapters import find_chapter
from alsnb.book.execute import execute, jobs_for
from alsnb.book.runs import assemble
from alsnb.book.unpack import as_frame, read_notebook, unpack
from alsnb.settings import top_folder
from alsnb.study.proact import prepare
from alsnb.synthetic.draw import draw_world
from alsnb.synthetic.parameters import describe_parameters
from alsnb.synthetic.write import write_release
from alsnb.tables.proact.release import MARKER, find_release
from alsnb.tables.proact.schema import tables

pytestmark = [pytest.mark.book, pytest.mark.slow]

ON_BOTH = ["03-cleaning", "04-cohort"]
"""Chapters that are executed on the twin too, for comparison."""

CHAPTERS = [
    "00-question",
    "02-data",
    "03-cleaning",
    "04-cohort",
    "05-features",
    "20-pipeline",
    "21-baselines",
    "22-ffnn",
    "23-cnn",
    "24-rnn",
    "25-comparison",
    "26-explaining",
    "27-fewer-features",
    "28-imputation",
    "29-alsfrs-r",
    "30-fast",
    "31-survival",
    "32-leakage",
]
"""All chapters that read PRO-ACT."""

N_PATIENTS = 700
FIRST_ID = 7_310_000
"""Subjects are numbered from here, so that no other number on a page is one of theirs."""

WITH_ROWS = ("alsfrs", "labs", "vitals", "fvc")

COUNT_NOBODY = {
    "data_defects": {"most"},  # of the twin's, whatever release the page is built on
    "question_course": {"month"},
    "fast_bars": {"low", "high"},  # edges
    "features_by_table": {"n_measures", "n_features", "n_kept", "in_paper", "in_paper_kept"},
    "features_sequence": {"visit"},
    "features_counts": {"difference"},  # of features, from the published number
    "features_ranks": {"rank"},
    "features_windows": {"months"},
    "features_prices": {"months", "reference"},
    "pipeline_features": {"constant"},  # features
    "pipeline_learnt": {"fold"},
    "pipeline_forest": {"place", "best", "worst", "n_folds"},
    "pipeline_pearson": {"place", "best", "worst", "n_folds"},
    "pipeline_said": {"published", "forest", "pearson", "difference"},  # places
    "pipeline_five": {"published", "forest", "pearson", "best", "worst"},
    "pipeline_overlap": {"n_pairs"},
    "pipeline_overlap_measures": {"n_pairs"},
    "pipeline_copies": {"n_copies", "copies_in_ten"},
    "pipeline_copies_gaps": {"n_copies"},
    "ffnn_layers": {"output_shape"},
    "comparison_calibration": {"bin"},
    "comparison_seeds": {"n_seeds"},
    "comparison_splits": {"split"},
    "explaining_sums": {"place"},
    "explaining_overlap": {"k", "shared", "n_pairs"},
    "explaining_named": {"n_inputs", "place"},
    "explaining_copies": {"place"},
    "fewer_counts": {"n_features"},
    "baselines_tuned": {"n_trials"},  # of a search
    "comparison_levels": {"n_networks"},
    "comparison_prices": {"n_trials"},
    "comparison_criteria": {"trial"},
    "explaining_measures": {"n_inputs"},
    "explaining_together": {"n_features"},
    "survival_curves": {"months"},
    "survival_honest_curves": {"months"},
    "survival_prices": {"n_defined"},  # a share of resamples
    "leakage_best_of": {"count"},  # of settings
} | {
    f"{network}_{table}": columns
    for network in ("ffnn", "cnn", "rnn")
    for table, columns in {
        "trace": {"trial"},
        "losses": {"network", "epoch"},
        "luck": {"n_seeds"},
    }.items()
}
"""By table of a chapter, the columns of whole numbers that count neither patients nor rows."""

PROBABILITIES = {"p_holm"}
"""Columns that count nobody in any table, and may happen to be 1 throughout."""

QUOTES_OF_NOBODY = {
    *("explaining_n_copies", "explaining_n_permutations", "explaining_n_networks"),
    *("explaining_n_resampled", "data_n_ours", "data_n_defects"),
    *("pipeline_n_again", "pipeline_n_others"),
    *("ffnn_n_trials", "fewer_n_trials", "fewer_n_main", "imputing_n_trials", "revised_n_trials"),
}
"""Whole numbers in the text that count neither."""

TOLD = re.compile(
    r"\bn\s*=\s*[1-4]\b(?![.,]\d)"
    r"|(?<![\d.,])(?<!month )[1-4] \((?:\d+(?:\.\d+)?\)|[^()]*%)"
    r"|(?<![\d.,])[1-4] (?:of [\d,]+ )?(?:patient|subject|person|people|row|record|visit)s?\b"
)
"""A small count in words, alone or with its share; not a rank with its range, nor a layer."""


@pytest.fixture(scope="module")
def runs(once):
    """The folder with a download, the same with the marker of the twin, and a run on each."""

    def make(folder):
        download, twin = folder / "my-download", folder / "with-marker"
        write_release(draw_world(N_PATIENTS, seed=11), download, release="2022")
        renumber(download)
        plant(download)
        shutil.copytree(download, twin)
        (download / MARKER).unlink()
        runs = (("real", download, CHAPTERS), ("twin", twin, ON_BOTH))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ALSNB_STORE", str(folder / "store"))
            patch.delenv("ALSNB_PROACT", raising=False)
            jobs = {
                run: jobs_for(
                    [find_chapter(name) for name in chapters],
                    {"data_dir": str(data), "profile": "smoke"},
                )
                for run, data, chapters in runs
            }
            execute([job for of_run in jobs.values() for job in of_run])
            for name, of_run in jobs.items():
                assemble(of_run, folder / name)
        return {}

    return once("proact-chapters", make)[0]


def renumber(folder):
    """Give the subjects numbers of seven digits in every table, as the newest release has."""
    own = {}
    for file in find_release(folder).files.values():
        header, *lines = (folder / file).read_text().splitlines(keepends=True)
        pairs = [line.split(",", 1) for line in lines]
        for subject, _ in pairs:
            own.setdefault(subject, str(FIRST_ID + 37 * len(own)))
        text = "".join(f"{own[subject]},{rest}" for subject, rest in pairs)
        (folder / file).write_text(header + text)


@pytest.fixture(scope="module")
def ids(runs):
    files = find_release(runs / "my-download").files.values()
    frames = [pd.read_csv(runs / "my-download" / file, usecols=["subject_id"]) for file in files]
    found = frozenset(pd.concat(frames)["subject_id"].astype(int))
    assert len(found) == N_PATIENTS
    assert min(found) == FIRST_ID
    return found


@pytest.fixture(scope="module")
def rows(runs):
    """The rows of the raw tables, to be looked for."""
    release, found = find_release(runs / "my-download"), Rows()
    for name in WITH_ROWS:
        file = runs / "my-download" / release.files[name]
        found.add(pd.read_csv(file, dtype=str, keep_default_na=False), tables()[name].day)
    return found


def shown_in(folder):
    """Return what each chapter of a run shows."""
    notebooks = sorted((folder / "notebooks").glob("*.ipynb"))
    assert [path.stem for path in notebooks] == (ON_BOTH if folder.name == "twin" else CHAPTERS)
    return {path.stem: unpack(read_notebook(path)) for path in notebooks}


def outputs_of(folder):
    """Yield every output of the run's notebooks as one text."""
    for path in sorted((folder / "notebooks").glob("*.ipynb")):
        for cell in read_notebook(path).cells:
            for output in cell.get("outputs", ()):
                data = {k: v for k, v in output.get("data", {}).items() if k != "image/png"}
                yield path.stem, "\n".join([output.get("text", ""), *map(str, data.values())])


def test_planted_identifiers_are_found():
    """A search that finds nothing proves nothing: first it has to find what is there."""
    ids = frozenset([7_310_037, 412, 98_765])
    for text in (
        "subject 7310037 fell",
        "7310037,3,4,4",
        "[7310037]",
        "<td>7310037</td>",
        "7310037.0",
        "7,310,037 was here",
        "7.310037e+06",
        "x\n7310037\ny",
        "n = 7310037.",
        "(412)",
        "0  98765  3.2",
        "98,765",
        "id:412;",
        '{"subject": 98765}',
    ):
        assert find_ids(text, ids), text
    for text in ("73100371", "a7310037f", "3.7310037", "4120", "412.5", "98765abc"):
        assert not find_ids(text, ids), text


def test_planted_rows_are_found(rows, runs):
    release = find_release(runs / "my-download")
    alsfrs, labs = (
        pd.read_csv(
            runs / "my-download" / release.files[name], dtype=str, keep_default_na=False, nrows=200
        )
        for name in ("alsfrs", "labs")
    )
    for frame, least in ((alsfrs, 150), (labs, 150)):
        without_id = frame.drop(columns="subject_id")
        found = [rows.find(" | ".join(cells)) for cells in without_id.itertuples(index=False)]
        assert sum(count > 0 for count in found) > least
    assert rows.find(alsfrs.head(40).drop(columns="subject_id").to_html())
    assert rows.find(labs.tail(3).to_string())
    assert not rows.find("The mean total was 31.2 at 412 visits of 93 patients, 4 less.")


def test_planted_small_counts_are_found():
    frame = pd.DataFrame({"n": [10, 3], "share": [0.5, 2.0], "month": [1, 2]})
    assert small_counts(frame, ["month"]) == ["n"]
    flow = pd.DataFrame({"excluded": ["", "fewer than 5", "7"], "remaining": [100, 98, 91]})
    assert small_counts(flow) == ["steps of remaining"]
    audit = pd.DataFrame({"rows_before": ["1,000", "90"], "rows_after": ["998", "90"]})
    assert small_counts(audit) == ["rows_before - rows_after"]
    assert small_counts(pd.DataFrame({"n": [0, 5, None], "text": ["a", "b", "1"]})) == []
    for text in ("3 (0.4%)", "bulbar 3 (12)", "2 of 90 patients", "n = 3", "4 (1 to 9 %)"):
        assert TOLD.search(text), text
    for text in ("onset 2 (1 to 28)", "dense 1 (32, from dense 2)", "93 (12%)", "month 4 (0.07)"):
        assert not TOLD.search(text), text


def test_the_download_is_called_the_readers_own_and_the_other_one_simulated(runs):
    for name, kind in (("real", "user"), ("twin", "simulated")):
        for chapter, shown in shown_in(runs / name).items():
            assert [source["kind"] for source in shown.sources] == [kind], chapter
    labels = [text for _, text in outputs_of(runs / "real") if text.strip().startswith("*Data:*")]
    assert all("simulated" not in label and "the reader's own" in label for label in labels)
    stamped = {
        name: [
            path.name
            for path in (runs / name / "figures").glob("*.svg")
            if "simulated: not patients" in path.read_text()
        ]
        for name in ("real", "twin")
    }
    assert stamped["real"] == []
    assert len(stamped["twin"]) == len(list((runs / "twin" / "figures").glob("*.svg"))) > 0


def test_no_subject_is_named_in_any_file_of_the_run(runs, ids):
    texts = list(texts_of(runs / "real"))
    assert len(texts) > 100
    places = [place for place, text in texts if find_ids(text, ids)]
    assert places == []


def test_no_row_of_a_patient_is_in_any_file_of_the_run(runs, rows):
    places = [place for place, text in texts_of(runs / "real") if rows.find(text)]
    assert places == []


def test_no_frame_of_patients_is_shown(runs):
    for chapter, shown in shown_in(runs / "real").items():
        for name, text in shown.tables.items():
            assert "subject_id" not in as_frame(text).columns, (chapter, name)
    for chapter, text in outputs_of(runs / "real"):
        assert not re.search(r"<th[^>]*>\s*subject_id|^\s*subject_id\b", text, re.M), chapter


def test_no_figure_has_a_mark_for_every_patient(runs):
    n_patients = len(prepare(runs / "my-download").cohort.patients)
    for path in (runs / "real" / "figures").glob("*.svg"):
        # marks are drawn by use, lines and letters are not
        marks = re.findall(r"<g clip-path[^>]*>(.*?)</g>", path.read_text(), re.S)
        assert max((mark.count("<use ") for mark in marks), default=0) < n_patients, path.name


def small_in(folder):
    """Return chapter, table and column of every small count of a run."""
    return [
        (chapter, name, column)
        for chapter, shown in shown_in(folder).items()
        for name, text in shown.tables.items()
        for column in small_counts(as_frame(text), PROBABILITIES | COUNT_NOBODY.get(name, set()))
    ]


def test_no_count_under_five_is_in_a_table(runs):
    assert small_in(runs / "real") == []
    assert small_in(runs / "twin") != []  # the same tables hold some, where nobody stands behind


def test_no_count_under_five_is_quoted(runs):
    for chapter, shown in shown_in(runs / "real").items():
        for name, facts in shown.values.items():
            raw = facts["raw"]
            is_whole = isinstance(raw, int) and not isinstance(raw, bool)
            small = is_whole and 1 <= raw <= 4
            assert not small or name in QUOTES_OF_NOBODY, (chapter, name)


def test_no_count_under_five_is_told_in_words_or_in_a_figure(runs):
    sources = {
        parameter.source for parameter in describe_parameters().itertuples() if parameter.source
    }
    for chapter, text in outputs_of(runs / "real"):
        for source in sources:  # what others counted in other patients
            text = text.replace(source, "")
        assert not TOLD.search(text), (chapter, TOLD.search(text)[0])


# --- what can be worked out ----------------------------------------------------------------

COUNTS = ("n_patients", "n_known", "subjects", "rows", "values", "patients", "remaining", "n_moved")
"""Columns that count patients or their records, exactly."""

HOLDS = [
    ("subjects", "rows"),
    ("patients", "rows"),
    ("patients", "values"),
    ("n_known", "n_patients"),
    ("remaining", "subjects"),
    ("n_moved", "n_patients"),
]
"""Pairs of such columns of which the second holds the first."""

PARTS = {"cohort_slopes": ["group"], "imputing_groups": ["model", "metric"], "survival_account": []}
"""Tables whose rows are parts of a whole, and what they are grouped by."""

ROUNDED = ("cleaning_balance", "cleaning_switches", "cleaning_mistakes", "cleaning_prices")
"""Tables of counts to the nearest ten, whose differences from a total say nothing."""

NO_SHARES = (*PROBABILITIES, "density", "jaccard")
"""Columns of numbers below one that are no share of any total."""

LIMITS = ["low", "high"]
"""Of an interval: what resamples of patients give, or a formula; the estimate is looked at."""

SET_BEFOREHAND = ("expected", "without_defects", "threshold")
"""Columns that rest on no patient."""


@pytest.fixture(scope="module")
def study(runs):
    return prepare(runs / "my-download")


@pytest.fixture(scope="module")
def totals(runs, study):
    """How many there are at every step to the cohort, and on either side of the split."""
    told = {
        name: facts["raw"]
        for shown in shown_in(runs / "real").values()
        for name, facts in shown.values.items()
    }
    learnt_from = told["comparison_n_train"]
    n_patients = len(study.cohort.patients)
    steps = set(study.cohort.flow["remaining"])
    return sorted({*map(int, steps), learnt_from, n_patients - learnt_from})


def tables_of(run):
    return {
        name: as_frame(text).drop(columns=list(COUNT_NOBODY.get(name, ())), errors="ignore")
        for shown in shown_in(run).values()
        for name, text in shown.tables.items()
    }


def recovered_from(tables, totals, n_cohort):
    """Return what every attack finds in tables, by attack and table."""
    found = {}
    for name, frame in tables.items():
        counts = [column for column in COUNTS if column in frame]
        exact = [] if name in ROUNDED else counts
        frame = frame.drop(columns=LIMITS if "estimate" in frame else [], errors="ignore")
        attacks = {
            "shares of totals": adversary.shares_of_totals(
                frame.drop(columns=[*counts, *NO_SHARES], errors="ignore"), totals
            ),
            "shares of own counts": adversary.shares_of_own_counts(frame, counts),
            "rests of columns": adversary.rests_of_columns(frame, HOLDS),
            "rests of cells": adversary.rests_of_cells(frame, exact, [n_cohort, max(totals)]),
            "beside what is hidden": adversary.left_beside_hidden(frame, counts, SET_BEFOREHAND),
        }
        if name in PARTS:
            parts = frame[frame["end"] != "all"] if "end" in frame else frame.assign(all="")
            groups = parts.assign(all="").groupby(PARTS[name] or ["all"])
            attacks["rests of parts"] = [
                pair
                for _, rows in groups
                for pair in adversary.rests_of_totals(rows, "n_patients", totals)
            ]
        found |= {(attack, name): what for attack, what in attacks.items() if what}
    return found


def test_groups_of_three_are_there_to_be_found(study):
    """They are in the download, among those with a slope, and nobody else is in them."""
    features = study.features
    sizes = [(features["riluzole"] == 0).sum(), (features["site_both"] == 1).sum()]
    sizes += [features["male"].isna().sum(), study.clean.frames["svc"]["subject_id"].nunique()]
    assert all(1 <= size <= N_RARE for size in sizes), sizes
    assert features["age"].max() == EXTREMES["age"]
    assert features["onset_delta"].min() == EXTREMES["onset_delta"]


def test_no_small_count_can_be_worked_out_from_the_tables(runs, totals, study):
    n_cohort = len(study.cohort.patients)
    assert recovered_from(tables_of(runs / "real"), totals, n_cohort) == {}
    # the same tables give some away where nobody stands behind them
    attacks = {attack for attack, _ in recovered_from(tables_of(runs / "twin"), totals, n_cohort)}
    assert {"shares of own counts", "rests of columns"} & attacks


def test_no_small_count_can_be_worked_out_from_a_quoted_number(runs, totals):
    for chapter, shown in shown_in(runs / "real").items():
        for name, facts in shown.values.items():
            frame = pd.DataFrame({"raw": [facts["raw"]]})
            if isinstance(facts["raw"], float):
                assert not adversary.shares_of_totals(frame, totals), (chapter, name)
            elif name in QUOTES_OF_NOBODY or isinstance(facts["raw"], bool):
                continue
            elif isinstance(facts["raw"], int):
                assert not adversary.rests_of_cells(frame, ["raw"], totals), (chapter, name)


def test_no_share_in_words_or_in_a_figure_is_that_of_a_few(runs, study):
    n_patients, published = len(study.cohort.patients), read_words_of_papers()
    for chapter, text in outputs_of(runs / "real"):
        found = set(adversary.percents(text, n_patients)) - published
        assert not found, (chapter, found)


def read_words_of_papers():
    """Return shares that are printed in papers, as a page writes them."""
    printed = re.findall(
        r"\d+\.\d+", (top_folder() / "alsnb" / "published.yaml").read_text(encoding="utf-8")
    )
    return {f"{100 * float(number):.1f}%" for number in printed if float(number) < 1}


def test_no_patients_extreme_is_told(runs, study):
    """Neither what is planted, nor the lowest or highest slope, nor how far either reaches."""
    slope = study.cohort.patients["slope"]
    months = EXTREMES["onset_delta"] / study.cohort.settings.days_per_month
    extremes = {*map(float, EXTREMES.values()), months, slope.min(), slope.max()}
    for place, text in texts_of(runs / "real"):
        assert not adversary.find_values(text, extremes), place
    bars = tables_of(runs / "real")["cohort_slopes"].query('group == "Paper\'s rule"')
    fifth, width = np.sort(slope)[[4, -5]], 0.2
    assert bars["low"].min() > fifth[0] - width
    assert bars["high"].max() < fifth[1] + width
    assert fifth[0] - slope.min() > width, "the lowest is apart, or this proves nothing"
