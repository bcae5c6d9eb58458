"""The adapter loader cycle by cycle: an image into the SRAM of the matrix units. SPEC chapter 6.

Golden twin of ``hdl/control/adapter_loader.sv``; ``golden.host.judge_image`` gives the same verdict
of a whole image.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from golden.geometry import Geometry
from golden.host import ST_ADAPTER_BAD, ST_OK, judge_header


@dataclass(frozen=True)
class LoaderIn:
    """Inputs of a cycle.

    Attributes
    ----------
    start, in_use
        LOAD's slot when one starts; whether it is refused because tokens need it.
    beat
        (data, last) of an image beat on offer.
    kv_busy
        The send engine's flag: words of K or V are on their way to the SRAM.
    """

    start: int | None = None
    beat: tuple[int, bool] | None = None
    in_use: bool = False
    kv_busy: bool = False


@dataclass
class LoaderOut:
    """Outputs of the same cycle.

    Attributes
    ----------
    img_ready
        A beat is taken when one is on offer.
    full
        Slots that hold a whole adapter, one bit each.
    done
        Status and info, in the cycle behind the image's last beat.
    write
        Column, row, SRAM word and data, in the cycle behind the beat.
    """

    img_ready: bool
    full: int
    done: tuple[int, int] | None = None
    write: tuple[int, int, int, int] | None = None


class AdapterLoader:
    """One image after the other.

    Parameters
    ----------
    geometry
        Chip and model: mesh, adapter slots, words of a unit.
    model_id
        Of the programme header.
    """

    def __init__(self, geometry: Geometry, model_id: int) -> None:
        self.g, self.model_id = geometry, model_id
        self.reset()

    def reset(self) -> None:
        """What a cycle in reset leaves: all slots empty."""
        self.full = 0
        self.next = LoaderOut(False, 0)
        self._images = self._flow()
        next(self._images)

    def cycle(self, i: LoaderIn) -> LoaderOut:
        """Outputs of a cycle with these inputs."""
        self.out, self.next = self.next, LoaderOut(False, 0)
        self.out.full = self.full
        self._images.send(i)
        return self.out

    def _beat(self) -> Generator[None, LoaderIn, tuple[int, bool]]:
        """Cycles until a beat is taken, this one included."""
        while True:
            i = yield
            # The SRAM's write port is free in the next cycle, whatever issues in this one.
            self.out.img_ready = not i.kv_busy
            if i.beat is not None and self.out.img_ready:
                return i.beat

    def _flow(self) -> Generator[None, LoaderIn, None]:
        while True:
            i = yield
            if i.start is not None:
                self.next.done = yield from self._image(i.start, i.in_use)

    def _image(self, slot: int, in_use: bool) -> Generator[None, LoaderIn, tuple[int, int]]:
        header, last = yield from self._beat()
        verdict = judge_header(self.g, self.model_id, slot, header, last, in_use)
        status = verdict.status
        if verdict.writes:
            self.full &= ~(1 << slot)
            status, last = yield from self._body(slot)
        while not last:
            _, last = yield from self._beat()
        return status, verdict.info

    def _body(self, slot: int) -> Generator[None, LoaderIn, tuple[int, bool]]:
        """Words of every unit; returns the status and whether the last beat has come."""
        words, chip = self.g.adapter_words, self.g.chip
        for unit in range(chip.units):
            for word in range(words):
                data, last = yield from self._beat()
                self.next.write = (*divmod(unit, chip.rows), slot * words + word, data)
                if last and (unit, word) != (chip.units - 1, words - 1):
                    return ST_ADAPTER_BAD, True
        if not last:
            return ST_ADAPTER_BAD, False
        self.full |= 1 << slot
        return ST_OK, True
