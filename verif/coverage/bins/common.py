"""Labels of the cover points of ``hdl/common`` and ``hdl/rom``."""

from __future__ import annotations

import numpy as np

from verif.coverage.bins.classes import Bins, Labels, amount, choose, only, place, register
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}


def before(x: np.ndarray) -> np.ndarray:
    """The value one record earlier; the first keeps its own."""
    return np.concatenate([x[:1], x[:-1]])


@register(BINS, "pipe")
def pipe(r: Records) -> Labels:
    """Beats of a delay line, cycle by cycle."""
    valid, n = r["valid_i"] == 1, r.keeps["STAGES"]
    was = before(valid)
    flow = choose("idle", (valid & was, "streams"), (valid, "start"), (was, "ends"))
    stages = amount(n, (n <= 2, str(n)), (True, "more"))
    # Beats taken in the last STAGES cycles are inside.
    count = np.cumsum(np.concatenate([[0], valid]))[:-1]
    inside = count - np.concatenate([np.zeros(min(n, len(count)), int), count[: max(len(count) - n, 0)]])
    fill = choose("partly", (inside == 0, "empty"), (inside == n, "full"))
    return {
        "stages": np.broadcast_to(stages, flow.shape),
        "flow": only(r.streams, flow),
        "inside": only(valid & (n > 0), fill),
    }


@register(BINS, "stream_fifo")
def stream_fifo(r: Records) -> Labels:
    """Both sides and the fill level, cycle by cycle."""
    iv, ir, ov, orr = (r[n] == 1 for n in ("in_valid_i", "in_ready_o", "out_valid_o", "out_ready_i"))
    count, depth = r["count"], r.keeps["DEPTH"]
    level = choose("partly", (count == 0, "empty"), (count == depth, "full"))
    shape = amount(
        depth,
        (depth == 1, "one"),
        (depth == 2, "two"),
        (depth & (depth - 1) != 0, "odd"),
        (True, "more"),
    )
    return {
        "source": choose("rests", (iv & ir, "moves"), (iv, "waits")),
        "sink": choose("rests", (ov & orr, "moves"), (ov, "waits"), (orr, "starves")),
        "level": level,
        "depth": shape,
    }


@register(BINS, "rom")
def rom(r: Records) -> Labels:
    """Reads, cycle by cycle."""
    en, addr, depth = r["en_i"] == 1, r["addr_i"], r.keeps["DEPTH"]
    was, step = before(en), addr - before(addr)
    read = choose(
        "",
        (en & ~was, "first"),
        (en & (step == 0), "again"),
        (en & (step == 1), "next"),
        (en, "jump"),
        (was, "hold"),
    )
    kind = amount(depth, (depth == 1, "one"), (depth & (depth - 1) == 0, "power_of_two"), (True, "other"))
    return {"address": only(en, place(addr, depth)), "read": only(r.streams, read), "depth": kind}


@register(BINS, "b_rom")
def b_rom(r: Records) -> Labels:
    """Reads of a B-ROM."""
    addr, depth = r["addr_i"], r.keeps["DEPTH"]
    view = "structural" if r.keeps["STRUCTURAL"] else "behavioural"
    return {
        "view": np.full(addr.shape, view),
        "line": (addr & 3).astype(str),
        "address": place(addr, depth),
        "tail": np.full(addr.shape, "whole" if depth % 4 == 0 else "cut"),
    }
