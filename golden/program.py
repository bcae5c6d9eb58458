"""The programme ROM: one token's walk through the chip, SPEC chapter 4.

``build(geometry)`` lists the instructions, ``encode`` packs them into the 128-bit words that
``hdl/common/roma_pkg.sv`` calls ``instr_t``. The schedule walks the same list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from golden.geometry import LINEARS, Geometry

WORD_BYTES = 16
PROGRAM_MAGIC = int.from_bytes(b"ROMA", "little")
ADAPTER_MAGIC = int.from_bytes(b"LORA", "little")

V, L, H, END = range(4)
WAIT_V, WAIT_L, WAIT_H, WAIT_N = 1, 2, 4, 8
EMBED, SEND, DRAIN, SAMPLE = range(4)
LORA_A, LORA_B, SCORE, CONTEXT, REDUCE = range(5)
NONE, NORM, ROPE, INV, SILU = range(5)
TO_X, TO_Q, TO_K, TO_V, TO_T = range(5)
STORE, RESIDUAL, ARGMAX = range(3)
GEMV = 0

OP_NAMES = {
    V: ("EMBED", "SEND", "DRAIN", "SAMPLE"),
    L: ("GEMV",),
    H: ("LORA_A", "LORA_B", "SCORE", "CONTEXT", "REDUCE"),
    END: ("END",),
}
ENGINE_NAMES = ("V", "L", "H", "END")

# Name, width of each field of instr_t from bit 0 upwards.
_FIELDS = (
    ("engine", 2),
    ("op", 4),
    ("wait_for", 4),
    ("if_lora", 1),
    ("if_head", 1),
    ("addr0", 32),
    ("addr1", 32),
    ("n0", 12),
    ("n1", 12),
    ("n2", 12),
    ("k_rope", 1),
    ("rinv", 1),
    ("bank", 1),
    ("drain", 2),
    ("dest", 3),
    ("transform", 3),
)


@dataclass(frozen=True)
class Instr:
    """One operation; fields as in the SPEC's table, plus where it comes from (for people)."""

    engine: int
    op: int
    wait_for: int
    what: str
    layer: int
    if_lora: int = 0
    if_head: int = 0
    addr0: int = 0
    addr1: int = 0
    n0: int = 0
    n1: int = 0
    n2: int = 0
    k_rope: int = 0
    rinv: int = 0
    bank: int = 0
    drain: int = 0
    dest: int = 0
    transform: int = 0

    def encode(self) -> int:
        """The 128-bit word; raises ValueError when a field overflows."""
        word, shift = 0, 0
        for name, width in _FIELDS:
            value = getattr(self, name)
            if not 0 <= value < 1 << width:
                raise ValueError(f"{self}: {name}={value} does not fit {width} bits")
            word |= value << shift
            shift += width
        return word

    def __str__(self) -> str:
        """Such as ``layer 2 L.GEMV q_proj``."""
        where = f"layer {self.layer} " if self.layer >= 0 else ""
        return f"{where}{ENGINE_NAMES[self.engine]}.{OP_NAMES[self.engine][self.op]} {self.what}".rstrip()


class _Builder:
    """Collects instructions while it hands out ROM addresses and accumulator banks."""

    def __init__(self, geometry: Geometry) -> None:
        self.g = geometry
        self.out: list[Instr] = []
        self.rom = self.scale = self.bank = 0

    def add(self, engine: int, op: int, wait_for: int, what: str, layer: int, **fields: int) -> None:
        self.out.append(Instr(engine, op, wait_for, what, layer, **fields))

    def send(
        self, what: str, layer: int, source: str, n: int, block: int, wait_for: int, **fields: int
    ) -> None:
        g = self.g
        words = g.words(n)
        fields.setdefault("n2", words)
        self.add(
            V,
            SEND,
            wait_for,
            what,
            layer,
            addr0=g.vmem[source],
            n0=words,
            n1=block // g.chip.rows,
            **fields,
        )

    def linear(
        self, name: str, layer: int, dst: str, drain: int, rinv: int, first: bool, adapter: int = 0
    ) -> None:
        """Row blocks of GEMV and drain; LoRA A, its intermediate and LoRA B between the first pair."""
        g, head = self.g, int(name == "lm_head")
        n, k = g.shape[name]
        slots, passes = g.slots(n), g.passes(name)
        for start in range(0, slots, g.chip.acc_depth):
            ns = min(g.chip.acc_depth, slots - start)
            self.add(
                L,
                GEMV,
                WAIT_V if first and start == 0 else 0,
                name,
                layer,
                if_head=head,
                addr0=self.rom,
                addr1=self.scale,
                n0=ns,
                n1=g.chunks(k),
                n2=passes,
                bank=self.bank,
            )
            if not head and start == 0:
                self.lora(name, layer, adapter)
            self.add(
                V,
                DRAIN,
                WAIT_V | WAIT_L | (0 if head else WAIT_H) | (WAIT_N if rinv else 0),
                name,
                layer,
                if_head=head,
                addr0=0 if head else g.vmem[dst],
                addr1=start * g.chip.rows if head else 0,
                n0=ns,
                bank=self.bank,
                drain=drain,
                rinv=rinv,
            )
            self.rom += ns * g.chunks(k) * passes
            self.scale += ns * g.scale_groups(name)
            self.bank ^= 1

    def lora(self, name: str, layer: int, base: int) -> None:
        g = self.g
        k = g.shape[name][1]
        a_words = g.lora_a_words(name)
        rank_slots = g.chip.max_rank // g.chip.rows
        self.add(
            H,
            LORA_A,
            WAIT_V | WAIT_H,
            name,
            layer,
            if_lora=1,
            addr0=base,
            n0=rank_slots,
            n1=k // g.chip.columns // g.chip.h_block,
        )
        t_words = g.t_blocks * g.chip.h_block // g.chip.rows
        self.add(
            V,
            SEND,
            WAIT_V | WAIT_H,
            f"{name} t",
            layer,
            if_lora=1,
            addr0=g.vmem["t"],
            n0=t_words,
            n1=g.chip.h_block // g.chip.rows,
            n2=rank_slots,
            transform=NONE,
            dest=TO_T,
        )
        self.add(
            H,
            LORA_B,
            WAIT_V | WAIT_H,
            name,
            layer,
            if_lora=1,
            addr0=base + a_words,
            n0=g.slots(g.shape[name][0]),
            n1=g.t_blocks,
        )


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
    b = _Builder(g)
    m, chip = g.model, g.chip
    adapter = adapter_offsets(g)
    vh = WAIT_V | WAIT_H
    hidden_words = g.words(g.hidden)
    norm = 0

    def norm_send(what: str, layer: int, head: int = 0) -> None:
        nonlocal norm
        b.send(
            what,
            layer,
            "x",
            g.hidden,
            chip.block,
            WAIT_V | WAIT_L | WAIT_H,
            addr1=norm,
            transform=NORM,
            dest=TO_X,
            if_head=head,
        )
        norm += hidden_words

    b.add(V, EMBED, 15, "x", -1, addr0=g.vmem["x"], n0=hidden_words)
    for layer in range(m.num_hidden_layers):
        kv = g.kv_base + layer * g.kv_layer_words

        def linear(name: str, dst: str, drain: int, rinv: int, first: bool, layer: int = layer) -> None:
            b.linear(name, layer, dst, drain, rinv, first, adapter[layer, name])

        norm_send("input_layernorm", layer)
        for name, dst in (("q_proj", "q"), ("k_proj", "k"), ("v_proj", "v")):
            linear(name, dst, STORE, 1, name == "q_proj")
        hb = chip.h_block
        b.send("q", layer, "q", g.q_dim, hb, vh, transform=ROPE, dest=TO_Q)
        b.send("k", layer, "k", g.kv_dim, hb, vh, transform=ROPE, dest=TO_K, k_rope=1, addr1=kv)
        b.send("v", layer, "v", g.kv_dim, hb, vh, transform=NONE, dest=TO_V, addr1=kv)
        b.add(H, SCORE, vh, "score", layer, addr0=kv, n1=g.head_blocks)
        b.add(H, CONTEXT, WAIT_H, "context", layer, addr0=kv, n1=g.head_blocks)
        beats = m.q_per_kv * g.head_dim // chip.rows + 1
        b.add(H, REDUCE, WAIT_H, "reduce", layer, n0=beats)
        b.send("attn", layer, "att", g.q_dim, chip.block, 7, transform=INV, dest=TO_X)
        linear("o_proj", "x", RESIDUAL, 0, True)
        norm_send("post_attention_layernorm", layer)
        linear("gate_proj", "gate", STORE, 1, True)
        linear("up_proj", "up", STORE, 1, False)
        b.send(
            "mlp",
            layer,
            "gate",
            g.intermediate,
            chip.block,
            7,
            addr1=g.vmem["up"],
            transform=SILU,
            dest=TO_X,
        )
        linear("down_proj", "x", RESIDUAL, 0, True)
    norm_send("norm", -1, head=1)
    b.linear("lm_head", -1, "", ARGMAX, 1, True)
    b.add(V, SAMPLE, WAIT_V, "token", -1, if_head=1)
    b.add(END, 0, 15, "", -1)
    return b.out


def encode(program: list[Instr], model_id: int, vocab_size: int) -> bytes:
    """Header and instructions as they stand in the ROM, 16 bytes a word, most significant first."""
    header = PROGRAM_MAGIC | model_id << 32 | vocab_size << 64
    return b"".join(w.to_bytes(WORD_BYTES, "big") for w in _words(program, header))


def _words(program: list[Instr], header: int) -> Iterator[int]:
    yield header
    for instr in program:
        yield instr.encode()
