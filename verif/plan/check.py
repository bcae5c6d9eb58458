"""The plan against the tree, both ways: all that is planned is there, all that is there is planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import PurePosixPath

from verif.plan.model import Named, Row
from verif.plan.tree import Tree

# Blocks that are no part of the chip.
OTHERS = ("golden/", "environment/")


def check(rows: list[Row], tree: Tree) -> list[str]:
    """One sentence for everything that does not fit; none when plan and tree agree."""
    return [
        *_names(rows, tree),
        *_tests(rows, tree),
        *_unnamed_tests(rows, tree),
        *_unnamed_cocotb(rows, tree),
        *_listed("cover point", "cover", rows, tuple(tree.points), "verif/coverage/points"),
        *_listed("property", "formal", rows, tree.properties, "verif/formal/properties.yaml"),
    ]


def never_sampled(rows: list[Row], sampled: dict[str, tuple[int, int]]) -> list[str]:
    """One sentence for every cover point that the last ``make cov`` never sampled.

    Parameters
    ----------
    rows
        The plan.
    sampled
        Bins hit and in all, by point.
    """
    return [
        f"{row.where}: cover point {point} was never sampled in the last make cov: "
        f"write a test that reaches it, or remove the point"
        for row in rows
        for point in row.cover
        if point in sampled and not sampled[point][0]
    ]


def home(block: str) -> str:
    """The file that has a block's rows."""
    room = block.partition("/")[0]
    return f"verif/plan/{'chip' if room == 'top' else room}.yaml"


def _names(rows: list[Row], tree: Tree) -> Iterator[str]:
    for row in rows:
        prefix = row.block.rpartition("/")[2] + "."
        if not row.id.startswith(prefix) or row.id == prefix:
            yield f"{row.where} is of {row.block}: its id must be {prefix}<feature>"
        if row.block not in tree.blocks and not row.block.startswith(OTHERS):
            meant = _meant(row.block, tree.blocks)
            yield f"{row.where} is of {row.block}, which hdl/files.f does not list{meant}"
    for name, count in Counter(r.id for r in rows).items():
        if count > 1:
            files = sorted({r.file for r in rows if r.id == name})
            yield f"{' and '.join(files)}: the id {name} is there {count} times: give each row its own"
    planned = {r.block for r in rows}
    for block in tree.blocks:
        if block not in planned:
            yield f"{home(block)}: hdl/{block}.sv has no row: add one for each of its features"


def _tests(rows: list[Row], tree: Tree) -> Iterator[str]:
    """Rows without a test, or with one that does not exist."""
    functions = sorted({n.partition("[")[0] for n in tree.nodes})
    for row in rows:
        if not row.tests:
            yield f"{row.where} names no test: name one under 'tests', or write it"
        for test in row.tests:
            if not any(test.means(n) for n in tree.nodes):
                meant = _meant(test.node.partition("[")[0], functions)
                yield f"{row.where} names the test {test.node}, which pytest does not collect{meant}"
            elif test.cocotb and test.cocotb not in (names := _beside(test, tree)):
                yield (
                    f"{row.where} names the cocotb test {test.text}, which no tb_*.py beside "
                    f"{PurePosixPath(test.file).name} has{_meant(test.cocotb, names)}"
                )


def _beside(test: Named, tree: Tree) -> list[str]:
    """Cocotb tests of the folder of a test."""
    folder = PurePosixPath(test.file).parent
    return [n for file, names in tree.cocotb.items() if PurePosixPath(file).parent == folder for n in names]


def _unnamed_tests(rows: list[Row], tree: Tree) -> Iterator[str]:
    tests = [t for r in rows for t in r.tests]
    unnamed: dict[str, str] = {}
    named: set[str] = set()
    for node in tree.nodes:
        function = node.partition("[")[0]
        if any(t.means(node) for t in tests):
            named.add(function)
        else:
            unnamed.setdefault(function, node)
    for function, node in unnamed.items():
        what = node if function in named else function
        yield f"{what} is in no row: add it to the row of {_file(node)} whose feature it shows"


def _file(node: str) -> str:
    """The plan's file for a test, by its folder."""
    parts = node.split("/")
    if parts[0] != "verif":
        return "verif/plan/golden.yaml"
    rooms = ("fp", "rom", "common", "matrix", "vector", "mesh", "control", "chip")
    return f"verif/plan/{parts[1] if parts[1] in rooms else 'environment'}.yaml"


def _unnamed_cocotb(rows: list[Row], tree: Tree) -> Iterator[str]:
    """A module's only test goes with its bench; of several each must be named."""
    tests = [t for r in rows for t in r.tests]
    folders = {PurePosixPath(t.file).parent for t in tests}
    named = {(PurePosixPath(t.file).parent, t.cocotb) for t in tests if t.cocotb}
    for file, names in tree.cocotb.items():
        folder = PurePosixPath(file).parent
        if len(names) == 1 and folder in folders:
            continue
        for name in names:
            if (folder, name) not in named:
                yield (
                    f"{file}: the cocotb test {name} is in no row: "
                    f"name '<pytest test>#{name}' in the row of {_file(file)} whose feature it shows"
                )


def _listed(what: str, key: str, rows: list[Row], there: tuple[str, ...], place: str) -> Iterator[str]:
    """Cover points or properties that are in a row only, or in no row."""
    known = set(there)
    for row in rows:
        for name in getattr(row, key):
            if name not in known:
                meant = _meant(name, there)
                yield f"{row.where} names the {what} {name}, which {place} does not declare{meant}"
    planned = {name for row in rows for name in getattr(row, key)}
    for name in there:
        if name not in planned:
            yield f"{place}: the {what} {name} is in no row: add it under '{key}' to a row of the plan"


def _meant(name: str, known: tuple[str, ...] | list[str]) -> str:
    """What to write instead."""
    near = get_close_matches(name, known, n=1, cutoff=0.75)
    return f": is {near[0]} meant?" if near else ": correct or remove the name"
