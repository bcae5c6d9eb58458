"""The host port cycle by cycle: what it answers, and when it starts tokens. SPEC chapters 5 and 6.

Golden twin of ``hdl/control/host_port.sv``. Every ``yield`` is a clock edge: what is set behind it
stands on the outputs in the cycle whose inputs it returned.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

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
    takes,
)


@dataclass(frozen=True)
class HostIn:
    """Inputs of a cycle; None is a valid that is low.

    Attributes
    ----------
    cmd
        What stands on the command port: op and arg.
    cmd_valid, prompt
        Whether it is a command; a token.
    tok_ready, rsp_ready
        What it would take.
    header
        The programme's header has been read.
    pos
        The sequencer's position.
    done, sampled
        A token is through; the sampler's choice.
    loaded
        The adapter loader's status and info.
    full
        Adapter slots that are loaded, one bit each.
    """

    cmd: tuple[int, int] = (0, 0)
    cmd_valid: bool = False
    prompt: int | None = None
    tok_ready: bool = False
    rsp_ready: bool = False
    header: bool = True
    pos: int = 0
    done: bool = False
    sampled: int | None = None
    loaded: tuple[int, int] | None = None
    full: int = 0


Answer = tuple[int, int]  # status, info
OTHER, LOAD, RUN = range(3)  # whose response goes first


@dataclass
class HostOut:
    """Outputs of the same cycle; None is a valid that is low.

    Attributes
    ----------
    cmd_ready, prompt_ready
        What would be taken.
    tok, rsp
        On offer: a token; op, status and info.
    start
        A token starts: (token, whether it is sampled).
    set_pos
        The sequencer's position changes to this.
    load
        The adapter loader starts: slot, whether it is in use.
    adapter
        First SRAM word of the running token's adapter, None without one.
    inv_temperature, noise_seed
        Of the sampler.
    """

    cmd_ready: bool = False
    prompt_ready: bool = False
    tok: int | None = None
    rsp: tuple[int, int, int] | None = None
    start: tuple[int, bool] | None = None
    set_pos: int | None = None
    load: tuple[int, bool] | None = None
    adapter: int | None = None
    inv_temperature: int = 0
    noise_seed: int = 0


Flow = Generator[None, HostIn, Answer]


class HostPort:
    """Commands: one RUN, one LOAD and one other at a time.

    Parameters
    ----------
    geometry
        Chip and model: context, adapter slots and words, stop tokens.
    vocab_size
        Of the programme header.
    """

    def __init__(self, geometry: Geometry, vocab_size: int) -> None:
        self.g, self.vocab_size = geometry, vocab_size
        self.reset()

    def reset(self) -> None:
        """What a cycle in reset leaves."""
        self.pending: int | None = None  # sampled, not yet an input
        self.settings = Settings()
        self.token_adapter = 0  # slot + 1 of the token that started last in the open RUN
        self.running = False
        self.loading: int | None = None
        self.answers: dict[int, tuple[int, int, int]] = {}  # responses that are there: op, status, info
        self._held: int | None = None
        self._flow: Flow | None = None

    def cycle(self, i: HostIn) -> HostOut:
        """Outputs of a cycle with these inputs."""
        out = self.out = HostOut()
        if self.token_adapter:
            out.adapter = (self.token_adapter - 1) * self.g.adapter_words
        out.inv_temperature = self.settings.inv_temperature
        out.noise_seed = self.settings.noise_seed
        taken = self._respond(i)
        full = {s for s in range(self.g.chip.adapter_slots) if i.full >> s & 1}
        selected = self.settings.selected
        if self._flow is not None:
            self._advance(i)
        self._command(i, full)
        if out.start:
            self.token_adapter = selected if selected - 1 in full else 0
        if i.loaded:
            self.answers[LOAD] = (CMD_LOAD, *i.loaded)
        if taken == RUN:
            self.running = False
        if taken == LOAD:
            self.loading = None
        return out

    def _respond(self, i: HostIn) -> int | None:
        """Offer a response; returns whose if it is taken. One that was offered stays."""
        if not self.answers:
            return None
        rank = min(self.answers) if self._held is None else self._held
        self.out.rsp = self.answers[rank]
        self._held = None if i.rsp_ready else rank
        if not i.rsp_ready:
            return None
        del self.answers[rank]
        return rank

    def _advance(self, i: HostIn | None) -> None:
        """One cycle of the open RUN; its answer is on offer in the cycle behind its last one."""
        try:
            self._flow.send(i)
        except StopIteration as end:
            self._flow, self.answers[RUN] = None, (CMD_RUN, *end.value)

    def _command(self, i: HostIn, full: set[int]) -> None:
        """Take a command, or not."""
        op, arg = i.cmd
        s = self.settings
        offered = self.out.rsp[0] if self.out.rsp else CMD_RUN
        self.out.cmd_ready = i.header and takes(
            op,
            running=self.running,
            answering=OTHER in self.answers or offered not in (CMD_LOAD, CMD_RUN),
            loading=self.loading,
            selected=s.selected,
        )
        if not (i.cmd_valid and self.out.cmd_ready):
            return
        if op == CMD_RUN:
            self.running, self.token_adapter = True, 0
            self._flow = self._run(i.pos, arg & 0xFFFF, arg >> 16)
            self._advance(None)
        elif op == CMD_LOAD:
            used = (s.selected, 0 if self.out.start else self.token_adapter)
            self.loading = arg
            self.out.load = arg, self.running and arg + 1 in used
        else:
            verdict = s.apply(self.g, self.vocab_size, op, arg, full, self.loading)
            if op == CMD_NEW:
                self.out.set_pos, self.pending = 0, None
            self.answers[OTHER] = (op, verdict.status, verdict.info)

    def _run(self, before: int, prompt_len: int, max_new: int) -> Flow:
        refused = judge_run(self.g, before, self.pending is not None, prompt_len, max_new)
        if refused:
            return refused.status, refused.info
        for left in reversed(range(prompt_len)):
            token = yield from self._prompt()
            if token >= self.vocab_size:
                self.out.set_pos = before
                for _ in range(left):
                    yield from self._prompt()
                return ST_BAD_TOKEN, token
            yield from self._token(token, sample=left == 0 and max_new > 0)
        if not max_new:
            self.pending = None
            return ST_OK, 0
        if prompt_len == 0:
            i = yield
            if i.pos >= self.g.chip.context:
                return ST_CONTEXT_FULL, 0
            yield from self._token(self.pending, sample=True)
        for made in range(1, max_new + 1):
            i = yield from self._emit()
            if self.pending in self.settings.stops:
                return ST_STOPPED, made
            if made < max_new:
                if i.pos >= self.g.chip.context:
                    return ST_CONTEXT_FULL, made
                yield from self._token(self.pending, sample=True)
        return ST_OK, max_new

    def _prompt(self) -> Generator[None, HostIn, int]:
        """Cycles until a prompt token is taken, this one included."""
        while True:
            i = yield
            self.out.prompt_ready = True
            if i.prompt is not None:
                return i.prompt

    def _emit(self) -> Generator[None, HostIn, HostIn]:
        """Cycles until the host has the sampled token, this one included."""
        while True:
            i = yield
            self.out.tok = self.pending
            if i.tok_ready:
                return i

    def _token(self, token: int, sample: bool) -> Generator[None, HostIn, None]:
        """Start a token in this cycle; returns in the cycle in which it is done."""
        self.out.start = token, sample
        done = False
        while not done:
            i = yield
            done = i.done
            if i.sampled is not None:
                self.pending = i.sampled
