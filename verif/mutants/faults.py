"""Faults of one RTL file, found by walking the code that runs in its syntax tree.

Every fault replaces whole nodes of the tree. Only code that is evaluated while the chip runs is
touched: no parameters, ranges, generate conditions, case labels, nor functions that elaboration calls.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from verif.mutants import kinds
from verif.mutants.kinds import Change, Edit
from verif.mutants.tree import Node, Port, Source, children, kind, squeeze

STATEMENTS = frozenset(
    {
        "ExpressionStatement",
        "ConditionalStatement",
        "ReturnStatement",
        "ContinuousAssign",
        "ForLoopStatement",
        "CaseStatement",
        "NamedPortConnection",
        "DataDeclaration",
    }
)
_SKIPPED = frozenset(
    {
        "EventControlWithExpression",
        "LogicType",
        "BitType",
        "IntType",
        "NamedType",
        "ImplicitType",
        "VariableDimension",
        "FunctionPrototype",
        "EmptyStatement",
        "NamedLabel",
        "NamedBlockClause",
        "ParameterDeclarationStatement",
        "RangeList",
        "StringLiteralExpression",
    }
)
WHERE = 90  # characters of a statement that tell where a fault sits


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Parameters
    ----------
    id
        ``block-digits``; the same as long as the statement around the fault stays the same.
    file, line
        Where, below hdl/.
    kind, original, mutant
        What is replaced by what.
    where
        Start of the statement around it, on one line.
    edits
        The replacements; more than one for a swap.
    """

    id: str
    file: str
    line: int
    kind: str
    original: str
    mutant: str
    where: str
    edits: tuple[Edit, ...]

    @property
    def block(self) -> str:
        """``fp/fp_add``."""
        return self.file.removesuffix(".sv")


@dataclass(frozen=True)
class _Place:
    """What holds where the walk stands."""

    where: str = ""
    ff: bool = False  # in always_ff
    function: bool = False
    reset: bool = False  # in the branch that reset takes
    target: bool = False  # left of an assignment


def find(source: Source, ports: Mapping[str, list[Port]]) -> list[Mutant]:
    """All faults of a file.

    Parameters
    ----------
    source
        The file.
    ports
        Ports of every module by name, for the connections of instances.
    """
    changes = list(_Walk(source, ports).roots(source.root))
    seen: Counter[tuple[str, ...]] = Counter()
    found = []
    for where, change in changes:
        signature = (source.name, change.kind, change.original, change.mutant, where)
        digest = hashlib.sha256(repr((*signature, seen[signature])).encode()).hexdigest()[:8]
        seen[signature] += 1
        line = source.line(change.edits[0].start)
        found.append(
            Mutant(
                f"{source.block}-{digest}",
                source.name,
                line,
                change.kind,
                change.original,
                change.mutant,
                where,
                change.edits,
            )
        )
    return found


_Found = Iterator[tuple[str, Change]]


class _Walk:
    def __init__(self, source: Source, ports: Mapping[str, list[Port]]) -> None:
        self.s, self.ports = source, ports
        self.special: dict[str, Callable[[Node, _Place], _Found]] = {
            "ConditionalStatement": self.branch,
            "ConditionalExpression": self.choice,
            "CaseStatement": self.case,
            "ForLoopStatement": self.loop,
            "ExpressionStatement": self.statement,
            "AssignmentExpression": self.assignment,
            "NonblockingAssignmentExpression": self.assignment,
            "AddAssignmentExpression": self.assignment,
            "MultiplyAssignmentExpression": self.assignment,
            "CastExpression": self.cast,
            "SignedCastExpression": self.last_child,
            "MultipleConcatenationExpression": self.last_child,
            "AssignmentPatternItem": self.last_child,
            "InvocationExpression": self.call,
            "ScopedName": self.scoped,
            "IdentifierSelectName": self.selected,
            "Declarator": self.declarator,
        }

    def roots(self, node: Node) -> _Found:
        """Faults of all code that runs below a node."""
        name = kind(node)
        if name in ("AlwaysFFBlock", "AlwaysCombBlock"):
            yield from self.visit(node, _Place(ff=name == "AlwaysFFBlock"))
        elif name == "ContinuousAssign":
            yield from self.visit(node, _Place())
        elif name == "FunctionDeclaration":
            if squeeze(self.s.of(node.prototype.name)) not in self.s.constant_functions:
                yield from self.visit(node, _Place(function=True))
        elif name == "HierarchyInstantiation":
            yield from self.instances(node)
        else:
            for child in children(node):
                yield from self.roots(child)

    def visit(self, node: Node, place: _Place) -> _Found:
        """Faults of a node and below it."""
        name = kind(node)
        if name in _SKIPPED:
            return
        if name in STATEMENTS:
            place = replace(place, where=squeeze(self.s.of(node))[:WHERE])
        if not place.target:
            for change in kinds.of_operator(self.s, node):
                yield place.where, change
        if name in self.special:
            yield from self.special[name](node, place)
        else:
            for child in children(node):
                yield from self.visit(child, place)

    def all(self, place: _Place, *nodes: Node | None) -> _Found:
        for node in nodes:
            if node is not None:
                yield from self.visit(node, place)

    def branch(self, node: Node, place: _Place) -> _Found:
        bare = node.elseClause is None
        for change in kinds.of_condition(self.s, node.predicate, enable=bare and place.ff):
            yield place.where, change
        is_reset = "rst" in self.s.of(node.predicate)
        yield from self.visit(node.predicate, place)
        yield from self.visit(node.statement, replace(place, reset=place.reset or is_reset))
        yield from self.all(place, node.elseClause)

    def choice(self, node: Node, place: _Place) -> _Found:
        for change in kinds.of_choice(self.s, node):
            yield place.where, change
        yield from self.all(place, node.predicate, node.left, node.right)

    def case(self, node: Node, place: _Place) -> _Found:
        items = [c for c in node.items if kind(c) in ("StandardCaseItem", "DefaultCaseItem")]
        for change in kinds.of_case(self.s, [i.clause for i in items]):
            yield place.where, change
        yield from self.all(place, node.expr, *(i.clause for i in items))

    def loop(self, node: Node, place: _Place) -> _Found:
        # The end of a loop is never moved up: what lies beyond an array is neither read nor written.
        for change in kinds.of_loop(self.s, node.stopExpr):
            yield place.where, change
        for start in node.initializers:
            if kind(start) == "ForVariableDeclaration":
                yield from self.visit(start.declarator, place)
        yield from self.visit(node.statement, place)

    def statement(self, node: Node, place: _Place) -> _Found:
        for change in kinds.of_statement(self.s, node, ff=place.ff, reset=place.reset):
            yield place.where, change
        yield from self.visit(node.expr, place)

    def assignment(self, node: Node, place: _Place) -> _Found:
        yield from self.visit(node.left, replace(place, target=True))
        yield from self.visit(node.right, place)

    def cast(self, node: Node, place: _Place) -> _Found:
        yield from self.visit(node.right, place)

    def last_child(self, node: Node, place: _Place) -> _Found:
        *_, last = children(node)
        yield from self.visit(last, place)

    def call(self, node: Node, place: _Place) -> _Found:
        name = squeeze(self.s.of(node.left))
        if not name.startswith("$") or name in ("$signed", "$unsigned"):
            yield from self.all(place, node.arguments)

    def scoped(self, node: Node, place: _Place) -> _Found:
        left = squeeze(self.s.of(node.left)).partition("[")[0]
        if left not in self.s.generated:
            yield from self.visit(node.left, place)
        yield from self.visit(node.right, place)

    def selected(self, node: Node, place: _Place) -> _Found:
        for selector in node.selectors:
            inner = selector.selector
            if inner is None:
                continue
            movable = not place.target or place.ff or place.function
            if kind(inner) == "BitSelect":
                names = set(kinds.WORD.findall(self.s.of(inner)))
                if movable and not (place.target and names & self.s.genvars):
                    for change in kinds.of_index(self.s, inner.expr):
                        yield place.where, change
                    if kind(inner.expr) != "IntegerLiteralExpression":
                        yield from self.visit(inner.expr, replace(place, target=False))
            elif kind(inner) in ("AscendingRangeSelect", "DescendingRangeSelect"):
                if movable:
                    for change in kinds.of_index(self.s, inner.left):
                        yield place.where, change
            elif not place.target:
                for change in kinds.of_part(self.s, node, inner):
                    yield place.where, change

    def declarator(self, node: Node, place: _Place) -> _Found:
        if node.initializer is not None:
            yield from self.visit(node.initializer.expr, place)

    def instances(self, node: Node) -> _Found:
        inputs = {p.name: p for p in self.ports.get(node.type.valueText, ()) if p.direction == "input"}
        for instance in node.instances:
            connections = [
                c
                for c in instance.connections
                if kind(c) == "NamedPortConnection" and c.name.valueText in inputs
            ]
            for connection in connections:
                if connection.expr is not None:
                    where = squeeze(self.s.of(instance))[:WHERE]
                    yield from self.visit(connection.expr, _Place(where=where))
            for change in kinds.of_connections(self.s, connections, inputs):
                yield squeeze(self.s.of(instance))[:WHERE], change
