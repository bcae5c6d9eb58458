"""Which value appears on which probe in which cycle: values of the model, cycles of the timing.

``Schedule.beats`` turns an operation of a traced step of ``golden.model`` into the probe records of
``golden.probes``. Every rule is one line of SPEC chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from golden import program as p
from golden.geometry import Geometry
from golden.latency import EXP_LATENCY, MXQ_LATENCY, RECIP_LATENCY, TRANSFORM_LATENCY
from golden.probes import bcast_words, probes
from golden.timing import Timing

Words = np.ndarray  # uint32
Values = dict[tuple[int, str], dict[str, Any]]


def bits(x: np.ndarray) -> Words:
    """float32 as bit patterns, integers as two's complement words."""
    x = np.asarray(x)
    return x.view(np.uint32) if x.dtype == np.float32 else x.astype(np.int64).astype(np.uint32)


class TokenTrace:
    """A ``trace=`` hook for ``golden.model`` that keeps the values of one token."""

    def __init__(self) -> None:
        self.values: Values = {}

    def emit(self, name: str, layer: int, **arrays: Any) -> None:
        """Keep what the model says; called by the model."""
        self.values[layer, name] = arrays


@dataclass(frozen=True)
class Owner:
    """Whose operation it is: context, sequence, position, drawn or greedy, the values of the model's step.

    ``scored``: H.EARLY has scored the position slots before the token's own.
    """

    ctx: int
    seq: int
    pos: int
    draw: bool
    values: Values
    scored: bool = False


class Schedule:
    """Predicts the beats of operations whose issue cycles are known."""

    def __init__(self, geometry: Geometry) -> None:
        self.g = geometry
        self.program = p.build(geometry)
        self.timing = Timing(geometry)
        self.probes = probes(geometry)
        self._of_op = {
            (p.D, p.EMBED): self._embed,
            (p.D, p.DRAIN): self._drain,
            (p.D, p.SAMPLE): self._sample,
            (p.S, p.SEND): self._send,
            (p.L, p.GEMV): self._gemv,
            (p.H, p.LORA_A): self._lora_a,
            (p.H, p.LORA_B): self._lora_b,
            (p.H, p.SCORE): self._score,
            (p.H, p.EARLY): self._score,
            (p.H, p.CONTEXT): self._context,
            (p.H, p.REDUCE): self._reduce,
        }
        self._first = first_slots(self.program)

    def beats(self, owner: Owner, index: int, t0: int) -> dict[str, Words]:
        """Records of one operation by probe.

        Parameters
        ----------
        owner
            The token's.
        index
            Of the operation in the programme.
        t0
            Cycle in which it issues.
        """
        self.ctx, self.pos, self.draw, self.values = owner.ctx, owner.pos, owner.draw, owner.values
        self.scored = owner.scored
        self.index, self.kv_base = index, owner.seq * self.g.sequence_words
        self.out: dict[str, list[Words]] = {}
        self._add("issue", np.array([t0]), self.ctx, index + 1)
        i = self.program[index]
        if i.engine != p.END:
            self._of_op[i.engine, i.op](i, t0)
        return {n: r[0] if len(r) == 1 else np.concatenate(r) for n, r in self.out.items()}

    # -- helpers ---------------------------------------------------------------------------------
    def _add(self, probe: str, cycles: Words, *columns: Any) -> None:
        """Append records: one row per cycle, scalar or per-row tags and data behind it."""
        n = len(cycles)
        record = np.empty((n, self.probes[probe].width), np.uint32)
        record[:, 0] = cycles
        at = 1
        for column in columns:
            a = bits(column)
            a = a.reshape(n, -1) if a.ndim else a
            width = a.shape[1] if a.ndim else 1
            record[:, at : at + width] = a
            at += width
        assert at == record.shape[1], (probe, at, record.shape)
        self.out.setdefault(probe, []).append(record)

    def _of(self, i: p.Instr, name: str) -> dict[str, Any]:
        return self.values[i.layer, name]

    def _rows(self, y: np.ndarray) -> np.ndarray:
        """Results of the rows of a matrix as [slots, C, R]."""
        c, r = self.g.chip.columns, self.g.chip.rows
        return y.reshape(c, -1, r).transpose(1, 0, 2)

    def _write(self, cycles: Words, addr: int, data: np.ndarray) -> None:
        """Vector memory writes of all columns: data [words, C, R] from word ``addr`` upwards."""
        n, c, _ = data.shape
        self._add(
            "vmem",
            np.repeat(cycles, c),
            np.tile(np.arange(c), n),
            self.ctx,
            np.repeat(addr + np.arange(n), c),
            np.ascontiguousarray(data),
        )

    # -- S and D ---------------------------------------------------------------------------------------
    def _embed(self, i: p.Instr, t0: int) -> None:
        cycles = t0 + 1 + np.arange(i.n0) + 3
        self._write(cycles, i.addr0, self._rows(self._of(i, "embed")["x"]))

    def _send(self, i: p.Instr, t0: int) -> None:
        g, chip, v = self.g, self.g.chip, self._of(i, f"send:{i.what}")
        c, r, w = chip.columns, chip.rows, i.n1
        copies = c if i.dest == p.TO_T else 1  # every column sends the same t
        m = np.tile(v["m"], copies).reshape(c, i.n0, r).transpose(1, 0, 2)
        e = np.tile(v["e"], copies).reshape(c, -1).T.astype(np.uint32)
        s = np.tile(v["s"], copies).reshape(c, -1).T
        word = np.arange(i.n0)
        leaves = t0 + 1 + TRANSFORM_LATENCY[i.transform] + w + MXQ_LATENCY + word
        last = word % w == w - 1
        sums = np.where(last[:, None], bits(s)[word // w] & 0xFFFF, 0)
        data = np.zeros((i.n0, bcast_words(g)), np.uint32)
        data[:, :c] = sums << 16 | e[word // w]
        padded = np.zeros((i.n0, (data.shape[1] - c) * 4), np.uint8)
        padded[:, : c * r] = m.reshape(i.n0, c * r).view(np.uint8)
        data[:, c:] = padded.view("<u4")
        addr = member = 0
        if i.dest in (p.TO_K, p.TO_V):
            slot, member = divmod(self.pos, g.kv_group)
            addr = i.addr1 + self.kv_base + (2 * slot + (i.dest == p.TO_V)) * g.head_blocks
            self._append(leaves + chip.hops, m, e, addr, member)
        self._add("bcast", leaves, self.ctx, i.dest, word // w, word % w, addr, member, data)
        if i.transform == p.NORM:
            cycle = t0 + self.timing.rinv_duration(i)
            self._add("rinv", np.array([cycle]), self.ctx, np.float32(self._of(i, f"rinv:{i.what}")["value"]))

    def _append(self, arrival: Words, m: np.ndarray, e: np.ndarray, addr: int, member: int) -> None:
        """SRAM writes of one K or V: member ``member`` of every KV head's group."""
        g, chip = self.g, self.g.chip
        w, hb, cpk = chip.h_block // chip.rows, chip.h_block, g.cpk
        per_column = g.head_blocks // cpk
        for b in range(per_column):
            for head in range(g.model.num_key_value_heads):
                unit = (head * cpk + member // chip.rows) * chip.rows + member % chip.rows
                for a in range(cpk):
                    column = head * cpk + a
                    block = np.ascontiguousarray(m[b * w : (b + 1) * w, column])
                    words = np.append(block.reshape(hb).view("<u4"), e[b, column]).astype(np.uint32)
                    cycle = np.array([arrival[b * w + w - 1] + 1 + a])
                    self._add("kv", cycle, unit, addr + a * per_column + b, words[None])

    def _drain(self, i: p.Instr, t0: int) -> None:
        v, hops = self._of(i, f"drain:{i.what}"), self.timing.hops
        first = i.addr1 // self.g.chip.rows if i.drain == p.ARGMAX else 0
        y, out = (self._rows(v[k])[first : first + i.n0] for k in ("y", "out"))
        arrival = t0 + 1 + self.timing.lead(i, self.draw) + np.arange(i.n0) + 2 * hops + 2
        self._add("drain", arrival, np.arange(i.n0), np.ascontiguousarray(y))
        if i.drain != p.ARGMAX:
            self._write(arrival + 2, i.addr0, out)

    def _sample(self, i: p.Instr, t0: int) -> None:
        cycle = np.array([t0 + 2 + self.timing.hops + self.timing.lc])
        self._add("sample", cycle, self.ctx, self._of(i, "sample")["token"])

    # -- L ---------------------------------------------------------------------------------------
    def _gemv(self, i: p.Instr, t0: int) -> None:
        acc = self._of(i, f"acc:{i.what}")["acc"]
        nk, c, r = len(acc), self.g.chip.columns, self.g.chip.rows
        first = self._first[self.index]
        data = acc.reshape(nk, c, -1, r)[:, :, first : first + i.n0].transpose(0, 2, 1, 3)
        step = np.arange(nk * i.n0)
        done = t0 + 1 + step * i.n2 + (i.n2 - 1) + self.timing.hops + 5 + self.timing.lc
        self._add("acc", done, self.ctx, i.bank, step % i.n0, step // i.n0, np.ascontiguousarray(data))

    # -- H ---------------------------------------------------------------------------------------
    def _last_steps(self, t0: int, slots: int, blocks: int) -> Words:
        """Cycle m (at the matrix unit) of each slot's last block."""
        return t0 + 1 + np.arange(1, slots + 1) * blocks - 1 + self.timing.hops

    def _lora_a(self, i: p.Instr, t0: int) -> None:
        t, r = self._of(i, f"lora_t:{i.what}")["t"], self.g.chip.rows
        arrival = self._last_steps(t0, i.n0, i.n1) + 4 + 2 * self.timing.hops + self.timing.lc
        self._add("lora_t", arrival, self.ctx, np.arange(i.n0), t.reshape(i.n0, r))

    def _lora_b(self, i: p.Instr, t0: int) -> None:
        y = self._rows(self._of(i, f"lora_b:{i.what}")["y"])
        m = self._last_steps(t0, i.n0, i.n1)
        self._add("lora_b", m + 4, self.ctx, np.arange(i.n0), np.ascontiguousarray(y))

    def _by_unit(self, x: np.ndarray) -> np.ndarray:
        """[heads, positions] as [position slots, C, R, NQ], zero where a unit has no position."""
        g = self.g
        slots = self.timing.position_slots(self.pos)
        kv, nq = g.model.num_key_value_heads, g.model.q_per_kv
        padded = np.zeros((kv, nq, slots * g.kv_group), np.float32)
        padded[:, :, : self.pos + 1] = x.reshape(kv, nq, -1)
        by_member = padded.reshape(kv, nq, slots, g.cpk, g.chip.rows).transpose(2, 0, 3, 4, 1)
        return by_member.reshape(slots, g.chip.columns, g.chip.rows, nq)

    def _score(self, i: p.Instr, t0: int) -> None:
        g, t = self.g, self.timing
        slots, nq = np.array(t.walked(i, self.pos, self.scored)), g.model.q_per_kv
        m = self._last_steps(t0, len(slots), i.n1)
        score = self._by_unit(self._of(i, "score")["s"])
        self._add("score", m + 5, slots, np.ascontiguousarray(score[slots]))
        if p.early(i):
            return
        gmax = np.asarray(self._of(i, "gmax")["m"], np.float32).reshape(-1, nq)
        cycle = m[-1:] + 7 + 3 * t.hops + t.lr + t.lk
        self._add("gmax", cycle, np.repeat(gmax, g.cpk, axis=0)[None])

    def _context(self, i: p.Instr, t0: int) -> None:
        slots = self.timing.position_slots(self.pos)
        m = t0 + 1 + np.arange(slots) * i.n1 + self.timing.hops
        prob = bits(self._by_unit(self._of(i, "prob")["p"])) >> 16
        self._add("prob", m + 3 + EXP_LATENCY, np.arange(slots), np.ascontiguousarray(prob))

    def _reduce(self, i: p.Instr, t0: int) -> None:
        g, t, v = self.g, self.timing, self._of(i, "reduce")
        r, kv, nq = g.chip.rows, g.model.num_key_value_heads, g.model.q_per_kv
        m = t0 + 1 + np.arange(i.n0) + t.hops
        arrival = m + 1 + 2 * t.hops + t.lr + t.lk
        beats = np.zeros((i.n0, kv, r), np.float32)
        beats[0, :, :nq] = v["sums"].reshape(kv, nq)
        beats[1:] = v["ctx"].reshape(kv, -1, r).transpose(1, 0, 2)
        kind = np.minimum(np.arange(i.n0), 1)
        slot = np.maximum(np.arange(i.n0), 1) - 1
        self._add("red", arrival, self.ctx, kind, slot, np.repeat(beats, g.cpk, axis=1))
        inv = np.repeat(v["inv"].reshape(kv, nq), g.cpk, axis=0)
        self._add("inv", arrival[:1] + RECIP_LATENCY, self.ctx, inv[None])


def first_slots(program: list[p.Instr]) -> dict[int, int]:
    """First row slot of every GEMV, by its index: row blocks of a matrix follow one another."""
    out, at = {}, {}
    for k, i in enumerate(program):
        if i.engine == p.L:
            key = i.layer, i.what
            out[k] = at.get(key, 0)
            at[key] = out[k] + i.n0
    return out


def by_cycle(records: Words) -> Words:
    """Order of the trace: by cycle, within a cycle as the tracer writes (first tag ascending)."""
    if records.shape[1] < 2:
        return records[np.argsort(records[:, 0], kind="stable")]
    return records[np.lexsort((records[:, 1], records[:, 0]))]
