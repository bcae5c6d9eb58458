"""The host port cycle by cycle: what it answers, and when it starts tokens. SPEC chapters 5 and 6.

Golden twin of ``hdl/control/host_port.sv``. A RUN is a generator: it yields what it waits for and goes on in
the cycle in which it gets it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from enum import Enum

from golden.geometry import Geometry
from golden.host import (
    CMD_LOAD,
    CMD_NEW,
    CMD_RUN,
    ST_BAD_TOKEN,
    ST_CONTEXT_FULL,
    ST_OK,
    ST_STOPPED,
    Settings,
    judge_run,
    judge_sequence,
    takes,
)


@dataclass(frozen=True)
class HostIn:
    """Inputs of a cycle; None is a valid that is low.

    Attributes
    ----------
    cmd, cmd_valid
        What stands on the command port: op, seq and arg; whether it is a command.
    prompt, prompt_valid
        What stands on the prompt port: seq and token; whether it is one.
    tok_ready, rsp_ready
        What it would take.
    header
        The programme's header has been read.
    room
        The sequencer has a free context.
    done
        Sequence of the token that is through.
    sampled
        The sampler's choice: seq and token.
    loaded
        The adapter loader's status and info.
    full
        Adapter slots that are loaded, one bit each.
    """

    cmd: tuple[int, int, int] = (0, 0, 0)
    cmd_valid: bool = False
    prompt: tuple[int, int] = (0, 0)
    prompt_valid: bool = False
    tok_ready: bool = False
    rsp_ready: bool = False
    header: bool = True
    room: bool = True
    done: int | None = None
    sampled: tuple[int, int] | None = None
    loaded: tuple[int, int] | None = None
    full: int = 0


@dataclass(frozen=True)
class Start:
    """A token that starts, with everything that it takes along.

    Attributes
    ----------
    seq, token, sample, pos
        Sequence, token, whether it is sampled from, position.
    adapter
        First SRAM word of its adapter, None without one.
    inv_temperature, noise_seed
        How it is sampled.
    """

    seq: int
    token: int
    sample: bool
    pos: int
    adapter: int | None
    inv_temperature: int
    noise_seed: int


@dataclass
class HostOut:
    """Outputs of the same cycle; None is a valid that is low.

    Attributes
    ----------
    cmd_ready, prompt_ready
        What would be taken.
    tok, rsp
        On offer: seq and token; op, seq, status and info.
    start
        A token starts.
    load
        The adapter loader starts: slot, whether it is in use.
    """

    cmd_ready: bool = False
    prompt_ready: bool = False
    tok: tuple[int, int] | None = None
    rsp: tuple[int, int, int, int] | None = None
    start: Start | None = None
    load: tuple[int, bool] | None = None


class Wants(Enum):
    """What a RUN waits for."""

    PROMPT = "a prompt token"
    GO = "to go on with the sampled token"
    THROUGH = "that none of its tokens is in flight"
    TOKEN = "that the host takes the sampled token"


def position(pos: int, group_units: int) -> int:
    """``roma_pkg::position_t`` of a position: itself, its slot and its member in the KV group."""
    return pos << 24 | pos // group_units << 12 | pos % group_units


Answer = tuple[int, int]  # status, info
Flow = Generator[Wants, int, Answer]
OTHER, LOAD, RUN = range(3)  # whose response goes first; RUNs by their sequence


class Sequence:
    """One sequence: where it is, what commands have set, its open RUN.

    Attributes
    ----------
    wants
        What the RUN waits for; None without one, or when its response is there.
    prompt_left
        Prompt tokens that the RUN still takes.
    start
        The token that has just started: token, whether it is sampled from, position.
    """

    def __init__(self, geometry: Geometry, vocab_size: int, stops: list[int]) -> None:
        self.g, self.vocab_size = geometry, vocab_size
        self.settings = Settings(stops=stops)
        self.pos = self.flying = 0
        self.pending: int | None = None  # sampled, not yet an input
        self.running = False
        self.adapters: list[int] = []  # slot + 1 of the last T tokens of the open RUN
        self.wants: Wants | None = None
        self.prompt_left = 0
        self.start: tuple[int, bool, int] | None = None
        self._flow: Flow | None = None

    def run(self, arg: int) -> Answer | None:
        """Begin a RUN; its answer if it is refused."""
        self.running, self.adapters = True, []
        self._flow = self._run(arg & 0xFFFF, arg >> 16)
        return self._advance(None)

    def cycle(self, got: int | None) -> Answer | None:
        """One cycle of the open RUN with what it has got, if anything; its answer when it ends."""
        self.start = None
        if self.wants == Wants.THROUGH and not self.flying:
            got = 0
        if self.wants == Wants.GO and self.full:
            got = 0
        return None if got is None else self._advance(got)

    @property
    def full(self) -> bool:
        """No KV position is left."""
        return self.pos >= self.g.chip.context

    def _advance(self, got: int | None) -> Answer | None:
        assert self._flow is not None
        try:
            self.wants = self._flow.send(got)
        except StopIteration as end:
            self.wants = self._flow = None
            return end.value
        return None

    def _token(self, token: int | None, sample: bool) -> None:
        assert token is not None
        self.start = token, sample, self.pos
        self.pos += 1
        self.flying += 1

    def _run(self, prompt_len: int, max_new: int) -> Flow:
        before = self.pos
        refused = judge_run(self.g, before, self.pending is not None, prompt_len, max_new)
        if refused:
            return refused.status, refused.info
        self.prompt_left = prompt_len
        while self.prompt_left:
            token = yield Wants.PROMPT
            self.prompt_left -= 1
            if token >= self.vocab_size:
                self.pos = before
                while self.prompt_left:
                    yield Wants.PROMPT
                    self.prompt_left -= 1
                if self.flying:
                    yield Wants.THROUGH
                return ST_BAD_TOKEN, token
            self._token(token, sample=self.prompt_left == 0 and max_new > 0)
        if prompt_len == 0:
            yield Wants.GO
            if self.full:
                return ST_CONTEXT_FULL, 0
            self._token(self.pending, sample=True)
        yield Wants.THROUGH
        if not max_new:
            self.pending = None
            return ST_OK, 0
        for made in range(1, max_new + 1):
            yield Wants.TOKEN
            if self.pending in self.settings.stops:
                return ST_STOPPED, made
            if made == max_new:
                break
            if self.full:
                return ST_CONTEXT_FULL, made
            yield Wants.GO
            self._token(self.pending, sample=True)
            yield Wants.THROUGH
        return ST_OK, max_new


class HostPort:
    """Commands: one RUN a sequence, one LOAD and one other at a time.

    Parameters
    ----------
    geometry
        Chip and model: context, tokens in flight, sequences, adapter slots and words, stop tokens.
    vocab_size
        Of the programme header.
    """

    def __init__(self, geometry: Geometry, vocab_size: int) -> None:
        self.g, self.vocab_size = geometry, vocab_size
        self.reset()

    def reset(self) -> None:
        """What a cycle in reset leaves."""
        self.stops: list[int] = []
        args = self.g, self.vocab_size, self.stops
        self.sequences = [Sequence(*args) for _ in range(self.g.chip.sequences)]
        self.loading: int | None = None
        self.answers: dict[int, tuple[int, int, int, int]] = {}  # those that are there: op, seq, status, info
        self._load_seq = 0
        self._rsp_held: int | None = None
        self._tok_held: int | None = None

    def cycle(self, i: HostIn) -> HostOut:
        """Outputs of a cycle with these inputs."""
        out = self.out = HostOut()
        full = {s for s in range(self.g.chip.adapter_slots) if i.full >> s & 1}
        other = OTHER in self.answers
        answered = self._respond(i)
        taken = self._command_taken(i, other)
        self._tokens(i, full, self._offer(i))
        if taken:
            self._command(i, full)
        if i.loaded:
            self.answers[LOAD] = (CMD_LOAD, self._load_seq, *i.loaded)
        if answered == LOAD:
            self.loading = None
        elif answered is not None and answered >= RUN:
            self.sequences[answered - RUN].running = False
        return out

    def _respond(self, i: HostIn) -> int | None:
        """Offer a response; returns whose if it is taken. One that was offered stays."""
        if not self.answers:
            return None
        rank = min(self.answers) if self._rsp_held is None else self._rsp_held
        self.out.rsp = self.answers[rank]
        self._rsp_held = None if i.rsp_ready else rank
        if not i.rsp_ready:
            return None
        del self.answers[rank]
        return rank

    def _offer(self, i: HostIn) -> int | None:
        """Offer a generated token; returns its sequence if it is taken. One that was offered stays."""
        there = [n for n, s in enumerate(self.sequences) if s.wants == Wants.TOKEN]
        if not there:
            return None
        seq = there[0] if self._tok_held is None else self._tok_held
        token = self.sequences[seq].pending
        assert token is not None
        self.out.tok = seq, token
        self._tok_held = None if i.tok_ready else seq
        return seq if i.tok_ready else None

    def _tokens(self, i: HostIn, full: set[int], given: int | None) -> None:
        """What the chip and the host's streams give the RUNs, and what starts."""
        want = [s.wants for s in self.sequences]
        if i.done is not None:
            self.sequences[i.done].flying -= 1
        if i.sampled is not None:
            seq, token = i.sampled
            self.sequences[seq].pending = token
        asks = [n for n, s in enumerate(self.sequences) if s.wants == Wants.GO and not s.full]
        seq, token = i.prompt
        prompted = seq < len(want) and want[seq] == Wants.PROMPT and i.room and Wants.GO not in want
        self.out.prompt_ready = prompted
        for n, s in enumerate(self.sequences):
            got = None
            if n == given or (i.room and asks[:1] == [n]):
                got = 0
            if i.prompt_valid and prompted and n == seq:
                got = token
            answer = s.cycle(got)
            if answer:
                self.answers[RUN + n] = (CMD_RUN, n, *answer)
            if s.start:
                self._start(n, s, full)

    def _start(self, n: int, s: Sequence, full: set[int]) -> None:
        adapter = s.settings.selected if s.settings.selected - 1 in full else 0
        s.adapters = [adapter, *s.adapters][: self.g.chip.tokens]
        assert s.start is not None and self.out.start is None
        self.out.start = Start(
            n,
            *s.start,
            adapter=(adapter - 1) * self.g.adapter_words if adapter else None,
            inv_temperature=s.settings.inv_temperature,
            noise_seed=s.settings.noise_seed,
        )

    def _command_taken(self, i: HostIn, other: bool) -> bool:
        """Whether a command is taken, before anything of this cycle has happened; a LOAD starts."""
        op, seq, arg = i.cmd
        self.out.cmd_ready = i.header and takes(
            self.g,
            op,
            seq,
            running=[n for n, s in enumerate(self.sequences) if s.running],
            answering=other,
            loading=self.loading,
            selected=self.sequences[seq].settings.selected if seq < len(self.sequences) else 0,
        )
        if i.cmd_valid and self.out.cmd_ready and op == CMD_LOAD:
            used = {a for s in self.sequences if s.running for a in (s.settings.selected, *s.adapters)}
            self.out.load = arg, arg + 1 in used
        return i.cmd_valid and self.out.cmd_ready

    def _command(self, i: HostIn, full: set[int]) -> None:
        """Do what a command says, from the next cycle on."""
        op, seq, arg = i.cmd
        if op == CMD_LOAD:
            self.loading, self._load_seq = arg, seq
            return
        refused = judge_sequence(self.g, op, seq)
        s = self.sequences[seq if seq < len(self.sequences) else 0]
        if op == CMD_RUN and not refused:
            answer = s.run(arg)
            if answer:
                self.answers[RUN + seq] = (CMD_RUN, seq, *answer)
            return
        verdict = refused or s.settings.apply(self.g, self.vocab_size, op, arg, full, self.loading)
        if op == CMD_NEW and not refused:
            s.pos, s.pending = 0, None
        self.answers[OTHER] = (op, seq, verdict.status, verdict.info)
