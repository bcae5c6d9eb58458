"""The programme ROM: one token's walk through the chip, SPEC chapter 4.

``build(geometry)`` lists the instructions, ``encode`` packs them into the 192-bit words that
``hdl/common/roma_pkg.sv`` calls ``instr_t``. The schedule walks the same list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from golden.geometry import LINEARS, Geometry
from golden.latency import TRANSFORM_LATENCY
from golden.waits import ANY, ANY_N, Waits

WORD_BYTES = 24
PROGRAM_MAGIC = int.from_bytes(b"ROMA", "little")
ADAPTER_MAGIC = int.from_bytes(b"LORA", "little")

S, D, L, H, END = range(5)
EMBED, DRAIN, SAMPLE = range(3)
SEND = GEMV = 0
LORA_A, LORA_B, SCORE, CONTEXT, REDUCE, EARLY = range(6)
NONE, NORM, ROPE, INV, SILU = range(5)
TO_X, TO_Q, TO_K, TO_V, TO_T = range(5)
STORE, RESIDUAL, ARGMAX = range(3)

OP_NAMES = {
    S: ("SEND",),
    D: ("EMBED", "DRAIN", "SAMPLE"),
    L: ("GEMV",),
    H: ("LORA_A", "LORA_B", "SCORE", "CONTEXT", "REDUCE", "EARLY"),
    END: ("END",),
}
ENGINE_NAMES = ("S", "D", "L", "H", "END")
URGENT = ("q_proj", "k_proj", "v_proj", "o_proj")  # GEMVs that go before those of the MLP and the head

# Name, width of each field of instr_t from bit 0 upwards.
_FIELDS = (
    ("engine", 3),
    ("op", 4),
    ("if_lora", 1),
    ("if_head", 1),
    ("addr0", 32),
    ("addr1", 32),
    ("n0", 12),
    ("n1", 12),
    ("n2", 12),
    ("urgent", 1),
    ("k_rope", 1),
    ("rinv", 1),
    ("bank", 1),
    ("drain", 2),
    ("dest", 3),
    ("transform", 3),
    ("steps", 20),
    ("left_s", 8),
    ("left_d", 8),
    ("left_l", 8),
    ("left_h", 8),
    ("left_n", 7),
)


@dataclass(frozen=True)
class Instr:
    """One operation; fields as in the SPEC's table, plus where it comes from (for people)."""

    engine: int
    op: int
    what: str
    layer: int
    steps: int = 0
    if_lora: int = 0
    if_head: int = 0
    addr0: int = 0
    addr1: int = 0
    n0: int = 0
    n1: int = 0
    n2: int = 0
    urgent: int = 0
    k_rope: int = 0
    rinv: int = 0
    bank: int = 0
    drain: int = 0
    dest: int = 0
    transform: int = 0
    left_s: int = ANY
    left_d: int = ANY
    left_l: int = ANY
    left_h: int = ANY
    left_n: int = ANY_N

    def encode(self) -> int:
        """The 192-bit word; raises ValueError when a field overflows."""
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


def attends(i: Instr) -> bool:
    """Whether an operation walks the cached positions: its steps are those of one position slot."""
    return i.engine == H and i.op in (SCORE, CONTEXT, EARLY)


def early(i: Instr) -> bool:
    """Whether an operation is H.EARLY: for tokens alone, with position slots before their own."""
    return i.engine == H and i.op == EARLY


def scores(i: Instr) -> bool:
    """Whether an operation is H.SCORE: what it walks depends on whether H.EARLY has gone before."""
    return i.engine == H and i.op == SCORE


def scored(program: list[Instr], issue: list[int], index: int) -> bool:
    """Whether a SCORE is behind an EARLY; ``issue``: of the token's words, -1 of those it skipped."""
    ahead = next((k for k in range(index - 1, -1, -1) if early(program[k])), None)
    return scores(program[index]) and ahead is not None and issue[ahead] >= 0


class _Builder:
    """Collects instructions while it hands out ROM addresses and accumulator banks."""

    def __init__(self, geometry: Geometry) -> None:
        self.g = geometry
        self.wait = Waits(geometry)
        self.adapter = adapter_offsets(geometry)
        self.out: list[Instr] = []
        self.rom = self.scale = self.bank = 0
        self.banks: dict[str, int] = {}  # of the linears under way

    def add(self, engine: int, op: int, what: str, layer: int, steps: int, **fields: int) -> None:
        self.out.append(Instr(engine, op, what, layer, steps, **fields))

    def send(self, what: str, layer: int, source: str, n: int, block: int, **fields: int) -> None:
        g = self.g
        words = g.words(n)
        transform = fields.get("transform", NONE)
        if fields["dest"] == TO_X:
            fields.setdefault("left_l", self.wait.gemv_to_send(TRANSFORM_LATENCY[transform]))
        if "left_h" not in fields:
            fields.setdefault("left_d", self.wait.drain_to_send(words))
        self.add(
            S,
            SEND,
            what,
            layer,
            words,
            addr0=g.vmem[source],
            n0=words,
            n1=block // g.chip.rows,
            n2=words,
            **fields,
        )

    def gemv(self, name: str, layer: int, slots: int, **fields: int) -> None:
        """The next rows of a matrix: the next bank, the next words of the ROMs."""
        g = self.g
        k = g.shape[name][1]
        chunks, passes = g.chunks(k), g.passes(name)
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

    def drain(self, name: str, layer: int, slots: int, drain: int, rinv: int, **fields: int) -> None:
        self.add(
            D,
            DRAIN,
            name,
            layer,
            slots,
            n0=slots,
            bank=self.banks[name],
            drain=drain,
            rinv=rinv,
            left_l=self.wait.results_to_drain(slots),
            left_n=self.wait.rinv_to_drain() if rinv else ANY_N,
            **fields,
        )

    def multiply(self, name: str, layer: int) -> None:
        """GEMV of a linear with LoRA, behind the send of its input."""
        g = self.g
        n, k = g.shape[name]
        slots = g.slots(n)
        left = self.wait.send_to_gemv(g.words(k), slots, g.chunks(k), 1)
        self.gemv(name, layer, slots, left_s=left)

    def lora_a(self, name: str, layer: int, first: bool) -> None:
        """``first``: the send of the input may still be at work."""
        g = self.g
        k = g.shape[name][1]
        slots, blocks = g.chip.max_rank // g.chip.rows, k // g.chip.columns // g.chip.h_block
        self.add(
            H,
            LORA_A,
            name,
            layer,
            slots * blocks,
            if_lora=1,
            addr0=self.adapter[layer, name],
            n0=slots,
            n1=blocks,
            left_s=self.wait.send_to_lora_a(g.words(k), blocks) if first else ANY,
        )

    def finish(self, name: str, layer: int, dst: str, drain: int, rinv: int) -> None:
        """The LoRA intermediate, LoRA B and the drain."""
        g = self.g
        slots, rank_slots = g.slots(g.shape[name][0]), g.chip.max_rank // g.chip.rows
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
            n2=rank_slots,
            transform=NONE,
            dest=TO_T,
            left_h=self.wait.lora_a_to_send(rank_slots),
        )
        self.add(
            H,
            LORA_B,
            name,
            layer,
            slots * g.t_blocks,
            if_lora=1,
            addr0=self.adapter[layer, name] + g.lora_a_words(name),
            n0=slots,
            n1=g.t_blocks,
            bank=self.banks[name],
            left_s=self.wait.send_to_lora_b(),
        )
        left_h = self.wait.results_to_drain(slots)
        self.drain(name, layer, slots, drain, rinv, addr0=g.vmem[dst], left_h=left_h)

    def begin(self, name: str, layer: int) -> None:
        self.multiply(name, layer)
        self.lora_a(name, layer, first=True)


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
    words = g.words(g.hidden)
    b.add(D, EMBED, "x", -1, words, addr0=g.vmem["x"], n0=words)
    norm = 0
    for layer in range(g.model.num_hidden_layers):
        first = {"left_d": b.wait.embed_to_send(words)} if layer == 0 else {}
        _norm(b, "input_layernorm", layer, norm, **first)
        _attention(b, layer)
        _norm(b, "post_attention_layernorm", layer, norm + words)
        _mlp(b, layer)
        norm += 2 * words
    _head(b, norm)
    b.add(END, 0, "", -1, 0, left_s=0, left_d=0, left_l=0, left_h=0, left_n=0)
    return b.out


def _norm(b: _Builder, what: str, layer: int, norm: int, **fields: int) -> None:
    hidden, block = b.g.hidden, b.g.chip.block
    b.send(what, layer, "x", hidden, block, addr1=norm, transform=NORM, dest=TO_X, **fields)


def _attention(b: _Builder, layer: int) -> None:
    g, wait, hb = b.g, b.wait, b.g.chip.h_block
    kv = g.kv_base + layer * g.kv_layer_words
    b.begin("q_proj", layer)
    b.multiply("k_proj", layer)
    b.finish("q_proj", layer, "q", STORE, 1)
    b.lora_a("k_proj", layer, first=False)
    b.send("q", layer, "q", g.q_dim, hb, transform=ROPE, dest=TO_Q)
    b.gemv("v_proj", layer, g.slots(g.kv_dim))
    b.finish("k_proj", layer, "k", STORE, 1)
    b.lora_a("v_proj", layer, first=False)
    nb = g.head_blocks
    b.add(H, EARLY, "score", layer, nb, addr0=kv, n1=nb, left_s=wait.q_to_early())
    b.send("k", layer, "k", g.kv_dim, hb, transform=ROPE, dest=TO_K, k_rope=1, addr1=kv)
    b.finish("v_proj", layer, "v", STORE, 1)
    b.add(H, SCORE, "score", layer, nb, addr0=kv, n1=nb, left_s=wait.k_to_score())
    b.send("v", layer, "v", g.kv_dim, hb, transform=NONE, dest=TO_V, addr1=kv)
    left_s, left_h = wait.v_to_context(), wait.score_to_context()
    b.add(H, CONTEXT, "context", layer, nb, addr0=kv, n1=nb, left_s=left_s, left_h=left_h)
    beats = g.model.q_per_kv * g.head_dim // g.chip.rows + 1
    b.add(H, REDUCE, "reduce", layer, beats, n0=beats, left_h=wait.context_to_reduce())
    left_h = wait.reduce_to_send(beats, g.words(g.q_dim))
    b.send("attn", layer, "att", g.q_dim, g.chip.block, transform=INV, dest=TO_X, left_h=left_h)
    b.begin("o_proj", layer)
    b.finish("o_proj", layer, "x", RESIDUAL, 0)


def _mlp(b: _Builder, layer: int) -> None:
    g = b.g
    b.begin("gate_proj", layer)
    b.multiply("up_proj", layer)
    b.finish("gate_proj", layer, "gate", STORE, 1)
    b.lora_a("up_proj", layer, first=False)
    b.finish("up_proj", layer, "up", STORE, 1)
    up, n = g.vmem["up"], g.intermediate
    b.send("mlp", layer, "gate", n, g.chip.block, addr1=up, transform=SILU, dest=TO_X)
    b.begin("down_proj", layer)
    b.finish("down_proj", layer, "x", RESIDUAL, 0)


def _head(b: _Builder, norm: int) -> None:
    g = b.g
    _norm(b, "norm", -1, norm, if_head=1)
    rows, k = g.shape["lm_head"]
    depth = g.chip.acc_depth
    for start in range(0, g.slots(rows), depth):
        slots = min(depth, g.slots(rows) - start)
        left = b.wait.send_to_gemv(g.words(k), slots, g.chunks(k), g.passes("lm_head"))
        b.gemv("lm_head", -1, slots, if_head=1, left_s=left)
        b.drain("lm_head", -1, slots, ARGMAX, 1, if_head=1, addr1=start * g.chip.rows)
    b.add(D, SAMPLE, "token", -1, 1, if_head=1)


def encode(program: list[Instr], model_id: int, vocab_size: int) -> bytes:
    """Header and instructions as they stand in the ROM, 24 bytes a word, most significant first."""
    header = PROGRAM_MAGIC | model_id << 32 | vocab_size << 64
    return b"".join(w.to_bytes(WORD_BYTES, "big") for w in _words(program, header))


def _words(program: list[Instr], header: int) -> Iterator[int]:
    yield header
    for instr in program:
        yield instr.encode()
