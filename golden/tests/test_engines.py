"""The steps of the vector engine, by hand."""

from __future__ import annotations

import re
from pathlib import Path

from golden import program as p
from golden.engines import V_JOB, VStep, drain_steps, pack_v_job, v_job, v_steps
from golden.vector_row import kv_place

PACKAGE = re.sub(r"//.*", "", (Path(__file__).parents[2] / "hdl/vector/vector_pkg.sv").read_text())
TYPES = {"roma_pkg::transform_e": 3, "roma_pkg::drain_e": 2, "logic": 1}


def struct(name: str) -> dict[str, int]:
    """Fields and widths of a packed struct of vector_pkg."""
    body = re.search(r"typedef struct packed \{([^}]*)\} " + name + ";", PACKAGE)[1]
    fields = re.findall(r"^\s*([\w:]+)\s*(?:\[(\d+):0\])?\s*(\w+);", body, re.M)
    return {field: int(high) + 1 if high else TYPES[kind] for kind, high, field in fields}


def test_bundles_are_packed_as_the_structs():
    assert struct("v_job_t") == V_JOB
    low = 0
    for name, width in reversed(struct("v_step_t").items()):
        fields = dict.fromkeys(struct("v_step_t"), 0) | {name: (1 << width) - 1}
        assert VStep(**fields).encode() == ((1 << width) - 1) << low, name
        low += width


def test_embed():
    """Token 5 of 3 words a column into the words from 8 on."""
    i = p.Instr(p.V, p.EMBED, 0, "", -1, addr0=8, addr1=99, n0=3)
    steps = list(v_steps(i, token=5, hidden_words=3))
    assert [(s.index, s.addr) for s in steps] == [(0, 15), (1, 16), (2, 17)]
    assert all(s.embed and not s.send for s in steps)
    assert [s.first for s in steps] == [True, False, False]
    assert [s.last for s in steps] == [False, False, True]
    assert v_job(i) == {"dst": 8}


def test_send():
    """Two blocks of two words, the last word beyond the valid ones."""
    i = p.Instr(
        p.V, p.SEND, 0, "", 0, addr0=4, addr1=40, n0=4, n1=2, n2=3, transform=p.SILU, dest=p.TO_X, k_rope=0
    )
    steps = list(v_steps(i, token=5, hidden_words=3))
    assert [(s.addr, s.addr2, s.zero) for s in steps] == [
        (4, 40, False),
        (5, 41, False),
        (6, 42, False),
        (7, 43, True),
    ]
    assert all(s.send and not s.embed for s in steps)
    job = v_job(i)
    assert job == {"transform": p.SILU, "k_rope": 0, "last_word": 1}
    assert pack_v_job(job) == p.SILU << 60 | 1 << 47


def test_drain():
    """LoRA is added with an adapter alone, and never to the logits."""
    base = {"addr0": 7, "addr1": 6, "n0": 2, "bank": 1, "rinv": 1}
    i = p.Instr(p.V, p.DRAIN, 0, "", 0, drain=p.RESIDUAL, **base)
    assert list(drain_steps(i, adapter=True)) == [0b11, 0b111]
    assert list(drain_steps(i, adapter=False)) == [0b10, 0b110]
    assert v_job(i) == {"drain": p.RESIDUAL, "rinv": 1, "dst": 7, "row": 6}
    logits = p.Instr(p.V, p.DRAIN, 0, "", -1, drain=p.ARGMAX, **base)
    assert list(drain_steps(logits, adapter=True)) == [0b10, 0b110]


def test_kv_place():
    """SPEC 1: position slot j has its K at base + 2 j NB and its V at base + (2 j + 1) NB."""
    assert kv_place(p.TO_K, 100, 3, 5, 4) == (100 + 6 * 4, 5)
    assert kv_place(p.TO_V, 100, 3, 5, 4) == (100 + 7 * 4, 5)
    assert kv_place(p.TO_X, 100, 3, 5, 4) == (0, 0)
