"""Ready and pauses of the bench around axi_host, and its inputs at rest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import cocotb
import numpy as np
from cocotb.triggers import RisingEdge

from verif.lib.streams import rests

STALLS = os.environ.get("STALLS", "none")
QUIET = (
    "s_axil_awaddr s_axil_awprot s_axil_awvalid s_axil_wdata s_axil_wstrb s_axil_wvalid s_axil_bready",
    "s_axil_araddr s_axil_arprot s_axil_arvalid s_axil_rready s_axis_prompt_tdata s_axis_prompt_tlast",
    "s_axis_prompt_tdest s_axis_prompt_tvalid m_axis_token_tready s_axi_awid s_axi_awaddr s_axi_awlen",
    "s_axi_awsize s_axi_awburst s_axi_awvalid s_axi_wdata s_axi_wstrb s_axi_wlast s_axi_wvalid s_axi_bready",
    "s_axi_arid s_axi_araddr s_axi_arlen s_axi_arsize s_axi_arburst s_axi_arvalid s_axi_rready",
    "cmd_ready_i rsp_valid_i prompt_ready_i tok_valid_i img_ready_i",
)


def pauses(random: np.random.Generator, side: str) -> Iterator[bool]:
    """Pause generator for a channel of cocotbext-axi."""
    return rests(random, STALLS, side)


class Gate:
    """Ready of a stream: open with the rests of the bench, or closed by the test."""

    def __init__(self, clock: Any, ready: Any, random: np.random.Generator) -> None:
        self.closed = False
        self.clock, self.ready = clock, ready
        self.rests = rests(random, STALLS, "sink")
        cocotb.start_soon(self._run())

    async def _run(self) -> None:
        while True:
            await RisingEdge(self.clock)
            self.ready.value = int(not self.closed and not next(self.rests))
