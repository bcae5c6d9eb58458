"""cocotb test of the KV append: words of blocks in, SRAM writes out."""

from __future__ import annotations

from typing import Any

import cocotb

from golden.h_unit import HUnit, HUnitShape
from verif.lib.packing import pack
from verif.matrix.cycle_bench import PARAMETERS, CycleBench, Port, random_blocks, random_stream

DEFAULTS = dict(CPK=2, ROWS=2, H_BLOCK=8, HEAD_DIM=16)
SHAPE = HUnitShape.of(DEFAULTS | PARAMETERS | {"COLUMNS": PARAMETERS.get("CPK", 2), "SRAM_WORDS": 256})


class Bench(CycleBench):
    """One write port."""

    ports = {"write": Port("we_o", ("addr_o",), "wdata_o", 8)}
    payloads = {"valid_i": ("blk_i", "word_i", "last_i", "addr_i", "data_i", "exp_i")}

    def position(self, gaps: bool) -> int:
        """One k or v, with or without gaps between words; returns its first cycle."""
        s, first = SHAPE, self.t
        beats = s.h_block // s.rows
        m, e = random_blocks(self.rng, (s.cpk, s.head_blocks // s.cpk), s.h_block, "mixed")
        addr = int(self.rng.integers(s.sram_words - s.head_blocks + 1))
        arrival = []
        for b in range(m.shape[1]):
            for w in range(beats):
                values = dict(blk_i=b, word_i=w, last_i=int(w == beats - 1), addr_i=addr)
                data = pack(m[:, b, w * s.rows : (w + 1) * s.rows])
                self.put(self.t, valid_i=1, data_i=data, exp_i=pack(e[:, b]), **values)
                arrival.append(self.t)
                self.t += 1 + (int(self.rng.integers(3)) if gaps else 0)
        for beat in HUnit(s, 0, 0).append(addr, 0, m, e):
            word = beat.cycle // beats * beats - 1  # last word of its block, as it came without gaps
            delay = beat.cycle - word
            if delay > s.cpk:
                word, delay = word + beats, delay - beats
            self.expect("write", arrival[word] + delay, beat.tags, beat.data)
        return first


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def random(dut: Any) -> None:
    """Positions back to back, with gaps, and cut by a reset."""
    b = Bench(dut, random_stream("random"))
    await b.start()
    for job in range(40):
        first = b.position(gaps=job % 2 == 1)
        if job % 4 == 3:
            b.t += SHAPE.cpk
            b.cut(int(b.rng.integers(first + 1, b.t)))
        elif job % 4 == 2:
            b.t += int(b.rng.integers(4))
    await b.run()
    b.finish()
