"""The loops of the V-, L- and H-engines step by step: every field of every control bundle. SPEC 1 and 5.

``golden/timing.py`` says how long a job takes; here is what its steps carry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from golden import program as p
from golden.program import Instr


def _pack(fields: tuple[tuple[int, int], ...]) -> int:
    """Fields (value, width), the first one highest, as one word."""
    word = 0
    for value, width in fields:
        assert 0 <= value < 1 << width, (value, width)
        word = word << width | value
    return word


@dataclass(frozen=True)
class LStep:
    """``roma_pkg::l_ctrl_t``."""

    rom_addr: int
    scale_addr: int
    chunk: int
    slot: int
    bank: int
    first_pass: bool
    last_pass: bool
    first_chunk: bool

    def encode(self) -> int:
        """The bundle as one word."""
        flags = (self.bank, self.first_pass, self.last_pass, self.first_chunk)
        wide = ((self.rom_addr, 32), (self.scale_addr, 32), (self.chunk, 12), (self.slot, 12))
        return _pack((*wide, *((int(f), 1) for f in flags)))


@dataclass(frozen=True)
class HStep:
    """``roma_pkg::h_ctrl_t``; ``addr`` means nothing in a REDUCE."""

    op: int
    addr: int
    slot: int
    blk: int
    first_blk: bool
    last_blk: bool
    first_slot: bool
    last_slot: bool

    def encode(self) -> int:
        """The bundle as one word."""
        flags = (self.first_blk, self.last_blk, self.first_slot, self.last_slot)
        wide = ((self.op, 4), (self.addr, 32), (self.slot, 12), (self.blk, 12))
        return _pack((*wide, *((int(f), 1) for f in flags)))


@dataclass(frozen=True)
class VStep:
    """``vector_pkg::v_step_t``; ``zero`` and ``addr2`` mean nothing in an EMBED."""

    embed: bool
    send: bool
    first: bool
    last: bool
    zero: bool
    index: int
    addr: int
    addr2: int

    def encode(self) -> int:
        """The bundle as one word."""
        flags = (self.embed, self.send, self.first, self.last, self.zero)
        wide = ((self.index, 12), (self.addr, 32), (self.addr2, 32))
        return _pack((*((int(f), 1) for f in flags), *wide))


ADDR_SHIFT = 12 + 12 + 4  # of HStep.addr in its word


def l_steps(i: Instr, group_blocks: int) -> Iterator[LStep]:
    """Steps of a GEMV of n0 slots, n1 chunks, n2 passes; ``group_blocks`` = G / B."""
    for k in range(i.n1):
        for s in range(i.n0):
            for q in range(i.n2):
                yield LStep(
                    rom_addr=i.addr0 + (k * i.n0 + s) * i.n2 + q,
                    scale_addr=i.addr1 + k // group_blocks * i.n0 + s,
                    chunk=k,
                    slot=s,
                    bank=i.bank,
                    first_pass=q == 0,
                    last_pass=q == i.n2 - 1,
                    first_chunk=k == 0,
                )


def v_steps(i: Instr, token: int, hidden_words: int) -> Iterator[VStep]:
    """Steps of an EMBED or SEND of n0 words.

    Parameters
    ----------
    i
        The instruction.
    token
        Token id, whose embedding stands from word token · hidden_words on.
    hidden_words
        Words of a column's segment of the hidden vector.
    """
    embed = i.op == p.EMBED
    base = token * hidden_words if embed else i.addr0
    for j in range(i.n0):
        yield VStep(
            embed=embed,
            send=not embed,
            first=j == 0,
            last=j == i.n0 - 1,
            zero=not embed and j >= i.n2,
            index=j,
            addr=base + j,
            addr2=0 if embed else i.addr1 + j,
        )


# Fields of vector_pkg::v_job_t and their widths, the first one highest.
V_JOB = {"transform": 3, "k_rope": 1, "last_word": 12, "drain": 2, "rinv": 1, "dst": 12, "row": 32}


def v_job(i: Instr) -> dict[str, int]:
    """Fields of the job that mean something while ``i`` runs; a SAMPLE has none."""
    if i.op == p.EMBED:
        return {"dst": i.addr0}
    if i.op == p.SEND:
        return {"transform": i.transform, "k_rope": i.k_rope, "last_word": i.n1 - 1}
    if i.op == p.DRAIN:
        return {"drain": i.drain, "rinv": i.rinv, "dst": i.addr0, "row": i.addr1}
    return {}


def pack_v_job(fields: Mapping[str, int]) -> int:
    """``vector_pkg::v_job_t`` as one word; fields left out are 0."""
    return _pack(tuple((fields.get(name, 0), width) for name, width in V_JOB.items()))


def drain_steps(i: Instr, adapter: bool) -> Iterator[int]:
    """``roma_pkg::drain_ctrl_t`` of every step of a DRAIN: slot, bank, whether LoRA is added."""
    lora = adapter and i.drain != p.ARGMAX  # rows of the LM head have no adapter
    for slot in range(i.n0):
        yield _pack(((slot, 12), (i.bank, 1), (int(lora), 1)))


def h_steps(i: Instr, pos_slot: int, adapter_base: int) -> Iterator[HStep]:
    """Steps of an H operation.

    Parameters
    ----------
    i
        The instruction.
    pos_slot
        Position slot of the token: scores and context walk all up to this one.
    adapter_base
        First SRAM word of the selected adapter.
    """
    slots, blocks = i.n0, i.n1
    if i.op in (p.SCORE, p.CONTEXT):
        slots = pos_slot + 1
    if i.op == p.REDUCE:
        blocks = 1
    for s in range(slots):
        for b in range(blocks):
            yield HStep(
                op=i.op,
                addr=_h_addr(i, s, b, adapter_base),
                slot=s,
                blk=b,
                first_blk=b == 0,
                last_blk=b == blocks - 1,
                first_slot=s == 0,
                last_slot=s == slots - 1,
            )


def _h_addr(i: Instr, s: int, b: int, adapter_base: int) -> int:
    if i.op in (p.LORA_A, p.LORA_B):
        return adapter_base + i.addr0 + s * i.n1 + b
    if i.op == p.REDUCE:
        return 0
    return i.addr0 + (2 * s + (i.op == p.CONTEXT)) * i.n1 + b
