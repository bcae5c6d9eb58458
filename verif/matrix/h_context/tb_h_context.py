"""cocotb test of the context accumulators: numerators and V words in, sums and contexts out."""

from __future__ import annotations

from typing import Any

import cocotb
import numpy as np

from golden.formats import bf16_round
from golden.h_unit import HUnit, HUnitShape
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_blocks, random_stream, words

DEFAULTS = dict(ROWS=2, H_BLOCK=4, HEAD_DIM=8, Q_PER_KV=2)
SHAPE = HUnitShape.of(DEFAULTS | PARAMETERS)


class Bench(CycleBench):
    """The read port."""

    ports = {"data": Port("", (), "data_o")}
    payloads = {"valid_i": ("skip_i", "first_i", "blk_i", "p_i", "v_i"), "read_i": ("beat_i",)}

    def token(self, positions: int, held: int, kind: str, gaps: bool) -> None:
        """Accumulates ``held`` of ``positions`` position slots, reads everything."""
        s, unit = SHAPE, HUnit(SHAPE, 0, 0)
        for slot in range(positions):
            skip = slot >= held
            p = bf16_round(np.exp(-self.rng.exponential(3.0, s.q_per_kv)).astype(np.float32))
            p = np.where(self.rng.random(s.q_per_kv) < 0.2, np.float32(self.rng.integers(2)), p)
            m, e = random_blocks(self.rng, (s.head_blocks,), s.h_block, kind)
            unit.accumulate(p.astype(np.float32), m, e, first=slot == 0, held=not skip)
            patterns = pack(np.array([w >> 16 for w in words(p.astype(np.float32))], np.uint16))
            for b in range(s.head_blocks):
                values = dict(skip_i=int(skip), first_i=int(slot == 0), blk_i=b, p_i=patterns)
                self.put(self.t, valid_i=1, v_i=pack(np.append(m[b].view(np.uint8), e[b])), **values)
                self.t += 1 + (int(self.rng.integers(3)) if gaps else 0)
        self.t += 1 + int(not gaps)
        for i, beat in enumerate(unit.reduce()):
            self.put(self.t, read_i=1, beat_i=i)
            self.expect("data", self.t + 1, (), beat.data)
            self.t += 1


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """One to many positions, all or the last skipped, all classes of V, gaps, reset."""
    b = Bench(dut, random_stream("random"))
    await b.start()
    for job in range(30):
        first = b.t
        positions = (1, 2, 5)[job % 3]
        held = positions - int(job % 4 == 1)
        kind = ("real", "wide", "large", "tiny", "zero", "mixed")[job % 6]
        b.token(positions, held, kind, gaps=job % 5 == 4)
        if job % 10 == 9:
            b.cut(int(b.rng.integers(first + 1, b.t + 1)))
    await b.run()
    b.finish()
