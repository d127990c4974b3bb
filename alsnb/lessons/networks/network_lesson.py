"""Show one network of Pancotti et al. 2022: its layers, its search, its learning, its scores."""

import numpy as np
import pandas as pd

from alsnb.compute.store import stored
from alsnb.effort import EFFORTS
from alsnb.evaluation.bootstrap import score_predictions
from alsnb.models.architectures import find_architecture
from alsnb.models.diagram import describe_layers
from alsnb.models.recipe import Recipe
from alsnb.models.searched import make_inputs, make_searched
from alsnb.models.space import describe_space
from alsnb.report.tables import interval, signed
from alsnb.schema import ESTIMATE, HIGH, LOW, METRIC, MODEL, REPEAT
from alsnb.study.compare import spread_over_seeds
from alsnb.study.search import Search
from alsnb.study.task import Task

METRICS = ("rmsd", "pcc", "r2", "sd_observed", "calibration_slope")

SEEN, HELD_OUT = "out_of_fold", "held_out"
SPLIT_TITLES = {SEEN: "Out of fold, training patients", HELD_OUT: "Patients held out"}
"""What a reader calls the two ways a network is scored."""

LEARNT_FROM, SET_ASIDE = "learnt from", "set aside"

NOT_PRINTED = "not available"

SETTING_TITLES = {
    "imputing": "Gaps are filled with the",
    "scaling": "Scaling",
    "ranking": "Ranking of the features",
    "n_features": "Features kept",
    "n_filters": "Filters of the convolutions",
    "n_units": "Units of the recurrent layers",
    "hidden_sizes": "Units of the dense layers",
    "activation": "Activation",
    "dropout_rate": "Dropout",
    "batch_size": "Patients in a batch",
    "n_epochs": "Epochs",
}


def list_layers(task: Task, network: str, recipe: Recipe) -> pd.DataFrame:
    """Return the layers of a network as it is trained on all patients to learn from.

    Returns
    -------
    DataFrame
        As :func:`alsnb.models.diagram.describe_layers` gives it.
    """
    names = _features_read(task, network, recipe)
    architecture = find_architecture(network)
    if architecture.parts:
        shape = {"visits": [11, 5]} | ({"features": len(names)} if names else {})
    else:
        shape = len(names)
    return describe_layers(architecture.make_network(shape, recipe.network))


def _features_read(task: Task, network: str, recipe: Recipe) -> list[str]:
    """Return the features that reach a network, best first."""
    train = task.split.train
    inputs = make_inputs(
        recipe, network=network, columns=task.features, leave_out=task.questionnaire_features
    )
    return inputs.fit(task.predictors.loc[train], task.target.loc[train]).names_


# --- the search ----------------------------------------------------------------------------


def tabulate_search(found: Search) -> pd.DataFrame:
    """Return the best settings of a search, and the score it chose them by.

    Returns
    -------
    DataFrame
        ``setting``, ``published`` (nothing is: the supplement is not public), ``estimate``
        (what was chosen, as text), ``low`` and ``high`` (of the score only, over folds:
        plus and minus one standard deviation), ``difference`` and ``tried``.
    """
    chosen = found.best.flat()
    rows = [
        {"setting": name, ESTIMATE: str(chosen[name]), "tried": _listed(values, found, name)}
        for name, values in describe_space(found.network).items()
    ]
    best = found.trials[found.trials["chosen"]].iloc[0]
    score = {
        "setting": "pcc",
        ESTIMATE: f"{best['pcc']:.4f}",
        LOW: best["pcc"] - best["pcc_sd"],
        HIGH: best["pcc"] + best["pcc_sd"],
        "tried": f"{len(found.trials)} configurations",
    }
    table = pd.DataFrame([*rows, score])
    table = table.assign(published=NOT_PRINTED, difference=np.nan)
    return table[["setting", "published", ESTIMATE, LOW, HIGH, "difference", "tried"]]


def _listed(values: tuple, found: Search, name: str) -> str:
    """Return the values that a setting could take in a search."""
    if found.trials[name].isna().all():
        return "not searched: all that are offered"
    tried = found.trials[name].astype(str)
    if len(tried) > 1 and (tried == tried.iloc[0]).all():
        return "taken over or drawn alike in every trial"
    texts = ["-".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in values]
    return ", ".join(texts)


def word_search(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table of a search for a reader."""
    score = table["setting"] == "pcc"
    return pd.DataFrame(
        {
            "Setting": table["setting"].map(SETTING_TITLES).mask(score, "PCC, mean of the folds"),
            "Published": table["published"],
            "This run": [
                f"{float(row.estimate):.3f} (±1 SD of the folds {row.low:.3f} to {row.high:.3f})"
                if row.setting == "pcc"
                else row.estimate
                for row in table.itertuples()
            ],
            "Among": table["tried"],
        }
    )


def trace_search(found: Search) -> pd.DataFrame:
    """Return every trial's score and the best so far, in the order of the trials."""
    trials = found.trials[["trial", "pcc", "pcc_sd", "rmsd", "chosen", "problem"]]
    return trials.assign(trial=trials["trial"] + 1, best=trials["pcc"].cummax())


def word_trace(found: Search) -> str:
    """Return in a sentence how far apart the trials lie, and how far the folds of the best."""
    scores = found.trials["pcc"].dropna()
    best = found.trials[found.trials["chosen"]].iloc[0]
    close = int((scores >= best["pcc"] - best["pcc_sd"]).sum())
    return (
        f"The mean PCC of {len(scores)} configurations runs from {signed(scores.min())} to "
        f"{signed(scores.max())}. The folds of the best one differ by a standard deviation of "
        f"{best['pcc_sd']:.3f}, and {close} of {len(scores)} lie within that of it, itself "
        f"included"
    )


# --- learning ------------------------------------------------------------------------------


def follow_learning(
    task: Task, network: str, recipe: Recipe, *, profile: str, seed: int
) -> pd.DataFrame:
    """Train the chosen network beyond its epochs while some training patients are set aside.

    Returns
    -------
    DataFrame
        ``network`` (its number), ``epoch`` (from 1), ``patients`` (:data:`LEARNT_FROM` or
        :data:`SET_ASIDE`) and ``loss``, squared error over the variance of the target.
    """
    train = task.split.train
    return _follow(
        task.predictors.loc[train],
        task.target.loc[train],
        network=network,
        features=list(task.features),
        leave_out=list(task.questionnaire_features),
        recipe=recipe,
        n_networks=EFFORTS[profile].n_seeds,
        seed=seed,
    )


@stored
def _follow(
    predictors: pd.DataFrame,
    target: pd.Series,
    *,
    network: str,
    features: list[str],
    leave_out: list[str],
    recipe: Recipe,
    n_networks: int,
    seed: int,
) -> pd.DataFrame:
    n_epochs = 2 * recipe.network.n_epochs
    longer = recipe.with_settings(validation_share=0.2, n_epochs=n_epochs, patience=n_epochs)
    model = make_searched(
        longer,
        network=network,
        columns=features,
        leave_out=leave_out,
        n_networks=n_networks,
        seed=seed,
    )
    trainings = model.fit(predictors, target)[-1].trainings_
    frames = []
    for number, training in enumerate(trainings):
        epochs = np.arange(1, len(training.training_losses) + 1)
        losses = {LEARNT_FROM: training.training_losses, SET_ASIDE: training.validation_losses}
        frames += [
            pd.DataFrame(
                {"network": number, "epoch": epochs, "patients": name, "loss": values.astype(float)}
            )
            for name, values in losses.items()
        ]
    return pd.concat(frames, ignore_index=True)


def word_learning(losses: pd.DataFrame, recipe: Recipe) -> str:
    """Return in a sentence where the loss of patients set aside is lowest, and what follows."""
    middle = losses[losses["patients"] == SET_ASIDE].groupby("epoch")["loss"].mean()
    chosen = middle.loc[recipe.network.n_epochs]
    return (
        f"The loss of patients set aside is lowest after epoch {middle.idxmin()} "
        f"({middle.min():.3f}); after the {recipe.network.n_epochs} epochs that the search chose "
        f"it is {chosen:.3f}, and after twice as many {middle.iloc[-1]:.3f}"
    )


# --- scores --------------------------------------------------------------------------------


def score_both(
    out_of_fold: pd.DataFrame, test: pd.DataFrame, network: str, profile: str
) -> pd.DataFrame:
    """Return the scores of a network out of fold and on patients held out.

    Returns
    -------
    DataFrame
        A scores frame (:data:`alsnb.schema.SCORES`) of the "models" :data:`SEEN` and
        :data:`HELD_OUT`.
    """
    parts = []
    for frame, name in ((out_of_fold, SEEN), (test, HELD_OUT)):
        rows = frame[(frame[MODEL] == network) & (frame[REPEAT] == 0)]
        scores = score_predictions(
            rows.assign(**{MODEL: name}), metrics=METRICS, n_resamples=EFFORTS[profile].n_resamples
        )
        parts.append(scores)
    return pd.concat(parts, ignore_index=True)


def measure_luck(test: pd.DataFrame, network: str) -> pd.DataFrame:
    """Return how each score of a network varies from seed to seed."""
    return spread_over_seeds(test[test[MODEL] == network])


def word_luck(luck: pd.DataFrame, scores: pd.DataFrame, metric: str = "pcc") -> str:
    """Return in a sentence how the luck of the seed compares with that of the patients."""
    row = luck[luck[METRIC] == metric].iloc[0]
    held_out = scores[(scores[MODEL] == HELD_OUT) & (scores[METRIC] == metric)].iloc[0]
    width = held_out[HIGH] - held_out[LOW]
    return (
        f"Over {int(row['n_seeds'])} seeds, each an average of networks, the correlation runs "
        f"from {signed(row['lowest'], 4)} to {signed(row['highest'], 4)}; the interval over "
        f"patients is {width:.4f} wide"
    )


def word_score(scores: pd.DataFrame, split: str, metric: str = "pcc") -> str:
    """Return one score with its interval."""
    row = scores[(scores[MODEL] == split) & (scores[METRIC] == metric)].iloc[0]
    return interval(row[ESTIMATE], row[LOW], row[HIGH])


def count_weights(layers: pd.DataFrame) -> str:
    """Return in a sentence where the weights of a network are."""
    total = layers["n_weights"].sum()
    largest = layers.loc[layers["n_weights"].idxmax()]
    share = largest["n_weights"] / total
    return f"{total:,} weights, {share:.0%} of them in one layer ({largest['name']})"
