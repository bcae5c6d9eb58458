"""The image port of the system interface: AXI4 bursts in, beats for the adapter loader out.

Golden twin of ``hdl/host/image_*.sv``, from SPEC-host.md chapter 3.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

OKAY, SLVERR = 0, 2
FIXED, INCR, WRAP = range(3)


class Error(IntEnum):
    """Error codes, as in ``roma_regs.rdl``."""

    NONE = 0
    COMMAND_BUSY = 1
    RESPONSE_EMPTY = 2
    IMAGE_LENGTH = 3
    IMAGE_NO_LOAD = 4
    IMAGE_WINDOW = 5
    IMAGE_ORDER = 6
    IMAGE_BEYOND = 7
    IMAGE_BURST = 8
    IMAGE_STROBE = 9
    IMAGE_LAST = 10
    IMAGE_READ = 11
    PROMPT_DEST = 12


@dataclass(frozen=True)
class WriteBurst:
    """An AXI4 write burst.

    Attributes
    ----------
    addr, size, kind, length
        AW: byte address, log2 of a beat's bytes, burst code, number of beats (AWLEN + 1).
    beats
        W: data of the whole bus, strobes, WLAST.
    """

    addr: int
    size: int
    kind: int
    length: int
    beats: tuple[tuple[int, int, bool], ...]


@dataclass
class Image:
    """An adapter image on its way to the chip."""

    bytes: int
    taken: bytearray = field(default_factory=bytearray)

    @property
    def open(self) -> bool:
        """Whether bytes are wanted."""
        return len(self.taken) < self.bytes


class ImagePort:
    """Bytes of one image after the other.

    Parameters
    ----------
    bus, beat
        Bytes of a beat of the bus, of the loader.
    window_w
        log2 of the window.
    report
        Called with every error's code and info.

    Attributes
    ----------
    beats
        What the chip must get next on ``img``: (data, last); the bench takes from it.
    """

    def __init__(self, bus: int, beat: int, window_w: int, report: Callable[[Error, int], None]) -> None:
        self.bus, self.beat, self.window_w, self.report = bus, beat, window_w, report
        self.reset()

    def reset(self) -> None:
        """No image."""
        self.image: Image | None = None
        self.beats: deque[tuple[int, bool]] = deque()

    def open(self, size: int) -> None:
        """The chip has taken a LOAD."""
        self.image = Image(size)

    @property
    def wanted(self) -> int:
        """Bytes that the open image still lacks."""
        return self.image.bytes - len(self.image.taken) if self.image else 0

    @property
    def offset(self) -> int:
        """Offset of the next byte."""
        return len(self.image.taken) if self.image else 0

    def read(self, addr: int) -> int:
        """An AXI4 read; response of each of its beats."""
        self.report(Error.IMAGE_READ, addr)
        return SLVERR

    def write(self, burst: WriteBurst, cut: int | None = None) -> int:
        """An AXI4 write; its response.

        Parameters
        ----------
        burst
            What the host sends.
        cut
            Soft reset in the middle: beats that came before it.
        """
        addr, bad, inside = burst.addr, False, False
        if burst.kind >= WRAP or 1 << burst.size > self.bus:
            self.report(Error.IMAGE_BURST, addr)
            bad = True
        for i, (data, strobes, last) in enumerate(burst.beats[:cut]):
            if bad:
                break
            code, carried = self._judge(burst, i, addr, data, strobes, last, inside)
            if code != Error.NONE:
                self.report(code, addr)
                bad = True
            else:
                inside = True
                self._pack(carried)
            if burst.kind == INCR:
                addr = (addr >> burst.size << burst.size) + (1 << burst.size)
        return SLVERR if bad or cut is not None else OKAY

    def _judge(
        self, burst: WriteBurst, beat: int, addr: int, data: int, strobes: int, last: bool, inside: bool
    ) -> tuple[Error, bytes]:
        """The first rule that a beat breaks, and the bytes that it carries."""
        bus = self.bus
        if self.image is None or not self.image.open:
            return Error.IMAGE_BEYOND if inside else Error.IMAGE_NO_LOAD, b""
        if last != (beat == burst.length - 1):
            return Error.IMAGE_LAST, b""
        if addr >> self.window_w:
            return Error.IMAGE_WINDOW, b""
        low = addr % bus
        lanes = [i for i in range(bus) if strobes >> i & 1]
        if lanes and (
            lanes[0] < low
            or lanes[-1] > (low | (1 << burst.size) - 1)
            or lanes != list(range(lanes[0], lanes[-1] + 1))
        ):
            return Error.IMAGE_STROBE, b""
        if lanes and burst.kind == INCR and addr - low + lanes[0] != len(self.image.taken):
            return Error.IMAGE_ORDER, b""
        if len(self.image.taken) + len(lanes) > self.image.bytes:
            return Error.IMAGE_BEYOND, b""
        return Error.NONE, bytes(data >> 8 * i & 0xFF for i in lanes)

    def _pack(self, carried: bytes) -> None:
        """Add bytes to the image; whole beats go to the chip."""
        assert self.image is not None
        size, before = self.beat, len(self.image.taken) // self.beat
        self.image.taken += carried
        for i in range(before, len(self.image.taken) // size):
            data = int.from_bytes(self.image.taken[i * size : (i + 1) * size], "big")
            self.beats.append((data, (i + 1) * size == self.image.bytes))
