"""Any size: random models on odd chips, every probe beat equal to golden."""

from __future__ import annotations

import pytest

from golden.tests.sizes import ODD, SHARED, TALL, random_adapter, random_weights
from golden.weights import prepare_adapter
from verif.lib.chip import script_for_weights
from verif.lib.identity import identity, run_folder


@pytest.mark.parametrize("geometry", [ODD, SHARED, TALL], ids=lambda g: g.chip.name)
def test_odd_chip(chips, geometry):
    """Three columns with padding everywhere; four columns a KV head with 8-bit weights; one column."""
    g = geometry
    script = script_for_weights(random_weights(g, seed=3), run_folder(identity()))
    full = prepare_adapter(random_adapter(g, g.chip.max_rank), g)
    small = prepare_adapter(random_adapter(g, 1, seed=5), g)
    script.load(0, full).load(1, small)
    context, prompt = g.chip.context, list(range(1, 6))
    script.run(prompt, 4).select(1).run([], 4).select(2).run([], 4)
    used = len(prompt) + 11
    rest = context - used
    script.select(0).run([7] * rest, 2, status=2, info=1)  # up to the last position
    checker = chips.check(script)
    assert checker.totals.tokens == context and checker.totals.per_probe["lora_b"] > 0
    assert all(checker.totals.per_probe[name] for name in checker.chip.schedule.probes)
