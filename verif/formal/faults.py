"""Broken copies of the RTL: what a property must notice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from golden.errors import RomaError
from verif.formal.prove import Answer, Task, files_of, run
from verif.formal.table import Property, Wrapper
from verif.lib.sources import HDL


def broken_files(wrapper: Wrapper, prop: Property, folder: Path) -> list[Path]:
    """The wrapper's files with one of them replaced by a copy that holds the property's fault."""
    source = HDL / prop.fault.file
    files = files_of(wrapper)
    if source not in files:
        raise RomaError(
            f"the fault of {prop.name} is in {prop.fault.file}, which {wrapper.name} does not use"
        )
    copy = folder / source.name
    copy.write_text(prop.fault.apply(source.read_text()))
    return [copy if x == source else x for x in files]


def notice(wrapper: Wrapper, prop: Property, folder: Path) -> Answer:
    """What the property says about its fault; a search of bounded depth."""
    files = broken_files(wrapper, prop, folder)
    # Alone, without the assertions that its proof may assume: the fault may break those as well.
    alone = replace(wrapper, properties=(replace(prop, given=()),))
    task = Task(alone, prop.fault.size, frozenset([prop.name]), covers=False, cap=wrapper.depth)
    return run(task, files)[0]
