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
    count, n, w, a = r.keeps["READ_PORTS"], r.keeps["WORDS"], r["wr_en_i"] == 1, r["wr_addr_i"]
    reads, at = r.fields("rd_en_i", 1) == 1, r.fields("rd_addr_i", 14)
    many = np.array(["", "r", "rr", "rrr"])[reads.sum(axis=1)]
    joint = np.where(w & (many != ""), "w+", np.where(w, "w", ""))
    wrote, now, last = (np.tile(x[:, None], count) for x in (w, a, before(a)))
    behind = np.tile((r.streams & before(w))[:, None], count)
    meets = choose("other", (wrote & (at == now), "same_cycle"), (behind & (at == last), "next_cycle"))
    return {
        "ports": np.char.add(joint, many),
        "write_address": only(w, place(a, n)),
        "read_address": only(reads, place(at, n)).ravel(),
        "meets": only(reads, meets).ravel(),
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
    n, ctx = r.keeps["HOPS"], r["ctx"]
    later = np.arange(len(r)) > 0
    return {
        "context": np.where(later, np.where(ctx == before(ctx), "same", "other"), "first"),
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
    both = np.where(r["ctx_i"] == r["sum_ctx_i"], "same", "other")
    return {
        "context": only(sums & words, both),
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
    """Writers of the memories, words that are sent."""
    send, rope_ = r["send"] == 1, r["transform"] == 2
    group = np.where(r["group"] == 0, "first", "other")
    writers = {
        "drain": (r["store_valid"], r["d_ctx"]),
        "lora_t": (r["t_valid_i"], r["t_ctx_i"]),
        "context": (r["att_valid"], r["red_ctx_i"]),
        "embed": (r["embed_valid"], r["d_ctx"]),
    }
    by = choose("", *[(valid, name) for name, (valid, _) in writers.items()])
    ctx = np.select([valid == 1 for valid, _ in writers.values()], [c for _, c in writers.values()], -1)
    return {
        "writer": by,
        "source": only(send, choose("vector", (r["from_t"], "t"), (r["from_att"], "att"))),
        "meets": only(send & (by != ""), np.where(ctx == r["s_ctx"], "same", "other")),
        "sent": only(send, np.where(r["zero"], "padding", "data")),
        "rope": only(send & rope_, np.where(r["k_rope"], "k", "q")),
        "group_column": only(np.full(send.shape, r.keeps["CPK"] > 1), group),
    }


def behind(r: Records) -> np.ndarray:
    """Whether an operation follows one of the same context."""
    return only(np.arange(len(r)) > 0, np.where(r["ctx"] == r["last"], "same", "other"))


@register(BINS, "send_engine")
def send_engine(r: Records) -> Labels:
    """Sends as they start."""
    pair = np.char.add(np.char.add(names(r["transform"], TRANSFORM), ">"), names(r["dest"], DEST))
    return {
        "send": pair,
        "blocks": choose("more", (r["n0"] == 1, "one_word"), (r["n0"] == r["n1"], "one")),
        "keys": np.where(r["kv_busy_o"], "during", "behind"),
        "context": behind(r),
    }


@register(BINS, "drain_engine")
def drain_engine(r: Records) -> Labels:
    """Operations as they start."""
    op, labels = r["op"], ["embed", "drain", "sample"]
    drain, n = op == 1, r["steps"]
    return {
        "operation": names(op, " ".join(labels)),
        "turns": steps(np.minimum(op, 2), labels),
        "drain": only(drain, names(r["drain"], "store residual argmax")),
        "bank": only(drain, r["bank"].astype(str)),
        "adapter": np.where(r["adapter"], "on", "off"),
        "draw": only(drain, np.where(r["draw"] != 0, "drawn", "greedy")),
        "steps": choose("more", (n == 1, "one"), (n == 2, "two")),
        "context": behind(r),
    }


@register(BINS, "vector_row")
def vector_row(r: Records) -> Labels:
    """Beats that arrive, engines at work, cycle by cycle."""
    s, d, c, t = r["s_ready_o"] == 0, r["d_ready_o"] == 0, r.keeps["COLUMNS"], r.keeps["TOKENS"]
    kinds = ("drain_valid_i", "drain"), ("t_valid_i", "lora_t"), ("red_valid_i", "reduce")
    kinds += ("ss_total_valid_i", "total"), ("sample_valid_o", "sample")
    both = np.where(r["s_ctx"] == r["d_ctx"], "same_token", "other_token")
    return {
        "arrives": choose("", *[(r[name] == 1, k) for name, k in kinds]),
        "engines": choose("idle", (s & d, both), (s, "s"), (d, "d")),
        "columns": amount(c, (c == 1, "one"), (c == 2, "two"), (c % 2 == 1, "odd"), (True, "more")),
        "tokens": amount(t, (t == 1, "one"), (t == 2, "two"), (True, "more")),
    }
