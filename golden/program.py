"""The programme ROM: one token's walk through the chip, SPEC chapter 4.

``build(geometry)`` lists the instructions with their waits, ``encode`` packs them into the words of the
programme ROM. The schedule walks the same list.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from golden.config import clog2
from golden.geometry import LINEARS, Geometry
from golden.instruction import (
    ANY,
    ANY_N,
    ARGMAX,
    CONTEXT,
    DRAIN,
    EARLY,
    EMBED,
    END,
    ENGINE_NAMES,
    GEMV,
    INV,
    LORA_A,
    LORA_B,
    NONE,
    NORM,
    OP_NAMES,
    REDUCE,
    RESIDUAL,
    ROPE,
    SAMPLE,
    SCORE,
    SEND,
    SILU,
    STORE,
    TO_K,
    TO_Q,
    TO_T,
    TO_V,
    TO_X,
    WORD_BYTES,
    D,
    H,
    Instr,
    L,
    S,
    attends,
    early,
    scored,
    scores,
)
from golden.timing import Timing
from golden.waits import with_waits

# With a programme one wants its codes.
__all__ = [
    "S",
    "D",
    "L",
    "H",
    "END",
    "EMBED",
    "DRAIN",
    "SAMPLE",
    "SEND",
    "GEMV",
    "LORA_A",
    "LORA_B",
    "SCORE",
    "CONTEXT",
    "REDUCE",
    "EARLY",
    "NONE",
    "NORM",
    "ROPE",
    "INV",
    "SILU",
    "TO_X",
    "TO_Q",
    "TO_K",
    "TO_V",
    "TO_T",
    "STORE",
    "RESIDUAL",
    "ARGMAX",
    "OP_NAMES",
    "ENGINE_NAMES",
    "WORD_BYTES",
    "ANY",
    "ANY_N",
    "Instr",
    "attends",
    "early",
    "scored",
    "scores",
    "PROGRAM_MAGIC",
    "ADAPTER_MAGIC",
    "URGENT",
    "adapter_offsets",
    "build",
    "encode",
]

PROGRAM_MAGIC = int.from_bytes(b"ROMA", "little")
ADAPTER_MAGIC = int.from_bytes(b"LORA", "little")
URGENT = ("q_proj", "k_proj", "v_proj", "o_proj")  # GEMVs that go before those of the MLP and the head


class _Builder:
    """Collects instructions while it hands out ROM addresses and accumulator banks."""

    def __init__(self, geometry: Geometry) -> None:
        self.g = geometry
        self.adapter = adapter_offsets(geometry)
        self.out: list[Instr] = []
        self.rom = self.scale = self.bank = 0
        self.banks: dict[str, int] = {}  # of the linears under way

    def add(self, engine: int, op: int, what: str, layer: int, steps: int, **fields: int) -> None:
        self.out.append(Instr(engine, op, what, layer, steps, **fields))

    def send(self, what: str, layer: int, source: str, n: int, block: int, **fields: int) -> None:
        words = self.g.words(n)
        block_words = block // self.g.chip.rows
        where = {"addr0": self.g.vmem[source], "n0": words, "n1": block_words, "n2": words}
        self.add(S, SEND, what, layer, words, **where, **fields)

    def gemv(self, name: str, layer: int, slots: int, **fields: int) -> None:
        """The next rows of a matrix: the next bank, the next words of the ROMs."""
        g = self.g
        chunks, passes = g.chunks(g.shape[name][1]), g.passes(name)
        steps = slots * chunks * passes
        self.add(
            L,
            GEMV,
            name,
            layer,
            steps,
            addr0=self.rom,
            addr1=self.scale,
            n0=slots,
            n1=chunks,
            n2=passes,
            bank=self.bank,
            urgent=int(name in URGENT),
            **fields,
        )
        self.rom += steps
        self.scale += slots * g.scale_groups(name)
        self.banks[name] = self.bank
        self.bank ^= 1

    def multiply(self, name: str, layer: int) -> None:
        """GEMV of a linear with LoRA."""
        self.gemv(name, layer, self.g.slots(self.g.shape[name][0]))

    def drain(self, name: str, layer: int, slots: int, drain: int, **fields: int) -> None:
        self.add(D, DRAIN, name, layer, slots, n0=slots, bank=self.banks[name], drain=drain, **fields)

    def finish(self, name: str, layer: int, dst: str, drain: int, rinv: int) -> None:
        """Drain of a linear with LoRA."""
        slots = self.g.slots(self.g.shape[name][0])
        self.drain(name, layer, slots, drain, addr0=self.g.vmem[dst], rinv=rinv)

    def lora_a(self, name: str, layer: int) -> None:
        """A: the input to the LoRA intermediate t."""
        g = self.g
        slots, blocks = g.chip.max_rank // g.chip.rows, g.shape[name][1] // g.chip.columns // g.chip.h_block
        addr = self.adapter[layer, name]
        self.add(H, LORA_A, name, layer, slots * blocks, if_lora=1, addr0=addr, n0=slots, n1=blocks)

    def lora_t(self, name: str, layer: int) -> None:
        """The intermediate, to every unit."""
        g = self.g
        words = g.t_blocks * g.chip.h_block // g.chip.rows
        self.add(
            S,
            SEND,
            f"{name} t",
            layer,
            words,
            if_lora=1,
            addr0=g.vmem["t"],
            n0=words,
            n1=g.chip.h_block // g.chip.rows,
            n2=g.chip.max_rank // g.chip.rows,
            transform=NONE,
            dest=TO_T,
        )

    def lora_b(self, name: str, layer: int) -> None:
        """B: the intermediate to the results that the drain adds."""
        g = self.g
        slots, blocks = g.slots(g.shape[name][0]), g.t_blocks
        addr = self.adapter[layer, name] + g.lora_a_words(name)
        where = {"addr0": addr, "n0": slots, "n1": blocks, "bank": self.banks[name]}
        self.add(H, LORA_B, name, layer, slots * blocks, if_lora=1, **where)

    def lora_ahead(self, name: str, other: str, layer: int) -> None:
        """B of one linear and A of the next, A first if B's counter can stand in for A's."""
        g, b_steps = self.g, self.g.lora_b_words(name)
        if b_steps + g.chip.max_rank // g.chip.rows + 1 >= 2 * g.chip.hops + clog2(g.chip.columns):
            self.lora_a(other, layer)
            self.lora_b(name, layer)
        else:
            self.lora_b(name, layer)
            self.lora_a(other, layer)

    def lora(self, name: str, layer: int) -> None:
        """All of LoRA, one after the other."""
        self.lora_a(name, layer)
        self.lora_t(name, layer)
        self.lora_b(name, layer)


def adapter_offsets(g: Geometry) -> dict[tuple[int, str], int]:
    """First SRAM word of each (layer, linear) inside an adapter slot: A, then B."""
    out, base = {}, 0
    for layer in range(g.model.num_hidden_layers):
        for name in LINEARS:
            out[layer, name] = base
            base += g.lora_a_words(name) + g.lora_b_words(name)
    return out


def build(g: Geometry) -> list[Instr]:
    """Instructions 1 … of the programme (word 0 is the header); SPEC chapter 4."""
    return list(_built(g))


@cache
def _built(g: Geometry) -> tuple[Instr, ...]:
    b = _Builder(g)
    words = g.words(g.hidden)
    b.add(D, EMBED, "x", -1, words, addr0=g.vmem["x"], n0=words)
    norm = 0
    for layer in range(g.model.num_hidden_layers):
        _norm(b, "input_layernorm", layer, norm)
        _attention(b, layer)
        _norm(b, "post_attention_layernorm", layer, norm + words)
        _mlp(b, layer)
        norm += 2 * words
    _head(b, norm)
    b.add(END, 0, "", -1, 0)
    return tuple(with_waits(Timing(g), b.out))


def _norm(b: _Builder, what: str, layer: int, norm: int, **fields: int) -> None:
    hidden, block = b.g.hidden, b.g.chip.block
    b.send(what, layer, "x", hidden, block, addr1=norm, transform=NORM, dest=TO_X, **fields)


def _attention(b: _Builder, layer: int) -> None:
    g, hb, nb = b.g, b.g.chip.h_block, b.g.head_blocks
    kv = g.kv_base + layer * g.kv_layer_words
    b.multiply("q_proj", layer)
    b.lora_a("q_proj", layer)
    b.lora_t("q_proj", layer)
    b.lora_ahead("q_proj", "k_proj", layer)
    b.finish("q_proj", layer, "q", STORE, 1)
    b.multiply("k_proj", layer)
    b.lora_t("k_proj", layer)
    b.send("q", layer, "q", g.q_dim, hb, transform=ROPE, dest=TO_Q)
    b.lora_b("k_proj", layer)
    b.multiply("v_proj", layer)
    b.lora_a("v_proj", layer)
    b.finish("k_proj", layer, "k", STORE, 1)
    b.add(H, EARLY, "score", layer, nb, addr0=kv, n1=nb)
    b.lora_t("v_proj", layer)
    b.send("k", layer, "k", g.kv_dim, hb, transform=ROPE, dest=TO_K, k_rope=1, addr1=kv)
    b.lora_b("v_proj", layer)
    b.finish("v_proj", layer, "v", STORE, 1)
    b.add(H, SCORE, "score", layer, nb, addr0=kv, n1=nb)
    b.send("v", layer, "v", g.kv_dim, hb, transform=NONE, dest=TO_V, addr1=kv)
    b.add(H, CONTEXT, "context", layer, nb, addr0=kv, n1=nb)
    beats = g.model.q_per_kv * g.head_dim // g.chip.rows + 1
    b.add(H, REDUCE, "reduce", layer, beats, n0=beats)
    b.send("attn", layer, "att", g.q_dim, g.chip.block, transform=INV, dest=TO_X)
    b.multiply("o_proj", layer)
    b.lora("o_proj", layer)
    b.finish("o_proj", layer, "x", RESIDUAL, 0)


def _mlp(b: _Builder, layer: int) -> None:
    g = b.g
    b.multiply("gate_proj", layer)
    b.lora_a("gate_proj", layer)
    b.lora_t("gate_proj", layer)
    b.lora_ahead("gate_proj", "up_proj", layer)
    b.multiply("up_proj", layer)
    b.finish("gate_proj", layer, "gate", STORE, 1)
    b.lora_t("up_proj", layer)
    b.lora_b("up_proj", layer)
    b.finish("up_proj", layer, "up", STORE, 1)
    up, n = g.vmem["up"], g.intermediate
    b.send("mlp", layer, "gate", n, g.chip.block, addr1=up, transform=SILU, dest=TO_X)
    b.multiply("down_proj", layer)
    b.lora("down_proj", layer)
    b.finish("down_proj", layer, "x", RESIDUAL, 0)


def _head(b: _Builder, norm: int) -> None:
    g = b.g
    _norm(b, "norm", -1, norm, if_head=1)
    rows, depth = g.slots(g.shape["lm_head"][0]), g.chip.acc_depth
    for start in range(0, rows, depth):
        slots = min(depth, rows - start)
        b.gemv("lm_head", -1, slots, if_head=1)
        b.drain("lm_head", -1, slots, ARGMAX, rinv=1, if_head=1, addr1=start * g.chip.rows)
    b.add(D, SAMPLE, "token", -1, 1, if_head=1)


def encode(program: list[Instr], model_id: int, vocab_size: int) -> bytes:
    """Header and instructions as they stand in the ROM, 24 bytes a word, most significant first."""
    header = PROGRAM_MAGIC | model_id << 32 | vocab_size << 64
    return b"".join(w.to_bytes(WORD_BYTES, "big") for w in _words(program, header))


def _words(program: list[Instr], header: int) -> Iterator[int]:
    yield header
    for instr in program:
        yield instr.encode()
