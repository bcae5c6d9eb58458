"""Commands, status codes and handshake timing of the host port, SPEC chapters 5 and 6."""

from __future__ import annotations

from golden.config import Geometry

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
