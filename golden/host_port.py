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
    CMD_SELECT,
    ST_BAD_COMMAND,
    ST_BAD_TOKEN,
    ST_CONTEXT_FULL,
    ST_NO_ADAPTER,
    ST_OK,
    judge_run,
)


@dataclass(frozen=True)
class HostIn:
    """Inputs of a cycle; None is a valid that is low.

    Attributes
    ----------
    cmd, prompt
        What the host offers: (op, arg), a token.
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

    cmd: tuple[int, int] | None = None
    prompt: int | None = None
    tok_ready: bool = False
    rsp_ready: bool = False
    header: bool = True
    pos: int = 0
    done: bool = False
    sampled: int | None = None
    loaded: tuple[int, int] | None = None
    full: int = 0


@dataclass
class HostOut:
    """Outputs of the same cycle; None is a valid that is low.

    Attributes
    ----------
    cmd_ready, prompt_ready
        What would be taken.
    tok, rsp
        On offer: a token; status and info.
    start
        A token starts: (token, whether it is sampled).
    set_pos
        The sequencer's position changes to this.
    load
        The adapter loader starts on this slot.
    adapter
        First SRAM word of the adapter in use, None without one.
    """

    cmd_ready: bool = False
    prompt_ready: bool = False
    tok: int | None = None
    rsp: tuple[int, int] | None = None
    start: tuple[int, bool] | None = None
    set_pos: int | None = None
    load: int | None = None
    adapter: int | None = None


Answer = Generator[None, HostIn, tuple[int, int]]


class HostPort:
    """Commands, one after the other.

    Parameters
    ----------
    geometry
        Chip and model: context, adapter slots and words.
    vocab_size
        Of the programme header.
    """

    def __init__(self, geometry: Geometry, vocab_size: int) -> None:
        self.g, self.vocab_size = geometry, vocab_size
        self.reset()

    def reset(self) -> None:
        """What a cycle in reset leaves."""
        self.pending: int | None = None  # sampled, not yet an input
        self.selected = 0  # adapter slot + 1
        self._commands = self._flow()
        next(self._commands)

    def cycle(self, i: HostIn) -> HostOut:
        """Outputs of a cycle with these inputs."""
        self.out = HostOut()
        if self.selected and i.full >> self.selected - 1 & 1:
            self.out.adapter = (self.selected - 1) * self.g.adapter_words
        self._commands.send(i)
        return self.out

    def _flow(self) -> Generator[None, HostIn, None]:
        while True:
            i = yield
            self.out.cmd_ready = i.header
            if i.cmd is None or not i.header:
                continue
            answer = yield from self._command(i)
            taken = False
            while not taken:
                i = yield
                self.out.rsp, taken = answer, i.rsp_ready

    def _command(self, i: HostIn) -> Answer:
        """A command; its answer is on offer in the cycle behind the one in which this returns."""
        op, arg = i.cmd
        if op == CMD_NEW:
            self.out.set_pos, self.pending = 0, None
        elif op == CMD_RUN:
            return (yield from self._run(i.pos, arg & 0xFFFF, arg >> 16))
        elif op == CMD_SELECT:
            if arg and not (arg <= self.g.chip.adapter_slots and i.full >> arg - 1 & 1):
                return ST_NO_ADAPTER, arg
            self.selected = arg
        elif op == CMD_LOAD:
            self.out.load = arg
            while (i := (yield)).loaded is None:
                pass
            return i.loaded
        else:
            return ST_BAD_COMMAND, op
        return ST_OK, 0

    def _run(self, before: int, prompt_len: int, max_new: int) -> Answer:
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
