"""Accounts of a layer: they add up, whatever the run; RTL's cycles obey the issue rule."""

from __future__ import annotations

import pytest

from golden.errors import RomaError
from golden.waiting import Operation, explain
from tools.profiling import account
from tools.profiling.account import ENGINES
from tools.profiling.bars import bars, tokens_of
from tools.profiling.request import read_request
from tools.profiling.runs import Run, run
from tools.profiling.window import Window, choose

PREDICTED = [
    {"MODEL": "tiny", "SOURCE": "model", "T": "1"},
    {"MODEL": "tiny", "SOURCE": "model", "T": "3", "ADAPTER": "1", "LAYER": "0"},
    {"MODEL": "smollm2", "SOURCE": "model", "KV": "500"},
    {"MODEL": "roma-3b", "T": "1", "LAYER": "27"},
    {"MODEL": "roma-3b", "ADAPTER": "1", "KV": "1024"},
]


def opened(env: dict[str, str]) -> tuple[Run, list[Operation], Window]:
    """A run, its operations, its window."""
    request = read_request(env)
    done = run(request, 1)
    operations = explain(done.timing, done.program, done.issues)
    return done, operations, choose(done, operations, request.layer)


def check(done: Run, operations: list[Operation], w: Window) -> None:
    """Everything adds up to the window."""
    accounts = account.engines(done.timing, operations, w)
    assert [a.engine for a in accounts] == list(ENGINES.values())
    for a in accounts:
        assert sum(a.parts.values()) == w.cycles
        assert sum(r.cycles for r in a.rows) == w.cycles
        assert all(r.work and r.meaning for r in a.rows if r.kind != "nothing")
    path = account.rows(account.path(done.timing, w), w)
    assert sum(r.cycles for r in path) == w.cycles
    work = sum(o.instr.steps for o in operations if o.token is w.token and _in_l(o, w.layer))
    assert accounts[2].busy >= work > 0 or done.geometry.chip.tokens > 1
    assert accounts[2].busy <= w.cycles


def _in_l(o: Operation, layer: int) -> bool:
    return ENGINES.get(o.instr.engine) == "L" and o.instr.layer == layer


@pytest.mark.parametrize("env", PREDICTED, ids=lambda env: "-".join(env.values()))
def test_predicted(env: dict[str, str]) -> None:
    done, operations, w = opened(env)
    check(done, operations, w)
    assert "predicted" in done.evidence
    assert w.layer == int(env.get("LAYER", done.geometry.model.num_hidden_layers // 2))
    assert {
        o.instr.layer for o in operations if o.token is w.token and w.begins.cycle <= o.cycle < w.last - 1
    } == {w.layer}
    there = [t for t in done.tokens if t.start < w.first and t.end >= w.last]
    assert len(there) == done.geometry.chip.tokens


def test_alone_idle_cycles_are_the_layers() -> None:
    """One token in flight: busy cycles are the layer's GEMVs, every idle one has an operation's name."""
    done, operations, w = opened({"MODEL": "roma-3b", "T": "1"})
    units = account.engines(done.timing, operations, w)[2]
    steps = sum(o.instr.steps for o in operations if o.token is w.token and _in_l(o, w.layer))
    assert units.busy == steps
    assert sum(r.cycles for r in units.rows if r.kind != "loop") == w.cycles - steps > 0


def test_measured() -> None:
    """The RTL's cycles are explained by the issue rule."""
    done, operations, w = opened({"MODEL": "tiny", "PROMPT": "Emma was"})
    check(done, operations, w)
    assert "measured in RTL" in done.evidence
    assert len(done.tokens) >= done.geometry.chip.tokens
    assert {o.token for o in operations} == set(done.tokens)


def test_bars_are_the_windows_operations() -> None:
    done, operations, w = opened({"MODEL": "tiny", "SOURCE": "model", "T": "2"})
    found = bars(done.timing, operations, w)
    keys = [b.key for b in found]
    assert len(set(keys)) == len(keys)
    assert {b.cause for b in found if b.cause} <= set(keys)
    assert all(b.since <= b.issue < b.first <= b.over <= b.end for b in found)
    assert {b.token for b in found} == set(range(len(tokens_of(operations, w))))
    loops = [o for o in operations if w.first <= o.cycle + 1 < w.last and o.instr.engine in ENGINES]
    assert len([b for b in found if 0 <= b.issue + 1 < w.cycles]) == len(loops)


@pytest.mark.parametrize(
    ("env", "says"),
    [
        ({"SOURCE": "guess"}, "SOURCE is 'guess', legal: rtl or model"),
        ({"MODEL": "roma-3b", "PROMPT": "x"}, "PROMPT says nothing with SOURCE=model"),
        ({"KV": "3"}, "KV says nothing with SOURCE=rtl"),
        ({"LAYER": "-1", "SOURCE": "model"}, "LAYER is '-1', legal: a whole number from 0"),
        ({"SOURCE": "model", "LAYER": "99"}, "LAYER is 99, legal: 0 to "),
        ({"SOURCE": "model", "T": "9"}, "tokens"),
        ({"SOURCE": "model", "KV": "100000"}, "KV is 100000"),
        ({"SOURCE": "model", "MODEL": "nobody"}, "preset 'nobody' is unknown"),
        ({"SOURCE": "model", "CHIP": "nobody"}, "chip preset 'nobody' is unknown"),
        ({"MODEL": "nobody"}, "model 'nobody'"),
        ({"TOKENS": "0"}, "TOKENS is '0', legal: a whole number from 1"),
        ({"TOKENS": "5000"}, "do not fit the context"),
    ],
)
def test_refused(env: dict[str, str], says: str) -> None:
    with pytest.raises(RomaError, match=says):
        opened(env)
