"""Ports of the vector row: engines, vector memories, transforms, quantiser, drain, sampler."""

from __future__ import annotations

import numpy as np

from golden import program as p
from golden.engines import embed_steps, send_steps
from golden.formats import fp32_accumulate, fp32_add, fp32_mul, fp32_sum_tree
from golden.latency import MXQ_LATENCY, RSQRT_LATENCY, SIGMOID_LATENCY, TRANSFORM_LATENCY
from golden.probes import BROADCAST_TAGS
from golden.rms_norm import rms_norm
from golden.rope import rope
from golden.silu_mul import silu_mul
from golden.transcendental import sigmoid
from verif.debug.taps import Array, Place, Tap, patterns, steps
from verif.debug.taps_l import bundle


def _floats(words: Array) -> Array:
    return np.ascontiguousarray(words, np.uint32).view(np.float32)


def _norm_weights(at: Place) -> Array:
    """Norm weights of the column as the SEND reads them: float32 [words, R]."""
    norms = at.case.chip.model.weights.norms
    k = at.i.addr1 // at.g.words(at.g.hidden)
    return norms[k].reshape(at.C, -1, at.R)[at.c]


def send(at: Place) -> list[Tap]:
    """From the S engine to the broadcast."""
    i, n, case = at.i, at.i.n0, at.case
    address = steps(at, 1, n)
    control = bundle("send_engine", "u_row.u_send_engine", "step_o", "", address, send_steps(i))
    control.ports["job_o.ctx"] = np.full(n, at.ctx)
    x = np.where(np.arange(n)[:, None] < i.n2, at.words(i.addr0, n, at.t0 + 1), 0)
    scope, tx = f"{at.column}.u_send", TRANSFORM_LATENCY[i.transform]
    taps = [
        control,
        Tap(
            "vector_memory",
            f"{scope}",
            address + 1,
            {"x_i": x},
            means="the vector memory gave another word than the one that was written there",
        ),
    ]
    taps += _transform(at, scope, address + 1, x)
    want = case.beats("bcast", at.pc)
    leaves = want[:, 0].astype(np.int64)
    first = 1 + len(BROADCAST_TAGS)
    lanes = np.ascontiguousarray(want[:, first + at.C :]).view(np.uint8)[:, : at.C * at.R]
    lanes = lanes.reshape(len(want), at.C, at.R)[:, at.c]
    tags = {f"{name}_o": want[:, 1 + k] for k, name in enumerate(BROADCAST_TAGS)}
    assert MXQ_LATENCY + tx + i.n1 == leaves[0] - at.t0 - 1
    return [
        *taps,
        Tap(
            "mx_quant",
            f"{scope}.u_quant",
            leaves,
            {"data_o": lanes, "exp_o": want[:, first + at.c] & 0xFF},
            "valid_o",
        ),
        Tap("broadcast_tag", "u_row.u_tag", leaves, tags),
    ]


def _transform(at: Place, scope: str, word: Array, x: Array) -> list[Tap]:
    """What stands between the vector memory and the quantiser; ``word``: cycles of the words."""
    i, f = at.i, _floats(x)
    if i.transform == p.NORM:
        y = rms_norm(f, _norm_weights(at))
        return [Tap("rms_norm", f"{scope}.u_rms_norm", word + 1, {"y_o": patterns(y)}, "y_valid_o")]
    if i.transform == p.ROPE:
        model = at.case.chip.model
        head = at.g.head_dim
        width = len(x) * at.R
        at_element = (at.c * width + np.arange(width)) % head
        pair = at_element[::2] // 2
        y = rope(f.reshape(1, -1), model._cos[at.pos][pair], model._sin[at.pos][pair])
        trig = np.stack([model._cos[at.pos][pair], model._sin[at.pos][pair]], axis=-1)
        return [
            Tap(
                "rom",
                f"{scope}.u_rope",
                word,
                {"trig_i": patterns(trig.reshape(len(x), -1, 2))},
                means="content or address of the RoPE ROM",
            ),
            Tap("rope", f"{scope}.u_rope", word + 2, {"y_o": patterns(y.reshape(len(x), -1))}, "valid_o"),
        ]
    if i.transform == p.INV:
        inv = at.case.beats("inv", _reduce(at))[:1, 2:].reshape(at.C, -1)[at.c]
        group = at.c % at.g.cpk * len(x) * at.R + np.arange(len(x) * at.R)
        y = fp32_mul(f.reshape(-1), _floats(inv)[group // at.g.head_dim])
        out = {"y_o": patterns(y.reshape(len(x), -1))}
        return [Tap("softmax_inv", f"{scope}.u_softmax_inv", word + 1, out, "valid_o")]
    if i.transform == p.SILU:
        u = _floats(at.words(i.addr1, i.n0, at.t0 + 1))
        inner = f"{scope}.u_silu_mul"
        out = {"y_o": patterns(silu_mul(f, u))}
        return [
            Tap("vector_memory", inner, word, {"u_i": patterns(u)}, means="the second operand, up"),
            Tap(
                "fp_sigmoid",
                f"{inner}.u_sigmoid",
                word + SIGMOID_LATENCY,
                {"data_o": patterns(sigmoid(f))},
                "valid_o",
            ),
            Tap("silu_mul", inner, word + SIGMOID_LATENCY + 2, out, "valid_o"),
        ]
    return []


def _reduce(at: Place) -> int:
    program = at.case.schedule.program
    return next(k for k in range(at.pc, -1, -1) if program[k].engine == p.H and program[k].op == p.REDUCE)


def rinv(at: Place) -> list[Tap]:
    """Sum of squares of the column, over the columns, 1/sqrt."""
    i, case = at.i, at.case
    by_column = []
    for c in range(at.C):
        at.c = c
        by_column.append(_floats(at.words(i.addr0, i.n0, at.t0 + 1)))
    at.c = case.unit[0]
    x = np.stack(by_column)
    lanes = fp32_accumulate(fp32_mul(x, x), axis=1)
    columns = fp32_sum_tree(lanes, axis=1)
    total = fp32_sum_tree(columns, axis=0)
    mean = fp32_mul(np.reshape(total, 1), case.chip.model._inv_hidden)
    eps = fp32_add(mean, case.chip.model._eps)
    ss = np.array([at.t0 + i.n0 + 3 + at.lr])
    done = ss + at.hops + at.lc
    want = case.beats("rinv", at.pc)
    unit = "u_row.u_rinv"
    return [
        Tap("rms_norm", "u_row", ss, {"ss_o": patterns(columns)[None]}),
        Tap("mesh", "u_mesh", done, {"ss_total_o": patterns(np.reshape(total, 1))}, "ss_total_valid_o"),
        Tap("rinv_unit", unit, done + 2, {"sum_q": patterns(eps)}),
        Tap("fp_rsqrt", f"{unit}.u_rsqrt", done + 2 + RSQRT_LATENCY, {"data_o": want[:, 2:]}, "valid_o"),
        Tap(
            "rinv_unit",
            unit,
            want[:, 0].astype(np.int64),
            {"write_data_o": want[:, 2], "write_ctx_o": want[:, 1]},
            "write_valid_o",
        ),
    ]


def vmem(at: Place) -> list[Tap]:
    """What comes to the vector memory's write port, by operation."""
    i, case = at.i, at.case
    want = case.beats("vmem", at.pc)
    want = want[want[:, 1] == at.c]
    cycle, data = want[:, 0].astype(np.int64), want[:, 4:]
    ports = {"pr_vmem_addr": want[:, 3], "pr_vmem_data": data, "drain_job_i.ctx": want[:, 2]}
    write = Tap("vector_unit", at.column, cycle, ports, "pr_vmem_valid")
    if i.op == p.EMBED:
        loop = embed_steps(i, case.step.token, at.g.words(at.g.hidden))
        control = bundle("drain_engine", "u_row.u_drain_engine", "embed_o", "", steps(at, 1, i.n0), loop)
        embedding = Tap("embedding", f"{at.column}.u_embedding", cycle, {"data_o": data}, "valid_o")
        return [control, embedding, write]
    drained = case.beats("drain", at.pc)
    arrival = drained[:, 0].astype(np.int64)
    y = drained[:, 2:].reshape(len(drained), at.C, at.R)[:, at.c]
    scope = f"{at.column}.u_drain"
    taps = [Tap("mesh", scope, arrival, {"data_i": y}, "valid_i")]
    if i.rinv:
        rinv_words = case.want["rinv"]
        value = rinv_words[rinv_words[:, 0] < arrival[0]][-1, 2]
        taps.append(Tap("rinv_unit", scope, arrival, {"rinv_i": np.full(len(arrival), value)}))
    if i.drain == p.RESIDUAL:
        x = at.words(i.addr0, i.n0, int(arrival[0]))
        taps.append(
            Tap(
                "vector_unit",
                scope,
                arrival + 1,
                {"x_i": x},
                means="the residual is not the word at the address of its result",
            )
        )
    taps.append(Tap("residual", f"{scope}.u_residual", arrival + 2, {"data_o": data}, "valid_o"))
    return [*taps, Tap("vector_drain", scope, arrival + 2, {"addr_o": want[:, 3]}, "valid_o"), write]


def sample(at: Place) -> list[Tap]:
    """The columns' best rows and their tree."""
    want = at.case.beats("sample", at.pc)
    cycle = want[:, 0].astype(np.int64)
    g, vocab = at.g, at.g.model.vocab_size
    padded = np.full(g.vocab, -np.inf, np.float32)
    padded[:vocab] = at.case.step.values[-1, "sample"]["value"][:vocab]
    rows = padded.reshape(at.C, -1).argmax(axis=1) + np.arange(at.C) * (g.vocab // at.C)
    taps = []
    for c in range(at.C):
        if np.isfinite(padded.reshape(at.C, -1)[c]).any():
            best = {"best_o.row": rows[c : c + 1], "best_o.value": patterns(padded[rows[c] : rows[c] + 1])}
            scope = f"u_row.gen_col[{c}].u_vector_unit.u_drain.u_argmax"
            taps.append(Tap("argmax", scope, np.array([at.t0]), best))
    return [*taps, Tap("sample_tree", "u_row.u_sample", cycle, {"token_o": want[:, 2]}, "token_valid_o")]


def issue(at: Place) -> list[Tap]:
    """The sequencer alone decides; what its engines say is its input."""
    case = at.case
    want = case.want["issue"]
    cycles = np.arange(case.step.start, max(case.first.cycle, case.first.due) + 1)
    valid = np.zeros(len(cycles), np.int64)  # a bit a context
    for one in (case.step, *case.others):
        valid |= np.isin(cycles, one.issue).astype(np.int64) << one.flight.ctx
    pc = "pr_issue_pc" + f".[{at.ctx}]" * (at.g.chip.tokens > 1)
    return [
        Tap("sequencer", "u_sequencer", cycles, {"pr_issue_valid": valid}),
        Tap("sequencer", "u_sequencer", want[:, 0].astype(np.int64), {pc: want[:, 2]}),
    ]


TAPS = {"bcast": send, "rinv": rinv, "vmem": vmem, "sample": sample, "issue": issue}
