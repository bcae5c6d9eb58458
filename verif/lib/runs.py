"""The open RUN of a sequence as the checker follows it: prompt, generated tokens, answer. SPEC chapter 6."""

from __future__ import annotations

from golden.chip import Chip
from golden.host import ST_BAD_TOKEN, ST_CONTEXT_FULL, ST_OK, HostTiming, Verdict, judge_run
from verif.lib.commands import Answer, WrongAnswer


class Run:
    """One RUN command.

    Parameters
    ----------
    chip
        Golden twin; tokens are started in it.
    cycle, seq, max_new, prompt_len
        The command.
    """

    def __init__(self, chip: Chip, cycle: int, seq: int, max_new: int, prompt_len: int) -> None:
        self.chip, self.seq, self.max_new, self.prompt_left = chip, seq, max_new, prompt_len
        self.state, self.time = chip.sequences[seq], HostTiming(chip.geometry)
        self.before, self.prompt_from = self.state.pos, cycle + self.time.first_prompt
        self.made, self.at = 0, cycle  # cycle of the last handshake
        self.verdict = judge_run(
            chip.geometry, self.state.pos, self.state.pending is not None, prompt_len, max_new
        )
        if self.verdict is not None:
            self.prompt_left = 0
        elif prompt_len == 0 and self.full:
            self.verdict, self.at = Verdict(ST_CONTEXT_FULL, 0), cycle + self.time.resume
        elif prompt_len == 0:
            self.state.wants_from = cycle + self.time.resume

    @property
    def full(self) -> bool:
        """No KV position is left."""
        return self.state.pos >= self.chip.geometry.chip.context

    def prompt(self, cycle: int, token: int) -> None:
        """A prompt token is taken."""
        if not self.prompt_left:
            raise WrongAnswer(f"'prompt' handshake in cycle {cycle}, sequence {self.seq} wants no token")
        room = self.chip.pipeline.room()
        earliest = max(self.prompt_from, cycle + 1 if room is None else room, self.chip.started_at + 1)
        if cycle < earliest:
            why = "has no free context" if room is None else f"allows it from {earliest}"
            raise WrongAnswer(f"'prompt' handshake in cycle {cycle}, golden {why}")
        for seq, other in enumerate(self.chip.sequences):
            if other.wants_from is not None and other.wants_from <= cycle:
                raise WrongAnswer(f"'prompt' handshake in cycle {cycle}, sequence {seq} goes first")
        self.prompt_left -= 1
        self.at = cycle
        if self.verdict is None and token < self.chip.geometry.model.vocab_size:
            self.chip.start(self.seq, token, cycle, self.prompt_left == 0 and self.max_new > 0)
        elif self.verdict is None:
            self.verdict = Verdict(ST_BAD_TOKEN, token)
            self.state.pos = self.before
        if self.prompt_left == 0 and self.verdict is None and self.max_new == 0:
            self.verdict = Verdict(ST_OK, 0)
            self.state.pending = None

    def token(self, cycle: int, token: int) -> None:
        """A generated token is taken."""
        state = self.state
        if self.verdict is not None or self.prompt_left:
            raise WrongAnswer(f"'tok' handshake in cycle {cycle}, sequence {self.seq} has no token")
        if state.flying:
            raise WrongAnswer(f"'tok' handshake in cycle {cycle}, golden is not that far")
        earliest = state.last_end + self.time.token_out
        if cycle < earliest:
            raise WrongAnswer(f"'tok' handshake in cycle {cycle}, golden allows it from {earliest}")
        if token != state.pending:
            raise WrongAnswer(f"token stream: RTL {token}, golden {state.pending}, cycle {cycle}")
        self.made += 1
        self.at = cycle
        stopped = token in self.chip.stops
        if stopped or self.made == self.max_new or self.full:
            self.verdict = Verdict(self.time.run_status(self.made, self.max_new, stopped), self.made)
        else:
            state.wants_from = cycle + self.time.resume

    def answer(self) -> Answer | None:
        """What the response must say and from which cycle on; None while tokens are on their way."""
        if self.verdict is None or self.prompt_left or self.state.flying:
            return None
        return self.verdict, max(self.at + 1, self.state.last_end + self.time.token_out)
