"""Merges the functional coverage of all runs and counts it by point."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from cocotb_coverage.coverage import coverage_db, merge_coverage

from golden.errors import RomaError
from verif.coverage.model import Group
from verif.coverage.points import GROUPS
from verif.coverage.sample import FILE, empty


def merged(files: Sequence[Path], out: Path, groups: Sequence[Group] = GROUPS) -> list[dict[str, Any]]:
    """Merge exports of cocotb-coverage into ``out``; every point of ``groups`` is in it, hit or not.

    Returns
    -------
    Of every point its name, bins hit and in all, and the bins that are missing.

    Raises
    ------
    RomaError
        When an export has bins that the points have not: it is older than they are.
    """
    empty(groups)
    none = out.with_suffix(".none.yml")
    coverage_db.export_to_yaml(str(none))
    try:
        merge_coverage(lambda text: None, str(out), str(none), *map(str, files))
    except KeyError as e:
        raise RomaError(f"a run was made with other cover points ({e}): run 'make cov' without RUN=0") from e
    finally:
        none.unlink()
    database = yaml.load(out.read_text(), Loader=yaml.CSafeLoader)
    rows = []
    for group in groups:
        for point in group.points:
            name = group.full(point)
            bins = database[name]["bins:_hits"]
            missing = [str(b) for b, hits in bins.items() if not hits]
            rows.append(
                {"point": name, "hit": len(bins) - len(missing), "total": len(bins), "missing": missing}
            )
    return rows


def exports(runs: Path) -> list[Path]:
    """The exports of all runs."""
    return sorted(runs.glob(f"*/{FILE}"))
