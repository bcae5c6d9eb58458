"""The steps and jobs of the engines, by hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from golden import program as p
from golden.engines import (
    DRAIN_JOB,
    SEND_JOB,
    EmbedStep,
    HStep,
    LStep,
    SendStep,
    TokenContext,
    drain_job,
    drain_steps,
    embed_steps,
    h_steps,
    l_steps,
    pack_job,
    send_job,
    send_steps,
)
from golden.vector_row import kv_place

HDL = Path(__file__).parents[2] / "hdl"
TYPES = {"transform_e": 3, "h_op_e": 4, "drain_e": 2, "ctx_t": 2, "logic": 1, "position_t": 37}
ADAPTER = TokenContext(2, 5, 9, adapter=True)
TEXT = {f: re.sub(r"//.*", "", (HDL / f).read_text()) for f in ("vector/vector_pkg.sv", "common/roma_pkg.sv")}


def struct(name: str, file: str = "vector/vector_pkg.sv") -> dict[str, int]:
    """Fields and widths of a packed struct."""
    body = re.search(r"typedef struct packed \{([^}]*)\} " + name + ";", TEXT[file])[1]
    fields = re.findall(r"^\s*(?:roma_pkg::)?(\w+)\s*(?:\[(\d+):0\])?\s*(\w+);", body, re.M)
    return {field: int(high) + 1 if high else TYPES[kind] for kind, high, field in fields}


def test_jobs_are_packed_as_the_structs() -> None:
    """Names, order and widths."""
    assert struct("send_job_t") == SEND_JOB
    assert struct("drain_job_t") == DRAIN_JOB
    assert pack_job({"transform": p.SILU, "last_word": 1}, SEND_JOB) == p.SILU << 45 | 1 << 32


@pytest.mark.parametrize(("name", "step"), [("send_step_t", SendStep), ("embed_step_t", EmbedStep)])
def test_steps_are_packed_as_the_structs(name: str, step: Callable[..., SendStep | EmbedStep]) -> None:
    """Every field alone, all ones, beside the valid bit."""
    fields = struct(name)
    valid = 1 << sum(fields.values()) - 1
    low = 0
    for field, width in reversed(fields.items()):
        if field != "valid":
            ones = (1 << width) - 1
            some = {n: 0 for n in fields if n != "valid"} | {field: ones}
            assert step(**some).encode() == valid | ones << low, field
        low += width


@pytest.mark.parametrize(("name", "step"), [("l_ctrl_t", LStep), ("h_ctrl_t", HStep)])
def test_bundles_are_packed_as_the_structs(name: str, step: Callable[..., LStep | HStep]) -> None:
    """Every field alone, all ones."""
    fields, low = struct(name, "common/roma_pkg.sv"), 0
    for field, width in reversed(fields.items()):
        bundle = step(**(dict.fromkeys(fields, 0) | {field: (1 << width) - 1}))
        assert bundle.encode() == ((1 << width) - 1) << low, field
        low += width


def test_tokens_are_packed_as_the_struct() -> None:
    """Position 9 of groups of 4 units: slot 2, member 1."""
    widths = struct("token_t", "common/roma_pkg.sv")
    place = 9 << 24 | 2 << 12 | 1
    values = {"ctx": 3, "token": 7, "pos": place, "kv_base": 11, "adapter_on": 1, "adapter_base": 13}
    values |= {"inv_temperature": 17, "noise_seed": 19, "scored": 1}
    token = TokenContext(3, 7, 9, 11, True, 13, 17, 19, True)
    assert token.encode(4) == pack_job(values, widths)


def test_embed() -> None:
    """Token 5 of 3 words a column into the words from 8 on."""
    i = p.Instr(p.D, p.EMBED, "", -1, addr0=8, addr1=99, n0=3)
    steps = list(embed_steps(i, token=5, hidden_words=3))
    assert [(s.index, s.addr) for s in steps] == [(0, 15), (1, 16), (2, 17)]
    assert drain_job(i, ADAPTER) == {"ctx": 2, "dst": 8}


def test_send() -> None:
    """Two blocks of two words, the last word beyond the valid ones."""
    i = p.Instr(p.S, p.SEND, "", 0, addr0=4, addr1=40, n0=4, n1=2, n2=3, transform=p.SILU, dest=p.TO_X)
    steps = list(send_steps(i))
    assert [(s.addr, s.addr2, s.zero) for s in steps] == [
        (4, 40, False),
        (5, 41, False),
        (6, 42, False),
        (7, 43, True),
    ]
    assert [s.first for s in steps] == [True, False, False, False]
    assert [s.last for s in steps] == [False, False, False, True]
    job = {"ctx": 2, "transform": p.SILU, "k_rope": 0, "last_word": 1, "rope_base": 9 * 8}
    assert send_job(i, ADAPTER, head_words=8) == job


def test_drain() -> None:
    """LoRA is added with an adapter alone, and never to the logits."""
    base = {"addr0": 7, "addr1": 6, "n0": 2, "bank": 1, "rinv": 1}
    i = p.Instr(p.D, p.DRAIN, "", 0, drain=p.RESIDUAL, **base)
    ctx = 2 << 14
    assert list(drain_steps(i, 2, adapter=True)) == [ctx | 0b11, ctx | 0b111]
    assert list(drain_steps(i, 2, adapter=False)) == [ctx | 0b10, ctx | 0b110]
    job = {"ctx": 2, "drain": p.RESIDUAL, "rinv": 1, "dst": 7, "row": 6, "drawn": 0}
    assert drain_job(i, ADAPTER) == job
    logits = p.Instr(p.D, p.DRAIN, "", -1, drain=p.ARGMAX, **base)
    assert list(drain_steps(logits, 2, adapter=True)) == [ctx | 0b10, ctx | 0b110]
    assert drain_job(logits, ADAPTER)["drawn"] == 0
    drawn = drain_job(logits, TokenContext(2, 5, 9, inv_temperature=4, noise_seed=6))
    noise = {"drawn": 1, "inv_temperature": 4, "noise_seed": 6, "pos": 9}
    assert drawn == job | {"drain": p.ARGMAX} | noise


def test_gemv() -> None:
    """Two slots, three chunks in groups of two, two passes."""
    i = p.Instr(p.L, p.GEMV, "", 0, 12, addr0=100, addr1=50, n0=2, n1=3, n2=2, bank=1)
    steps = list(l_steps(i, 3, group_blocks=2))
    assert {(s.ctx, s.bank) for s in steps} == {(3, 1)}
    assert [s.rom_addr for s in steps] == list(range(100, 112))
    assert [s.scale_addr for s in steps] == [50, 50, 51, 51] * 2 + [52, 52, 53, 53]
    assert [(s.chunk, s.slot) for s in steps[::2]] == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]
    assert [(s.first_pass, s.last_pass) for s in steps] == [(True, False), (False, True)] * 6
    assert [s.first_chunk for s in steps] == [True] * 4 + [False] * 8


def test_lora() -> None:
    """Two slots of three blocks in the token's adapter; position 9 of groups of 4: slot 2, member 1."""
    i = p.Instr(p.H, p.LORA_B, "", 0, 6, addr0=10, n0=2, n1=3, bank=1)
    steps = list(h_steps(i, TokenContext(2, 5, 9, 7000, True, 300), 4))
    assert {(s.op, s.ctx, s.bank, s.pos_slot, s.pos_member) for s in steps} == {(p.LORA_B, 2, 1, 2, 1)}
    assert [s.addr for s in steps] == list(range(310, 316))
    assert [(s.slot, s.blk) for s in steps] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert [(s.first_blk, s.last_blk) for s in steps] == [(True, False), (False, False), (False, True)] * 2
    assert [(s.first_slot, s.last_slot) for s in steps] == [(True, False)] * 3 + [(False, True)] * 3


@pytest.mark.parametrize(("op", "first"), [(p.SCORE, 0), (p.CONTEXT, 2)])
def test_attention(op: int, first: int) -> None:
    """Three position slots of two blocks in the cache of the token's sequence; V lies behind K."""
    i = p.Instr(p.H, op, "", 0, 2, addr0=10, n1=2)
    steps = list(h_steps(i, TokenContext(1, 5, 9, 7000, True, 300), 4))
    assert [s.addr - 7010 - first for s in steps] == [0, 1, 4, 5, 8, 9]
    assert [s.slot for s in steps] == [0, 0, 1, 1, 2, 2]
    assert [s.last_slot for s in steps] == [False] * 4 + [True] * 2


def test_reduce() -> None:
    """Beats of one block each."""
    i = p.Instr(p.H, p.REDUCE, "", 0, 3, n0=3, n1=9)
    steps = list(h_steps(i, TokenContext(1, 5, 9), 4))
    assert [(s.slot, s.first_blk, s.last_blk) for s in steps] == [(k, True, True) for k in range(3)]


def test_kv_place() -> None:
    """SPEC 1: position slot j has its K at base + 2 j NB and its V at base + (2 j + 1) NB."""
    assert kv_place(p.TO_K, 100, 3, 5, 4) == (100 + 6 * 4, 5)
    assert kv_place(p.TO_V, 100, 3, 5, 4) == (100 + 7 * 4, 5)
    assert kv_place(p.TO_X, 100, 3, 5, 4) == (0, 0)
