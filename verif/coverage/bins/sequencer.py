"""Labels of the cover points of the sequencer."""

from __future__ import annotations

import numpy as np

from verif.coverage.bins.classes import Bins, Labels, choose, names, only, register
from verif.coverage.records import Records

BINS: dict[str, Bins] = {}
ENGINES = "s d l h end"


@register(BINS, "sequencer")
def sequencer(r: Records) -> Labels:
    """Operations as they are issued, and who else wanted the engine."""
    tokens, engines = r.keeps["TOKENS"], len(ENGINES.split())
    grant = r.fields("grant", engines)  # [records, contexts], a bit an engine
    request, older = r.fields("request", engines), r.fields("older_q", tokens)
    issuing = grant != 0
    bit = np.log2(np.maximum(grant, 1)).astype(np.int64)
    record, winner = np.nonzero(issuing)
    engine = bit[record, winner]
    rival = request[record] >> engine[:, None] & 1  # [grants, contexts]
    rival[np.arange(len(winner)), winner] = 0
    # older_q[j] has bit k if j started before k.
    before = older[record] >> winner[:, None] & 1
    won = choose("older", (rival.sum(axis=1) == 0, "alone"), ((rival & before).any(axis=1), "urgent"))
    return {
        "engine": names(engine, ENGINES),
        "context": winner.astype(str),
        "together": names(np.minimum(issuing.sum(axis=1), 3) - 1, "one two more"),
        "won": won,
        "wanted": names(engine, ENGINES),
    }


@register(BINS, "sequencer_issue")
def sequencer_issue(r: Records) -> Labels:
    """Why the operation of context 0 goes or stays, cycle by cycle."""
    skip, waited, held, issue, ready = (r[n] == 1 for n in ("skip", "waited", "held", "issue", "ready"))
    why = choose(
        "loses",
        (skip & (r["early"] == 1), "skips_early"),
        (skip & (r["if_head"] == 0), "skips_lora"),
        (skip & (r["if_lora"] == 0), "skips_head"),
        (skip, ""),
        (issue, "issues"),
        (~waited, "waits"),
        (held, "held"),
        (~ready & (r["engine"] < 4), "busy"),
    )
    high = np.stack([r[n] == 0 for n in "sdlh"], axis=1)
    count = high.sum(axis=1)
    first = np.where(count == 0, "n", np.array(list("sdlh"))[high.argmax(axis=1)])
    waits = np.where(waited | skip, "", np.where(count > 1, "several", first))
    locked = choose(
        "kv", (r["engine"] == 0, "rinv"), (r["engine"] == 1, "head"), (r["attention_q"] == 1, "attention")
    )
    return {
        "issue": why,
        "aims": names(r["engine"], ENGINES),
        "waits_for": waits,
        "early": only(
            r["early"] == 1,
            choose(
                "waits",
                (r["first_slot"] == 1, "slot_0"),
                (r["beside"] == 1, "beside"),
                (issue, "issues"),
            ),
        ),
        "score": only(issue & (r["score"] == 1), np.where(r["scored"] == 1, "rest", "whole")),
        "held_by": np.where(why == "held", locked, ""),
        "token": np.where(r["adapter_on"] == 1, "adapter", "base"),
        "sampled": np.where(r["sample"] == 1, "yes", "no"),
    }


@register(BINS, "sequencer_start")
def sequencer_start(r: Records) -> Labels:
    """Where tokens go."""
    taken = np.log2(np.maximum(r["start_here"], 1)).astype(np.int64)
    return {
        "taken": taken.astype(str),
        "behind_end": np.where(r["done_valid_o"] == 1, "at_once", "later"),
    }
