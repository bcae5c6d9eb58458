"""Labels of the cover points of ``hdl/control``."""

from __future__ import annotations

import numpy as np

from verif.coverage.bins.classes import Bins, Labels, choose, names, only, register, steps
from verif.coverage.bins.matrix import OPERATIONS
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}
ENGINES = "v l h end"
STATES = "idle prompt refuse resume run emit respond"
OPS = "new run select load sampling seed stop bad"
STATUSES = (
    "ok prompt_too_long context_full bad_token nothing_to_do no_adapter adapter_too_large adapter_bad "
    "bad_command adapter_in_use bad_value stopped stop_list_full"
)


@register(BINS, "sequencer")
def sequencer(r: Records) -> Labels:
    """Operations as they are issued."""
    engine, waits, idle = r["engine"], r["wait_for"], r["idle_i"]
    sets = np.array(["none", "v", "l", "v+l", "h", "v+h", "l+h", "v+l+h"])
    alone = np.array(["none", "v", "l", "", "h", "", "", "", "n"] + [""] * 7)[waits]
    several = (waits & (waits - 1)) != 0
    return {
        "engine": names(engine, ENGINES),
        "turns": steps(engine, ENGINES.split()),
        "busy": sets[~idle & 7],
        "waits_for": np.where(several, "several", alone),
        "token": np.where(r["adapter_on_i"], "adapter", "base"),
        "sampled": np.where(r["sample"], "yes", "no"),
    }


@register(BINS, "sequencer_issue")
def sequencer_issue(r: Records) -> Labels:
    """Why the operation in the register goes or stays, cycle by cycle."""
    skip, ready, waited = (r[n] == 1 for n in ("skip", "ready", "waited"))
    issue = choose(
        "issues",
        (skip & (r["if_head"] == 0), "skips_lora"),
        (skip & (r["if_lora"] == 0), "skips_head"),
        (skip, ""),
        (~ready & ~waited, "busy+waits"),
        (~ready, "busy"),
        (~waited, "waits"),
    )
    return {"issue": issue, "aims": names(r["engine"], ENGINES)}


@register(BINS, "sequencer_position")
def sequencer_position(r: Records) -> Labels:
    """What moves the position."""
    put, value = r["pos_set_i"] == 1, r["value"]
    kind = choose(
        "counts",
        (put & (value == 0), "new"),
        (put, "undone"),
        ((r["member"] == 0) & (r["pos"] > 0), "next_slot"),
    )
    return {"position": kind}


@register(BINS, "l_engine")
def l_engine(r: Records) -> Labels:
    """Steps of the GEMV's loops; a loop is longer than one unless its first step is its last."""
    first, last = r["first_pass"] == 1, r["last_pass"] == 1
    passes = choose("", (first & last, "one"), (first, "more"))
    slot, chunk = r["slot"], r["chunk"]
    starts = first & (slot == 0) & (chunk == 0)
    slots = np.where(r["last_slot"] == 1, "one", "more")
    chunks = np.where(r["last_chunk"] == 1, "one", "more")
    return {
        "passes": only(starts, passes),
        "slots": only(starts, slots),
        "chunks": only(starts, chunks),
        "group": np.where(r["group_ends"], "ends", "goes_on"),
        "bank": r["bank"].astype(str),
    }


@register(BINS, "l_engine_start")
def l_engine_start(r: Records) -> Labels:
    """When a GEMV starts."""
    return {"start": np.where(r["idle_o"], "idle", "flushing")}


@register(BINS, "h_engine")
def h_engine(r: Records) -> Labels:
    """Operations as they start."""
    slots, blocks, op = r["slots"], r["blocks"], r["op"]
    return {
        "operation": names(op, OPERATIONS),
        "slots": choose("more", (slots == 1, "one"), (slots == 2, "two")),
        "blocks": choose("more", (blocks == 1, "one"), (blocks == 2, "two")),
        "adapter_slot": only(op < 2, np.where(r["adapter"], "other", "first")),
    }


def _turns(r: Records, labels: str) -> np.ndarray:
    """Transitions of a state register that is recorded every cycle."""
    return steps(r["state"], labels.split(), r.streams)


@register(BINS, "adapter_loader")
def adapter_loader(r: Records) -> Labels:
    """The loader, cycle by cycle."""
    states = "idle header body drop"
    state, valid, ready, last = r["state"], r["img_valid_i"] == 1, r["img_ready_o"] == 1, r["img_last_i"] == 1
    beat, complete = r["beat"] == 1, r["complete"] == 1
    verdict = np.array(["ok", *[""] * 4, "no_adapter", "too_large", "bad", "", "in_use", *[""] * 6])
    header, body = beat & (state == 1), beat & (state == 2)
    h, k_or_v = r["h_idle_i"] == 0, (r["v_idle_i"] == 0) & (r["append_q"] == 1)
    sram = choose("free", (h & k_or_v, "h+k_or_v"), (h, "h"), (k_or_v, "k_or_v"))
    ending = choose("", (last & complete, "complete"), (last, "early"), (complete, "late"))
    return {
        "state": names(state, states),
        "turns": _turns(r, states),
        "stream": choose("rests", (valid & ready, "moves"), (valid, "waits"), (ready, "starves")),
        "header": only(header, verdict[r["verdict"]]),
        "body": only(body, ending),
        "sram": only(valid & (state > 0), sram),
    }


@register(BINS, "host_port_states")
def host_port_states(r: Records) -> Labels:
    """The host port, cycle by cycle."""

    def moves(valid: str, ready: str) -> np.ndarray:
        v, y = r[valid] == 1, r[ready] == 1
        return choose("", (v & y, "moves"), (v, "waits"))

    starves = (r["prompt_ready_o"] == 1) & (r["prompt_valid_i"] == 0)
    return {
        "state": names(r["state"], STATES),
        "turns": _turns(r, STATES),
        "command": moves("cmd_valid_i", "cmd_ready_o"),
        "prompt": choose(moves("prompt_valid_i", "prompt_ready_o"), (starves, "starves")),
        "token": moves("tok_valid_o", "tok_ready_i"),
        "response": moves("rsp_valid_o", "rsp_ready_i"),
    }


@register(BINS, "host_port_commands")
def host_port_commands(r: Records) -> Labels:
    """Commands as they are taken."""
    op, arg, sel, word = r["op"], r["arg"], r["selected"], names(r["op"], OPS)
    running, loading, ok = r["running"] == 1, r["load_open_q"] == 1, r["verdict"] == 0
    prompt, new = arg & 0xFFFF, arg >> 16
    run = choose("", ((prompt > 0) & (new > 0), "prompt"), (prompt > 0, "prefill"), (new > 0, "resume"))
    swap = choose(
        "a>b",
        ((sel == 0) & (arg == 0), "none>none"),
        (sel == 0, "none>a"),
        (arg == 0, "a>none"),
        (sel == arg, "a>a"),
    )
    full = r["full"] >> np.minimum(arg, 31) & 1
    selected = sel == arg + 1
    load = choose("empty", (selected, "selected"), (full == 1, "full"))
    in_use = choose("free", (selected, "selected"), (r["load_in_use_o"] == 1, "token"))
    starts = choose("", (op == 2, "select"), (op == 3, "load"))
    stop = choose("adds", (arg == 0xFFFFFFFF, "clears"), (r["listed"] == 1, "again"))
    beside = choose("alone", (running & loading, "run+load"), (running, "run"), (loading, "load"))
    return {
        "op": word,
        "run": only(op == 1, run),
        "swap": only((op == 2) & ok, swap),
        "load": only((op == 3) & ~running, load),
        "in_use": only((op == 3) & running, in_use),
        "starts": only(r["starts"] == 1, starts),
        "stop": only((op == 6) & ok, stop),
        "sampling": only((op == 4) & ok, np.where(arg == 0, "greedy", "draws")),
        "pending": np.where(r["pending"], "yes", "no"),
        "beside": beside,
    }


@register(BINS, "host_port_responses")
def host_port_responses(r: Records) -> Labels:
    """Responses as they are taken."""
    other, load, run = (r[n] == 1 for n in ("other_q", "load_answer_q", "run_answer"))
    meet = choose(
        "one",
        (other & load & run, "all"),
        (other & load, "other+load"),
        (other & run, "other+run"),
        (load & run, "load+run"),
    )
    return {
        "answered": names(r["op"], OPS),
        "status": names(r["rsp_status_o"], STATUSES),
        "meet": meet,
        "held": np.where(r["held_q"], "yes", "no"),
    }
