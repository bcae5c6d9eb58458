"""Labels of the cover points of the whole chip."""

from __future__ import annotations

import numpy as np

from verif.coverage.bins.classes import Bins, Labels, amount, choose, one_two_more, only, register
from verif.coverage.bins.h_unit import cache_place
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}


@register(BINS, "roma_top")
def roma_top(r: Records) -> Labels:
    """Tokens as they start; those that sample are generated or the last of a prompt."""
    start, k = r["start"] == 1, r.keeps
    on, base, pos = r["adapter"] == 1, r["base"], r["pos"]
    was_on, was_base = (np.concatenate([[0], x[:-1]]) for x in (np.where(on, 1, 0), base))
    goes_on = start & (pos > 0)
    swap = choose(
        "a>a",
        ((was_on == 0) & ~on, "none>none"),
        ((was_on == 0) & on, "none>a"),
        ((was_on == 1) & ~on, "a>none"),
        (was_base != base, "a>b"),
    )
    news = np.cumsum(start & (pos == 0))
    return {
        "token": only(start, np.where(r["sampled"], "generated", "prompt")),
        "adapter": only(start, choose("none", (on & (base == 0), "first"), (on, "other"))),
        "swap": only(goes_on, swap),
        "cache": only(
            start, cache_place(r["slot"], r["member"], k["CPK"] * k["ROWS"], pos == k["CONTEXT"] - 1)
        ),
        "sequence": only(start & (pos == 0), np.where(news > 1, "again", "first")),
    }


@register(BINS, "roma_top_engines")
def roma_top_engines(r: Records) -> Labels:
    """Engines that work behind an issue: the busy ones and the one that starts."""
    work = ~r["idle"] & 7 | r["start"]
    return {"engines": np.array(["", "one", "two", "three"])[np.bitwise_count(work).astype(int)]}


@register(BINS, "roma_top_sizes")
def roma_top_sizes(r: Records) -> Labels:
    """Sizes of the chip."""
    k = r.keeps
    c, rows, hops = k["COLUMNS"], k["ROWS"], k["HOPS"]

    def more(n: int) -> np.ndarray:
        return amount(n, (n == 1, "one"), (True, "more"))

    return {
        "weight_bits": np.array([str(k["WEIGHT_BITS"])]),
        "columns": amount(c, (c == 1, "one"), (c == 2, "two"), (c % 2 == 1, "odd"), (True, "more")),
        "rows": amount(rows, (rows <= 8, str(rows)), (True, "more")),
        "hops": amount(hops, (hops <= 3, str(hops)), (True, "more")),
        "columns_per_head": one_two_more(k["CPK"]),
        "heads_per_kv": one_two_more(k["Q_PER_KV"]),
        "group_blocks": more(k["GROUP_BLOCKS"]),
        "sub_blocks": more(k["BLOCK"] // k["H_BLOCK"]),
        "t_blocks": more(k["T_BLOCKS"]),
    }
