"""The whole chip behind its system interface: the tokens that a system gets are golden's."""

from __future__ import annotations

import hashlib
import json

from golden.burn import adapter_image, burn
from golden.chip import Chip
from golden.library import load_lora, load_model
from golden.sv_package import sv_package
from golden.tokenizer import load_tokenizer
from verif.lib.build import run_bench
from verif.lib.checker import Checker
from verif.lib.identity import identity, run_folder
from verif.lib.tools import ROOT, SIM_BUILD

DEFINES = ("ROMA_CORE=tb_roma_chip.u_chip.u_core",)


def test_session() -> None:
    """Adapters, prompts, tokens and refusals of one session; every probe beat checked as well."""
    model = load_model("tiny")
    g = model.geometry
    folder = run_folder(identity())
    model_id = burn(model.weights, folder / "images")
    loads = []
    for name in ("shout", "kjv"):
        adapter = load_lora(name, model)
        image = adapter_image(adapter, g, model_id)
        (folder / f"{name}.bin").write_bytes(image)
        loads.append((image, adapter))
    beat = g.chip.h_block + 1
    cut = loads[0][0][: len(loads[0][0]) // 2 // beat * beat]
    tokenizer = load_tokenizer(model.folder, g.model.vocab_size)
    job = {
        "images": [str(folder / f"{n}.bin") for n in ("shout", "kjv")],
        "prompt": tokenizer.encode("Emma was"),
        "tokens": 6,
        "words": g.adapter_words,
        "beat": beat,
        "sequences": g.chip.sequences,
        "capabilities": [
            ("CAP_MESH", "columns", g.chip.columns),
            ("CAP_MESH", "rows", g.chip.rows),
            ("CAP_MESH", "h_block", g.chip.h_block),
            ("CAP_CONTEXT", "positions", g.chip.context),
            ("CAP_ADAPTER", "slots", g.chip.adapter_slots),
            ("CAP_ADAPTER", "max_rank", g.chip.max_rank),
            ("CAP_IMAGE", "bytes", len(loads[0][0])),
            ("CAP_VOCAB", "rows", g.vocab),
            ("CAP_SEQUENCES", "sequences", g.chip.sequences),
            ("CAP_SEQUENCES", "tokens", g.chip.tokens),
        ],
    }
    text = sv_package(g)
    package = SIM_BUILD / "generated" / hashlib.sha256(text.encode()).hexdigest()[:16] / "roma_cfg_pkg.sv"
    package.parent.mkdir(parents=True, exist_ok=True)
    if not package.exists():
        package.write_text(text)
    traces = folder / "trace"
    traces.mkdir(exist_ok=True)
    for old in traces.iterdir():
        old.unlink()
    run_bench(
        "tb_roma_chip",
        "verif.host.chip.tb_roma_chip",
        {"BUS": 16},
        extra_sources=[
            package,
            *(ROOT / "verif/chip" / f"{n}.sv" for n in ("roma_tracer", "rom_loader")),
            ROOT / "verif/host/chip/tb_roma_chip.sv",
        ],
        defines=DEFINES,
        env={"JOB": json.dumps(job)},
        plusargs=[f"+roms={folder / 'images'}", f"+trace={traces}"],
        optimise="-O2",
    )
    checker = Checker(Chip(model.weights, model_id), traces, [*loads, (cut, None)])
    for _ in checker.tokens():
        pass
    packets = json.loads((folder / "packets.json").read_text())
    assert [len(p) for p in packets[:3]] == [6, 3, 4]
    # Tokens of several sequences interleave: the packets one behind the other are another order.
    assert sorted(sum(packets, [])) == sorted(checker.generated)
    assert checker.totals.beats > 0
