"""Rests of streams: which side, both values, the same from the same seed."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from verif.lib.streams import STALLS, rests


@pytest.mark.parametrize("side", ["source", "sink"])
@pytest.mark.parametrize("stalls", STALLS)
def test_rests(stalls, side):
    twice = [list(islice(rests(np.random.default_rng(3), stalls, side), 400)) for _ in range(2)]
    assert twice[0] == twice[1]
    assert any(twice[0]) == (stalls in (side, "both")) and not all(twice[0])


def test_unknown():
    with pytest.raises(ValueError, match="stalls 'often'"):
        next(rests(np.random.default_rng(3), "often", "sink"))
