"""The syntax tree of one RTL file, and what the faults need to know of its surroundings.

Files are parsed with SYNTHESIS defined: assertions and bookkeeping of simulation are not in the tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pyslang import Bag, SourceManager
from pyslang.parsing import PreprocessorOptions, Token
from pyslang.syntax import SyntaxTree

from golden.errors import RomaError

Node = Any  # pyslang's SyntaxNode

# Expressions of these places are constants of elaboration, or no expressions at all.
CONSTANT_PLACES = frozenset(
    {
        "ParameterDeclarationStatement",
        "ParameterPortList",
        "ParameterValueAssignment",
        "VariableDimension",
        "TypedefDeclaration",
        "IfGenerate",
        "LoopGenerate",
        "CaseGenerate",
    }
)


def kind(node: Node) -> str:
    """Name of the node's kind, such as ``AddExpression``; empty for a token."""
    return "" if isinstance(node, Token) else node.kind.name


def children(node: Node) -> Iterator[Node]:
    """Child nodes without tokens."""
    return (c for c in node if not isinstance(c, Token))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in the order of the text."""
    yield node
    for child in children(node):
        yield from walk(child)


def squeeze(text: str) -> str:
    """Text on one line, comments gone: what a reader compares."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", " ", text, flags=re.S)
    return " ".join(text.split())


@dataclass(frozen=True)
class Port:
    """A port of a module; ``type`` is its declaration without the name."""

    name: str
    direction: str
    type: str


@dataclass(frozen=True)
class Source:
    """One file of the RTL.

    Parameters
    ----------
    name
        Path below hdl/, such as ``fp/fp_add.sv``.
    text
        Its text.
    root
        Its syntax tree.
    """

    name: str
    text: str
    root: Node

    @property
    def block(self) -> str:
        """``fp/fp_add``."""
        return self.name.removesuffix(".sv")

    def span(self, node: Node) -> tuple[int, int]:
        """Start and end of a node in the text."""
        place = node.sourceRange
        return place.start.offset, place.end.offset

    def of(self, node: Node) -> str:
        """The node's own text."""
        start, end = self.span(node)
        return self.text[start:end]

    def line(self, offset: int) -> int:
        """Line number of an offset, from 1."""
        return self.text.count("\n", 0, offset) + 1

    @cached_property
    def genvars(self) -> frozenset[str]:
        """Names that count generated copies."""
        loops = (n for n in walk(self.root) if kind(n) == "LoopGenerate")
        return frozenset(n.identifier.valueText for n in loops)

    @cached_property
    def generated(self) -> frozenset[str]:
        """Names of generate blocks: their index picks a copy, it is no value."""
        blocks = (n for n in walk(self.root) if kind(n) == "GenerateBlock")
        names = (b.beginName or b.endName for b in blocks)
        return frozenset(n.name.valueText for n in names if n is not None)

    @cached_property
    def constant_functions(self) -> frozenset[str]:
        """Functions that elaboration calls: they must not read a variable."""
        bodies = {
            squeeze(self.of(n.prototype.name)): n for n in walk(self.root) if kind(n) == "FunctionDeclaration"
        }
        found = {c for n in _constant_roots(self.root) for c in self._calls(n)}
        todo = list(found & bodies.keys())
        while todo:
            new = self._calls(bodies[todo.pop()]) - found
            found |= new
            todo += new & bodies.keys()
        return frozenset(found)

    def _calls(self, node: Node) -> set[str]:
        return {squeeze(self.of(n.left)) for n in walk(node) if kind(n) == "InvocationExpression"}

    def ports(self) -> list[Port]:
        """Ports of the module in this file, in order."""
        found = []
        for node in walk(self.root):
            if kind(node) == "ImplicitAnsiPort":
                declarator = node.declarator
                header = squeeze(self.of(node.header))
                dimensions = squeeze(self.of(declarator)).removeprefix(declarator.name.valueText)
                direction, _, form = header.partition(" ")
                form = re.sub(r"\b(wire|var|logic)\b", "", form)
                found.append(Port(declarator.name.valueText, direction, squeeze(form + dimensions)))
        return found


def _constant_roots(root: Node) -> Iterator[Node]:
    for node in walk(root):
        name = kind(node)
        if name in ("IfGenerate", "CaseGenerate"):
            yield node.condition
        elif name == "LoopGenerate":
            yield from (node.initialExpr, node.stopExpr, node.iterationExpr)
        elif name in CONSTANT_PLACES:
            yield node


def parse(path: Path, name: str) -> Source:
    """The file ``path``, called ``name``.

    Raises
    ------
    RomaError
        When it is not SystemVerilog.
    """
    # Offsets count bytes: one character each, whatever the comments hold.
    text = path.read_text(encoding="latin-1")
    options = PreprocessorOptions()
    options.predefines = ["SYNTHESIS"]
    manager = SourceManager()
    tree = SyntaxTree.fromFile(str(path), manager, Bag([options]))
    errors = [d for d in tree.diagnostics if d.isError()]
    if errors:
        line = manager.getLineNumber(errors[0].location)
        raise RomaError(f"hdl/{name}:{line} is not SystemVerilog ({errors[0].code}): repair it first")
    return Source(name, text, tree.root)
