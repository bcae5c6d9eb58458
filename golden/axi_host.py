"""The system interface by its transactions: what registers read, what the chip and the bus see.

Golden twin of ``hdl/host/axi_host.sv``, written from SPEC-host.md. Calls are events in the order in which
they happen; every method says what must come out of it. Which cycle is the host's and the chip's affair.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import IntEnum

from golden.host import CMD_LOAD, CMD_RUN
from golden.image_port import Error, ImagePort

ROMA_ID, MAP_VERSION = 0x524F4D41, 0x00010001


class Irq(IntEnum):
    """Bits of IRQ_STATUS and IRQ_ENABLE."""

    RESPONSE = 0
    TOKEN = 1
    ERROR = 2
    LOAD_DONE = 3


@dataclass(frozen=True)
class Sizes:
    """Parameters of ``axi_host``, in lower case."""

    columns: int = 2
    rows: int = 2
    h_block: int = 16
    context: int = 8
    tokens: int = 2
    sequences: int = 1
    adapter_slots: int = 2
    adapter_words: int = 8
    max_rank: int = 4
    vocab_rows: int = 4
    bus: int = 8
    window_w: int = 26
    prompt_depth: int = 64
    token_depth: int = 16
    response_depth: int = 4

    @property
    def beat(self) -> int:
        """Bytes of an image beat."""
        return self.h_block + 1

    @property
    def image(self) -> int:
        """Bytes of a whole adapter image."""
        return (1 + self.adapter_words * self.columns * self.rows) * self.beat


class ErrorLog:
    """The first error since the last clear, and how many there were. Twin of ``host_errors.sv``."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """ERROR_CLEAR."""
        self.code, self.info, self.count = 0, 0, 0

    def report(self, code: int, info: int) -> None:
        """One error; of several in a cycle the one of the lowest source comes first."""
        if self.count == 0:
            self.code, self.info = code, info
        self.count = min(self.count + 1, 0xFFFF)


class AxiHost:
    """Registers, queues and image of one chip.

    Attributes
    ----------
    port
        The image port.
    reported
        Every error since the bus's reset, in order.
    """

    def __init__(self, sizes: Sizes) -> None:
        self.s = sizes
        self.port = ImagePort(sizes.bus, sizes.beat, sizes.window_w, self._error)
        self.reset()

    def reset(self) -> None:
        """The bus's reset."""
        self.arg = self.image_bytes = self.irq_status = self.irq_enable = 0
        self.errors = ErrorLog()
        self.reported: list[Error] = []
        self.tokens_made = self.run_cycles = 0
        self.front: tuple[int, int, bool] | None = None
        self.soft_reset()

    def soft_reset(self) -> None:
        """CONTROL.soft_reset; the token before the stream and the registers stay."""
        self.waiting: tuple[int, int, int, int] | None = None  # op, seq, arg, bytes of its image
        self.open_ops: list[tuple[int, int]] = []  # op, seq
        self.responses: deque[tuple[int, int, int, int]] = deque()  # op, seq, status, info
        self.prompt: deque[tuple[int, int]] = deque()  # seq, token
        self.tokens: deque[tuple[int, int, bool]] = deque()  # seq, token, last
        self.held: dict[int, int] = {}  # by sequence
        self.left: dict[int, int] = {}
        self.run_since: int | None = None
        self.port.reset()

    # ---- Registers ---------------------------------------------------------------------------------
    def read(self, name: str) -> int:
        """Value of a register that can be read; CYCLES is the bench's to know."""
        s = self.s
        op, seq, status, info = self.responses[0] if self.responses else (0, 0, 0, 0)
        level = len(self.tokens) + (self.front is not None)
        flags = (
            self.waiting is not None or bool(self.open_ops),
            self.waiting is not None,
            bool(self.runs),
            any(op == CMD_LOAD for op, _ in self.open_ops),
            self.port.wanted > 0,
        )
        runs = sum(1 << 8 + s for s in self.runs)
        return {
            "ID": ROMA_ID,
            "VERSION": MAP_VERSION,
            "CAP_MESH": s.columns | s.rows << 8 | s.h_block << 16,
            "CAP_CONTEXT": s.context,
            "CAP_ADAPTER": s.adapter_slots | s.max_rank << 16,
            "CAP_IMAGE": s.image,
            "CAP_VOCAB": s.vocab_rows * s.columns,
            "CAP_SEQUENCES": s.sequences | s.tokens << 8,
            "CAP_QUEUES": s.prompt_depth | s.token_depth << 16 | s.response_depth << 24,
            "COMMAND_ARG": self.arg,
            "IMAGE_BYTES": self.image_bytes,
            "IMAGE_OFFSET": self.port.offset,
            "STATUS": sum(bit << i for i, bit in enumerate(flags)) | runs,
            "PROMPT_QUEUE": len(self.prompt) | s.prompt_depth - len(self.prompt) << 16,
            "OUT_QUEUES": level | len(self.responses) << 16,
            "RESPONSE": (1 << 31 | seq << 12 | op << 8 | status) if self.responses else 0,
            "RESPONSE_INFO": info,
            "IRQ_STATUS": self.irq_status,
            "IRQ_ENABLE": self.irq_enable,
            "ERROR": self.errors.code | self.errors.count << 16,
            "ERROR_INFO": self.errors.info,
            "RUN_CYCLES": self.run_cycles & 0xFFFFFFFF,
            "RUN_CYCLES_HI": self.run_cycles >> 32,
            "TOKENS": self.tokens_made,
        }[name]

    def write(self, name: str, value: int) -> None:
        """Write a register that can be written."""
        if name == "COMMAND_ARG":
            self.arg = value
        elif name == "IMAGE_BYTES":
            self.image_bytes = value
        elif name == "COMMAND":
            self._issue(value & 7, value >> 8 & 3)
        elif name == "CONTROL":
            if value & 2:
                self.prompt.clear()
            if value & 1:
                self.soft_reset()
        elif name == "RESPONSE_POP":
            if value & 1 and self.responses:
                self.responses.popleft()
            elif value & 1:
                self._error(Error.RESPONSE_EMPTY, 0)
        elif name == "IRQ_STATUS":
            self.irq_status &= ~value
        elif name == "IRQ_ENABLE":
            self.irq_enable = value & 15
        elif name == "ERROR_CLEAR":
            if value & 1:
                self.errors.clear()
        else:
            raise ValueError(f"register '{name}' cannot be written")

    @property
    def runs(self) -> set[int]:
        """Sequences with an open RUN."""
        return {seq for op, seq in self.open_ops if op == CMD_RUN}

    @property
    def irq(self) -> bool:
        """The interrupt."""
        return bool(self.irq_status & self.irq_enable)

    def _issue(self, op: int, seq: int) -> None:
        if self.waiting is not None:
            self._error(Error.COMMAND_BUSY, op)
            return
        size = self.image_bytes
        if op == CMD_LOAD and (not size or size % self.s.beat or size > 1 << self.s.window_w):
            self._error(Error.IMAGE_LENGTH, size)
            return
        self.waiting = op, seq, self.arg, size

    def _error(self, code: Error, info: int) -> None:
        self.reported.append(code)
        self.errors.report(code, info)
        self.irq_status |= 1 << Irq.ERROR

    # ---- The chip's side ---------------------------------------------------------------------------
    def take_command(self, cycle: int) -> tuple[int, int, int]:
        """The chip takes the waiting command: (op, seq, arg)."""
        assert self.waiting is not None, "no command waits"
        op, seq, arg, size = self.waiting
        self.waiting = None
        if op == CMD_RUN:
            self.left[seq] = arg >> 16
            if not self.runs:
                self.run_since = cycle
        if op == CMD_LOAD:
            self.port.open(size)
        self.open_ops.append((op, seq))
        return op, seq, arg

    def respond(self, op: int, seq: int, status: int, info: int, cycle: int) -> None:
        """The chip's response enters the queue."""
        self.open_ops.remove((op, seq))
        self.responses.append((op, seq, status, info))
        self.irq_status |= 1 << Irq.RESPONSE | (op == CMD_LOAD) << Irq.LOAD_DONE
        if op == CMD_RUN:
            assert self.run_since is not None
            if not self.runs:
                self.run_cycles += cycle - self.run_since
            if seq in self.held:
                self._token_out(seq, self.held.pop(seq), True)

    def token(self, seq: int, token: int) -> None:
        """The chip gives a token."""
        self.tokens_made += 1
        if seq in self.held:
            self._token_out(seq, self.held.pop(seq), False)
        self.left[seq] -= 1
        if self.left[seq] == 0:
            self._token_out(seq, token, True)
        else:
            self.held[seq] = token

    def prompt_taken(self) -> tuple[int, int]:
        """The chip takes a prompt token: (seq, token)."""
        return self.prompt.popleft()

    # ---- The bus's side ----------------------------------------------------------------------------
    def prompt_in(self, seq: int, token: int) -> None:
        """A token enters the prompt queue, if its sequence exists."""
        if seq >= self.s.sequences:
            self._error(Error.PROMPT_DEST, seq)
            return
        assert len(self.prompt) < self.s.prompt_depth, "the prompt queue is full"
        self.prompt.append((seq, token))

    def _token_out(self, seq: int, token: int, last: bool) -> None:
        self.tokens.append((seq, token, last))
        self._forward()

    def _forward(self) -> None:
        if self.front is None and self.tokens:
            self.front = self.tokens.popleft()
            self.irq_status |= 1 << Irq.TOKEN

    def token_taken(self, seq: int) -> tuple[int, int, bool]:
        """The host takes a token with this TID from the stream: (TID, token, TLAST).

        Those of one sequence stay in order; who goes first when tokens of several may leave is open.
        """
        tokens = [t for t in (self.front, *self.tokens) if t]
        token = next((t for t in tokens if t[0] == seq), None)
        assert token is not None, f"no token of sequence {seq} on the stream"
        tokens.remove(token)
        self.front, self.tokens = None, deque(tokens)
        self._forward()
        return token
