"""cocotb tests of adapter_loader: every verdict, every write, slots that stay or become empty."""

from __future__ import annotations

import os
from collections import Counter
from types import SimpleNamespace
from typing import Any

import cocotb
from cocotb.triggers import RisingEdge

from golden import host
from golden.adapter_loader import AdapterLoader, LoaderIn
from golden.program import ADAPTER_MAGIC
from verif.control.lockstep import Lockstep, Values
from verif.lib.bench import PARAMETERS as P
from verif.lib.bench import log_compared, reset, rng, start
from verif.lib.streams import Source

SLOTS, WORDS, UNITS = P["ADAPTER_SLOTS"], P["ADAPTER_WORDS"], P["COLUMNS"] * P["ROWS"]
BYTES = P["H_BLOCK"] + 1
CHIP = SimpleNamespace(rows=P["ROWS"], units=UNITS, adapter_slots=SLOTS, h_block=P["H_BLOCK"])
GEOMETRY = SimpleNamespace(chip=CHIP, adapter_words=WORDS)
MODEL_ID = 0x1234ABCD


class Bench:
    """The DUT, its twin, the image stream."""

    def __init__(self, dut: Any, name: str) -> None:
        self.dut, self.random = dut, rng(name)
        self.twin = AdapterLoader(GEOMETRY, MODEL_ID)
        self.done: list[tuple[int, int]] = []
        self.writes = 0
        self.busy = False  # tokens run

    async def start(self) -> None:
        """Clock and reset; everything is compared."""
        d = self.dut
        self.lockstep = Lockstep(d, self.twin.reset, self.expected)
        payload = {"data": d.img_data_i, "last": d.img_last_i}
        stalls = os.environ["STALLS"]
        self.source = Source(d.clk_i, d.img_valid_i, payload, self.random, ready=d.img_ready_o, stalls=stalls)
        inputs = {
            "start_i": 0,
            "slot_i": 0,
            "in_use_i": 0,
            "kv_busy_i": 0,
        }
        cocotb.start_soon(self._sends())
        await start(d, model_id_i=MODEL_ID, **inputs)

    async def _sends(self) -> None:
        """Words of K and V on their way, now and then, when ``busy``; also one cycle alone."""
        d, r = self.dut, self.random
        left = 0
        while True:
            await RisingEdge(d.clk_i)
            left = max(left - 1, 0)
            if self.busy and not left and r.random() < 0.2:
                left = int(r.choice([1, 2, r.integers(3, 30)]))
            d.kv_busy_i.value = int(left > 0)

    def expected(self) -> Values:
        """The twin's outputs for what stands on the inputs."""
        d = self.dut
        beat = (int(d.img_data_i.value), bool(int(d.img_last_i.value))) if int(d.img_valid_i.value) else None
        starts = int(d.start_i.value)
        out = self.twin.cycle(
            LoaderIn(
                int(d.slot_i.value) if starts else None,
                beat,
                in_use=bool(int(d.in_use_i.value)),
                kv_busy=bool(int(d.kv_busy_i.value)),
            )
        )
        if out.done:
            self.done.append(out.done)
        self.writes += out.write is not None
        status, info = out.done or (None, None)
        col, row, addr, data = out.write or (None,) * 4
        return {
            "img_ready_o": int(out.img_ready),
            "slot_full_o": out.full,
            "done_o": int(out.done is not None),
            "status_o": status,
            "info_o": info,
            "ld_valid_o": int(out.write is not None),
            "ld_col_o": col,
            "ld_row_o": row,
            "ld_addr_o": addr,
            "ld_data_o": data,
        }

    def image(
        self, beats: int, words: int = WORDS, model: int = MODEL_ID, magic: int = ADAPTER_MAGIC
    ) -> bytes:
        """Header and ``beats`` random words; what stands above the header's fields is anything."""
        header = magic | model << 32 | words << 64
        header |= int.from_bytes(self.random.bytes(BYTES - 12), "little") << 96
        return header.to_bytes(BYTES, "big") + self.random.bytes(BYTES * beats)

    def put(self, image: bytes) -> None:
        """Offer an image."""
        beats = [image[k : k + BYTES] for k in range(0, len(image), BYTES)]
        for k, beat in enumerate(beats):
            self.source.put(data=int.from_bytes(beat, "big"), last=int(k == len(beats) - 1))

    async def pulse(self, slot: int, in_use: bool = False) -> None:
        """LOAD; slot and whether it is in use stand on the port for one cycle only."""
        d = self.dut
        await RisingEdge(d.clk_i)
        d.start_i.value, d.slot_i.value, d.in_use_i.value = 1, slot, int(in_use)
        await RisingEdge(d.clk_i)
        d.start_i.value, d.slot_i.value = 0, int(self.random.integers(1 << 32))
        d.in_use_i.value = int(self.random.integers(2))

    async def load(self, slot: int, image: bytes, in_use: bool = False) -> None:
        """An image, early or late; the verdict is that of the whole image."""
        early = self.random.random() < 0.5
        if early:
            self.put(image)
        for _ in range(int(self.random.integers(4))):
            await RisingEdge(self.dut.clk_i)
        await self.pulse(slot, in_use)
        if not early:
            self.put(image)
        count = len(self.done)
        while len(self.done) == count:
            await RisingEdge(self.dut.clk_i)
        verdict = host.judge_image(GEOMETRY, MODEL_ID, slot, image, in_use)
        assert self.done[-1] == (verdict.status, verdict.info)
        assert not self.source.queue, "beats of the image are left"

    async def finish(self) -> None:
        """Nothing comes behind; no vacuous pass."""
        for _ in range(20):
            await RisingEdge(self.dut.clk_i)
        assert self.done and self.writes
        log_compared(self.lockstep.compared, f"outputs, {self.writes} writes, {len(self.done)} images")


WHOLE = WORDS * UNITS
# Words that came, of those that should: everything around the ends of units and of the image.
LENGTHS = sorted(
    {1, WORDS, WORDS + 1, WHOLE - WORDS, WHOLE - 1, WHOLE + 1, WHOLE + WORDS, 2 * WHOLE} - {0, WHOLE}
)


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def verdicts(dut: Any) -> None:
    """Each way to refuse, on empty slots and on full ones, with good images between."""
    b = Bench(dut, "verdicts")
    await b.start()
    for _ in range(2):
        slot = int(b.random.integers(SLOTS))
        for bit in (0, 31):
            await b.load(slot, b.image(WHOLE, magic=ADAPTER_MAGIC ^ 1 << bit))
            await b.load(slot, b.image(WHOLE, model=MODEL_ID ^ 1 << bit))
        for words in (WORDS + 1, 0xFFFFFFFF, WORDS - 1, 0):
            await b.load(slot, b.image(WHOLE, words=words))
            await b.load(slot, b.image(0, words=words))
            await b.load(slot, b.image(WHOLE, words=words, model=0))
        for nowhere in (SLOTS, SLOTS + 16, 0xFFFFFFFF):
            await b.load(nowhere, b.image(WHOLE))
            await b.load(nowhere, b.image(0, words=WORDS + 1, magic=0))
        await b.load(slot, b.image(0))
        await b.load(slot, b.image(WHOLE))
        full = b.twin.full
        for image in (b.image(WHOLE), b.image(0), b.image(WHOLE, words=WORDS + 1, magic=0)):
            await b.load(slot, image, in_use=True)
        await b.load(SLOTS, b.image(WHOLE), in_use=True)
        assert b.twin.full == full
    seen = Counter(status for status, _ in b.done)
    assert set(seen) == {
        host.ST_OK,
        host.ST_NO_ADAPTER,
        host.ST_ADAPTER_TOO_LARGE,
        host.ST_ADAPTER_BAD,
        host.ST_ADAPTER_IN_USE,
    }
    await b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def lengths(dut: Any) -> None:
    """Good images fill all slots; then each breaks off or goes on too long and empties its slot."""
    b = Bench(dut, "lengths")
    await b.start()
    for slot in range(SLOTS):
        await b.load(slot, b.image(WHOLE))
    assert b.twin.full == (1 << SLOTS) - 1
    for count in LENGTHS:
        slot = int(b.random.integers(SLOTS))
        await b.load(slot, b.image(count))
        assert not b.twin.full >> slot & 1
        await b.load(slot, b.image(WHOLE))
    assert b.twin.full == (1 << SLOTS) - 1
    await b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def beside_tokens(dut: Any) -> None:
    """Sends of K and V at work: beats are taken only while none is."""
    b = Bench(dut, "beside_tokens")
    await b.start()
    b.busy = True
    for count in (WHOLE, *LENGTHS, WHOLE):
        for in_use in (False, True):
            await b.load(int(b.random.integers(SLOTS)), b.image(count), in_use)
    await b.finish()


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def resets(dut: Any) -> None:
    """Reset in the header, in the body, in words that are dropped: all slots are empty then."""
    b = Bench(dut, "resets")
    await b.start()
    for count in range(2 * WHOLE + 4):
        await b.load(0, b.image(WHOLE))
        b.put(b.image(2 * WHOLE))
        await b.pulse(SLOTS - 1)
        for _ in range(count):
            await RisingEdge(dut.clk_i)
        await reset(dut, 2, clear=[b.source])
        assert b.twin.full == 0
    await b.load(0, b.image(WHOLE))
    await b.finish()
