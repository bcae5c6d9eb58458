"""Instructions of the programme: codes, fields and their 192-bit words, SPEC chapter 4.

The same as ``instr_t`` and its enums in ``hdl/common/roma_pkg.sv``.
"""

from __future__ import annotations

from dataclasses import dataclass

WORD_BYTES = 24
ANY = 255  # a left field that does not wait
ANY_N = 127

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
