"""Data words of probes as elements that people read: index, hex, real number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from golden.chip import Step
from golden.probes import Probe
from verif.debug.case import Case

Words = np.ndarray


@dataclass(frozen=True)
class Element:
    """One value of a beat on both sides, as integers and as text."""

    where: str
    index: tuple[int, ...]
    got: int
    want: int
    got_text: str
    want_text: str

    def __str__(self) -> str:
        """A line of the screen."""
        return f"{self.where} RTL {self.got_text}  golden {self.want_text}"


def real(word: int, kind: str) -> str:
    """A word as hex and number."""
    if kind == "fp32":
        return f"{word:08x} ({float(np.uint32(word).view(np.float32)):.9g})"
    if kind == "bf16":
        return f"{word & 0xFFFF:04x} ({float(np.uint32((word & 0xFFFF) << 16).view(np.float32)):.4g})"
    return f"{word:08x}"


def mantissa(word: int, exponent: int) -> str:
    """An MXINT8 element: byte, mantissa x scale, and what they make."""
    value = word - 256 if word > 127 else word
    return f"{word:02x} ({value} x 2^{exponent - 133} = {value * 2.0 ** (exponent - 133):.6g})"


def named(one: Step) -> str:
    """A token beside the one that is looked at."""
    return f"the token of context {one.flight.ctx} (id {one.token}, position {one.pos})"


def axes(probe: Probe) -> str:
    """Names of the indices of a probe's elements."""
    if probe.name in ("bcast", "kv"):
        return "column, row" if probe.name == "bcast" else "element"
    return ", ".join(("column", "row", "head")[: len(probe.shape)]) if len(probe.shape) > 1 else "lane"


def elements(case: Case) -> tuple[list[Element], int]:
    """Elements of the first difference that differ, and how many elements a beat has."""
    d = case.first
    got, want = d.words
    if d.probe.name == "bcast":
        return _broadcast(got, want, case.chip.geometry.chip.columns, case.chip.geometry.chip.rows)
    if d.probe.name == "kv":
        return _block(got, want)
    out = []
    for i in np.flatnonzero(got != want):
        index = tuple(int(x) for x in np.unravel_index(i, d.probe.shape)) if d.probe.shape else (0,)
        where = "[" + ", ".join(map(str, index)) + "]"
        pair = int(got[i]), int(want[i])
        out.append(Element(where, index, *pair, *(real(x, d.probe.kind) for x in pair)))
    return out, len(want)


def _broadcast(got: Words, want: Words, columns: int, rows: int) -> tuple[list[Element], int]:
    """C words {sum, exponent field}, then C*R mantissas of 8 bits."""
    out = []
    heads = [(int(g), int(w)) for g, w in zip(got[:columns], want[:columns], strict=True)]
    lanes = [np.ascontiguousarray(x[columns:]).view(np.uint8)[: columns * rows] for x in (got, want)]
    for k in np.flatnonzero(lanes[0] != lanes[1]):
        c, r = divmod(int(k), rows)
        g, w = int(lanes[0][k]), int(lanes[1][k])
        texts = mantissa(g, heads[c][0] & 0xFF), mantissa(w, heads[c][1] & 0xFF)
        out.append(Element(f"[{c}, {r}]", (c, r), g, w, *texts))
    for c, (g, w) in enumerate(heads):
        if g & 0xFF != w & 0xFF:
            texts = (f"{x & 0xFF:02x} (2^{(x & 0xFF) - 127})" for x in (g, w))
            out.append(Element(f"[{c}] exponent", (c,), g & 0xFF, w & 0xFF, *texts))
        if g >> 16 != w >> 16:
            texts = (f"{x >> 16:04x} ({np.uint16(x >> 16).view(np.int16)})" for x in (g, w))
            out.append(Element(f"[{c}] sum", (c,), g >> 16, w >> 16, *texts))
    return out, columns * rows


def _block(got: Words, want: Words) -> tuple[list[Element], int]:
    """A KV word: mantissas, then the exponent field."""
    bytes_ = [np.ascontiguousarray(x[:-1]).view(np.uint8) for x in (got, want)]
    e = int(got[-1]) & 0xFF, int(want[-1]) & 0xFF
    out = [
        Element(
            f"[{k}]",
            (int(k),),
            int(bytes_[0][k]),
            int(bytes_[1][k]),
            mantissa(int(bytes_[0][k]), e[0]),
            mantissa(int(bytes_[1][k]), e[1]),
        )
        for k in np.flatnonzero(bytes_[0] != bytes_[1])
    ]
    if e[0] != e[1]:
        out.append(Element("exponent", (), *e, *(f"{x:02x} (2^{x - 127})" for x in e)))
    return out, len(bytes_[0])
