"""cocotb tests of host_errors: any sources in any cycle, clears, more errors than it can count."""

from __future__ import annotations

from typing import Any

import cocotb
from cocotb.triggers import ReadOnly, RisingEdge

from golden.axi_host import ErrorLog
from verif.lib.bench import PARAMETERS, log_compared, reset, rng, start

SOURCES = PARAMETERS["SOURCES"]


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def errors(dut: Any) -> None:
    """First code, its info and the count in every cycle: rarely, often, to saturation, through resets."""
    r, log, compared = rng("errors"), ErrorLog(), 0
    await start(dut, valid_i=0, code_i=0, info_i=0, clear_i=0)
    for chance, clear, cycles in [(0.1, 0.1, 1000), (0.6, 0.02, 1000), (1.0, 0.0, 66000 // SOURCES + 10)]:
        for _ in range(cycles):
            valid = [bool(r.random() < chance) for _ in range(SOURCES)]
            codes = [int(r.integers(1, 256)) for _ in valid]
            infos = [int(r.integers(1 << 32)) for _ in valid]
            cleared = bool(r.random() < clear)
            await RisingEdge(dut.clk_i)
            dut.valid_i.value = sum(v << i for i, v in enumerate(valid))
            dut.code_i.value = sum(c << 8 * i for i, c in enumerate(codes))
            dut.info_i.value = sum(x << 32 * i for i, x in enumerate(infos))
            dut.clear_i.value = int(cleared)
            await ReadOnly()
            got = tuple(int(p.value) for p in (dut.any_o, dut.code_o, dut.info_o, dut.count_o))
            want = (int(any(valid)), log.code, log.info, log.count)  # this cycle's errors show in the next
            assert got == want, f"any, code, info, count are {got}, expected {want}"
            compared += 1
            if cleared:
                log.clear()
            for v, c, x in zip(valid, codes, infos, strict=True):
                if v:
                    log.report(c, x)
        if chance == 1.0:
            assert log.count == 0xFFFF
        await RisingEdge(dut.clk_i)
        dut.valid_i.value = dut.clear_i.value = 0
        await reset(dut)
        log.clear()
    log_compared(compared, "cycles")
