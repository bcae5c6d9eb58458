"""Cover points: the tables are whole, records become labels, what is never sampled is missed."""

from __future__ import annotations

import numpy as np
import pytest

from tools.cov import failures
from verif.coverage.bins import BINS
from verif.coverage.bins.classes import rounding
from verif.coverage.functional import merged
from verif.coverage.model import Group, Point
from verif.coverage.points import GROUPS, POINTS
from verif.coverage.records import Records
from verif.coverage.sample import combinations, coverage_db, empty, sampler
from verif.lib.sources import hdl_files

GROUP = Group(
    "queue",
    "1",
    ("a",),
    (),
    (
        Point("side", ("left", "right"), "Sides."),
        Point("size", ("0", "1"), "Sizes."),
        Point("both", (), "Both.", ("side", "size"), (("right", "1"),)),
    ),
    "",
    9,
)


def export(tmp_path, name, *seen):
    """An export in which some combinations occurred."""
    empty([GROUP])
    for labels in seen:
        sampler(GROUP)(dict(zip(("side", "size"), labels, strict=True)))
    path = tmp_path / f"{name}.yml"
    coverage_db.export_to_yaml(str(path))
    return path


def test_never_sampled_is_missed(tmp_path):
    """No run at all: every bin is missing, and the target is missed."""
    rows = merged([], tmp_path / "all.yml", [GROUP])
    assert [r["hit"] for r in rows] == [0, 0, 0] and [r["total"] for r in rows] == [2, 2, 3]
    assert any(text.startswith("functional is 0.00 %") for text in failures({}, rows))


def test_two_runs_together(tmp_path):
    """Each run brings what the other lacks; combinations that cannot be do not count."""
    one = export(tmp_path, "one", ("left", "0"), ("left", "1"))
    two = export(tmp_path, "two", ("right", "0"))
    half = {r["point"]: r for r in merged([one], tmp_path / "half.yml", [GROUP])}
    assert half["queue.both"]["missing"] == ["('right', '0')"]
    whole = merged([one, two], tmp_path / "all.yml", [GROUP])
    assert not any(r["missing"] for r in whole)
    assert not any(text.startswith("functional") for text in failures({}, whole))


def test_combinations_once():
    """A million beats are sampled as often as they differ."""
    labels = {"side": np.array(["left"] * 1000 + [""]), "size": np.array(["0"] * 1001)}
    assert {"side": "left", "size": "0"} in combinations(GROUP, labels)
    assert len(combinations(GROUP, labels)) == 2


def test_every_point_can_be_sampled():
    """Every group has its function, every block its file, every cross points that exist."""
    assert {g.key for g in GROUPS} == set(BINS)
    files = {p.stem: p for p in hdl_files()}
    assert {g.block for g in GROUPS} <= set(files)
    modules = {n for n in files if not n.endswith("_pkg")}
    assert modules <= {g.block for g in GROUPS}
    for g in GROUPS:
        for p in g.points:
            assert p.shows.endswith(".") and (p.bins or g.combinations(p)), g.full(p)
    assert len(POINTS) == sum(len(g.points) for g in GROUPS)


def test_records():
    """Signals lie in whole words behind the cycle, lowest first."""
    words = np.array([[5, 7, 0x01020304, 0xFF], [6, 1, 0, 0]], np.uint32)
    r = Records(words, {"a": 3, "b": 40}, {"N": 4})
    assert r.cycle.tolist() == [5, 6] and r.streams.tolist() == [False, True]
    assert r["a"].tolist() == [7, 1] and r.signed("a").tolist() == [-1, 1]
    assert r["b"].tolist() == [0xFF01020304, 0] and r.lanes("b", 8)[0].tolist() == [4, 3, 2, 1, 255]
    assert r.fields("b", 4)[0].tolist() == [4, 0, 3, 0, 2, 0, 1, 0, 15, 15]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (1.0, "exact"),
        (1 + 2.0**-24, "tie_down"),
        (1 + 3 * 2.0**-24, "tie_up"),
        (-1 - 2.0**-25, "down"),
        (-1 - 1.5 * 2.0**-24, "up"),
    ],
)
def test_rounding(value, label):
    assert rounding(np.array([value])).tolist() == [label]
