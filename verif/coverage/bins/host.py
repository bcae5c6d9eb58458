"""Labels of the cover points of ``hdl/host``."""

from __future__ import annotations

import numpy as np

from golden.host import CMD_LOAD, CMD_RUN
from verif.coverage.bins.classes import Bins, Labels, choose, names, only, register
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}
OPS = "new run select load sampling seed stop"
WRITE_ERRORS = "- - - - no_load window order beyond burst strobe last"


@register(BINS, "host_commands")
def host_commands(r: Records) -> Labels:
    """A command from its write to its response."""
    write, taken, answered = (r[n] == 1 for n in ("write_i", "taken_o", "answered_i"))
    run, load = r["runs"] > 0, r["loading_q"] == 1
    is_load = taken & (r["op_o"] == CMD_LOAD)
    beside = choose("none", (run & load, "run+load"), (run, "run"), (load, "load"))
    first = choose(
        "", (r["answered_op_i"] == CMD_RUN, "run_first"), (r["answered_op_i"] == CMD_LOAD, "load_first")
    )
    return {
        "written": only(write, np.where(r["busy_error_o"], "busy", "taken")),
        "length": choose("", (r["length_error_o"] == 1, "bad"), (is_load, "good")),
        "taken": only(taken, names(r["op_o"], OPS)),
        "beside": only(taken, beside),
        "order": only(answered & run & load, first),
    }


@register(BINS, "image_write")
def image_write(r: Records) -> Labels:
    """W beats as they wait and go."""
    ready = r["ready"] == 1
    wrong = (r["bad_q"] == 1) | (r["verdict"] != 0)
    taken, count = ready & ~wrong, r["count"]
    beat = choose("taken", (r["waits"] == 1, "waits_load"), (~ready, "waits_packer"), (wrong, "dropped"))
    bytes_ = choose("some", (count == 0, "none"), (count == r.keeps["BUS"], "all"), (count == 1, "one"))
    whole = 1 << r["size_q"].astype(np.int64) == r.keeps["BUS"]
    return {
        "beat": beat,
        "kind": only(taken, np.where(r["fixed_q"], "fixed", "incr")),
        "size": only(taken, np.where(whole, "whole", "narrow")),
        "bytes": only(taken, bytes_),
    }


@register(BINS, "image_write_errors")
def image_write_errors(r: Records) -> Labels:
    """Errors of writes."""
    return {"error": names(r["error_o"], WRITE_ERRORS)}


@register(BINS, "image_packer")
def image_packer(r: Records) -> Labels:
    """Beats for the loader."""
    beat = choose(
        "waits", ((r["img_ready_i"] == 1) & (r["img_last_o"] == 1), "last"), (r["img_ready_i"] == 1, "middle")
    )
    return {"beat": beat, "over": np.where(r["fill"] == r.keeps["BEAT"], "exact", "over")}


@register(BINS, "token_out")
def token_out(r: Records) -> Labels:
    """Tokens from the chip to the stream."""
    move, out, held = r["move"] == 1, r["out_valid_q"] == 1, r["held"]
    shown = choose("count", (r["response"] == 1, "response"), (r["last"] == 0, "next"))
    return {
        "shown": only(move, shown),
        "held": choose("several", (held == 0, "none"), (held & (held - 1) == 0, "one")),
        "stream": only(out, np.where(r["m_axis_tready"], "goes", "waits")),
        "end": only(out, np.where(r["out_last_q"], "last", "middle")),
        "full": only((r["tok_valid_i"] == 1) & (r["tok_ready_o"] == 0), np.full(out.shape, "holds_up")),
    }


@register(BINS, "host_errors")
def host_errors(r: Records) -> Labels:
    """Errors and clears; of several sources in one cycle the lowest."""
    valid, clear = r["valid_i"], r["clear_i"] == 1
    source = choose(
        "",
        *((valid >> i & 1 == 1, name) for i, name in enumerate("command pop length write read dest".split())),
    )
    kept = choose("", (clear, "cleared"), (r["code"] == 0, "first"), (valid != 0, "later"))
    return {"source": source, "kept": kept}


@register(BINS, "axi_host")
def axi_host(r: Records) -> Labels:
    """Interrupt, reset and back-pressure, cycle by cycle."""
    valid = r["rsp_valid_i"] == 1
    return {
        "interrupt": np.where(r["irq_o"], "high", "low"),
        "soft_reset": np.where(r["soft"], "resetting", "running"),
        "response": only(valid, np.where(r["rsp_ready_o"], "enters", "waits")),
    }


@register(BINS, "host_fifo")
def host_fifo(r: Records) -> Labels:
    """Fill levels and flushes."""
    level, depth = r["level"], r.keeps["DEPTH"]
    fill = choose("partly", (level == 0, "empty"), (level == depth, "full"))
    return {"level": fill, "flush": only(r["flush_i"] == 1, np.where(level == 0, "empty", "filled"))}


@register(BINS, "image_beat")
def image_beat(r: Records) -> Labels:
    """What a beat meets."""
    image = choose("closed", (r["open_i"] == 1, "open"), (r["was_open_i"] == 1, "complete"))
    step = 1 << r["size_i"].astype(np.int64)
    return {"image": image, "start": np.where(r["low"] % step == 0, "aligned", "unaligned")}


@register(BINS, "image_read")
def image_read(r: Records) -> Labels:
    """Beats of reads."""
    return {"beat": np.where(r["last"], "last", "middle")}


@register(BINS, "roma_chip")
def roma_chip(r: Records) -> Labels:
    """Interrupt and commands of the whole chip."""
    return {
        "interrupt": np.where(r["irq_o"], "high", "low"),
        "command": only(r["cmd"] == 1, names(r["op"], OPS)),
    }
