"""The checker itself: what is wrong in a trace is found and named."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from golden.chip import Chip
from golden.probes import HOST_WIDTH, probes
from verif.lib.checker import Checker, Mismatch
from verif.lib.chip import ChipRun, Script, script_for
from verif.lib.identity import identity, run_folder

SCRIPTS: list[Script] = []  # what the host did in the good trace


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    """A real trace of a few tokens with an adapter, checked once as it is."""
    from verif.chip.conftest import Chips

    chips = Chips()
    folder = tmp_path_factory.mktemp("checker")
    script = script_for(chips.model("tiny"), folder)
    script.load(0, chips.adapter("kjv", "tiny")).select(1)
    script.run(chips.tokenizer("tiny").encode("Elizabeth"), 3)
    run = chips.run(script)
    run.check()
    SCRIPTS[:] = [script]
    return run.traces


def recheck(trace: Path) -> str:
    """The mismatch screen of a trace; empty when it passes."""
    script = SCRIPTS[0]
    checker = Checker(Chip(script.weights, script.model_id), trace, script.loads)
    try:
        for _ in checker.tokens():
            pass
    except Mismatch as e:
        return str(e)
    return ""


class Tampered:
    """A copy of a trace in which one probe's records can be changed."""

    def __init__(self, source: Path, probe: str) -> None:
        self.folder = run_folder(identity()) / "trace"
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(source, self.folder)
        self.file = self.folder / f"{probe}.bin"
        width = probes(SCRIPTS[0].geometry)[probe].width
        self.records = np.fromfile(self.file, "<u4").reshape(-1, width)

    def write(self, records: np.ndarray) -> str:
        """Write the records back and check again."""
        records.astype("<u4").tofile(self.file)
        return recheck(self.folder)


ALL = (
    "bcast",
    "rinv",
    "acc",
    "lora_t",
    "lora_b",
    "drain",
    "kv",
    "score",
    "gmax",
    "prob",
    "red",
    "inv",
    "vmem",
)


def test_untouched_trace_passes(good):
    """Checking again what was checked finds nothing."""
    assert recheck(good) == ""


@pytest.mark.parametrize("probe", ALL)
def test_flipped_bit(good, probe):
    """One bit of one element of one beat, in any probe."""
    t = Tampered(good, probe)
    row = len(t.records) // 2
    t.records[row, -1] ^= 1 << 3
    screen = t.write(t.records)
    assert f"({probe}), value" in screen, screen
    assert f"cycle      {t.records[row, 0]} " in screen
    assert "1 of " in screen and "operation" in screen


def test_flipped_bit_names_the_place(good):
    """Token, sequence, context, layer, operation, column, row, both values."""
    t = Tampered(good, "acc")
    first = np.flatnonzero(t.records[:, 1] == 1)  # of context 1, that of the second token
    t.records[first[5], -2] ^= 1
    screen = t.write(t.records)
    assert "token      1 " in screen and "layer 0 L.GEMV q_proj" in screen
    assert "sequence 0, context 1, beside context 0 at position 0" in screen
    assert "[1, 2] RTL" in screen and "golden" in screen


@pytest.mark.parametrize("probe", ["bcast", "acc", "drain", "vmem", "score", "issue"])
def test_late_beat(good, probe):
    """A beat one cycle late."""
    t = Tampered(good, probe)
    row = len(t.records) - 1 if probe == "score" else int(np.argmax(np.diff(t.records[:, 0]) > 1))
    t.records[row, 0] += 1
    screen = t.write(t.records)
    assert f"({probe}), late" in screen and "(+1)" in screen, screen


@pytest.mark.parametrize("probe", ALL)
def test_missing_beat(good, probe):
    """A beat that never came."""
    t = Tampered(good, probe)
    screen = t.write(np.delete(t.records, 2, axis=0))
    assert f"({probe}), missing" in screen and f"cycle      {t.records[2, 0]} " in screen, screen


@pytest.mark.parametrize("probe", ALL)
def test_extra_beat(good, probe):
    """A beat twice."""
    t = Tampered(good, probe)
    screen = t.write(np.insert(t.records, 2, t.records[2], axis=0))
    assert f"({probe}), extra" in screen, screen


def test_extra_beat_behind_everything(good):
    """A beat after the last token's end."""
    t = Tampered(good, "acc")
    late = t.records[-1:].copy()
    late[0, 0] += 100_000
    assert "extra beat on 'acc'" in t.write(np.concatenate([t.records, late]))


def test_wrong_tag(good):
    """Right values under a wrong slot."""
    t = Tampered(good, "drain")
    t.records[7, 1] ^= 1
    screen = t.write(t.records)
    assert "(drain), tag" in screen and "slot: RTL" in screen


def test_wrong_context(good):
    """Right values of another token in flight."""
    t = Tampered(good, "acc")
    row = int(np.flatnonzero(t.records[:, 1] == 1)[3])
    t.records[row, 1] = 0
    screen = t.write(t.records)
    assert "(acc), tag" in screen and "ctx: RTL 0, golden 1" in screen and "token      1 " in screen, screen


def test_early_issue(good):
    """An operation that issues before others of the older token: not their difference."""
    t = Tampered(good, "issue")
    mine = np.flatnonzero(t.records[:, 1] == 1)
    row = int(mine[1 + np.argmax(np.diff(t.records[mine, 0])[:20])])  # behind the longest pause
    before = mine[mine < row][-1]
    due = int(t.records[row, 0])
    t.records[row, 0] = t.records[before, 0] + 1
    screen = t.write(t.records[np.lexsort((t.records[:, 1], t.records[:, 0]))])
    assert "(issue), early" in screen and "token      1 " in screen and f"golden {due} (" in screen, screen


def test_first_stage_comes_first(good):
    """Of several differences the earliest leads; those behind it are listed, those before agree."""
    t = Tampered(good, "drain")
    t.records[9, -1] ^= 1
    t.write(t.records)
    width = probes(SCRIPTS[0].geometry)["vmem"].width
    file = t.folder / "vmem.bin"
    vmem = np.fromfile(file, "<u4").reshape(-1, width)
    vmem[np.searchsorted(vmem[:, 0], t.records[9, 0] + 2), -1] ^= 1
    vmem.tofile(file)
    screen = recheck(t.folder)
    assert screen.startswith("MISMATCH in gather (drain)") and "then       vmem @" in screen
    assert "acc (" in screen.split("agree")[1]


def test_wrong_token(good):
    """A token on the stream that golden did not sample."""
    t = Tampered(good, "sample")
    file = t.folder / "tok.bin"
    tokens = np.fromfile(file, "<u4").reshape(-1, HOST_WIDTH["tok"])
    tokens[1, 2] += 1
    tokens.tofile(file)
    assert "token stream: RTL" in recheck(t.folder)


def tamper_host(good: Path, name: str, row: int, word: int, change: int) -> str:
    """One word of one host event changed."""
    t = Tampered(good, "acc")
    file = t.folder / f"{name}.bin"
    events = np.fromfile(file, "<u4").reshape(-1, HOST_WIDTH[name])
    events[row, word] = int(events[row, word]) + change
    events.tofile(file)
    return recheck(t.folder)


def test_wrong_response(good):
    """Another status, another info; a response of a command that is not open; one of a RUN that goes on."""
    assert "response to command 3" in tamper_host(good, "rsp", 0, 3, 1)
    assert "golden status 0 info 3" in tamper_host(good, "rsp", 2, 4, 1)
    assert "response to no command" in tamper_host(good, "rsp", 0, 1, 1)
    assert "response to no command" in tamper_host(good, "rsp", 2, 2, 1)  # of another sequence
    tok, rsp = (np.fromfile(good / f"{n}.bin", "<u4").reshape(-1, HOST_WIDTH[n]) for n in ("tok", "rsp"))
    early = tamper_host(good, "rsp", 2, 0, int(tok[-1, 0]) - int(rsp[2, 0]))
    assert "response to RUN" in early and "golden allows it from" in early
    earlier = tamper_host(good, "rsp", 2, 0, -9000)
    assert "response to RUN" in earlier and "golden has none yet" in earlier


def test_wrong_sequence(good):
    """Tokens of a sequence that has no open RUN, before the beats that follow from it."""
    assert "'tok' handshake of sequence 1" in tamper_host(good, "tok", 0, 1, 1)
    assert "'prompt' handshake of sequence 1" in tamper_host(good, "prompt", 0, 1, 1)


def test_token_too_early(good):
    """A prompt token that is taken before a context is free, a sampled one before golden has it."""
    prompt = np.fromfile(good / "prompt.bin", "<u4").reshape(-1, HOST_WIDTH["prompt"])
    third = int(prompt[2, 0] - prompt[1, 0])  # it waited for a context of the first two
    assert third > 100
    assert "golden" in tamper_host(good, "prompt", 2, 0, 1 - third)
    assert "'tok' handshake" in tamper_host(good, "tok", 0, 0, -3)


def test_command_too_early(good):
    """A command taken while another one is open that it may not pass."""
    screen = tamper_host(good, "cmd", 2, 0, -2)
    assert "RTL took command 1" in screen and "never gave the response to command 2" in screen


def test_empty_trace(good):
    """Nothing compared is a failure."""
    t = Tampered(good, "acc")
    for file in t.folder.iterdir():
        file.write_bytes(b"")
    assert "nothing was compared" in recheck(t.folder)


def test_hung_chip(good):
    """A trace that ends in the middle of a RUN."""
    t = Tampered(good, "acc")
    (t.folder / "rsp.bin").write_bytes(b"")
    assert "never gave the response" in recheck(t.folder)


def test_follows_the_simulation(good):
    """Tokens are compared while the simulation still runs, not after its end."""
    script = Script(SCRIPTS[0].weights, SCRIPTS[0].images, SCRIPTS[0].model_id, run_folder(identity()))
    for _ in range(4):
        script.new().run([1], 60)
    run = ChipRun(script)
    try:
        checked_alive = sum(run.alive() for _ in run.checker().tokens())
        run.finish()
    finally:
        run.stop()
    assert checked_alive > 60, checked_alive
