"""The single source of truth for every size: the chip, the model, and what follows from both.

``ChipConfig`` is what is built in silicon, ``ModelConfig`` what a Hugging Face ``config.json`` says;
``golden.geometry`` computes what the two mean together, and the SystemVerilog parameter package is
generated from that, so no number is written twice.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from golden.errors import RomaError


def need(ok: bool, owner: str, name: str, value: object, legal: str) -> None:
    """Raise RomaError naming owner, field, value and what is legal, unless ``ok``."""
    if not ok:
        raise RomaError(f"{owner}: {name} is {value}, legal: {legal}")


def clog2(n: int) -> int:
    """Levels of a balanced pairwise tree over ``n`` leaves (0 for one leaf)."""
    return (n - 1).bit_length()


def fp32_bits(x: float) -> int:
    """Bit pattern of ``x`` rounded to IEEE binary32."""
    return int(np.float32(x).view(np.uint32))


@dataclass(frozen=True)
class ModelConfig:
    """A LLaMA, in Hugging Face's words. Lengths are elements; ``context`` is the model's own limit."""

    name: str
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    rope_theta: float = 10000.0
    rms_norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        """Refuse sizes that no LLaMA has; raises RomaError."""
        for f in fields(self):
            value = getattr(self, f.name)
            if f.type == "int":
                need(value >= 1, self.name, f.name, value, ">= 1")
        need(self.head_dim % 2 == 0, self.name, "head_dim", self.head_dim, "even (RoPE pairs)")
        need(
            self.num_attention_heads % self.num_key_value_heads == 0,
            self.name,
            "num_attention_heads",
            self.num_attention_heads,
            f"a multiple of num_key_value_heads ({self.num_key_value_heads})",
        )
        need(self.rope_theta > 1, self.name, "rope_theta", self.rope_theta, "> 1")
        need(0 < self.rms_norm_eps < 1, self.name, "rms_norm_eps", self.rms_norm_eps, "0 < eps < 1")

    @property
    def q_dim(self) -> int:
        """Elements of all query heads."""
        return self.num_attention_heads * self.head_dim

    @property
    def kv_dim(self) -> int:
        """Elements of all key (or value) heads."""
        return self.num_key_value_heads * self.head_dim

    @property
    def q_per_kv(self) -> int:
        """Query heads that share one key/value head."""
        return self.num_attention_heads // self.num_key_value_heads


@dataclass(frozen=True)
class ChipConfig:
    """What is built: geometry of the mesh, widths of the cells, sizes of the memories."""

    name: str
    columns: int  # C, columns of the mesh = vector units
    rows: int  # R, matrix units per column = lanes of a vector unit
    weight_bits: int  # width of a base weight in one ROM pass
    block: int  # B, MXINT8 block length of GEMV inputs
    word_bits: int = 64  # ROM word of one L-Unit
    h_block: int = 32  # HB, MXINT8 block length of q, k, v and LoRA, one SRAM word
    group_size: int = 32  # G, base weights that share a scale and a zero-point
    frac_bits: int = 4  # F, fractional bits of a zero-point
    head_bits: int = 8  # width of LM head and embedding codes
    hops: int = 1  # registers between a vector unit and its matrix units, and along the row
    context: int = 256  # KV positions of a sequence
    max_rank: int = 16  # LoRA rank that the SRAM map reserves
    adapter_slots: int = 2  # adapters resident in SRAM
    stop_tokens: int = 4  # entries of the list of stop tokens
    acc_depth: int = 64  # RB, accumulators per bank of a matrix unit
    tokens: int = 1  # T, tokens in flight
    sequences: int = 1  # S, sequences that share the KV cache; each has `context` positions

    def __post_init__(self) -> None:
        """Refuse what cannot be built; raises RomaError naming the legal values."""
        n = self.name
        need(1 <= self.columns <= 64, n, "columns", self.columns, "1 to 64")
        need(
            2 <= self.rows <= 64 and self.rows & (self.rows - 1) == 0,
            n,
            "rows",
            self.rows,
            "a power of two, 2 to 64",
        )
        need(self.weight_bits in (2, 4, 8), n, "weight_bits", self.weight_bits, "2, 4 or 8")
        need(self.word_bits in (16, 32, 64, 128), n, "word_bits", self.word_bits, "16, 32, 64, 128")
        need(
            self.block % self.lanes == 0 and 8 <= self.block <= 256,
            n,
            "block",
            self.block,
            f"a multiple of the {self.lanes} lanes of an L-Unit, 8 to 256",
        )
        need(
            self.block % self.h_block == 0 and self.h_block % 8 == 0 and self.h_block >= 16,
            n,
            "h_block",
            self.h_block,
            f"a multiple of 8, at least 16, that divides block ({self.block})",
        )
        need(
            self.h_block % self.rows == 0,
            n,
            "rows",
            self.rows,
            f"a divisor of h_block ({self.h_block})",
        )
        need(
            self.group_size % self.block == 0,
            n,
            "group_size",
            self.group_size,
            f"a multiple of block ({self.block})",
        )
        need(0 <= self.frac_bits <= 4, n, "frac_bits", self.frac_bits, "0 to 4")
        need(
            self.head_bits in (2, 4, 8) and self.head_bits % self.weight_bits == 0,
            n,
            "head_bits",
            self.head_bits,
            f"2, 4 or 8 and a multiple of weight_bits ({self.weight_bits})",
        )
        need(1 <= self.hops <= 8, n, "hops", self.hops, "1 to 8")
        need(1 <= self.context <= 4096, n, "context", self.context, "1 to 4096")
        need(
            self.max_rank % self.rows == 0 and 1 <= self.max_rank <= 256,
            n,
            "max_rank",
            self.max_rank,
            f"a multiple of rows ({self.rows}), up to 256",
        )
        need(1 <= self.adapter_slots <= 15, n, "adapter_slots", self.adapter_slots, "1 to 15")
        need(1 <= self.stop_tokens <= 16, n, "stop_tokens", self.stop_tokens, "1 to 16")
        need(1 <= self.acc_depth <= 4096, n, "acc_depth", self.acc_depth, "1 to 4096")
        need(1 <= self.tokens <= 4, n, "tokens", self.tokens, "1 to 4")
        need(1 <= self.sequences <= 4, n, "sequences", self.sequences, "1 to 4")

    @property
    def lanes(self) -> int:
        """Weights in one ROM word."""
        return self.word_bits // self.weight_bits

    @property
    def l_units(self) -> int:
        """L: L-Units per matrix unit."""
        return self.columns * self.block // self.lanes

    @property
    def units(self) -> int:
        """M: matrix units of the chip."""
        return self.columns * self.rows


MODELS = {
    m.name: m
    for m in (
        ModelConfig("tiny", 128, 384, 4, 4, 2, 32, 512),
        ModelConfig("smollm2", 576, 1536, 30, 9, 3, 64, 49152, rope_theta=1e5),
        ModelConfig("llama-3.2-3b", 3072, 8192, 28, 24, 8, 128, 128256, rope_theta=5e5),
        ModelConfig("llama-3-8b", 4096, 14336, 32, 32, 8, 128, 128256, rope_theta=5e5),
    )
}

_TINY = ChipConfig("tiny", columns=2, rows=4, weight_bits=4, block=32, tokens=2, sequences=2)
_ROMA = ChipConfig(
    "roma-3b",
    columns=16,
    rows=16,
    weight_bits=4,
    block=64,
    group_size=64,
    frac_bits=0,
    head_bits=4,
    h_block=64,
    context=4096,
    tokens=4,
)
CHIPS = {
    c.name: c
    for c in (
        _TINY,
        replace(_TINY, name="tiny-2bit", weight_bits=2, tokens=1, sequences=1),
        replace(
            _TINY,
            name="tiny-wide",
            columns=4,
            rows=2,
            block=16,
            h_block=16,
            word_bits=32,
            hops=2,
            acc_depth=48,
            tokens=4,
            sequences=3,
        ),
        ChipConfig("smollm2", columns=6, rows=8, weight_bits=4, block=32, context=1024, tokens=2),
        ChipConfig("smollm2-2bit", columns=6, rows=8, weight_bits=2, block=32, context=1024),
        _ROMA,
        replace(_ROMA, name="roma-8b", weight_bits=2, block=128, group_size=128, head_bits=2),
    )
}
PRESETS = {
    "tiny": ("tiny", "tiny"),
    "tiny-2bit": ("tiny-2bit", "tiny"),
    "tiny-wide": ("tiny-wide", "tiny"),
    "smollm2": ("smollm2", "smollm2"),
    "roma-3b": ("roma-3b", "llama-3.2-3b"),
    "roma-8b": ("roma-8b", "llama-3-8b"),
}
