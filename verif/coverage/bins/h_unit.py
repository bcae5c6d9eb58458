"""Labels of the cover points of the H side of ``hdl/matrix``."""

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
    one_two_more,
    only,
    part,
    place,
    register,
    sign3,
    steps,
)
from verif.coverage.bins.common import before
from verif.coverage.bins.matrix import OPERATIONS
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}


def _more(count: int) -> np.ndarray:
    return amount(count, (count == 1, "one"), (True, "more"))


def position(skip: np.ndarray) -> np.ndarray:
    """Whether a unit holds a position."""
    return np.where(skip, "skipped", "held")


@register(BINS, "h_sram")
def h_sram(r: Records) -> Labels:
    """Accesses of the SRAM."""
    write, read = r["we_i"] == 1, r["re_i"] == 1
    kind = choose("", (write & read, "both"), (write, "write"), (read, "read"))
    behind = r.streams & read & before(write)
    same = r["raddr_i"] == before(r["waddr_i"])
    return {
        "access": kind,
        "written": only(write, place(r["waddr_i"], r.keeps["WORDS"])),
        "read": only(read, place(r["raddr_i"], r.keeps["WORDS"])),
        "follows": only(r.streams, np.char.add(np.char.add(before(kind), ">"), kind)),
        "just_written": only(behind, np.where(same, "same", "other")),
    }


@register(BINS, "h_block_buffer")
def h_block_buffer(r: Records) -> Labels:
    """Words in, blocks out."""
    we, re, k = r["we_i"] == 1, r["re_i"] == 1, r.keeps
    stride = k["COLS"] * k["BLOCKS"] // k["READS"]
    return {
        "word": only(we, part(r["word_i"], k["H_BLOCK"] // k["ROWS"])),
        "block": only(we, part(r["blk_i"], k["BLOCKS"])),
        "read": only(re, part(r["rblk_i"], stride)),
        "columns": _more(k["COLS"]),
        "heads": _more(k["READS"]),
        "beside": only(we & re, np.where(r["ctx_i"] == r["rctx_i"], "own", "other")),
        "tokens": one_two_more(k["TOKENS"]),
    }


@register(BINS, "h_kv_append")
def h_kv_append(r: Records) -> Labels:
    """Blocks in, SRAM words out."""
    valid, we, k = r["valid_i"] == 1, r["we_o"] == 1, r.keeps
    return {
        "columns": one_two_more(k["CPK"]),
        "block": only(valid, part(r["blk_i"], k["HEAD_DIM"] // k["CPK"] // k["H_BLOCK"])),
        "queue": choose("", (valid & we, "both"), (valid, "arrives"), (we, "writes")),
        "left": only(we, np.where(r["queue"] == 1, "last_of_queue", "more")),
    }


@register(BINS, "h_dot")
def h_dot(r: Records) -> Labels:
    """Blocks that meet."""
    a, b = r["stored_exp"], r["operand_exp"]
    scale = a + b - 266 + 127 + 14  # exponent field of a typical dot product
    kind = choose(
        "normal", ((a == 0) | (b == 0), "zero"), (scale < -16, "flushed"), (scale > 254, "saturated")
    )
    return {
        "use": np.where(r["all_i"], "score", "lora"),
        "start": np.where(r["first_i"], "first", "adds"),
        "exponents": kind,
        "lanes": one_two_more(r.keeps["LANES"]),
    }


@register(BINS, "h_dot_dots")
def h_dot_dots(r: Records) -> Labels:
    """Integer dot products."""
    return {"dot": sign3(r.lanes("dot").view(np.int32).ravel())}


@register(BINS, "h_score")
def h_score(r: Records) -> Labels:
    """Scores and the running maximum, of the first head."""
    skip, first, last = (r[n] == 1 for n in ("skip_q", "first_q", "last_q"))
    s, m = (floats(r.lanes(n)[:, 0]) for n in ("score_q", "max_q"))
    maximum = choose("stays", (first, "starts"), (s > m, "rises"), (s == m, "equal"))
    return {
        "position": position(skip),
        "slot": ends(first, last),
        "maximum": only(~skip, maximum),
        "heads": one_two_more(r.keeps["Q_PER_KV"]),
    }


@register(BINS, "h_attention")
def h_attention(r: Records) -> Labels:
    """Beats of the reduce port and reads of V."""
    beat, read = r["rd_valid_o"] == 1, r["value_read_o"] == 1
    kind = np.array(["sum", "context", "maximum", ""])[r["rd_kind_o"]]
    return {"beat": only(beat, kind), "values": only(read, choose("alone", (beat, "beside an end")))}


@register(BINS, "h_prob")
def h_prob(r: Records) -> Labels:
    """Scores in, positions read."""
    valid = r["valid_i"] == 1
    return {
        "step": choose("", (r["we_i"], "score"), (r["gmax_valid_i"], "maximum"), (valid, "read")),
        "position": only(valid, position(r["skip_i"] == 1)),
        "slot": only(valid, place(r["slot_i"], r.keeps["KV_SLOTS"])),
    }


@register(BINS, "h_prob_values")
def h_prob_values(r: Records) -> Labels:
    """What is rounded to BF16."""
    w = r.lanes("exponential")
    there = np.broadcast_to((r["exp_valid"] == 1)[:, None], w.shape)
    low = w & 0xFFFF
    kind = choose(
        "rounded",
        (~there, "skipped"),
        (w == 0, "underflow"),
        (w == 0x3F800000, "one"),
        (low == 0, "exact"),
        (low == 0x8000, "tie"),
    )
    return {"p": kind.ravel()}


@register(BINS, "h_context")
def h_context(r: Records) -> Labels:
    """Products added, beats handed out."""
    valid, read, k = r["valid_q"] == 1, r["read_i"] == 1, r.keeps
    beats, beat = k["Q_PER_KV"] * k["HEAD_DIM"] // k["ROWS"], r["beat"]
    return {
        "position": only(valid, position(r["skip_q"] == 1)),
        "start": only(valid, np.where(r["first_q"], "first", "adds")),
        "block": only(valid, part(r["blk_q"], k["HEAD_DIM"] // k["H_BLOCK"])),
        "beat": only(
            read,
            choose("middle", (beat == 0, "sum"), (beat == 1, "first"), (beat == beats, "last")),
        ),
        "heads": one_two_more(k["Q_PER_KV"]),
    }


@register(BINS, "h_unit")
def h_unit(r: Records) -> Labels:
    """Steps of jobs."""
    op, k = r["op"], r.keeps
    names_ = names(op, OPERATIONS)
    starts = (r["first_blk"] == 1) & (r["first_slot"] == 1) & (r["blk"] == 0)
    turns = np.full(op.shape, "", "U32")
    turns[starts] = steps(op[starts], OPERATIONS.split())
    attention = (op == 2) | (op == 3)
    slots = choose("", (r["last_slot"] == 0, "more"), (r["first_slot"] == 1, "one"))
    same = r["ctx"] == before(r["ctx"])
    return {
        "operation": names_,
        "turns": turns,
        "without_gap": only(starts & r.streams, np.where(same, "same", "other")),
        "bank": only(op == 1, r["bank"].astype(str)),
        "tokens": one_two_more(k["TOKENS"]),
        "position": only(attention, position(r["skip"] == 1)),
        "slots": slots,
        "heads": one_two_more(k["Q_PER_KV"]),
        "group": one_two_more(k["CPK"]),
    }


@register(BINS, "h_unit_memory")
def h_unit_memory(r: Records) -> Labels:
    """Users of the SRAM's two ports."""
    load, append, dot, value = (r[n] == 1 for n in ("ld_valid_i", "append_we", "dot_read", "value_read"))
    writer = choose("", (load, "load"), (append, "append"))
    reader = choose("", (dot, "dot"), (value, "value"))
    both = (load | append) & (dot | value)
    return {"memory": np.char.add(np.char.add(writer, np.where(both, "+", "")), reader)}


@register(BINS, "h_unit_results")
def h_unit_results(r: Records) -> Labels:
    """LoRA results on their way in and out."""
    write, read = r["lora_we"] == 1, r["lb_en_i"] == 1
    other, bank = r["ctx"] != r["lb_ctx_i"], r["bank"] != r["lb_bank_i"]
    both = write & read
    kind = choose(
        "read",
        (both & other, "other_context"),
        (both & bank, "other_bank"),
        (both, "same_bank"),
        (write, "write"),
    )
    return {"results": kind}


def cache_place(slot: np.ndarray, member: np.ndarray, units: int, last: np.ndarray) -> np.ndarray:
    """Where a position stands in the KV cache."""
    return choose(
        "slot_inside",
        ((slot == 0) & (member == 0), "first_position"),
        (last, "last_position"),
        (member == 0, "slot_start"),
        (member == units - 1, "slot_end"),
    )


@register(BINS, "h_unit_cache")
def h_unit_cache(r: Records) -> Labels:
    """Positions at the boundaries of the cache."""
    units, slot, unit = r.keeps["CPK"] * r.keeps["ROWS"], r["slot"], r["unit"]
    last = (slot == r.keeps["KV_SLOTS"] - 1) & (unit == units - 1)
    return {"cache": cache_place(slot, unit, units, last)}
