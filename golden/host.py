"""Commands, status codes and handshake timing of the host port, SPEC chapters 5 and 6."""

from __future__ import annotations

from dataclasses import dataclass, replace

from golden.geometry import Geometry
from golden.program import ADAPTER_MAGIC

CMD_NEW, CMD_RUN, CMD_SELECT, CMD_LOAD = range(4)
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
) = range(9)


class HostTiming:
    """Cycles between handshakes and tokens."""

    first_prompt = 1  # RUN accepted -> first prompt token can be taken
    next_prompt = 2  # END issues -> next prompt token can be taken
    token_out = 2  # END issues -> sampled token is on the stream
    resume = 1  # RUN without prompt accepted -> the pending token is accepted

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry

    @staticmethod
    def run_status(made: int, max_new: int) -> int:
        """Status of a RUN that generated ``made`` tokens."""
        return ST_OK if made == max_new else ST_CONTEXT_FULL


@dataclass(frozen=True)
class Verdict:
    """Answer to a command: status, info, and whether an adapter slot was touched."""

    status: int
    info: int
    writes: bool = False


def judge_run(g: Geometry, pos: int, pending: bool, prompt_len: int, max_new: int) -> Verdict | None:
    """Refusal of a RUN at position ``pos``; None when it is accepted."""
    if pos + prompt_len > g.chip.context:
        return Verdict(ST_PROMPT_TOO_LONG, pos + prompt_len)
    if prompt_len == 0 and (max_new == 0 or not pending):
        return Verdict(ST_NOTHING_TO_DO, 0)
    return None


def judge_header(g: Geometry, model_id: int, slot: int, header: int, last: bool) -> Verdict:
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
    """
    magic, model, words = (header >> shift & 0xFFFFFFFF for shift in (0, 32, 64))
    if slot >= g.chip.adapter_slots:
        return Verdict(ST_NO_ADAPTER, slot)
    if (magic, model) != (ADAPTER_MAGIC, model_id):
        return Verdict(ST_ADAPTER_BAD, words)
    if words > g.adapter_words:
        return Verdict(ST_ADAPTER_TOO_LARGE, words)
    if words != g.adapter_words or last:
        return Verdict(ST_ADAPTER_BAD, words)
    return Verdict(ST_OK, words, writes=True)


def judge_image(g: Geometry, model_id: int, slot: int, image: bytes) -> Verdict:
    """Answer to a LOAD of ``image`` (beats of h_block + 1 bytes, most significant first)."""
    size = g.chip.h_block + 1
    beats = len(image) // size - 1
    verdict = judge_header(g, model_id, slot, int.from_bytes(image[:size], "big"), beats == 0)
    if verdict.writes and beats != verdict.info * g.chip.units:
        return replace(verdict, status=ST_ADAPTER_BAD)
    return verdict
