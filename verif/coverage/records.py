"""Reads what the taps of a run recorded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np


class Records:
    """The records of one instance: ``records["slot_i"]`` is an integer array, one entry a record.

    Parameters
    ----------
    words
        uint32 [records, words]: the cycle, then every signal in whole words, lowest first.
    widths
        Bits of every signal, in order.
    keeps
        Parameters of the instance.
    """

    def __init__(self, words: np.ndarray, widths: dict[str, int], keeps: dict[str, int]) -> None:
        self.words, self.widths, self.keeps = words, widths, keeps
        self._at: dict[str, int] = {}
        at = 1
        for name, width in widths.items():
            self._at[name] = at
            at += -(-width // 32)

    def __len__(self) -> int:
        """Records."""
        return len(self.words)

    @cached_property
    def cycle(self) -> np.ndarray:
        """Cycle of every record, int64 [records]."""
        return self.words[:, 0].astype(np.int64)

    @cached_property
    def streams(self) -> np.ndarray:
        """Whether a record follows the one before in the next cycle; False for the first."""
        return np.concatenate([[False], np.diff(self.cycle) == 1])

    def __getitem__(self, name: str) -> np.ndarray:
        """An unsigned signal of up to 62 bits, int64 [records]."""
        width, at = self.widths[name], self._at[name]
        value = self.words[:, at].astype(np.int64)
        if width > 32:
            value |= self.words[:, at + 1].astype(np.int64) << 32
        return value

    def signed(self, name: str) -> np.ndarray:
        """A signed signal of up to 62 bits."""
        value, top = self[name], 1 << self.widths[name] - 1
        return (value ^ top) - top

    def lanes(self, name: str, bits: int = 32) -> np.ndarray:
        """The elements of a packed array of 8, 16 or 32 bits, unsigned [records, elements]."""
        at, words = self._at[name], -(-self.widths[name] // 32)
        raw = np.ascontiguousarray(self.words[:, at : at + words])
        return raw.view(f"<u{bits // 8}")[:, : self.widths[name] // bits]

    def fields(self, name: str, bits: int) -> np.ndarray:
        """The elements of a packed array of any width up to 62 bits, int64 [records, elements]."""
        at, width = self._at[name], self.widths[name]
        raw = np.ascontiguousarray(self.words[:, at : at + -(-width // 32)]).view(np.uint8)
        every = np.unpackbits(raw, axis=1, bitorder="little")[:, : width // bits * bits]
        weights = 1 << np.arange(bits, dtype=np.int64)
        return every.reshape(len(raw), -1, bits) @ weights


def read(folder: Path) -> Iterator[tuple[str, Records]]:
    """Group key and records of every tap that wrote into a folder."""
    for head in sorted(folder.glob("*.txt")):
        names, keeps = _head(head.read_text())
        raw = np.fromfile(head.with_suffix(".bin"), "<u4")
        width = 1 + max(1, sum(-(-w // 32) for w in names.values()))
        yield (
            head.name.split("@")[0],
            Records(raw[: len(raw) // width * width].reshape(-1, width), names, keeps),
        )


def _head(text: str) -> tuple[dict[str, int], dict[str, int]]:
    words = text.split()
    pairs = list(zip(words[::2], map(int, words[1::2]), strict=True))
    widths = {n: v for n, v in pairs if not n.endswith(":")}
    return widths, {n[:-1]: v for n, v in pairs if n.endswith(":")}
