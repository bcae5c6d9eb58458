"""Labels of the cover points of ``hdl/mesh``."""

from __future__ import annotations

import numpy as np

from verif.coverage.bins.classes import Bins, Labels, amount, choose, names, one_two_more, only, register
from verif.coverage.bins.vector import DEST
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}


def _operator(r: Records) -> str:
    return "maximum" if r.keeps["MAXIMUM"] else "sum"


@register(BINS, "pair_tree")
def pair_tree(r: Records) -> Labels:
    """Leaves of a tree."""
    w, n = r.lanes("data_i"), r.keeps["N"]
    field = w >> 23 & 255
    kind = choose("normal", (field == 0, "zero"), (field == 254, "greatest"), (w >> 31, "negative"))
    leaf = w.reshape(len(w), n, -1)
    equal = (leaf == leaf[:, :1]).all(axis=(1, 2)) if n > 1 else np.zeros(len(w), bool)
    shape = amount(n, (n == 1, "one"), (n == 2, "two"), (n & (n - 1) == 0, "power_of_two"), (True, "odd"))
    size = kind.size
    return {
        "leaves": np.broadcast_to(shape, size),
        "operator": np.full(size, _operator(r)),
        "operands": kind.ravel(),
        "equal": np.where(equal, "yes", "no"),
    }


@register(BINS, "group_reduce")
def group_reduce(r: Records) -> Labels:
    """Shapes of the groups."""
    k, n = r.keeps["CPK"], r.keeps["COLUMNS"]
    return {
        "columns_per_head": one_two_more(k),
        "operator": np.array([_operator(r)]),
        "groups": amount(n, (n == k, "one"), (True, "more")),
    }


@register(BINS, "mesh")
def mesh(r: Records) -> Labels:
    """Beats of every kind; several in a cycle are one label each."""
    bc, l_on, h, d, ga, lt, rd, ss, gm = (
        r[n] == 1
        for n in (
            "bc_valid_i",
            "l_valid_i",
            "h_valid_i",
            "dr_valid_i",
            "ga_valid_i",
            "lt_valid_i",
            "rd_valid_i",
            "ss_valid_i",
            "gmax_valid_o",
        )
    )
    kinds = "broadcast l h drain gather lora_t reduce squares maximum".split()
    beat = np.concatenate(
        [
            only(v, np.full(v.shape, k))
            for v, k in zip((bc, l_on, h, d, ga, lt, rd, ss, gm), kinds, strict=True)
        ]
    )
    pairs = (
        (l_on & h, "l+h"),
        (l_on & d, "l+drain"),
        (bc & l_on, "bcast+l"),
        (ga & l_on, "gather+l"),
        (ga & lt, "gather+lora_t"),
    )
    hops = r.keeps["HOPS"]
    label = amount(hops, (hops <= 3, str(hops)), (True, "more"))
    return {
        "beat": beat,
        "dest": only(bc, names(r["bc_dest_i"], DEST)),
        "broadcast_context": only(bc, r["bc_ctx_i"].astype(str)),
        "lora_t_context": only(lt, r["lt_ctx_i"].astype(str)),
        "reduced_context": only(rd, r["rd_ctx_i"].astype(str)),
        "reduced": only(rd, names(r["rd_kind_i"], "sum context max")),
        "together": np.concatenate([only(v, np.full(v.shape, k)) for v, k in pairs]),
        "hops": np.broadcast_to(label, beat.shape),
    }
