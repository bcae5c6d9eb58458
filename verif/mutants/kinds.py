"""The kinds of faults: what each makes of a node."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from verif.mutants.tree import Node, Port, Source, children, kind, squeeze

WORD = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True)
class Edit:
    """The text from ``start`` to ``end`` becomes ``code``.

    ``form`` says what stands there: an ``expression``, a ``statement``, or a ``port`` connected by its
    name alone (``.clk_i``).
    """

    start: int
    end: int
    code: str
    form: str = "expression"


@dataclass(frozen=True)
class Change:
    """A fault before it has a name: kind, what a reader sees, and the edits."""

    kind: str
    original: str
    mutant: str
    edits: tuple[Edit, ...]


_OPERATORS = {
    "AddExpression": ("arithmetic operator", "-"),
    "SubtractExpression": ("arithmetic operator", "+"),
    "MultiplyExpression": ("arithmetic operator", "+"),
    "EqualityExpression": ("comparison", "!="),
    "InequalityExpression": ("comparison", "=="),
    "LessThanExpression": ("comparison", "<="),
    "LessThanEqualExpression": ("comparison", "<"),
    "GreaterThanExpression": ("comparison", ">="),
    "GreaterThanEqualExpression": ("comparison", ">"),
    "LogicalAndExpression": ("logical operator", "||"),
    "LogicalOrExpression": ("logical operator", "&&"),
    "BinaryAndExpression": ("logical operator", "|"),
    "BinaryOrExpression": ("logical operator", "&"),
    "BinaryXorExpression": ("logical operator", "|"),
}
_UNARY = {
    # A `!` makes one bit of many; so does what stands in its place.
    "UnaryLogicalNotExpression": ("logical operator", "|"),
    "UnaryBitwiseNotExpression": ("logical operator", ""),
    "UnaryMinusExpression": ("arithmetic operator", ""),
    "UnaryBitwiseAndExpression": ("logical operator", "|"),
    "UnaryBitwiseOrExpression": ("logical operator", "&"),
}
_SHIFTS = (
    "LogicalShiftLeftExpression",
    "LogicalShiftRightExpression",
    "ArithmeticShiftLeftExpression",
    "ArithmeticShiftRightExpression",
)
_ASSIGNING = {"AddAssignmentExpression": "-=", "MultiplyAssignmentExpression": "+="}


def _change(source: Source, what: str, node: Node, code: str, shown: str = "", form: str = "") -> Change:
    start, end = source.span(node)
    edit = Edit(start, end, code, form or "expression")
    return Change(what, squeeze(source.of(node)), squeeze(shown or code), (edit,))


def of_operator(source: Source, node: Node) -> Iterator[Change]:
    """Operators, shift amounts, constants, sign extensions."""
    name = kind(node)
    if name in _OPERATORS:
        what, operator = _OPERATORS[name]
        code = f"{source.of(node.left)} {operator} {source.of(node.right)}"
        yield _change(source, what, node, code)
    elif name in _UNARY:
        what, operator = _UNARY[name]
        operand = source.of(node.operand)
        shown = f"{operator if 'And' in name or 'Or' in name else ''}{operand}"
        yield _change(source, what, node, f"{operator}({operand})", shown)
    elif name in _SHIFTS:
        amount = source.of(node.right)
        # A fixed amount one higher is the constant one higher.
        for step in ("- 1",) if kind(node.right) == "IntegerLiteralExpression" else ("+ 1", "- 1"):
            yield _change(source, "shift amount", node.right, f"({amount}) {step}", f"{amount} {step}")
    elif name == "CastExpression":
        yield from _sign(source, node)
    else:
        code = _next_constant(name, source.of(node))
        if code:
            yield _change(source, "constant", node, code)


def _next_constant(name: str, text: str) -> str:
    """The constant one further; empty when it is none."""
    if name == "UnbasedUnsizedLiteralExpression":
        return {"'0": "'1", "'1": "'0"}.get(text, "")
    if name == "IntegerLiteralExpression":
        return str(int(text.replace("_", "")) + 1)
    found = re.fullmatch(r"(\d+)\s*'(s?)([bdh])\s*([0-9a-fA-F_]+)", text)
    if name != "IntegerVectorExpression" or not found:
        return ""
    size, signed, base, digits = found.groups()
    value = int(digits.replace("_", ""), {"b": 2, "d": 10, "h": 16}[base])
    top = (1 << (int(size) - bool(signed))) - 1
    value = value - 1 if value >= top else value + 1
    return f"{size}'{signed}{base}{value:{ {'b': 'b', 'd': 'd', 'h': 'x'}[base] }}"


def _sign(source: Source, node: Node) -> Iterator[Change]:
    """``32'(signed'(x))`` without its sign; both are signed, so nothing around them changes."""
    (inner,) = children(node.right)
    if kind(inner) == "SignedCastExpression" and source.of(inner).startswith("signed"):
        operand = source.of(list(children(inner))[-1])
    elif kind(inner) == "InvocationExpression" and source.of(inner.left) == "$signed":
        operand = source.of(inner.arguments)
    else:
        return
    size = source.of(node.left)
    code = f"$signed({size}'($unsigned{operand}))"
    yield _change(source, "sign extension", node, code, f"{size}'($unsigned{operand})")


def of_condition(source: Source, node: Node, *, enable: bool) -> Iterator[Change]:
    """Condition of an ``if``; ``enable``: it only decides whether registers move."""
    yield _change(source, "condition negated", node, f"!({source.of(node)})")
    yield _change(source, "condition stuck at 0", node, "1'b0")
    yield _change(source, "enable dropped" if enable else "condition stuck at 1", node, "1'b1")


def of_choice(source: Source, node: Node) -> Iterator[Change]:
    """``a ? b : c``."""
    condition, left, right = (source.of(n) for n in (node.predicate, node.left, node.right))
    swapped = f"{condition} ? {right} : {left}"
    if kind(node.right) == "ConditionalExpression":
        swapped = f"{condition} ? ({right}) : {left}"
    yield _change(source, "ternary branches swapped", node, swapped)
    yield _change(source, "condition stuck at 0", node.predicate, "1'b0")
    yield _change(source, "condition stuck at 1", node.predicate, "1'b1")


def of_case(source: Source, bodies: Sequence[Node]) -> Iterator[Change]:
    """Bodies of neighbouring branches change places."""
    for one, two in pairwise(bodies):
        texts = source.of(one), source.of(two)
        if squeeze(texts[0]) != squeeze(texts[1]):
            edits = (
                Edit(*source.span(one), texts[1], "statement"),
                Edit(*source.span(two), texts[0], "statement"),
            )
            yield Change("case branches swapped", *map(_short, map(squeeze, texts)), edits)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def of_loop(source: Source, stop: Node) -> Iterator[Change]:
    """The last turn is missing."""
    if kind(stop) == "LessThanExpression":
        left, right = source.of(stop.left), source.of(stop.right)
        shown = f"{left} < {right} - 1"
        yield _change(source, "loop bound", stop, f"{left} < ({right}) - 1", shown)


def of_statement(source: Source, node: Node, *, ff: bool, reset: bool) -> Iterator[Change]:
    """An assignment of a register that is not made; ``+=`` becomes ``-=``."""
    name = kind(node.expr)
    if name == "NonblockingAssignmentExpression" and ff:
        what = "reset assignment dropped" if reset else "assignment dropped"
        yield _change(source, what, node, "", "nothing", "statement")
    elif name in _ASSIGNING:
        left, right = source.of(node.expr.left), source.of(node.expr.right)
        code = f"{left} {_ASSIGNING[name]} {right};"
        yield _change(source, "arithmetic operator", node, code, form="statement")


def of_index(source: Source, node: Node) -> Iterator[Change]:
    """An index one too high; a fixed one, one too low where it can."""
    text = source.of(node)
    if kind(node) == "IntegerLiteralExpression":
        yield _change(source, "index", node, str(abs(int(text) - 1)))
        return
    yield _change(source, "index", node, f"({text}) + 1", f"{text} + 1")


def of_part(source: Source, name: Node, part: Node) -> Iterator[Change]:
    """``x[hi:lo]`` moved by one bit: down, or up from 0."""
    whole = name
    while kind(whole.parent) == "ScopedName":
        whole = whole.parent
    step = "+ 1" if squeeze(source.of(part.right)) == "0" else "- 1"
    start, end = source.span(whole)
    left, right = source.span(part)
    bounds = f"({source.of(part.left)}) {step}:({source.of(part.right)}) {step}"
    code = source.text[start:left] + bounds + source.text[right:end]
    shown = source.text[start:left] + bounds.replace("(", "").replace(")", "") + source.text[right:end]
    yield _change(source, "part-select", whole, code, shown)


def of_connections(
    source: Source, connections: Sequence[Node], inputs: Mapping[str, Port]
) -> Iterator[Change]:
    """Neighbouring inputs of the same type get each other's signal."""
    last: dict[str, Node] = {}
    for connection in connections:
        port = inputs[connection.name.valueText]
        signal = _signal(source, connection)
        if re.match(r"(clk|rst)", port.name) or not signal:
            continue
        other = last.get(port.type)
        if other is not None and squeeze(_signal(source, other)) != squeeze(signal):
            pair = (_connect(source, other, signal), _connect(source, connection, _signal(source, other)))
            original = f".{other.name.valueText}({squeeze(_signal(source, other))})"
            mutant = f".{other.name.valueText}({squeeze(signal)}), .{port.name} the other"
            yield Change("ports swapped", original, mutant, pair)
        last[port.type] = connection


def _signal(source: Source, connection: Node) -> str:
    if connection.expr is not None:
        return source.of(connection.expr)
    return "" if connection.openParen else connection.name.valueText


def _connect(source: Source, connection: Node, code: str) -> Edit:
    if connection.expr is not None:
        return Edit(*source.span(connection.expr), code)
    return Edit(*source.span(connection), code, "port")
