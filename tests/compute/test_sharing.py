import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from contextlib import closing

import cloudpickle
import distributed
import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge

from alsnb import ranking as ranking_module
from alsnb.checks import BadInput, refuse
from alsnb.compute import cluster, contents, processes
from alsnb.compute.sharing import SCHEDULER_VARIABLE, check_scheduler, recall_many, share
from alsnb.evaluation.crossval import cross_validate
from alsnb.splits import make_folds

# the workers of a cluster do not know this file by its name
cloudpickle.register_pickle_by_value(sys.modules[__name__])


@pytest.fixture(params=["here", "processes", pytest.param("cluster", marks=pytest.mark.cluster)])
def n_jobs(request, monkeypatch):
    """How many processes, with work going to the cluster in the last of three cases."""
    if request.param == "cluster":
        monkeypatch.setenv(SCHEDULER_VARIABLE, request.getfixturevalue("two_workers"))
    return 1 if request.param == "here" else 2


# --- sharing -----------------------------------------------------------------------------


def halve(number, log=None):
    if log:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"{number}\n")
    if number % 2:
        raise refuse("The number", expected="an even one", found=str(number), remedy="Double it.")
    return number // 2


def test_results_come_in_the_order_of_the_calls_and_a_refused_call_stops_no_other(n_jobs):
    results = list(share(halve, [{"number": number} for number in (0, 2, 3, 4)], n_jobs=n_jobs))
    assert [results[0], results[1], results[3]] == [0, 1, 2]
    assert isinstance(results[2], BadInput)
    assert "found 3" in str(results[2])


def test_no_calls_are_shared_out_without_any_process():
    assert list(share(halve, [], n_jobs=2)) == []


def divide(number):
    return 1 / number


def test_an_error_that_is_no_bad_input_is_raised_as_it_is(n_jobs):
    with pytest.raises(ZeroDivisionError):
        list(share(divide, [{"number": 1}, {"number": 0}], n_jobs=n_jobs))


def test_the_first_result_can_be_taken_and_the_rest_left(n_jobs):
    with closing(share(halve, [{"number": 2 * n} for n in range(8)], n_jobs=n_jobs)) as results:
        assert next(results) == 0
    assert list(share(halve, [{"number": 6}], n_jobs=n_jobs)) == [3]


def pid_and_inner_pids(count):
    inner = share(pid_and_inner_pids, [{"count": 0}] * count, n_jobs=2)
    return os.getpid(), [pid for pid, _ in inner]


def test_work_within_shared_work_runs_where_it_is(n_jobs):
    for pid, inner in share(pid_and_inner_pids, [{"count": 2}] * 2, n_jobs=n_jobs):
        assert inner == [pid, pid]
        assert (pid == os.getpid()) == (n_jobs == 1)


class Counted:
    packed = 0

    def __reduce__(self):
        Counted.packed += 1
        return Counted, ()


def take(value, number):
    return number


def test_what_all_calls_have_in_common_travels_once():
    Counted.packed = 0
    same = Counted()
    calls = [{"value": same, "number": number} for number in range(6)]
    assert list(share(take, calls, n_jobs=2)) == list(range(6))
    assert Counted.packed == 1


def test_calls_take_turns_in_a_worker_of_several_threads():
    running, most = [], []

    def work(number):
        running.append(number)
        most.append(len(running))
        time.sleep(0.02)
        running.pop()

    packed = cloudpickle.dumps((None, {}))
    processes._unpacked["turns"] = (work, {})
    perform = [
        threading.Thread(target=processes.perform, args=("turns", packed, {"number": number}))
        for number in range(4)
    ]
    for thread in perform:
        thread.start()
    for thread in perform:
        thread.join()
    assert most == [1, 1, 1, 1]


def make_forest(seed):
    return RandomForestRegressor(10, random_state=seed)


def test_the_same_frame_comes_from_here_two_processes_and_two_workers(two_workers, monkeypatch):
    rng = np.random.default_rng(0)
    features = pd.DataFrame(rng.normal(size=(120, 30)), columns=[f"x{n}" for n in range(30)])
    target = features["x0"] + pd.Series(rng.normal(size=120))
    folds = make_folds(features.index, n_folds=3, n_repeats=2, seed=0)
    for model in (make_forest, Ridge()):
        alone, shared = (
            cross_validate(model, features, target, folds, name="model", n_jobs=n_jobs)
            for n_jobs in (1, 2)
        )
        monkeypatch.setenv(SCHEDULER_VARIABLE, two_workers)
        remote = cross_validate(model, features, target, folds, name="model")
        monkeypatch.setenv(SCHEDULER_VARIABLE, "")
        pd.testing.assert_frame_equal(alone, shared, check_exact=True)
        pd.testing.assert_frame_equal(alone, remote, check_exact=True)


# --- what goes wrong on the way ------------------------------------------------------------


def end(number, mark=None):
    if number == 1 and not (mark and os.path.exists(mark)):
        if mark:
            open(mark, "w", encoding="utf-8").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


CALLS = [{"number": number} for number in range(3)]


def test_a_process_that_the_system_ends_is_a_sentence():
    with pytest.raises(BadInput, match=r"process that shares the work: .* memory ran out"):
        list(share(end, CALLS, n_jobs=2))
    assert list(share(halve, [{"number": 4}] * 2, n_jobs=2)) == [2, 2]


@pytest.mark.parametrize("wrong", ["tcp://127.0.0.1:9", "nowhere", "carrier-pigeon://here:1"])
def test_an_address_where_nobody_answers_is_a_sentence(wrong, monkeypatch):
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 1)
    monkeypatch.setenv(SCHEDULER_VARIABLE, wrong)
    for use in (lambda: check_scheduler(wrong), lambda: list(share(halve, [{"number": 2}]))):
        with pytest.raises(BadInput, match=f"scheduler '{wrong}': expected an address") as error:
            use()
        assert "dask scheduler" in str(error.value)


def test_no_client_that_could_not_connect_is_left_behind():
    """One that is collected while the next begins would wait for a lock of Dask's for ever."""
    gc.disable()
    try:
        with pytest.raises(BadInput):
            check_scheduler("nowhere")
        left = [each for each in gc.get_objects() if type(each) is distributed.Client]
        assert [client.status for client in left if client.status != "closed"] == []
    finally:
        gc.enable()


def test_an_environment_without_dask_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput, match=r"pip install -e '\.\[cluster\]'"):
        check_scheduler("tcp://127.0.0.1:8786")


def test_workers_that_would_compute_something_else_are_refused(two_workers, monkeypatch):
    monkeypatch.setattr(cluster, "environment_digest", lambda: "another one")
    cluster.state.cache_clear()
    try:
        with pytest.raises(BadInput, match=r"workers with another one.* dask worker tcp://"):
            check_scheduler(two_workers)
    finally:
        cluster.state.cache_clear()


class Facts:
    """A client whose workers answer as given."""

    def __init__(self, answers):
        self.answers = answers

    def run(self, function, on_error):
        return self.answers

    def ncores(self):
        return dict.fromkeys(self.answers, 1)

    def wait_for_workers(self, n_workers, timeout):
        raise TimeoutError


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({}, "found no workers"),
        ({"tcp://w": ModuleNotFoundError("No module named 'alsnb'")}, "No module named 'alsnb'"),
    ],
)
def test_a_cluster_without_workers_or_without_the_library_is_refused(answers, sentence):
    with pytest.raises(BadInput, match=sentence):
        cluster.check_workers(Facts(answers), "tcp://s")


# --- many results of a stored function -----------------------------------------------------

COUNTED = """
    import time
    from pathlib import Path

    import pandas as pd

    from alsnb.checks import refuse
    from alsnb.compute.store import stored

    @stored(ignore=("log", "seconds"))
    def compute(frame, *, number, log, seconds=0.0):
        with Path(log).open("a") as file:
            file.write(f"{number}\\n")
        time.sleep(seconds)
        if number < 0:
            raise refuse("number", expected="one from 0", found=str(number), remedy="Raise it.")
        return frame * 2 + number
    """

FRAME = pd.DataFrame({"x": [1.0, 2.0]}, index=["p1", "p2"])


@pytest.fixture
def counted(fakelib, tmp_path):
    """A stored function that notes which numbers it computes, and its log."""
    (fakelib / "counted.py").write_text(textwrap.dedent(COUNTED))
    from fakelib import counted

    log = tmp_path / "log.txt"
    log.touch()
    return counted.compute, log


def calls_of(numbers, log):
    return [{"frame": FRAME, "number": number, "log": str(log)} for number in numbers]


def computed(log):
    return sorted(int(line) for line in log.read_text().splitlines())


def test_many_results_are_those_of_single_calls_and_stored_as_such(counted):
    compute, log = counted
    compute(FRAME, number=2, log=log)
    told = []
    found = recall_many(compute, calls_of([3, 2, 4, 3], log), tell=lambda *news: told.append(news))
    assert computed(log) == [2, 3, 4], "what is stored, and what is asked for twice, is not"
    for number, frame in zip([3, 2, 4, 3], found, strict=True):
        pd.testing.assert_frame_equal(frame, compute(FRAME, number=number, log=log))
    assert computed(log) == [2, 3, 4]
    assert [news[:2] for news in told] == [(done, 4) for done in range(1, 5)]
    assert [news[3] for news in told] == [1, 0, 3, 2], "what was stored is told of first"
    pd.testing.assert_frame_equal(told[0][2], found[1])


def test_a_refused_call_is_in_its_place_and_made_again_next_time(counted):
    compute, log = counted
    for _ in range(2):
        found = recall_many(compute, calls_of([1, -1, 2], log))
        assert isinstance(found[1], BadInput)
        assert isinstance(found[2], pd.DataFrame)
    assert computed(log) == [-1, -1, 1, 2]


def test_an_interruption_loses_only_what_was_being_computed(counted):
    compute, log = counted

    def interrupt(done, total, frame, number):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recall_many(compute, calls_of(range(5), log), tell=interrupt)
    assert computed(log) == [0, 1]
    assert recall_many(compute, calls_of(range(5), log))[4]["x"].tolist() == [6.0, 8.0]
    assert computed(log) == [0, 1, 2, 3, 4]


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from alsnb.compute import digests
digests.PACKAGE = Path({folder!r}) / "fakelib"
import cloudpickle
import pandas as pd
from fakelib import counted
from alsnb.compute.sharing import recall_many
cloudpickle.register_pickle_by_value(counted)
frame = pd.DataFrame({{"x": [1.0, 2.0]}}, index=["p1", "p2"])
calls = [{{"frame": frame, "number": n, "log": {log!r}, "seconds": {seconds}}} for n in {numbers}]
print("ready", flush=True)
sys.stdin.readline()
tell = lambda done, total, result, number: print(done, flush=True)
print(sum(f["x"].sum() for f in recall_many(counted.compute, calls, n_jobs={n_jobs}, tell=tell)))
"""


def start(counted, fakelib, numbers, *, seconds, n_jobs=1):
    facts = {"folder": str(fakelib.parent), "log": str(counted[1]), "numbers": list(numbers)}
    program = PROGRAM.format(**facts, seconds=seconds, n_jobs=n_jobs)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-c", program], **pipes)


def go(*processes):
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()


def last_line(process):
    said = process.communicate(timeout=60)[0].splitlines()
    assert process.returncode == 0
    return float(said[-1])


def test_a_killed_search_goes_on_where_it_stopped(counted, fakelib):
    compute, log = counted
    killed = start(counted, fakelib, range(6), seconds=0.3, n_jobs=2)
    go(killed)
    assert killed.stdout.readline() == "1\n"
    killed.kill()
    killed.communicate()
    kept = len(contents.entries().query("name == 'compute'"))
    assert 1 <= kept < 6
    before = len(computed(log))
    found = recall_many(compute, calls_of(range(6), log))
    assert [frame["x"].sum() for frame in found] == [6 + 2 * n for n in range(6)]
    assert 6 - kept <= len(computed(log)) - before + 2, "processes may end what they began"
    again = len(computed(log))
    recall_many(compute, calls_of(range(6), log))
    assert len(computed(log)) == again


def test_two_processes_compute_what_both_ask_for_once(counted, fakelib):
    both = [start(counted, fakelib, numbers, seconds=0.1) for numbers in (range(6), range(2, 8))]
    go(*both)
    assert [last_line(process) for process in both] == [66.0, 90.0]
    assert computed(counted[1]) == list(range(8))


def test_a_process_that_waits_goes_on_if_the_other_ends(counted, fakelib):
    _, log = counted
    first = start(counted, fakelib, range(3), seconds=30)
    go(first)
    while not computed(log):
        time.sleep(0.02)
    second = start(counted, fakelib, range(3), seconds=0)
    go(second)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=1)
    first.kill()
    first.communicate()
    assert last_line(second) == 24.0
    assert computed(log) == [0, 0, 1, 2]


def test_what_a_cluster_computed_is_what_this_machine_would_and_has_the_same_key(
    two_workers, monkeypatch
):
    rng = np.random.default_rng(1)
    X = pd.DataFrame(rng.normal(size=(40, 5)), columns=list("abcde"))
    ranking = ranking_module._importance_in_forest
    calls = [{"X": X, "y": X["a"].to_numpy() + seed, "seed": seed} for seed in range(3)]
    keys = [ranking.entry((), call).key for call in calls]
    monkeypatch.setenv(SCHEDULER_VARIABLE, two_workers)
    assert [ranking.entry((), call).key for call in calls] == keys
    remote = recall_many(ranking, calls)
    monkeypatch.setenv(SCHEDULER_VARIABLE, "")
    assert sorted(contents.entries()["key"]) == sorted(key[:16] for key in keys)
    for found, call in zip(remote, calls, strict=True):
        pd.testing.assert_frame_equal(found, ranking.__wrapped__(**call), check_exact=True)


# --- last, as it costs the cluster its workers -----------------------------------------------


def test_a_worker_that_ends_is_replaced_and_its_work_done_again(two_workers, monkeypatch, tmp_path):
    monkeypatch.setenv(SCHEDULER_VARIABLE, two_workers)
    calls = [call | {"mark": str(tmp_path / "ended")} for call in CALLS]
    assert list(share(end, calls)) == [0, 1, 2]


def test_work_that_ends_every_worker_is_a_sentence(two_workers, monkeypatch):
    monkeypatch.setenv(SCHEDULER_VARIABLE, two_workers)
    with pytest.raises(BadInput, match="each time it was tried"):
        list(share(end, CALLS))
