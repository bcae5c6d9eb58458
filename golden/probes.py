"""The probe records: what the tracer writes and the schedule predicts, one beat a row.

A record is a row of little-endian 32-bit words: cycle, tags, data. Floats stand as bit patterns.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from golden.geometry import Geometry


@dataclass(frozen=True)
class Probe:
    """One probe: its tags and the shape of its data (in 32-bit words)."""

    name: str
    stage: str  # what a person calls it
    tags: tuple[str, ...]
    shape: tuple[int, ...]
    kind: str = "fp32"  # how a data word is shown: fp32, bf16, hex, int8

    @property
    def width(self) -> int:
        """Words of a record."""
        return 1 + len(self.tags) + (prod(self.shape) if self.shape else 0)


BROADCAST_TAGS = ("ctx", "dest", "blk", "word", "addr", "member")


def probes(g: Geometry) -> dict[str, Probe]:
    """All probes of a chip by name, in the order in which data flows through a layer."""
    c, r, nq = g.chip.columns, g.chip.rows, g.model.q_per_kv
    table = (
        Probe("issue", "sequencer issue", ("ctx", "pc"), ()),
        Probe(
            "bcast", "broadcast", ("ctx", "dest", "blk", "word", "addr", "member"), (bcast_words(g),), "hex"
        ),
        Probe("rinv", "RMSNorm 1/rms", ("ctx",), (1,)),
        Probe("acc", "GEMV accumulator", ("ctx", "bank", "slot", "chunk"), (c, r)),
        Probe("lora_t", "LoRA A x", ("ctx", "slot"), (r,)),
        Probe("lora_b", "LoRA B t", ("ctx", "slot"), (c, r)),
        Probe("drain", "gather", ("slot",), (c, r)),
        Probe("kv", "KV cache append", ("unit", "addr"), (g.chip.h_block // 4 + 1,), "int8"),
        Probe("score", "attention score", ("slot",), (c, r, nq)),
        Probe("gmax", "score maximum", (), (c, nq)),
        Probe("prob", "softmax numerator", ("slot",), (c, r, nq), "bf16"),
        Probe("red", "context reduce", ("ctx", "kind", "slot"), (c, r)),
        Probe("inv", "softmax 1/sum", ("ctx",), (c, nq)),
        Probe("vmem", "vector memory write", ("column", "ctx", "addr"), (r,)),
        Probe("sample", "sampled token", ("ctx",), (1,), "hex"),
    )
    return {x.name: x for x in table}


def bcast_words(g: Geometry) -> int:
    """Data words of a broadcast record: C times {sum, exponent}, then C*R mantissa bytes."""
    return g.chip.columns + -(-g.chip.columns * g.chip.rows // 4)


# Host handshakes with their sequences: stimuli of the prediction (cmd, prompt), its results (rsp, tok).
HOST_WIDTH = {"cmd": 4, "prompt": 3, "rsp": 5, "tok": 3}
