"""Draws what a host may do: prompts, generation, swaps, refusals, each with the answer SPEC 6 gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from golden import host
from golden.tests.sizes import random_adapter
from golden.weights import prepare_adapter
from verif.lib.chip import Script

# What a host does next, and how often.
KINDS = {
    "prompt": 0.25,
    "go_on": 0.22,
    "load": 0.13,
    "select": 0.13,
    "draw": 0.08,
    "stop": 0.06,
    "new": 0.04,
    "refused": 0.09,
}


class RandomHost:
    """Keeps what the host can know: which slots are loaded; position and pending token of each sequence."""

    def __init__(self, script: Script, rng: np.random.Generator) -> None:
        self.script, self.rng = script, rng
        self.chip, self.vocab = script.geometry.chip, script.geometry.model.vocab_size
        self.seq = 0  # of the command that is made
        self.states = [(0, False)] * self.chip.sequences
        self.loaded: set[int] = set()

    def play(self, commands: int) -> Script:
        """Add some commands at random; the first and the last are runs that generate."""
        self.prompt()
        for _ in range(commands):
            self.seq = int(self.rng.integers(self.chip.sequences))
            kind = self.rng.choice(list(KINDS), p=list(KINDS.values()))
            getattr(self, str(kind))()
        self.new()
        self.prompt()
        return self.script

    @property
    def pos(self) -> int:
        """Position of the sequence."""
        return self.states[self.seq][0]

    @pos.setter
    def pos(self, pos: int) -> None:
        self.states[self.seq] = pos, self.pending

    @property
    def pending(self) -> bool:
        """Whether the sequence can go on without a prompt."""
        return self.states[self.seq][1]

    @pending.setter
    def pending(self, pending: bool) -> None:
        self.states[self.seq] = self.pos, pending

    def tokens(self, n: int) -> list[int]:
        """Any tokens."""
        return self.rng.integers(0, self.vocab, n).tolist()

    def prompt(self) -> None:
        """A prompt of any length that fits, and some tokens more than may fit."""
        room = self.chip.context - self.pos
        if room == 0:
            return self.new()
        length = int(self.rng.integers(1, min(room, 8) + 1))
        wanted = int(self.rng.integers(0, 6))
        made = min(wanted, room - length + 1)
        self._run(self.tokens(length), wanted, made)
        self.pos += length + max(made - 1, 0)
        self.pending = wanted > 0
        return None

    def go_on(self) -> None:
        """Without a prompt."""
        if not self.pending:
            return self.refused()
        wanted = int(self.rng.integers(1, 6))
        made = min(wanted, self.chip.context - self.pos)
        self._run([], wanted, made)
        self.pos += made
        return None

    def _run(self, prompt: list[int], wanted: int, made: int) -> None:
        status = host.ST_OK if made == wanted else host.ST_CONTEXT_FULL
        self.script.run(prompt, wanted, status=status, info=made, seq=self.seq, during=self._during(made))

    def _during(self, made: int) -> list[dict[str, Any]]:
        """Loads and selections while the tokens come; what they are answered depends on the cycle."""
        steps: list[dict[str, Any]] = []
        while self.rng.random() < 0.4:
            if self.rng.random() < 0.4:
                step = self._load_step(status=None)
            else:
                slot = int(self.rng.integers(self.chip.adapter_slots + 1))
                seq = int(self.rng.integers(self.chip.sequences))
                step = {"op": "select", "slot": slot, "seq": seq, "status": None}
            after = int(self.rng.integers(0, made + 1))
            steps.append(step | {"after": after, "wait": int(self.rng.integers(0, 300))})
        return steps

    def _load_step(self, **expect: Any) -> dict[str, Any]:
        """An adapter of any rank into any slot; one that is in use is full anyhow."""
        slot = int(self.rng.integers(self.chip.adapter_slots))
        rank = int(self.rng.integers(1, self.chip.max_rank + 1))
        g = self.script.geometry
        adapter = prepare_adapter(random_adapter(g, rank, int(self.rng.integers(1 << 30))), g)
        self.loaded.add(slot)
        return self.script.load_step(slot, adapter, **expect)

    def load(self) -> None:
        """An adapter into any slot, also over the selected one; or beside what follows."""
        beside = self.rng.random() < 0.3
        self.script.steps.append(self._load_step(beside=beside))
        if beside:
            # A slot that is being loaded is not selected: the answer depends on the cycle.
            choice = int(self.rng.integers(self.chip.adapter_slots + 1))
            self.script.select(choice, seq=self.seq, status=None)

    def draw(self) -> None:
        """Another temperature or greedy, and another seed."""
        cold = int(np.float32(self.rng.uniform(0.2, 5)).view(np.uint32))
        self.script.raw(host.CMD_SAMPLING, int(self.rng.choice([0, cold, cold])), seq=self.seq)
        self.script.raw(host.CMD_SEED, int(self.rng.integers(1 << 32)), seq=self.seq)

    def stop(self) -> None:
        """A prompt, then the same again with a stop token that it wrote; the list is empty behind it."""
        self.new()
        prompt = self.tokens(int(self.rng.integers(1, min(self.chip.context, 4) + 1)))
        self.script.run(prompt, 3, seq=self.seq, status=None)
        self.script.new(seq=self.seq).steps.append({"op": "stop", "back": 1})
        self.script.run(prompt, 3, seq=self.seq, status=None).run([], 2, seq=self.seq, status=None)
        self.script.raw(host.CMD_STOP, host.NO_STOPS)
        self.new()

    def select(self) -> None:
        """Any slot or none; an empty one is refused."""
        choice = int(self.rng.integers(self.chip.adapter_slots + 1))
        if choice and choice - 1 not in self.loaded:
            self.script.select(choice, seq=self.seq, status=host.ST_NO_ADAPTER, info=choice)
        else:
            self.script.select(choice, seq=self.seq, status=None)  # refused when its load is still under way

    def new(self) -> None:
        """Forget the sequence."""
        self.script.new(seq=self.seq)
        self.pos, self.pending = 0, False

    def refused(self) -> None:
        """A prompt that is too long, or a token that does not exist: the state stays."""
        room = self.chip.context - self.pos
        if room and self.rng.integers(2):
            prompt = self.tokens(int(self.rng.integers(1, room + 1)))
            at = int(self.rng.integers(len(prompt)))
            prompt[at] = self.vocab + int(self.rng.integers(100))
            self.script.run(prompt, 3, seq=self.seq, status=host.ST_BAD_TOKEN, info=prompt[at])
        else:
            length = room + int(self.rng.integers(1, 4))
            end = self.pos + length
            self.script.run(self.tokens(length), 2, seq=self.seq, status=host.ST_PROMPT_TOO_LONG, info=end)
