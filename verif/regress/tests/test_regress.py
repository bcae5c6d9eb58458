"""Regressions keep what is finished, survive killed workers, and remember seeds that failed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from golden.errors import RomaError
from verif.lib.tools import ROOT
from verif.regress.seeds import listed
from verif.regress.task import Task, run_task

SAMPLE = "verif/regress/tests/samples/slow.py"
PER_SEED, FIXED = 6, 1


@pytest.fixture
def place(tmp_path: Path) -> dict[str, str]:
    """Variables of a regression of the samples that touches nothing of the project's."""
    own = {"PYTEST_CURRENT_TEST", "PYTEST_XDIST_WORKER", "SEED", "RUNS", "TEST", "ITERS", "SCHEDULER"}
    env = {k: v for k, v in os.environ.items() if k not in own}
    return env | {
        "SIM_BUILD": str(tmp_path / "sb"),
        "SEEDS_FILE": str(tmp_path / "seeds.txt"),
        "SAMPLE_LOG": str(tmp_path / "started"),
        "TEST": SAMPLE,
        "SEED": "5",
    }


@pytest.fixture
def cluster(place: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    """Two workers on this machine, with the regression's variables."""
    for name in ("SIM_BUILD", "SEEDS_FILE", "SAMPLE_LOG"):
        monkeypatch.setenv(name, place[name])
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made


def start(env: dict[str, str], **more: str) -> subprocess.Popen[str]:
    """``make regress``."""
    command = [sys.executable, "-m", "tools.regress"]
    return subprocess.Popen(
        command, cwd=ROOT, env=env | more, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and everything it said."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out + err


def record(env: dict[str, str]) -> dict:
    """The figures that the regression leaves."""
    return json.loads((Path(env["SIM_BUILD"]) / "regress.json").read_text())


def starts(env: dict[str, str]) -> Counter[str]:
    """How often each test was started."""
    return Counter(Path(env["SAMPLE_LOG"]).read_text().split())


def test_seeds_and_fixed_tests(place):
    """Every seed runs every simulation; what simulates nothing runs once."""
    code, text = finish(start(place, ITERS="3"))
    assert code == 0, text
    assert f"{3 * PER_SEED - 2 * FIXED} tests, 0 failed" in text
    assert set(starts(place).values()) == {1}
    assert sum("test_fixed" in x for x in starts(place)) == 1
    assert record(place)["seeds"] == 3


def test_interrupted_and_continued(place):
    """What was finished before the interruption is not run again, and nothing is missing."""
    first = start(place, J="1")
    log = Path(place["SAMPLE_LOG"])
    while not log.exists() or len(log.read_text().split()) < 3:
        time.sleep(0.05)
        assert first.poll() is None, first.communicate()
    first.send_signal(signal.SIGINT)
    code, text = finish(first)
    assert code == 130 and "continues" in text, text
    before = record(place)["tests"]
    assert 0 < before < PER_SEED
    code, text = finish(start(place, J="1"))
    assert code == 0 and f"{PER_SEED} tests, 0 failed" in text, text
    # Two were under way when it stopped at most: one running, one finished but not yet written down.
    assert len(starts(place)) == PER_SEED and sum(starts(place).values()) <= PER_SEED + 2
    code, text = finish(start(place))
    assert code == 0 and sum(starts(place).values()) <= PER_SEED + 2, text


def test_killed_worker_loses_nothing(place, cluster):
    """A worker killed in mid-run: its piece goes to another one, every result is there once."""
    process = start(place, SCHEDULER=cluster.scheduler_address, ITERS="3")
    with Client(cluster) as client:
        pids = client.run(os.getpid)
        log = Path(place["SAMPLE_LOG"])
        while not log.exists() or len(log.read_text().split()) < 3:
            time.sleep(0.05)
            assert process.poll() is None, finish(process)
        busy = next(address for address, tasks in client.processing().items() if tasks)
        os.kill(pids[busy], signal.SIGKILL)
    code, text = finish(process)
    assert code == 0 and f"{3 * PER_SEED - 2 * FIXED} tests, 0 failed" in text, text
    cases = ET.parse(Path(place["SIM_BUILD"]) / "regress.xml").iter("testcase")
    names = [c.get("name") for c in cases]
    assert len(names) == len(set(names)) == 3 * PER_SEED - 2 * FIXED
    assert max(starts(place).values()) == 2  # the killed one began again


def test_failing_seed_is_remembered(place):
    """The identity, its rerun line, the JUnit failure; the list has it once."""
    for _ in range(2):
        code, text = finish(start(place, SEED="41"))
        assert code == 1, text
        name = f"{SAMPLE}::test_some_seeds_break@41"
        assert f"make rerun ID='{name}'" in text
        assert listed(Path(place["SEEDS_FILE"])) == [(f"{SAMPLE}::test_some_seeds_break", 41)]
    assert record(place)["failures"] == 1 and record(place)["failed"][0]["id"] == name
    failure = next(ET.parse(Path(place["SIM_BUILD"]) / "regress.xml").iter("failure"))
    assert "seed 41 <breaks> it" in failure.text
    code, text = finish(start(place, SEED="7"))  # another seed, but the listed one runs first
    assert code == 1 and name in text, text


def test_worker_of_another_tree_refuses(tmp_path):
    """A worker whose sources differ must not report results."""
    with pytest.raises(RomaError, match="check out the same commit"):
        run_task(Task(SAMPLE, 1), "0" * 16, tmp_path)


def test_seeds_list_is_checked(tmp_path):
    """A malformed line names its file and place."""
    (tmp_path / "s.txt").write_text("# good\nverif/a.py::test_b@3\nverif/a.py::test_b\n")
    with pytest.raises(RomaError, match=r"s.txt:3: 'verif/a.py::test_b' is not node@seed"):
        listed(tmp_path / "s.txt")


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("ITERS", "0", "ITERS is '0', legal: a number of seeds"),
        ("J", "many", "J is 'many', legal: a number of workers"),
        ("SEED", "-1", "SEED is '-1', legal: a whole number"),
        ("TEST", "verif/nowhere", "TEST names verif/nowhere, which does not exist"),
        ("TEST", "verif/lint", "holds no simulation test"),
        ("SCHEDULER", "tcp://127.0.0.1:9", "no Dask scheduler answers"),
    ],
)
def test_bad_input(place, variable, value, says):
    """One sentence, exit code 2."""
    code, text = finish(start(place, **{variable: value}))
    assert code == 2 and says in text and "Traceback" not in text, text
    assert len([x for x in text.splitlines() if x.startswith("error:")]) == 1


def test_worker_command(place, cluster):
    """``make worker`` joins a scheduler; without one it says what is missing."""
    command = [sys.executable, "-m", "tools.worker"]
    done = subprocess.run(command, cwd=ROOT, env=place, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "SCHEDULER is missing" in done.stderr
    env = place | {"SCHEDULER": cluster.scheduler_address, "J": "1"}
    worker = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    try:
        with Client(cluster) as client:
            client.wait_for_workers(3, timeout=30)
    finally:
        worker.terminate()
        worker.wait(timeout=30)
