"""Labels of the cover points of ``hdl/control``."""

from __future__ import annotations

import numpy as np

from verif.coverage.bins.classes import Bins, Labels, choose, names, only, register, steps
from verif.coverage.bins.matrix import OPERATIONS
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}
STATES = "idle prompt refuse resume run emit respond"
OPS = "new run select load sampling seed stop bad"
STATUSES = (
    "ok prompt_too_long context_full bad_token nothing_to_do no_adapter adapter_too_large adapter_bad "
    "bad_command adapter_in_use bad_value stopped stop_list_full bad_sequence"
)


def _issue(r: Records) -> Labels:
    """An engine's start: whose, and whether it follows the last step of a job, of which context."""
    same = r["before"] == r["ctx"]
    start = choose("rests", ((r["running"] == 1) & same, "same"), (r["running"] == 1, "other"))
    return {"context": r["ctx"].astype(str), "start": start}


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
    """Whose GEMV starts, and behind what."""
    return _issue(r)


@register(BINS, "h_engine")
def h_engine(r: Records) -> Labels:
    """Operations as they start."""
    slots, blocks, op = r["slots"], r["blocks"], r["op"]
    return {
        "operation": np.where(r["start_rest"] == 1, "rest", names(op, OPERATIONS + " early")),
        "slots": choose("more", (slots == 1, "one"), (slots == 2, "two")),
        "blocks": choose("more", (blocks == 1, "one"), (blocks == 2, "two")),
        "adapter_slot": only(op < 2, np.where(r["adapter"], "other", "first")),
        "sequence": only((op == 2) | (op == 3) | (op == 5), np.where(r["kv"], "other", "first")),
    } | _issue(r)


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
    sram = np.where(r["kv_busy_i"] == 1, "k_or_v", "free")
    ending = choose("", (last & complete, "complete"), (last, "early"), (complete, "late"))
    return {
        "state": names(state, states),
        "turns": _turns(r, states),
        "stream": choose("rests", (valid & ready, "moves"), (valid, "waits"), (ready, "starves")),
        "header": only(header, verdict[r["verdict"]]),
        "body": only(body, ending),
        "sram": only(valid & (state > 0), sram),
    }


@register(BINS, "sequence_run")
def sequence_run(r: Records) -> Labels:
    """A sequence's RUN, cycle by cycle."""
    flying = r["flying"]
    return {
        "state": names(r["state"], STATES),
        "turns": _turns(r, STATES),
        "flying": choose("several", (flying == 0, "none"), (flying == 1, "one")),
    }


@register(BINS, "sequence_run_commands")
def sequence_run_commands(r: Records) -> Labels:
    """Commands of a sequence as they are accepted."""
    arg, sel = r["arg_i"], r["selected_q"]
    new, run, select, sampling, seed = (r[f"{n}_i"] == 1 for n in "new run select sampling seed".split())
    prompt, wanted = arg & 0xFFFF, arg >> 16
    kind = choose(
        "", ((prompt > 0) & (wanted > 0), "prompt"), (prompt > 0, "prefill"), (wanted > 0, "resume")
    )
    swap = choose(
        "a>b",
        ((sel == 0) & (arg == 0), "none>none"),
        (sel == 0, "none>a"),
        (arg == 0, "a>none"),
        (sel == arg, "a>a"),
    )
    op = choose("", (new, "new"), (run, "run"), (select, "select"), (sampling, "sampling"), (seed, "seed"))
    return {
        "op": op,
        "run": only(run, kind),
        "swap": only(select, swap),
        "sampling": only(sampling, np.where(arg == 0, "greedy", "draws")),
        "pending": np.where(r["pending_q"], "yes", "no"),
    }


@register(BINS, "stop_list")
def stop_list(r: Records) -> Labels:
    """The list of stop tokens, cycle by cycle."""
    level = choose("partly", (r["full_o"] == 1, "full"), (r["level"] == 0, "empty"))
    return {"level": level, "stops": np.where(r["stops_o"], "yes", "no")}


@register(BINS, "host_port_streams")
def host_port_streams(r: Records) -> Labels:
    """The host port's streams, cycle by cycle."""

    def moves(valid: str, ready: str) -> np.ndarray:
        v, y = r[valid] == 1, r[ready] == 1
        return choose("", (v & y, "moves"), (v, "waits"))

    starves = (r["prompt_ready_o"] == 1) & (r["prompt_valid_i"] == 0)
    held_up = (r["prompt_valid_i"] == 1) & (r["wanted"] == 1)
    on, room = r["goes_on"], r["room_i"] == 1
    go = choose("waits", (room & (on & (on - 1) != 0), "first"), (room, "alone"))
    return {
        "command": moves("cmd_valid_i", "cmd_ready_o"),
        "prompt": choose(moves("prompt_valid_i", "prompt_ready_o"), (starves, "starves")),
        "held_up": choose("", (held_up & (on > 0), "goes_on"), (held_up & ~room, "no_room")),
        "go": only(on > 0, go),
        "token": moves("tok_valid_o", "tok_ready_i"),
        "response": moves("rsp_valid_o", "rsp_ready_i"),
    }


@register(BINS, "host_port_commands")
def host_port_commands(r: Records) -> Labels:
    """Commands as they are taken."""
    op, arg, ok = r["op"], r["arg"], r["verdict"] == 0
    own, load = r["own"] == 1, r["load_open_q"] == 1
    others = r["open"] > 0
    full = r["full"] >> np.minimum(arg, 31) & 1
    in_use = np.where(r["load_in_use_o"] == 1, "used", "free")
    starts = choose("", (op == 2, "select"), (op == 3, "load"))
    stop = choose("adds", (arg == 0xFFFFFFFF, "clears"), (r["listed"] == 1, "again"))
    beside = choose("alone", (own & load, "own+load"), (own, "own"), (load, "load"), (others, "others"))
    return {
        "op": names(op, OPS),
        "load": only((op == 3) & ~others, np.where(full == 1, "full", "empty")),
        "in_use": only((op == 3) & others, in_use),
        "starts": only(r["starts"] == 1, starts),
        "stop": only((op == 6) & ok, stop),
        "beside": beside,
    }


@register(BINS, "host_port_responses")
def host_port_responses(r: Records) -> Labels:
    """Responses as they are taken."""
    other, load, runs = r["other_q"] == 1, r["load_answer_q"] == 1, r["runs"]
    run = runs > 0
    meet = choose(
        "one",
        (other & load & run, "all"),
        (other & load, "other+load"),
        (other & run, "other+run"),
        (load & run, "load+run"),
        (runs & (runs - 1) != 0, "runs"),
    )
    return {
        "answered": names(r["op"], OPS),
        "status": names(r["rsp_status_o"], STATUSES),
        "meet": meet,
        "held": np.where(r["rsp_held_q"], "yes", "no"),
    }
