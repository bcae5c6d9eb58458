"""A model laid out on a chip: segments, chunks, slots, addresses. SPEC chapter 1."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import gcd, lcm
from types import MappingProxyType

from golden.config import CHIPS, MODELS, PRESETS, ChipConfig, ModelConfig, fp32_bits, need
from golden.errors import RomaError

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
        need(
            c.columns % m.num_key_value_heads == 0 and self.cpk & (self.cpk - 1) == 0,
            n,
            "columns",
            c.columns,
            f"num_key_value_heads ({m.num_key_value_heads}) times a power of two",
        )
        need(
            self.cpk <= c.h_block // c.rows,
            n,
            "columns",
            c.columns,
            f"at most h_block/rows = {c.h_block // c.rows} columns per KV head",
        )
        need(m.q_per_kv <= c.rows, n, "query heads per KV head", m.q_per_kv, f"<= rows ({c.rows})")
        h, f = self.hidden, self.intermediate
        widest = max(self.q_dim, h, f) // c.units
        need(c.acc_depth >= widest, n, "acc_depth", c.acc_depth, f">= {widest} (rows of a matrix unit)")
        object.__setattr__(
            self,
            "shape",
            MappingProxyType(
                {
                    "q_proj": (self.q_dim, h),
                    "k_proj": (self.kv_dim, h),
                    "v_proj": (self.kv_dim, h),
                    "o_proj": (h, self.q_dim),
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
    def head_dim(self) -> int:
        """head_dim padded so that a head's K fills whole SRAM words and a column's queries whole groups."""
        c, m = self.chip, self.model
        per_column = lcm(c.block, c.rows, c.group_size) * self.cpk  # of all query heads of a KV head
        quantum = lcm(per_column // gcd(per_column, m.q_per_kv), self.cpk * c.h_block)
        return -(-m.head_dim // quantum) * quantum

    @property
    def q_dim(self) -> int:
        """Elements of all query heads, padded."""
        return self.model.num_attention_heads * self.head_dim

    @property
    def kv_dim(self) -> int:
        """Elements of all key (or value) heads, padded."""
        return self.model.num_key_value_heads * self.head_dim

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
        """Positions of a sequence that one matrix unit can hold."""
        return -(-self.chip.context // self.kv_group)

    @property
    def head_blocks(self) -> int:
        """NB: SRAM words of one K (or V) head vector."""
        return self.head_dim // self.chip.h_block

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
        """SRAM words of one layer's K and V of one sequence."""
        return self.kv_slots * 2 * self.head_blocks

    @property
    def sequence_words(self) -> int:
        """SRAM words of one sequence's KV cache."""
        return self.model.num_hidden_layers * self.kv_layer_words

    @property
    def sram_words(self) -> int:
        """Depth of the H SRAM."""
        return self.kv_base + self.chip.sequences * self.sequence_words

    # -- vector memory map (words of one vector unit), chapter 3.3 -------------------------------
    @property
    def vmem(self) -> dict[str, int]:
        """Base word of each region of a token's vector memories, and their ``depth``."""
        sizes = {
            "x": self.words(self.hidden),
            "q": self.words(self.q_dim),
            "k": self.words(self.kv_dim),
            "v": self.words(self.kv_dim),
            "gate": self.words(self.intermediate),
            "up": self.words(self.intermediate),
            "att": self.words(self.q_dim),
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
            "ROPE_WORDS": c.context * (self.head_dim // c.rows),
            "HEAD_DIM": self.head_dim,
            "Q_PER_KV": m.q_per_kv,
            "CPK": self.cpk,
            "KV_SLOTS": self.kv_slots,
            "Q_WORDS": self.words(self.q_dim),
            "K_WORDS": self.words(self.kv_dim),
            "T_BLOCKS": self.t_blocks,
            "HIDDEN_WORDS": hidden_words,
            "VOCAB_ROWS": self.vocab // c.columns,
            "MAX_RANK": c.max_rank,
            "ADAPTER_SLOTS": c.adapter_slots,
            "ADAPTER_WORDS": self.adapter_words,
            "STOP_TOKENS": c.stop_tokens,
            "CONTEXT": c.context,
            "TOKENS": c.tokens,
            "SEQUENCES": c.sequences,
            "SEQUENCE_WORDS": self.sequence_words,
            "ATTN_SCALE": fp32_bits(m.head_dim**-0.5),
            "INV_HIDDEN": fp32_bits(1 / m.hidden_size),
            "RMS_EPS": fp32_bits(m.rms_norm_eps),
        }

    def _total(self, size: Callable[[str], int]) -> int:
        return sum(size(x) for x in LINEARS) * self.model.num_hidden_layers + size("lm_head")


def preset(name: str) -> Geometry:
    """Geometry of a preset by name; raises RomaError that lists the names."""
    if name not in PRESETS:
        raise RomaError(f"preset '{name}' is unknown, choose one of: {', '.join(PRESETS)}")
    chip, model = PRESETS[name]
    return Geometry(CHIPS[chip], MODELS[model])
