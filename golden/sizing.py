"""What a chip needs and how fast it is, from the configuration alone: for architects.

Cycles come from ``golden.timing``, which the benches hold equal to the RTL cycle by cycle; nothing is
simulated here, so any geometry takes a second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from golden import program
from golden.errors import RomaError
from golden.geometry import LINEARS, Geometry
from golden.host import HostTiming
from golden.timing import Timing

# Presets of which whole tokens have been compared with the RTL, every beat in its cycle.
VALIDATED = ("tiny", "tiny-2bit", "tiny-wide", "smollm2")
CLOCK_HZ = 500e6  # the paper's


@dataclass(frozen=True)
class Memory:
    """Bytes of a chip: ``weights`` and ``scales`` of all linears and the head, ``embedding``; SRAM."""

    weights: float
    scales: float
    embedding: float
    adapters: float
    kv_cache: float

    @property
    def rom(self) -> float:
        """All ROM but norms, RoPE and programme, which are below one percent."""
        return self.weights + self.scales + self.embedding

    @property
    def sram(self) -> float:
        """The H SRAMs."""
        return self.adapters + self.kv_cache


def memory(g: Geometry) -> Memory:
    """Bytes that the model takes on the chip, padding included."""
    shapes = [(x, g.shape[x], g.model.num_hidden_layers) for x in LINEARS] + [
        ("lm_head", g.shape["lm_head"], 1)
    ]
    weights = sum(times * n * k * g.bits(x) / 8 for x, (n, k), times in shapes)
    groups = sum(times * n * (k // g.chip.group_size) for _, (n, k), times in shapes)
    rows = g.vocab * g.hidden
    word = (g.chip.h_block + 1) * g.chip.units
    group = 28 / 8  # FP16 scale and 12-bit zero-point
    return Memory(
        weights=weights,
        scales=groups * group,
        embedding=rows * g.chip.head_bits / 8 + rows / g.chip.group_size * group,
        adapters=g.kv_base * word,
        kv_cache=(g.sram_words - g.kv_base) * word,
    )


class Speed:
    """Cycles of one token or a whole prompt on one chip."""

    def __init__(self, g: Geometry) -> None:
        self.g = g
        self._timing = Timing(g, program.build(g))

    def decode(self, kv: int, lora: bool = True) -> int:
        """Cycles from one generated token to the next with ``kv`` positions cached before it.

        Raises
        ------
        RomaError
            When the context does not hold them.
        """
        if not 0 <= kv < self.g.chip.context:
            raise RomaError(f"{kv} cached positions do not fit the context of {self.g.chip.context}")
        return self._timing.token_cycles(kv, lora, True) + HostTiming.token_out

    def first_token(self, prompt: int, lora: bool = True) -> int:
        """Cycles from the first token of a prompt to the token that follows it; raises RomaError."""
        if not 1 <= prompt <= self.g.chip.context:
            raise RomaError(f"a prompt of {prompt} does not fit the context of {self.g.chip.context}")
        taken = (self._timing.token_cycles(pos, lora, False) for pos in range(prompt - 1))
        return sum(c + HostTiming.next_prompt for c in taken) + self.decode(prompt - 1, lora)


def room(g: Geometry, sram_bytes: float, adapters: int, rank: int) -> int:
    """KV positions that an SRAM of ``sram_bytes`` holds beside adapters of a rank; 0 when none fits."""
    chip = replace(g.chip, max_rank=rank, adapter_slots=adapters, context=g.kv_group)
    one = memory(Geometry(chip, g.model))  # one position in every unit
    return max(0, int((sram_bytes - one.adapters) / one.kv_cache)) * g.kv_group
