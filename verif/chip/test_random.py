"""Any size, any host: random legal chips with random models, driven at random, every beat compared."""

from __future__ import annotations

import numpy as np
import pytest

from golden.tests.draw import draw_geometry
from golden.tests.sizes import random_weights
from verif.chip.random_script import RandomHost
from verif.lib.chip import script_for_weights
from verif.lib.identity import base_seed, derived_seed, identity, run_folder


@pytest.mark.parametrize("draw", range(2))
def test_random_chip(chips, draw):
    """The seed draws everything: chip, model, weights, adapters, commands; every other host rests."""
    rng = np.random.default_rng(derived_seed(identity(), base_seed()))
    geometry = draw_geometry(rng)
    print(geometry)
    weights = random_weights(geometry, seed=int(rng.integers(1 << 30)), tied=bool(rng.integers(2)))
    script = script_for_weights(weights, run_folder(identity()))
    if draw % 2:
        script.steps.append({"op": "rests", "seed": int(rng.integers(1 << 30))})
    checker = chips.check(RandomHost(script, rng).play(commands=16))
    assert checker.totals.sampled > 0
