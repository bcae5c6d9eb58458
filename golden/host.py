"""Commands, status codes and handshake timing of the host port, SPEC chapters 5 and 6."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from golden.geometry import Geometry
from golden.program import ADAPTER_MAGIC

CMD_NEW, CMD_RUN, CMD_SELECT, CMD_LOAD, CMD_SAMPLING, CMD_SEED, CMD_STOP = range(7)
(
    ST_OK,
    ST_PROMPT_TOO_LONG,
    ST_CONTEXT_FULL,
    ST_BAD_TOKEN,
    ST_NOTHING_TO_DO,
    ST_NO_ADAPTER,
    ST_ADAPTER_TOO_LARGE,
    ST_ADAPTER_BAD,
    ST_BAD_COMMAND,
    ST_ADAPTER_IN_USE,
    ST_BAD_VALUE,
    ST_STOPPED,
    ST_STOP_LIST_FULL,
    ST_BAD_SEQUENCE,
) = range(14)
NO_STOPS = 0xFFFF_FFFF  # argument of STOP that empties the list
OF_A_SEQUENCE = (CMD_NEW, CMD_RUN, CMD_SELECT, CMD_SAMPLING, CMD_SEED)  # the others do not look at seq


class HostTiming:
    """Cycles between handshakes and tokens, where nothing else is in the way."""

    first_prompt = 1  # RUN accepted -> first prompt token can be taken
    next_prompt = 1  # END issues, no other context is free -> next prompt token can be taken
    token_out = 2  # END issues -> sampled token is on the stream
    resume = 1  # RUN without prompt accepted, or token given out -> the pending token is accepted

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry

    @staticmethod
    def run_status(made: int, max_new: int, stopped: bool) -> int:
        """Status of a RUN that generated ``made`` tokens, the last of them a stop token or not."""
        if stopped:
            return ST_STOPPED
        return ST_OK if made == max_new else ST_CONTEXT_FULL


@dataclass(frozen=True)
class Verdict:
    """Answer to a command: status, info, and whether an adapter slot was touched."""

    status: int
    info: int
    writes: bool = False


@dataclass
class Settings:
    """What commands other than NEW, RUN and LOAD set for a sequence; the defaults are those of a reset.

    Attributes
    ----------
    selected
        Adapter slot + 1, 0 for none.
    inv_temperature
        1/T as the bits of an FP32, 0 for greedy.
    noise_seed
        Of the sampler's noise.
    stops
        Stop tokens; the same list for all sequences.
    """

    selected: int = 0
    inv_temperature: int = 0
    noise_seed: int = 0
    stops: list[int] = field(default_factory=list)

    def apply(
        self, g: Geometry, vocab: int, op: int, arg: int, full: Collection[int], loading: int | None
    ) -> Verdict:
        """A command other than RUN and LOAD, of this sequence; NEW sets nothing here.

        Parameters
        ----------
        g, vocab
            Chip; vocabulary of the programme header.
        op, arg
            The command.
        full
            Slots that hold an adapter.
        loading
            Slot of the open LOAD, None without one.
        """
        if op == CMD_SELECT:
            if arg and (arg - 1 not in full or arg - 1 == loading):
                return Verdict(ST_NO_ADAPTER, arg)
            self.selected = arg
        elif op == CMD_SAMPLING:
            if arg and not 0x0080_0000 <= arg < 0x7F80_0000:  # the normal positive numbers
                return Verdict(ST_BAD_VALUE, arg)
            self.inv_temperature = arg
        elif op == CMD_SEED:
            self.noise_seed = arg
        elif op == CMD_STOP:
            return self._stop(arg, vocab, g.chip.stop_tokens)
        elif op != CMD_NEW:
            return Verdict(ST_BAD_COMMAND, op)
        return Verdict(ST_OK, 0)

    def _stop(self, token: int, vocab: int, room: int) -> Verdict:
        if token == NO_STOPS:
            self.stops.clear()
        elif token >= vocab:
            return Verdict(ST_BAD_TOKEN, token)
        elif token not in self.stops:
            if len(self.stops) == room:
                return Verdict(ST_STOP_LIST_FULL, token)
            self.stops.append(token)
        return Verdict(ST_OK, 0)


def takes(
    g: Geometry,
    op: int,
    seq: int,
    *,
    running: Collection[int],
    answering: bool,
    loading: int | None,
    selected: int,
) -> bool:
    """Whether a command would be taken.

    Parameters
    ----------
    g
        Chip: its sequences.
    op, seq
        The command.
    running
        Sequences with an open RUN.
    answering
        Whether a command other than RUN and LOAD, or one without a sequence, is open.
    loading
        Slot of the open LOAD, None without one.
    selected
        Adapter slot + 1 that ``seq`` has selected, 0 for none.
    """
    if answering:
        return False
    if op == CMD_LOAD:
        return loading is None
    if op not in OF_A_SEQUENCE:
        return not running
    if seq >= g.chip.sequences or op == CMD_SELECT:
        return True
    if op == CMD_RUN and loading is not None and loading + 1 == selected:
        return False
    return seq not in running


def judge_sequence(g: Geometry, op: int, seq: int) -> Verdict | None:
    """Refusal of a command whose sequence does not exist; None when it does, or does not matter."""
    if op in OF_A_SEQUENCE and seq >= g.chip.sequences:
        return Verdict(ST_BAD_SEQUENCE, seq)
    return None


def judge_run(g: Geometry, pos: int, pending: bool, prompt_len: int, max_new: int) -> Verdict | None:
    """Refusal of a RUN at position ``pos``; None when it is accepted."""
    if pos + prompt_len > g.chip.context:
        return Verdict(ST_PROMPT_TOO_LONG, pos + prompt_len)
    if prompt_len == 0 and (max_new == 0 or not pending):
        return Verdict(ST_NOTHING_TO_DO, 0)
    return None


def judge_header(
    g: Geometry, model_id: int, slot: int, header: int, last: bool, in_use: bool = False
) -> Verdict:
    """Answer that the header beat of an image alone allows; OK when words may be written.

    Parameters
    ----------
    g
        Chip and model: adapter slots and words of a unit.
    model_id
        Of the programme header.
    slot
        Argument of LOAD.
    header, last
        The beat and its ``last``.
    in_use
        Tokens that run, or those to come, need the slot.
    """
    magic, model, words = (header >> shift & 0xFFFFFFFF for shift in (0, 32, 64))
    if slot >= g.chip.adapter_slots:
        return Verdict(ST_NO_ADAPTER, slot)
    if in_use:
        return Verdict(ST_ADAPTER_IN_USE, slot)
    if (magic, model) != (ADAPTER_MAGIC, model_id):
        return Verdict(ST_ADAPTER_BAD, words)
    if words > g.adapter_words:
        return Verdict(ST_ADAPTER_TOO_LARGE, words)
    if words != g.adapter_words or last:
        return Verdict(ST_ADAPTER_BAD, words)
    return Verdict(ST_OK, words, writes=True)


def judge_image(g: Geometry, model_id: int, slot: int, image: bytes, in_use: bool = False) -> Verdict:
    """Answer to a LOAD of ``image`` (beats of h_block + 1 bytes, most significant first)."""
    size = g.chip.h_block + 1
    beats = len(image) // size - 1
    verdict = judge_header(g, model_id, slot, int.from_bytes(image[:size], "big"), beats == 0, in_use)
    if verdict.writes and beats != verdict.info * g.chip.units:
        return replace(verdict, status=ST_ADAPTER_BAD)
    return verdict
