"""Labels of the cover points of the L side of ``hdl/matrix``."""

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
    place,
    register,
    sign3,
)
from verif.coverage.bins.common import before
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}
OPERATIONS = "lora_a lora_b score context reduce"


@register(BINS, "x_buffer")
def x_buffer(r: Records) -> Labels:
    """Writes and reads of the input buffer."""
    write, l_en, xr = (r[n] == 1 for n in ("write", "l_en_i", "xr_en_i"))
    last, subs = r["bc_last_i"] == 1, r.keeps["BLOCK"] // r.keeps["H_BLOCK"]
    chunks, starts = r.keeps["MAX_CHUNKS"], np.concatenate([[True], (before(last) & before(write))[1:]])
    sub = r["xr_sub_i"]
    beside = choose(
        "own_other",
        (r["bc_ctx_i"] != r["l_ctx_i"], "other_context"),
        (r["bc_blk_i"] == r["l_chunk_i"], "own_chunk"),
    )
    return {
        "write": only(write, choose("middle", (last, "last_word"), (starts, "first_word"))),
        "write_chunk": only(write, place(r["bc_blk_i"], chunks)),
        "l_read": only(l_en, np.where(r["load"], "load", "held")),
        "l_chunk": only(l_en, place(r["l_chunk_i"], chunks)),
        "stale": only(write, np.where(r["held"], "held", "other")),
        "h_read": only(xr & (subs > 1), choose("", (sub == 0, "first_sub"), (sub == subs - 1, "last_sub"))),
        "beside": only(write & l_en, beside),
        "tokens": one_two_more(r.keeps["TOKENS"]),
        "together": choose("", (l_en & xr, "l_h"), (l_en, "l"), (xr, "h")),
    }


@register(BINS, "fused_cell")
def fused_cell(r: Records) -> Labels:
    """Steps of the fused cells."""
    first, last = r["first_pass_i"] == 1, r["last_pass_i"] == 1
    return {
        "weight_bits": np.full(first.shape, str(r.keeps["WEIGHT_BITS"])),
        "pass": ends(first, last),
        "address": place(r["addr_i"], r.keeps["ROM_WORDS"]),
        "columns": one_two_more(r.keeps["COLUMNS"]),
        "word_bits": np.array([str(r.keeps["WORD_BITS"])]),
    }


@register(BINS, "fused_cell_sums")
def fused_cell_sums(r: Records) -> Labels:
    """Integer sums."""
    return {"dot": sign3(r.lanes("d_o").view(np.int32).ravel())}


@register(BINS, "dequantiser")
def dequantiser(r: Records) -> Labels:
    """Operands of one column's term."""
    word = r.fields("scale_i", 28).ravel()
    scale, zero, frac = word & 0xFFFF, word >> 16, r.keeps["FRAC_BITS"]
    field, rest = scale >> 10 & 31, scale & 0x3FF
    d = r.lanes("d_i").view(np.int32).ravel()
    total = r.lanes("sum_i", 16).view(np.int16).ravel()
    exponent, columns = r.lanes("exp_i", 8).ravel(), r.keeps["COLUMNS"]
    fraction = zero & ((1 << frac) - 1) != 0
    return {
        "scale": choose(
            "normal",
            ((field == 0) & (rest == 0), "zero"),
            (field == 0, "subnormal"),
            (field == 31, "greatest"),
        ),
        "scale_sign": np.where(scale >> 15, "-", "+"),
        "zero_point": choose(
            "whole", (zero == 0, "zero"), (zero >= 255 << frac, "greatest"), (fraction, "fraction")
        ),
        "dot": sign3(d),
        "correction": sign3(total),
        "exponent": choose(
            "middle", (exponent == 0, "zero"), (exponent < 10, "low"), (exponent > 244, "high")
        ),
        "frac_bits": amount(frac, (frac == 0, "0"), (frac == 4, "4"), (True, "between")),
        "columns": amount(columns, (columns == 1, "one"), (columns % 2 == 0, "even"), (True, "odd")),
    }


@register(BINS, "dequantiser_terms")
def dequantiser_terms(r: Records) -> Labels:
    """Terms that leave."""
    w = r.lanes("term_o").ravel()
    return {
        "term": choose(
            "normal",
            (w == 0, "zero"),
            (w == 0x80000000, "flushed_zero"),
            (w & 0x7FFFFFFF == 0x7F7FFFFF, "saturated"),
        )
    }


@register(BINS, "accumulator")
def accumulator(r: Records) -> Labels:
    """Updates and reads."""
    valid, rd, slot = r["valid_i"] == 1, r["rd_en_i"] == 1, r["slot_i"]
    behind, step = valid & before(valid) & r.streams, slot - before(slot)
    for name in ("ctx_i", "bank_i"):
        step = np.where(r[name] == before(r[name]), step, -1)
    read = choose(
        "same_bank",
        (~valid, "alone"),
        (r["ctx_i"] != r["rd_ctx_i"], "other_context"),
        (r["bank_i"] != r["rd_bank_i"], "other_bank"),
    )
    return {
        "bank": only(valid, r["bank_i"].astype(str)),
        "start": only(valid, np.where(r["first_i"], "first", "adds")),
        "slot": only(valid, place(slot, r.keeps["ACC_DEPTH"])),
        "follows": only(behind, choose("other", (step == 0, "same"), (step == 1, "next"))),
        "read": only(rd, read),
        "tokens": one_two_more(r.keeps["TOKENS"]),
        "read_slot": only(rd, place(r["rd_slot_i"], r.keeps["ACC_DEPTH"])),
    }


@register(BINS, "drain")
def drain(r: Records) -> Labels:
    """Rows on their way out."""
    lora = r["lora_q"] == 1
    a, b = (floats(r.lanes(n).ravel()) for n in ("acc_i", "lora_data_i"))
    return {
        "lora": np.where(lora, "added", "base"),
        "flow": np.where(r["valid_i"], "streams", "ends"),
        "sum": only(lora, choose("normal", (b == 0, "zero"), (a + b == 0, "cancelled"))),
    }


@register(BINS, "matrix_unit")
def matrix_unit(r: Records) -> Labels:
    """What works at once."""
    l_on, h, d, b = (r[n] == 1 for n in ("l_valid_i", "h_valid_i", "dr_valid_i", "bc_valid_i"))
    busy = choose(
        "",
        (l_on & h, "l+h"),
        (l_on & d, "l+drain"),
        (l_on & b, "l+bcast"),
        (l_on, "l"),
        (h, "h"),
        (d, "drain"),
        (b, "bcast"),
    )
    load, mine = r["ld_valid_i"] == 1, r["mine"] == 1
    others = choose(
        "",
        (h & (r["h_ctx"] != r["l_ctx"]), "lora"),
        (d & (r["dr_ctx"] != r["l_ctx"]), "drain"),
        (b & (r["bc_ctx_i"] != r["l_ctx"]), "bcast"),
    )
    return {
        "busy": busy,
        "load": only(load, np.where(mine, "own", "other")),
        "beside_l": only(l_on & h, names(r["op"], OPERATIONS)),
        "drain_bank": only(d & l_on & (r["l_bank"] != r["dr_bank"]), r["dr_bank"].astype(str)),
        "other_token": only(l_on, others),
        "tokens": one_two_more(r.keeps["TOKENS"]),
        "weight_bits": np.array([str(r.keeps["WEIGHT_BITS"])]),
    }


@register(BINS, "matrix_unit_results")
def matrix_unit_results(r: Records) -> Labels:
    """Beats of drains and of LoRA A."""
    drained, t = r["ga_valid_o"] == 1, r["lt_valid_o"] == 1
    return {"results": choose("", (drained & t, "both"), (drained, "drain"), (t, "lora_t"))}
