"""Which probe feeds which, operation by operation, and which modules lie between (SPEC chapters 2, 4)."""

from __future__ import annotations

from dataclasses import dataclass

from golden import program as p
from golden.program import Instr
from golden.schedule import Schedule

_SOURCES = {
    "bcast": {(p.S, p.SEND)},
    "rinv": {(p.S, p.SEND)},
    "acc": {(p.L, p.GEMV)},
    "lora_t": {(p.H, p.LORA_A)},
    "lora_b": {(p.H, p.LORA_B)},
    "drain": {(p.D, p.DRAIN)},
    "kv": {(p.S, p.SEND)},
    "score": {(p.H, p.SCORE), (p.H, p.EARLY)},
    "gmax": {(p.H, p.SCORE)},
    "prob": {(p.H, p.CONTEXT)},
    "red": {(p.H, p.REDUCE)},
    "inv": {(p.H, p.REDUCE)},
    "vmem": {(p.D, p.EMBED), (p.D, p.DRAIN)},
    "sample": {(p.D, p.SAMPLE)},
}
# Ties in the cycle of the first difference: what comes first in the flow leads.
ORDER = tuple("issue rinv bcast kv acc lora_t lora_b score gmax prob red inv drain vmem sample".split())


def drives(i: Instr, probe: str) -> bool:
    """Whether an instruction's beats appear on a probe."""
    if probe == "issue":
        return True
    if (i.engine, i.op) not in _SOURCES[probe]:
        return False
    if probe == "kv":
        return i.dest in (p.TO_K, p.TO_V)
    if probe == "rinv":
        return i.transform == p.NORM
    return probe != "vmem" or i.drain != p.ARGMAX


@dataclass(frozen=True)
class Stage:
    """The beats of one operation on one probe."""

    probe: str
    pc: int


def feeds(schedule: Schedule, issue: list[int], probe: str, pc: int, lora: bool) -> list[Stage]:
    """The nearest probes upstream of the beats of instruction ``pc`` on ``probe``."""
    program, i = schedule.program, schedule.program[pc]

    def last(wanted: str, **fields: int) -> list[Stage]:
        """The latest operation before (or at) pc that drives a probe, with these fields."""
        for k in range(pc, -1, -1):
            j = program[k]
            fits = all(getattr(j, n) == v for n, v in fields.items())
            if issue[k] >= 0 and fits and drives(j, wanted):
                return [Stage(wanted, k)]
        return []

    def written(addr: int, n: int) -> list[Stage]:
        """Who wrote these words of the vector memory last."""
        for k in range(pc - 1, -1, -1):
            j = program[k]
            if issue[k] >= 0 and drives(j, "vmem") and j.addr0 < addr + n and addr < j.addr0 + j.n0:
                return [Stage("vmem", k)]
        return []

    same = [Stage(probe, pc)]
    if probe == "bcast":
        if i.dest == p.TO_T:
            return last("lora_t")
        if i.transform == p.INV:
            return last("red") + last("inv")
        return written(i.addr0, i.n0) + (written(i.addr1, i.n0) if i.transform == p.SILU else [])
    if probe == "rinv":
        return written(i.addr0, i.n0)
    if probe in ("acc", "lora_t"):
        return last("bcast", dest=p.TO_X)
    if probe == "lora_b":
        return last("bcast", dest=p.TO_T)
    if probe == "drain":
        adapted = lora and i.drain != p.ARGMAX
        return last("acc", bank=i.bank) + (last("lora_b", bank=i.bank) if adapted else [])
    if probe == "kv":
        return [Stage("bcast", pc)]
    if probe == "score":
        return last("bcast", dest=p.TO_Q) + (last("kv", dest=p.TO_K) if p.scores(i) else [])
    if probe == "gmax":
        return [Stage("score", pc), *last("score", op=p.EARLY, layer=i.layer)]
    if probe == "prob":
        return last("score") + last("score", op=p.EARLY, layer=i.layer) + last("gmax")
    if probe == "red":
        return last("prob") + last("kv", dest=p.TO_V)
    if probe == "inv":
        return [Stage("red", pc)]
    if probe == "sample":
        return last("drain", drain=p.ARGMAX)
    if probe == "vmem" and i.op == p.DRAIN:
        out = [Stage("drain", pc)] + (last("rinv") if i.rinv else [])
        return out + (written(i.addr0, i.n0) if i.drain == p.RESIDUAL else [])
    return [] if probe in ("vmem", "issue") else same


_TRANSFORM = {
    p.NONE: (),
    p.NORM: ("rms_norm",),
    p.ROPE: ("rope",),
    p.INV: ("softmax_inv",),
    p.SILU: ("fp_sigmoid", "silu_mul"),
}
_BETWEEN = {
    "issue": ("host_port", "sequencer"),
    "rinv": ("rms_norm", "mesh", "rinv_unit", "fp_rsqrt"),
    "acc": ("l_engine", "mesh", "x_buffer", "fused_cell", "dequantiser", "accumulator"),
    "lora_t": ("h_engine", "mesh", "x_buffer", "adapter_loader", "h_sram", "h_dot", "h_unit"),
    "lora_b": ("h_engine", "mesh", "h_block_buffer", "adapter_loader", "h_sram", "h_dot", "h_unit"),
    "drain": ("drain_engine", "mesh", "accumulator", "h_unit", "drain"),
    "kv": ("mesh", "h_kv_append"),
    "score": ("h_engine", "mesh", "h_block_buffer", "h_sram", "h_dot", "h_score"),
    "gmax": ("h_score", "h_unit", "mesh"),
    "prob": ("h_engine", "mesh", "h_prob", "fp_exp"),
    "red": ("h_engine", "h_context", "h_unit", "mesh"),
    "inv": ("fp_recip", "softmax_inv"),
    "sample": ("drain_engine", "gumbel", "temperature", "argmax", "vector_drain", "sample_tree"),
}


def between(probe: str, i: Instr | None) -> tuple[str, ...]:
    """Modules between a probe and those that feed it, in the order of the data."""
    if probe in _BETWEEN or i is None:
        return _BETWEEN.get(probe, ())
    if probe == "bcast":
        head = ("send_engine", "vector_memory", "vector_unit")
        return (*head, *_TRANSFORM[i.transform], "vector_send", "mx_quant", "broadcast_tag")
    if i.op == p.EMBED:
        return ("drain_engine", "embedding", "vector_unit")
    return ("vector_unit", "residual", "vector_drain")
