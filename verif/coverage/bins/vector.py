"""Labels of the cover points of ``hdl/vector``."""

from __future__ import annotations

import numpy as np

from verif.coverage.bins.classes import (
    Bins,
    Labels,
    amount,
    choose,
    ends,
    floats,
    names,
    only,
    part,
    place,
    register,
    sign3,
    steps,
    value_class,
)
from verif.coverage.bins.common import before
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}
DEST = "x q k v t"
TRANSFORM = "none norm rope inv silu"


def rows(r: Records) -> np.ndarray:
    """Label of ROWS."""
    n = r.keeps["ROWS"]
    return amount(n, (n <= 4, str(n)), (True, "more"))


def flow(r: Records) -> np.ndarray:
    """Words one behind another, or behind a pause."""
    return only(np.arange(len(r)) > 0, np.where(r.streams, "streams", "gap"))


@register(BINS, "vector_memory")
def vector_memory(r: Records) -> Labels:
    """Accesses of the vector memory."""
    en, w, a = r["rd_en_i"], r["wr_en_i"] == 1, r["wr_addr_i"]
    r0, r1, n = en & 1 == 1, en >> 1 == 1, r.keeps["VMEM_WORDS"]
    sets = "r0 r1 r0+r1 w w+r0 w+r1 w+r0+r1".split()
    ports = np.array(["", *sets])[(r0 + 2 * r1 + 4 * w).astype(int)]
    both = np.concatenate([r["rd_addr0"], r["rd_addr1"]])
    reads, wrote, last = np.concatenate([r0, r1]), np.tile(w, 2), np.tile(before(a), 2)
    behind = np.tile(r.streams & before(w), 2)
    meets = choose(
        "other", (wrote & (both == np.tile(a, 2)), "same_cycle"), (behind & (both == last), "next_cycle")
    )
    return {
        "ports": ports,
        "write_address": only(w, place(a, n)),
        "read_address": only(reads, place(both, n)),
        "meets": only(reads, meets),
    }


@register(BINS, "embedding")
def embedding(r: Records) -> Labels:
    """Codes, scales and zero-points."""
    code = r.lanes("code", 8).astype(int)
    value = (code << r.keeps["FRAC_BITS"]) - r["zero_point"][:, None]
    scale, frac = r["scale"] & 0x7FFF, r.keeps["FRAC_BITS"]
    kind = choose("normal", (scale == 0, "zero"), (scale < 0x400, "subnormal"))
    return {
        "scale": np.repeat(kind, code.shape[1]),
        "value": sign3(value).ravel(),
        "code": choose("middle", (code == 0, "0"), (code == 255, "255")).ravel(),
        "flow": flow(r),
        "frac_bits": amount(frac, (frac == 0, "0"), (frac == 4, "4"), (True, "between")),
        "rows": rows(r),
    }


@register(BINS, "rope")
def rope(r: Records) -> Labels:
    """Elements and angles of every pair."""
    x, trig = r.lanes("x_i"), r.lanes("trig_i")
    cos, sin = floats(trig[:, 0::2]), floats(trig[:, 1::2])
    angle = choose(
        "fourth",
        ((sin == 0) & (cos == 1), "zero"),
        ((sin >= 0) & (cos >= 0), "first"),
        ((sin >= 0) & (cos < 0), "second"),
        ((sin < 0) & (cos < 0), "third"),
    )
    return {"x": value_class(x[:, 0::2]).ravel(), "angle": angle.ravel(), "rows": rows(r)}


@register(BINS, "silu_mul")
def silu_mul(r: Records) -> Labels:
    """Gate and up."""
    g = floats(r.lanes("g_i")).ravel()
    gate = choose(
        "zero",
        (g < -16, "very_negative"),
        (g < 0, "negative"),
        (g >= 16, "very_positive"),
        (g > 0, "positive"),
    )
    return {"gate": gate, "up": value_class(r.lanes("u_i").ravel()), "flow": flow(r), "rows": rows(r)}


@register(BINS, "rms_norm")
def rms_norm(r: Records) -> Labels:
    """Words of vectors."""
    return {
        "word": ends(r["first_i"] == 1, r["last_i"] == 1),
        "x": value_class(r.lanes("x_i").ravel()),
        "flow": flow(r),
        "rows": rows(r),
    }


@register(BINS, "rms_norm_sums")
def rms_norm_sums(r: Records) -> Labels:
    """Sums of squares."""
    return {"sum": value_class(r.lanes("ss_o").ravel())}


@register(BINS, "rinv_unit")
def rinv_unit(r: Records) -> Labels:
    """Totals."""
    n = r.keeps["HOPS"]
    return {
        "total": value_class(r.lanes("total_i").ravel()),
        "hops": amount(n, (n <= 2, str(n)), (True, "more")),
    }


@register(BINS, "residual")
def residual(r: Records) -> Labels:
    """What arrives, and what is done with it."""
    y = r.lanes("y_i")
    scale, add = np.where(r["rinv_en_i"], "times_rinv", "as_is"), np.where(r["add_en_i"], "added", "stored")
    return {
        "scale": np.repeat(scale, y.shape[1]),
        "add": np.repeat(add, y.shape[1]),
        "y": value_class(y.ravel()),
        "rows": rows(r),
    }


@register(BINS, "softmax_inv")
def softmax_inv(r: Records) -> Labels:
    """Sums and words."""
    sums, words, x = r["sum_valid_i"] == 1, r["valid_i"] == 1, r.lanes("x_i")
    total = floats(r.lanes("sum")[:, 0])
    head = part(r["head"], r.keeps["Q_PER_KV"])
    return {
        "step": choose("", (sums, "sums"), (words, "words")),
        "sum": only(sums, np.where(total == 1, "one", "more")),
        "head": only(words, head),
        "x": only(words[:, None], value_class(x)).ravel(),
    }


@register(BINS, "threefry")
def threefry(r: Records) -> Labels:
    """Low words of the counters."""
    n = r.keeps["LANES"]
    low = r.lanes("counter_i").reshape(len(r), n, 2)[:, :, 0].ravel()
    return {
        "flow": flow(r),
        "counter": choose("great", (low == 0, "zero"), (low < 1 << 20, "small")),
        "lanes": amount(n, (n == 1, "one"), (n <= 16, "few"), (True, "many")),
    }


@register(BINS, "gumbel")
def gumbel(r: Records) -> Labels:
    """What the logarithms get."""
    u = floats(r.lanes("uniform_q").ravel())
    tail = 2.0**-16
    return {
        "uniform": choose("upper", (u < tail, "tail"), (u < 0.5, "lower"), (u > 1 - tail, "rare")),
        "position": np.where(r["pos_i"] == 0, "first", "later"),
        "rows": rows(r),
    }


@register(BINS, "temperature")
def temperature(r: Records) -> Labels:
    """Logits in both modes."""
    x = r.lanes("value_i")
    mode = np.where(r["draw_en_i"], "drawn", "greedy")
    return {
        "mode": np.repeat(mode, x.shape[1]),
        "value": value_class(x).ravel(),
        "rows": rows(r),
    }


@register(BINS, "argmax")
def argmax(r: Records) -> Labels:
    """Words and the running best."""
    restart, lane, best = (r[n] == 1 for n in ("restart", "lane_valid", "best_valid"))
    a, b = floats(r.lanes("best")[:, 0]), floats(r.lanes("lane")[:, 0])
    winner = choose("keeps", (b > a, "replaces"), (a == b, "equal"))
    return {
        "word": np.where(restart, "restarts", "goes_on"),
        "winner": only(~restart & lane & best, winner),
        "padding": np.where(lane, "rows", "none"),
        "rows": rows(r),
    }


@register(BINS, "sample_tree")
def sample_tree(r: Records) -> Labels:
    """Candidates of the columns: {valid, value, row}, row lowest."""
    n, hops = r.keeps["COLUMNS"], r.keeps["HOPS"]
    every = r.fields("best_i", 1).reshape(len(r), n, 65)
    weights = 1 << np.arange(32, dtype=np.int64)
    value = floats((every[:, :, 32:64] @ weights).astype(np.uint32))
    valid = every[:, :, 64] == 1
    ranked = np.where(valid, value, -np.inf)
    best = ranked.max(axis=1)
    tie = ((ranked == best[:, None]) & valid).sum(axis=1) > 1
    winner = choose("middle", (ranked.argmax(axis=1) == 0, "first"), (ranked.argmax(axis=1) == n - 1, "last"))
    return {
        "columns": amount(n, (n == 1, "one"), (n % 2 == 0, "even"), (True, "odd")),
        "winner": only(valid.any(axis=1), winner),
        "tie": np.where(tie, "between_columns", "none"),
        "invalid": np.where(valid.all(axis=1), "none", "some"),
        "hops": amount(hops, (hops <= 2, str(hops)), (True, "more")),
    }


@register(BINS, "broadcast_tag")
def broadcast_tag(r: Records) -> Labels:
    """Sends and their words."""
    start, word = r["start_i"] == 1, r["word_valid_i"] == 1
    zero = (r["pos_slot_i"] == 0) & (r["pos_unit_i"] == 0)
    return {
        "dest": only(start, names(r["dest_i"], DEST)),
        "position": only(start, np.where(zero, "first", "later")),
        "word": only(word, np.where(r["word_last_i"], "last", "inside")),
    }


@register(BINS, "vector_send")
def vector_send(r: Records) -> Labels:
    """Words of a send."""
    return {
        "transform": names(r["transform_i"], TRANSFORM),
        "word": ends(r["first_i"] == 1, r["last_i"] == 1),
        "block": np.where(r["last_word_i"] == 0, "one_word", "more"),
    }


@register(BINS, "vector_drain")
def vector_drain(r: Records) -> Labels:
    """Words of a drain."""
    mode, slot = r["mode_i"], r["slot"]
    search = np.where((r["row_i"] == 0) & (slot == 0), "starts", "goes_on")
    return {
        "mode": names(mode, "store residual argmax"),
        "slot": np.where(slot == 0, "first", "later"),
        "search": only(mode == 2, search),
        "sampling": only(mode == 2, np.where(r["draw_en_i"], "drawn", "greedy")),
    }


@register(BINS, "vector_unit")
def vector_unit(r: Records) -> Labels:
    """Writers of the vector memory, words that are sent."""
    send, rope_ = r["send"] == 1, r["transform"] == 2
    group = np.where(r["group"] == 0, "first", "other")
    return {
        "writer": choose(
            "",
            (r["store_valid"], "drain"),
            (r["t_valid_i"], "lora_t"),
            (r["ctx_valid"], "context"),
            (r["embed_valid"], "embed"),
        ),
        "sent": only(send, np.where(r["zero"], "padding", "data")),
        "rope": only(send & rope_, np.where(r["k_rope"], "k", "q")),
        "group_column": only(np.full(send.shape, r.keeps["CPK"] > 1), group),
    }


@register(BINS, "v_engine")
def v_engine(r: Records) -> Labels:
    """Operations as they start."""
    op, labels = r["op"], ["embed", "send", "drain", "sample"]
    send, drain = op == 1, op == 2
    pair = np.char.add(np.char.add(names(r["transform"], TRANSFORM), ">"), names(r["dest"], DEST))
    ending, n = names(r["drain"], "store residual argmax"), r["steps"]
    return {
        "operation": names(op, " ".join(labels)),
        "turns": steps(np.minimum(op, 3), labels),
        "send": only(send, pair),
        "drain": only(drain, ending),
        "bank": only(drain, r["bank"].astype(str)),
        "adapter": np.where(r["adapter_on_i"], "on", "off"),
        "draw": only(drain, np.where(r["draw_i"], "drawn", "greedy")),
        "steps": choose("more", (n == 1, "one"), (n == 2, "two")),
    }


@register(BINS, "vector_row")
def vector_row(r: Records) -> Labels:
    """Beats that arrive, flags, cycle by cycle."""
    v, n, c = r["v_idle"] == 0, r["n_idle"] == 0, r.keeps["COLUMNS"]
    kinds = ("drain_valid_i", "drain"), ("t_valid_i", "lora_t"), ("red_valid_i", "reduce")
    kinds += ("ss_total_valid_i", "total"), ("sample_valid_o", "sample")
    return {
        "arrives": choose("", *[(r[s] == 1, k) for s, k in kinds]),
        "flags": choose("idle", (v & n, "v+n"), (v, "v"), (n, "n")),
        "columns": amount(c, (c == 1, "one"), (c == 2, "two"), (c % 2 == 1, "odd"), (True, "more")),
    }
