"""The loops of the engines step by step: every field of every control bundle. SPEC 1 and 5.

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

    ctx: int
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
        return _pack(((self.ctx, 2), *wide, *((int(f), 1) for f in flags)))


@dataclass(frozen=True)
class HStep:
    """``roma_pkg::h_ctrl_t``; ``addr`` means nothing in a REDUCE."""

    op: int
    ctx: int
    bank: int
    pos_slot: int
    pos_member: int
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
        token = ((self.ctx, 2), (self.bank, 1), (self.pos_slot, 12), (self.pos_member, 12))
        wide = ((self.addr, 32), (self.slot, 12), (self.blk, 12))
        return _pack(((self.op, 4), *token, *wide, *((int(f), 1) for f in flags)))


@dataclass(frozen=True)
class TokenContext:
    """``roma_pkg::token_t``: what an engine needs to know of the token whose operation it takes.

    Attributes
    ----------
    ctx, token, pos
        Context, token id, KV position.
    kv_base
        SRAM words before the KV cache of its sequence, from that of sequence 0 on.
    adapter, adapter_base
        Whether it has an adapter, and the first SRAM word of it.
    inv_temperature, noise_seed
        Bits of FP32(1/T), 0 for greedy; seed.
    scored
        H.EARLY has scored the position slots before its own.
    """

    ctx: int
    token: int
    pos: int
    kv_base: int = 0
    adapter: bool = False
    adapter_base: int = 0
    inv_temperature: int = 0
    noise_seed: int = 0
    scored: bool = False

    def encode(self, kv_group: int) -> int:
        """The bundle as one word; ``kv_group`` units share a KV head."""
        slot, member = divmod(self.pos, kv_group)
        place = ((self.pos, 13), (slot, 12), (member, 12), (self.kv_base, 32))
        adapter = ((int(self.adapter), 1), (self.adapter_base, 32))
        sampling = ((self.inv_temperature, 32), (self.noise_seed, 32))
        return _pack(((self.ctx, 2), (self.token, 32), *place, *adapter, *sampling, (int(self.scored), 1)))


@dataclass(frozen=True)
class SendStep:
    """``vector_pkg::send_step_t`` of a valid step."""

    first: bool
    last: bool
    zero: bool
    addr: int
    addr2: int

    def encode(self) -> int:
        """The bundle as one word."""
        flags = (True, self.first, self.last, self.zero)
        return _pack((*((int(f), 1) for f in flags), (self.addr, 32), (self.addr2, 32)))


@dataclass(frozen=True)
class EmbedStep:
    """``vector_pkg::embed_step_t`` of a valid step."""

    index: int
    addr: int

    def encode(self) -> int:
        """The bundle as one word."""
        return _pack(((1, 1), (self.index, 12), (self.addr, 32)))


ADDR_SHIFT = 12 + 12 + 4  # of HStep.addr in its word
OP_SHIFT = ADDR_SHIFT + 32 + 2 + 1 + 12 + 12  # of HStep.op


def l_steps(i: Instr, ctx: int, group_blocks: int) -> Iterator[LStep]:
    """Steps of a context's GEMV of n0 slots, n1 chunks, n2 passes; ``group_blocks`` = G / B."""
    for k in range(i.n1):
        for s in range(i.n0):
            for q in range(i.n2):
                yield LStep(
                    ctx=ctx,
                    rom_addr=i.addr0 + (k * i.n0 + s) * i.n2 + q,
                    scale_addr=i.addr1 + k // group_blocks * i.n0 + s,
                    chunk=k,
                    slot=s,
                    bank=i.bank,
                    first_pass=q == 0,
                    last_pass=q == i.n2 - 1,
                    first_chunk=k == 0,
                )


def send_steps(i: Instr) -> Iterator[SendStep]:
    """Steps of a SEND of n0 words, of which n2 are not sent as 0."""
    for j in range(i.n0):
        yield SendStep(first=j == 0, last=j == i.n0 - 1, zero=j >= i.n2, addr=i.addr0 + j, addr2=i.addr1 + j)


def embed_steps(i: Instr, token: int, hidden_words: int) -> Iterator[EmbedStep]:
    """Steps of an EMBED of n0 words: ``token``'s stand from token · hidden_words on."""
    for j in range(i.n0):
        yield EmbedStep(index=j, addr=token * hidden_words + j)


# Fields of vector_pkg::send_job_t and drain_job_t and their widths, the first one highest.
SEND_JOB = {"ctx": 2, "transform": 3, "k_rope": 1, "last_word": 12, "rope_base": 32}
DRAIN_JOB = {"ctx": 2, "drain": 2, "rinv": 1, "dst": 12, "row": 32, "drawn": 1}
DRAIN_JOB |= {"inv_temperature": 32, "noise_seed": 32, "pos": 12}


def send_job(i: Instr, t: TokenContext, head_words: int) -> dict[str, int]:
    """Job of a SEND; ``head_words`` are the RoPE ROM words of a position."""
    base = t.pos * head_words
    kind = {"transform": i.transform, "k_rope": i.k_rope}
    return {"ctx": t.ctx, **kind, "last_word": i.n1 - 1, "rope_base": base}


def drain_job(i: Instr, t: TokenContext) -> dict[str, int]:
    """Fields of a D operation's job that mean something while ``i`` runs."""
    if i.op == p.EMBED:
        return {"ctx": t.ctx, "dst": i.addr0}
    if i.op == p.SAMPLE:
        return {"ctx": t.ctx}
    job = {"ctx": t.ctx, "drain": i.drain, "rinv": i.rinv, "dst": i.addr0, "row": i.addr1}
    if i.drain != p.ARGMAX or not t.inv_temperature:
        return job | {"drawn": 0}
    noise = {"inv_temperature": t.inv_temperature, "noise_seed": t.noise_seed, "pos": t.pos}
    return job | {"drawn": 1} | noise


def pack_job(fields: Mapping[str, int], layout: Mapping[str, int]) -> int:
    """A job (``SEND_JOB``, ``DRAIN_JOB``) as one word; fields left out are 0."""
    return _pack(tuple((fields.get(name, 0), width) for name, width in layout.items()))


def drain_steps(i: Instr, ctx: int, adapter: bool) -> Iterator[int]:
    """``roma_pkg::drain_ctrl_t`` of every step of a DRAIN: context, slot, bank, whether LoRA is added."""
    lora = adapter and i.drain != p.ARGMAX  # rows of the LM head have no adapter
    for slot in range(i.n0):
        yield _pack(((ctx, 2), (slot, 12), (i.bank, 1), (int(lora), 1)))


def h_steps(i: Instr, t: TokenContext, kv_group: int) -> Iterator[HStep]:
    """Steps of an H operation.

    Parameters
    ----------
    i
        The instruction.
    t
        The token: scores and context walk all position slots up to its own, those before it may have
        been scored by EARLY.
    kv_group
        Units that share a KV head.
    """
    slots, blocks = range(i.n0), i.n1
    pos_slot, pos_member = divmod(t.pos, kv_group)
    if i.op == p.EARLY:
        slots = range(pos_slot)
    elif i.op == p.SCORE and t.scored:
        slots = range(pos_slot, pos_slot + 1)
    elif p.attends(i):
        slots = range(pos_slot + 1)
    if i.op == p.REDUCE:
        blocks = 1
    for s in slots:
        for b in range(blocks):
            yield HStep(
                op=p.SCORE if i.op == p.EARLY else i.op,
                ctx=t.ctx,
                bank=i.bank,
                pos_slot=pos_slot,
                pos_member=pos_member,
                addr=_h_addr(i, t, s, b),
                slot=s,
                blk=b,
                first_blk=b == 0,
                last_blk=b == blocks - 1,
                first_slot=s == 0,
                last_slot=s == slots[-1] and i.op != p.EARLY,
            )


def _h_addr(i: Instr, t: TokenContext, s: int, b: int) -> int:
    if i.op in (p.LORA_A, p.LORA_B):
        return t.adapter_base + i.addr0 + s * i.n1 + b
    if i.op == p.REDUCE:
        return 0
    return t.kv_base + i.addr0 + (2 * s + (i.op == p.CONTEXT)) * i.n1 + b
