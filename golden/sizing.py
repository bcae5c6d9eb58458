"""What a chip needs and how fast it is, from the configuration alone: for architects.

Cycles come from ``golden.pipeline``, which the benches hold equal to the RTL cycle by cycle; nothing is
simulated here, so any geometry takes a second.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from golden import program
from golden.errors import RomaError
from golden.geometry import LINEARS, Geometry
from golden.host import HostTiming
from golden.pipeline import Pipeline

# Presets of which whole tokens have been compared with the RTL, every beat in its cycle.
VALIDATED = ("tiny", "tiny-2bit", "tiny-wide", "smollm2", "roma-3b")
CLOCK_HZ = 500e6  # the paper's
TURN = HostTiming.token_out + HostTiming.resume  # END issues -> the sequence's next token is accepted


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
    """Cycles of tokens on one chip, with as many in flight as it has contexts."""

    def __init__(self, g: Geometry) -> None:
        self.g = g
        self._program = program.build(g)
        self._decoded: dict[tuple[int, bool], int] = {}  # by position slots

    def decode(self, kv: int, lora: bool = True) -> int:
        """Cycles from one generated token of a sequence to its next with ``kv`` positions cached before it.

        Raises
        ------
        RomaError
            When the context does not hold them.
        """
        self._fits(kv)
        key = kv // self.g.kv_group, lora
        if key not in self._decoded:
            pipeline = self._pipeline()
            token = pipeline.start(0, 0, kv, lora, head=True)
            for _ in pipeline.walk():
                pass
            self._decoded[key] = token.end + TURN
        return self._decoded[key]

    def text(self, prompt: int, made: int, lora: bool = True) -> int:
        """Cycles of a prompt and ``made`` generated tokens of one sequence; raises RomaError."""
        self._fits(prompt + made - 2)
        first = self.first_token(prompt, lora)
        return first + sum(self.decode(kv, lora) for kv in range(prompt, prompt + made - 1))

    def decode_many(self, kv: int, lora: bool = True) -> float:
        """Cycles a token when as many sequences as the chip has contexts generate at the same time.

        Each has ``kv`` positions cached; a mean over some tokens of each sequence. Raises RomaError.
        """
        self._fits(kv)
        pipeline, count = self._pipeline(), self.g.chip.tokens
        for seq in range(count):
            pipeline.start(seq, seq, kv, lora, head=True)
        ends: list[int] = []
        due: list[tuple[int, int]] = []  # starts to come: cycle, sequence
        while len(ends) <= 8 * count:
            until = min(due)[0] if due else None
            for issue in pipeline.walk() if until is None else pipeline.walk(until):
                if issue.token.end is not None:
                    ends.append(issue.cycle)
                    due.append((issue.cycle + TURN, issue.token.seq))
                    break
            else:
                cycle, seq = min(due)
                due.remove((cycle, seq))
                pipeline.start(cycle, seq, kv, lora, head=True)
        return (ends[-1] - ends[4 * count]) / (len(ends) - 1 - 4 * count)

    def first_token(self, prompt: int, lora: bool = True) -> int:
        """Cycles from the first token of a prompt to the token that follows it; raises RomaError."""
        if not 1 <= prompt <= self.g.chip.context:
            raise RomaError(f"a prompt of {prompt} does not fit the context of {self.g.chip.context}")
        pipeline, cycle = self._pipeline(), 0
        for pos in range(prompt):
            while (room := pipeline.room()) is None:
                next(pipeline.walk())
            cycle = max(cycle, room)
            for _ in pipeline.walk(cycle):
                pass
            last = pipeline.start(cycle, 0, pos, lora, head=pos == prompt - 1)
            cycle += 1
        for _ in pipeline.walk():
            pass
        return last.end + HostTiming.token_out

    def _pipeline(self) -> Pipeline:
        return Pipeline(self.g, self._program)

    def _fits(self, kv: int) -> None:
        if not 0 <= kv < self.g.chip.context:
            raise RomaError(f"{kv} cached positions do not fit the context of {self.g.chip.context}")


def room(g: Geometry, sram_bytes: float, adapters: int, rank: int) -> int:
    """KV positions that an SRAM of ``sram_bytes`` holds beside adapters of a rank; 0 when none fits."""
    chip = replace(g.chip, max_rank=rank, adapter_slots=adapters, context=g.kv_group)
    one = memory(Geometry(chip, g.model))  # one position in every unit
    return max(0, int((sram_bytes - one.adapters) / one.kv_cache)) * g.kv_group
