"""sequencer: real programmes and random ones, with engines that answer at random."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from golden import program as p
from golden.tests.sizes import GEOMETRIES
from verif.lib.build import expect_refused, run_bench
from verif.lib.identity import base_seed

HERE = Path(__file__).parent
WORDS = 512  # of the ROM; a shorter programme ends in it
MODEL_ID, VOCAB_SIZE = 0xABCD1234, 12345


def random_program(r: np.random.Generator, length: int) -> list[p.Instr]:
    """Any engine, any waits, any conditions; END at the end."""
    out: list[p.Instr] = []
    ops = {p.S: 1, p.D: 3, p.L: 1, p.H: 5}
    while len(out) < length - 1:
        engine = int(r.integers(4))
        waits = {f"left_{x}": int(r.choice([p.ANY, p.ANY, r.integers(20)])) for x in "sdlh"}
        more = {"if_lora": int(r.random() < 0.2), "if_head": int(r.random() < 0.2)}
        more |= {"bank": int(r.integers(2)), "urgent": int(r.integers(2)), "addr0": len(out)}
        more |= {"left_n": int(r.choice([p.ANY_N, 3])), "n0": int(r.integers(4096))}
        more |= {"transform": int(r.integers(5)) if engine == p.S else 0}
        op = int(r.integers(ops[engine]))
        if engine == p.H and op == p.SCORE:
            more |= {"if_lora": 0, "if_head": 0}  # so is its REDUCE: who takes a lock gives it back
            if r.integers(2):
                out.append(p.Instr(p.H, p.EARLY, "", len(out), **waits, if_lora=int(r.random() < 0.2)))
                out += [p.Instr(p.S, p.SEND, "", len(out))] * int(r.integers(3))
        out.append(p.Instr(engine, op, "", len(out), **waits, **more))
        if engine == p.H and op == p.SCORE:
            out.append(p.Instr(p.H, p.REDUCE, "", len(out), **waits))
    if length > 2:
        out += [p.Instr(p.D, p.DRAIN, "", -1, drain=p.ARGMAX), p.Instr(p.D, p.DRAIN, "", -1, drain=p.ARGMAX)]
        out.append(p.Instr(p.D, p.SAMPLE, "", -1))
    return [*out, p.Instr(p.END, 0, "", -1, left_s=0, left_d=0, left_l=0, left_h=0, left_n=0)]


def play(program: list[p.Instr], tokens: int, sequences: int, folder: Path) -> None:
    """Run the bench on a programme."""
    image = p.encode(program, MODEL_ID, VOCAB_SIZE)
    image += bytes(WORDS * p.WORD_BYTES - len(image))
    rom, listing = folder / "program.bin", folder / "program.json"
    rom.write_bytes(image)
    listing.write_text(json.dumps([asdict(i) for i in program]))
    run_bench(
        "sequencer",
        "verif.control.sequencer.tb_sequencer",
        {"PROGRAM_WORDS": WORDS, "TOKENS": tokens, "SEQUENCES": sequences, "SEQUENCE_WORDS": 1000 * tokens},
        extra_sources=[HERE / "program_image.sv"],
        env={"PROGRAM": str(listing), "HEADER": image[: p.WORD_BYTES].hex()},
        plusargs=[f"+program={rom}"],
    )


@pytest.mark.parametrize("tokens", [1, 2, 3, 4])
@pytest.mark.parametrize("name", ["tiny", "odd"])
def test_programme(name: str, tokens: int, tmp_path: Path) -> None:
    """The programmes that the burner writes."""
    play(p.build(GEOMETRIES[name]), tokens, min(tokens, 3), tmp_path)


@pytest.mark.parametrize(("length", "tokens", "sequences"), [(1, 1, 1), (2, 2, 4), (40, 3, 1), (400, 4, 2)])
def test_random(length: int, tokens: int, sequences: int, tmp_path: Path) -> None:
    """Programmes that no burner writes."""
    r = np.random.default_rng([base_seed(), length])
    play(random_program(r, length), tokens, sequences, tmp_path)


@pytest.mark.parametrize(
    ("name", "value", "legal"),
    [
        ("PROGRAM_WORDS", 1, ">= 2"),
        ("TOKENS", 0, "1 to 4"),
        ("TOKENS", 5, "1 to 4"),
        ("SEQUENCES", 0, "1 to 4"),
        ("SEQUENCES", 5, "1 to 4"),
    ],
)
def test_refused(name: str, value: int, legal: str) -> None:
    """The sentence names the parameter and its value."""
    expect_refused("sequencer", {name: value}, f"sequencer: {name} is {value}, legal: {legal}")
