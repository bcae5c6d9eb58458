"""A reset in mid-token: behind it the chip is as new, whatever it left in its memories."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from golden import host
from golden.chip import Chip
from golden.probes import HOST_WIDTH, probes
from verif.lib.checker import Checker
from verif.lib.chip import Script


def keep_last(folder: Path, script: Script) -> int:
    """Drop from the probe files what was before the last reset; returns the records dropped.

    Cycles count anew behind a reset, and this test's host does the same in the same cycles before and
    behind it, so a record whose cycle does not come after its predecessor's is the first of a new part.
    """
    widths = HOST_WIDTH | {name: p.width for name, p in probes(script.geometry).items()}
    dropped = 0
    for name, width in widths.items():
        file = folder / f"{name}.bin"
        records = np.fromfile(file, "<u4").reshape(-1, width)
        key = records[:, 0].astype(np.int64) << 32 | records[:, 1]
        first = np.flatnonzero(np.diff(key) <= 0)[-1:] + 1
        dropped += int(first.sum())
        records[int(first.sum()) :].tofile(file)
    return dropped


@pytest.mark.parametrize("cycles", [40, 5000, 9001])
def test_reset_in_mid_run(chips, cycles):
    """In the first token, in the prompt, while tokens are generated; then a whole script from the start."""
    script = chips.script("tiny")
    kjv, prompt = chips.adapter("kjv", "tiny"), [7, 7]
    script.select(0).load(0, kjv).select(1)
    script.steps.append({"op": "cut", "token": 7, "length": 2, "max_new": 9, "cycles": cycles})
    # No slot is full, no sequence is known, and the tokens are those of a new chip.
    script.select(1, status=host.ST_NO_ADAPTER, info=1).load(0, kjv).select(1)
    script.run(prompt, 9).select(0).run([], 4, status=host.ST_OK).new().run(
        [], 1, status=host.ST_NOTHING_TO_DO
    )
    run = chips.run(script)
    run.finish()
    assert keep_last(run.traces, script) > 0
    checker = Checker(Chip(script.weights, script.model_id), run.traces, script.loads[1:])
    for _ in checker.tokens():
        pass
    assert checker.totals.sampled == 13 and checker.totals.per_probe["lora_b"] > 0
