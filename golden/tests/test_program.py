"""The programme and its codes: what golden encodes is what roma_pkg.sv decodes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from golden import host, instruction, program
from golden.config import PRESETS
from golden.geometry import preset

PACKAGE = re.sub(r"//.*", "", (Path(__file__).parents[2] / "hdl/common/roma_pkg.sv").read_text())


def enum(name: str) -> dict[str, int]:
    """Members of an enum of roma_pkg."""
    body = re.search(r"enum logic \[[^\]]*\] \{([^}]*)\} " + name + ";", PACKAGE)[1]
    return {k: int(v) for k, v in re.findall(r"(\w+)\s*=\s*\d+'d(\d+)", body)}


@pytest.mark.parametrize(
    ("name", "prefix", "members"),
    [
        ("engine_e", "Eng", ("S", "D", "L", "H", "END")),
        ("d_op_e", "D", ("EMBED", "DRAIN", "SAMPLE")),
        ("h_op_e", "H", ("LORA_A", "LORA_B", "SCORE", "CONTEXT", "REDUCE", "EARLY")),
        ("transform_e", "Tr", ("NONE", "NORM", "ROPE", "INV", "SILU")),
        ("dest_e", "Dst", ("TO_X", "TO_Q", "TO_K", "TO_V", "TO_T")),
        ("drain_e", "Dr", ("STORE", "RESIDUAL", "ARGMAX")),
    ],
)
def test_codes(name, prefix, members):
    """Every code of an instruction field."""
    want = {prefix + m.removeprefix("TO_").replace("_", "").lower(): getattr(program, m) for m in members}
    assert {k.lower(): v for k, v in enum(name).items()} == {k.lower(): v for k, v in want.items()}


def test_host_codes():
    """Commands and statuses."""
    commands = {k.removeprefix("Cmd").upper(): v for k, v in enum("cmd_e").items()}
    assert all(getattr(host, f"CMD_{k}") == v for k, v in commands.items())
    assert len(commands) == sum(name.startswith("CMD_") for name in vars(host))
    statuses = {re.sub(r"(?<!^)(?=[A-Z])", "_", k[2:]).upper(): v for k, v in enum("status_e").items()}
    assert all(getattr(host, f"ST_{k}") == v for k, v in statuses.items())
    assert len(statuses) == sum(name.startswith("ST_") for name in vars(host))


def test_fields_stand_where_the_struct_has_them():
    """Order and widths of instr_t, most significant first there, least significant first here."""
    body = re.search(r"typedef struct packed \{([^}]*)\} instr_t;", PACKAGE)[1]
    types = {"transform_e": 3, "dest_e": 3, "drain_e": 2, "engine_e": 3, "logic": 1}
    fields = []
    for kind, high, name in re.findall(r"^\s*(\w+)\s*(?:\[(\d+):0\])?\s*(\w+);", body, re.M):
        fields.append((name, int(high) + 1 if high else types[kind]))
    assert fields[0][0] == "spare" and sum(w for _, w in fields) == 8 * program.WORD_BYTES
    assert tuple(reversed(fields[1:])) == instruction._FIELDS


@pytest.mark.parametrize("name", PRESETS)
def test_programme_covers_the_roms(name):
    """GEMVs read every ROM word once and in order; banks alternate; drains take what was computed."""
    g = preset(name)
    rom, bank = 0, 0
    pending: list[program.Instr] = []
    for i in program.build(g):
        if i.engine == program.L:
            assert (i.addr0, i.bank) == (rom, bank)
            rom += i.n0 * i.n1 * i.n2
            bank ^= 1
            pending.append(i)
            assert len(pending) <= 2 and i.steps == i.n0 * i.n1 * i.n2
        elif i.engine == program.D and i.op == program.DRAIN:
            gemv = pending.pop(0)
            assert (i.bank, i.n0, i.what) == (gemv.bank, gemv.n0, gemv.what)
    assert rom == g.rom_words and not pending


def test_encode_refuses_what_does_not_fit():
    """No silent truncation of a field."""
    with pytest.raises(ValueError, match="n0=4096"):
        program.Instr(program.D, program.EMBED, "x", 0, n0=4096).encode()


def test_header():
    """Word 0: magic, model id, vocabulary."""
    raw = program.encode(program.build(preset("tiny")), 0x12345678, 512)
    word = int.from_bytes(raw[: program.WORD_BYTES], "big")
    assert word == int.from_bytes(b"ROMA", "little") | 0x12345678 << 32 | 512 << 64
    assert len(raw) == program.WORD_BYTES * (len(program.build(preset("tiny"))) + 1)
