"""The single source of truth for every size: the chip, the model, and what follows from both.

``ChipConfig`` is what is built in silicon, ``ModelConfig`` what a Hugging Face ``config.json`` says,
``Geometry`` what the two mean together (segments, chunks, slots, addresses). The SystemVerilog
parameter package is generated from here, so no number is written twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from math import lcm
from types import MappingProxyType
from typing import Any

import numpy as np

from golden.errors import RomaError


def _need(ok: bool, owner: str, name: str, value: object, legal: str) -> None:
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
                _need(value >= 1, self.name, f.name, value, ">= 1")
        _need(self.head_dim % 2 == 0, self.name, "head_dim", self.head_dim, "even (RoPE pairs)")
        _need(
            self.num_attention_heads % self.num_key_value_heads == 0,
            self.name,
            "num_attention_heads",
            self.num_attention_heads,
            f"a multiple of num_key_value_heads ({self.num_key_value_heads})",
        )
        _need(self.rope_theta > 1, self.name, "rope_theta", self.rope_theta, "> 1")
        _need(0 < self.rms_norm_eps < 1, self.name, "rms_norm_eps", self.rms_norm_eps, "0 < eps < 1")

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
    context: int = 256  # KV positions
    max_rank: int = 16  # LoRA rank that the SRAM map reserves
    adapter_slots: int = 2  # adapters resident in SRAM
    acc_depth: int = 64  # RB, accumulators per bank of a matrix unit

    def __post_init__(self) -> None:
        """Refuse what cannot be built; raises RomaError naming the legal values."""
        n = self.name
        _need(1 <= self.columns <= 64, n, "columns", self.columns, "1 to 64")
        _need(
            2 <= self.rows <= 64 and self.rows & (self.rows - 1) == 0,
            n,
            "rows",
            self.rows,
            "a power of two, 2 to 64",
        )
        _need(self.weight_bits in (2, 4, 8), n, "weight_bits", self.weight_bits, "2, 4 or 8")
        _need(self.word_bits in (16, 32, 64, 128), n, "word_bits", self.word_bits, "16, 32, 64, 128")
        _need(
            self.block % self.lanes == 0 and 8 <= self.block <= 256,
            n,
            "block",
            self.block,
            f"a multiple of the {self.lanes} lanes of an L-Unit, 8 to 256",
        )
        _need(
            self.block % self.h_block == 0 and self.h_block % 8 == 0 and self.h_block >= 16,
            n,
            "h_block",
            self.h_block,
            f"a multiple of 8, at least 16, that divides block ({self.block})",
        )
        _need(
            self.h_block % self.rows == 0,
            n,
            "rows",
            self.rows,
            f"a divisor of h_block ({self.h_block})",
        )
        _need(
            self.group_size % self.block == 0,
            n,
            "group_size",
            self.group_size,
            f"a multiple of block ({self.block})",
        )
        _need(0 <= self.frac_bits <= 4, n, "frac_bits", self.frac_bits, "0 to 4")
        _need(
            self.head_bits in (2, 4, 8) and self.head_bits % self.weight_bits == 0,
            n,
            "head_bits",
            self.head_bits,
            f"2, 4 or 8 and a multiple of weight_bits ({self.weight_bits})",
        )
        _need(1 <= self.hops <= 8, n, "hops", self.hops, "1 to 8")
        _need(1 <= self.context <= 4096, n, "context", self.context, "1 to 4096")
        _need(
            self.max_rank % self.rows == 0 and 1 <= self.max_rank <= 256,
            n,
            "max_rank",
            self.max_rank,
            f"a multiple of rows ({self.rows}), up to 256",
        )
        _need(1 <= self.adapter_slots <= 15, n, "adapter_slots", self.adapter_slots, "1 to 15")
        _need(1 <= self.acc_depth <= 4096, n, "acc_depth", self.acc_depth, "1 to 4096")

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


LINEARS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True)
class Geometry:
    """A model laid out on a chip. Every address and count of the SPEC's chapter 3 is here."""

    chip: ChipConfig
    model: ModelConfig
    shape: MappingProxyType = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check that the model fits the chip; raises RomaError."""
        c, m = self.chip, self.model
        n = f"{m.name} on {c.name}"
        _need(
            c.columns % m.num_key_value_heads == 0 and self.cpk & (self.cpk - 1) == 0,
            n,
            "columns",
            c.columns,
            f"num_key_value_heads ({m.num_key_value_heads}) times a power of two",
        )
        _need(
            self.cpk <= c.h_block // c.rows,
            n,
            "columns",
            c.columns,
            f"at most h_block/rows = {c.h_block // c.rows} columns per KV head",
        )
        quantum = c.columns * lcm(c.block, c.rows, c.group_size)
        _need(m.q_dim % quantum == 0, n, "heads x head_dim", m.q_dim, f"a multiple of {quantum}")
        quantum = c.columns * c.h_block
        _need(m.kv_dim % quantum == 0, n, "KV heads x head_dim", m.kv_dim, f"a multiple of {quantum}")
        _need(m.q_per_kv <= c.rows, n, "query heads per KV head", m.q_per_kv, f"<= rows ({c.rows})")
        _need(m.head_dim % c.rows == 0, n, "head_dim", m.head_dim, f"a multiple of rows ({c.rows})")
        h, f = self.hidden, self.intermediate
        widest = max(m.q_dim, h, f) // c.units
        _need(c.acc_depth >= widest, n, "acc_depth", c.acc_depth, f">= {widest} (rows of a matrix unit)")
        object.__setattr__(
            self,
            "shape",
            MappingProxyType(
                {
                    "q_proj": (m.q_dim, h),
                    "k_proj": (m.kv_dim, h),
                    "v_proj": (m.kv_dim, h),
                    "o_proj": (h, m.q_dim),
                    "gate_proj": (f, h),
                    "up_proj": (f, h),
                    "down_proj": (h, f),
                    "lm_head": (self.vocab, h),
                }
            ),
        )

    def _padded(self, n: int) -> int:
        quantum = self.chip.columns * lcm(self.chip.block, self.chip.rows, self.chip.group_size)
        return -(-n // quantum) * quantum

    @property
    def hidden(self) -> int:
        """hidden_size padded so that every column holds whole groups of whole blocks."""
        return self._padded(self.model.hidden_size)

    @property
    def intermediate(self) -> int:
        """intermediate_size, padded likewise."""
        return self._padded(self.model.intermediate_size)

    @property
    def vocab(self) -> int:
        """vocab_size padded to one row per matrix unit."""
        return -(-self.model.vocab_size // self.chip.units) * self.chip.units

    @property
    def cpk(self) -> int:
        """Adjacent columns that share one KV head."""
        return self.chip.columns // self.model.num_key_value_heads

    @property
    def kv_group(self) -> int:
        """Matrix units that share one KV head (the positions are dealt to them in turn)."""
        return self.cpk * self.chip.rows

    @property
    def kv_slots(self) -> int:
        """Positions that one matrix unit can hold."""
        return -(-self.chip.context // self.kv_group)

    @property
    def head_blocks(self) -> int:
        """NB: SRAM words of one K (or V) head vector."""
        return self.model.head_dim // self.chip.h_block

    def words(self, n: int) -> int:
        """R-lane words of one column's segment of a length-``n`` vector."""
        return n // self.chip.columns // self.chip.rows

    def chunks(self, k: int) -> int:
        """Chunks of a length-``k`` GEMV input."""
        return k // (self.chip.columns * self.chip.block)

    def slots(self, n: int) -> int:
        """Rows of an ``n``-row matrix in one matrix unit."""
        return n // self.chip.units

    def bits(self, linear: str) -> int:
        """Code width of a linear (``lm_head`` included)."""
        return self.chip.head_bits if linear == "lm_head" else self.chip.weight_bits

    def passes(self, linear: str) -> int:
        """ROM words per weight and L-Unit lane."""
        return self.bits(linear) // self.chip.weight_bits

    # -- H SRAM map (words of one matrix unit), chapter 3.4 of the SPEC --------------------------
    @property
    def t_blocks(self) -> int:
        """MXINT8 blocks of the LoRA intermediate t."""
        return -(-self.chip.max_rank // self.chip.h_block)

    def lora_a_words(self, linear: str) -> int:
        """SRAM words of one unit's share of lora_A."""
        k = self.shape[linear][1]
        return (self.chip.max_rank // self.chip.rows) * (k // self.chip.columns // self.chip.h_block)

    def lora_b_words(self, linear: str) -> int:
        """SRAM words of one unit's share of lora_B."""
        return self.slots(self.shape[linear][0]) * self.t_blocks

    @property
    def layer_adapter_words(self) -> int:
        """SRAM words of one layer of one adapter."""
        return sum(self.lora_a_words(x) + self.lora_b_words(x) for x in LINEARS)

    @property
    def adapter_words(self) -> int:
        """SRAM words that one adapter slot reserves."""
        return self.layer_adapter_words * self.model.num_hidden_layers

    @property
    def kv_base(self) -> int:
        """First SRAM word of the KV cache, behind the adapter slots."""
        return self.chip.adapter_slots * self.adapter_words

    @property
    def kv_layer_words(self) -> int:
        """SRAM words of one layer's K and V."""
        return self.kv_slots * 2 * self.head_blocks

    @property
    def sram_words(self) -> int:
        """Depth of the H SRAM."""
        return self.kv_base + self.model.num_hidden_layers * self.kv_layer_words

    # -- vector memory map (words of one vector unit), chapter 3.3 -------------------------------
    @property
    def vmem(self) -> dict[str, int]:
        """Base word of each region of the vector memory, and its ``depth``."""
        sizes = {
            "x": self.words(self.hidden),
            "q": self.words(self.model.q_dim),
            "k": self.words(self.model.kv_dim),
            "v": self.words(self.model.kv_dim),
            "att": self.words(self.model.q_dim),
            "gate": self.words(self.intermediate),
            "up": self.words(self.intermediate),
            "t": self.t_blocks * self.chip.h_block // self.chip.rows,
        }
        out, base = {}, 0
        for name, size in sizes.items():
            out[name] = base
            base += size
        return out | {"depth": base}

    @property
    def max_chunks(self) -> int:
        """Depth of the input buffer: the longest GEMV input."""
        return max(self.chunks(s[1]) for s in self.shape.values())

    @property
    def rom_words(self) -> int:
        """Words of one L-Unit's ROM."""
        return self._total(
            lambda x: self.slots(self.shape[x][0]) * self.chunks(self.shape[x][1]) * self.passes(x)
        )

    @property
    def scale_words(self) -> int:
        """Words of one matrix unit's scale ROM (one per slot and group of chunks)."""
        return self._total(lambda x: self.slots(self.shape[x][0]) * self.scale_groups(x))

    def scale_groups(self, linear: str) -> int:
        """Groups along one column's segment of K."""
        return self.shape[linear][1] // self.chip.columns // self.chip.group_size

    @property
    def parameters(self) -> dict[str, int]:
        """Parameters of ``roma_top`` by their SystemVerilog names (see hdl/README.md)."""
        c, m, v = self.chip, self.model, self.vmem
        hidden_words = self.words(self.hidden)
        return {
            "COLUMNS": c.columns,
            "ROWS": c.rows,
            "WEIGHT_BITS": c.weight_bits,
            "WORD_BITS": c.word_bits,
            "BLOCK": c.block,
            "H_BLOCK": c.h_block,
            "GROUP_BLOCKS": c.group_size // c.block,
            "FRAC_BITS": c.frac_bits,
            "HOPS": c.hops,
            "ACC_DEPTH": c.acc_depth,
            "MAX_CHUNKS": self.max_chunks,
            "ROM_WORDS": self.rom_words,
            "SCALE_WORDS": self.scale_words,
            "SRAM_WORDS": self.sram_words,
            "VMEM_WORDS": v["depth"],
            "ATT_BASE": v["att"],
            "T_BASE": v["t"],
            "EMBED_WORDS": self.vocab * hidden_words,
            "NORM_WORDS": (2 * m.num_hidden_layers + 1) * hidden_words,
            "ROPE_WORDS": c.context * (m.head_dim // c.rows),
            "HEAD_DIM": m.head_dim,
            "Q_PER_KV": m.q_per_kv,
            "CPK": self.cpk,
            "KV_SLOTS": self.kv_slots,
            "Q_WORDS": self.words(m.q_dim),
            "K_WORDS": self.words(m.kv_dim),
            "T_BLOCKS": self.t_blocks,
            "HIDDEN_WORDS": hidden_words,
            "VOCAB_ROWS": self.vocab // c.columns,
            "MAX_RANK": c.max_rank,
            "ADAPTER_SLOTS": c.adapter_slots,
            "ADAPTER_WORDS": self.adapter_words,
            "CONTEXT": c.context,
            "ATTN_SCALE": fp32_bits(m.head_dim**-0.5),
            "INV_HIDDEN": fp32_bits(1 / m.hidden_size),
            "RMS_EPS": fp32_bits(m.rms_norm_eps),
        }

    def _total(self, size: Any) -> int:
        return sum(size(x) for x in LINEARS) * self.model.num_hidden_layers + size("lm_head")


MODELS = {
    m.name: m
    for m in (
        ModelConfig("tiny", 128, 384, 4, 4, 2, 32, 512),
        ModelConfig("smollm2", 576, 1536, 30, 9, 3, 64, 49152, rope_theta=1e5),
        ModelConfig("llama-3.2-3b", 3072, 8192, 28, 24, 8, 128, 128256, rope_theta=5e5),
        ModelConfig("llama-3-8b", 4096, 14336, 32, 32, 8, 128, 128256, rope_theta=5e5),
    )
}

_TINY = ChipConfig("tiny", columns=2, rows=4, weight_bits=4, block=32)
_ROMA = ChipConfig(
    "roma-3b",
    columns=16,
    rows=16,
    weight_bits=4,
    block=64,
    group_size=64,
    frac_bits=0,
    head_bits=4,
    context=4096,
)
CHIPS = {
    c.name: c
    for c in (
        _TINY,
        replace(_TINY, name="tiny-2bit", weight_bits=2),
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
        ),
        ChipConfig("smollm2", columns=6, rows=8, weight_bits=4, block=32, context=1024),
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


def preset(name: str) -> Geometry:
    """Geometry of a preset by name; raises RomaError that lists the names."""
    if name not in PRESETS:
        raise RomaError(f"preset '{name}' is unknown, choose one of: {', '.join(PRESETS)}")
    chip, model = PRESETS[name]
    return Geometry(CHIPS[chip], MODELS[model])
