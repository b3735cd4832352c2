"""Mutants: every small error that one rule can put into a module, each as one changed node of its syntax tree."""

import ast
import copy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

T = TypeVar("T", bound=ast.AST)

COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,),
}  # fmt: skip
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip
OPPOSITES = {"min": "max", "max": "min", "any": "all", "all": "any"}
WORD = re.compile(r"\S+")
"""Text for programs. What has blanks in it is for people, and its wording is nobody's proof."""


@dataclass(frozen=True)
class Mutant:
    """One changed node of one module."""

    path: Path
    called: str
    """The name of the module among those that are judged."""
    lines: tuple[int, int]
    """First and last of the node."""
    within: str
    """The outermost function with its class, such as `Condition.judge`; empty for what runs at import."""
    was: str
    now: str
    tree: ast.Module
    """The module as it is written; `old` is one of its nodes."""
    old: ast.AST
    new: ast.AST
    nth: int = 1
    """Of those of one function that read alike."""

    @property
    def name(self) -> str:
        """Where it is and what it changes, whatever lines stand above it."""
        alike = f" ({self.nth})" if self.nth > 1 else ""
        return f"{self.called}, {self.within or 'at import'}: {self.was} -> {self.now}{alike}"

    def module(self) -> ast.Module:
        """The module with the error in it."""
        return ast.fix_missing_locations(_exchanged(self.tree, self.old, self.new))


def _exchanged(node: T, old: ast.AST, new: ast.AST) -> T:
    """The node with `old` exchanged in it; what is above that is copied, all else is shared."""
    for field, value in ast.iter_fields(node):
        parts = value if isinstance(value, list) else [value]
        for place, part in enumerate(parts):
            if not isinstance(part, ast.AST):
                continue
            after = new if part is old else _exchanged(part, old, new)
            if after is not part:
                twin = copy.copy(node)
                setattr(twin, field, [*parts[:place], after, *parts[place + 1 :]] if value is parts else after)
                return twin
    return node


def mutants(path: Path, module: str = "") -> list[Mutant]:
    """All mutants of a module, in the order of its text; it is called as its file where no other name is given."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for old, new, within in _walk(tree, ""):
        was, now = (_short(node) for node in (old, new))
        placed = old.target if isinstance(old, ast.comprehension) else old  # the only one without a place of its own
        lines = (placed.lineno, placed.end_lineno)
        found.append(Mutant(path, module or path.stem, lines, within, was, now, tree, old, ast.copy_location(new, old)))
    seen: Counter[str] = Counter()
    return [replace(mutant, nth=_next(seen, mutant.name)) for mutant in found]


def _next(seen: Counter[str], name: str) -> int:
    seen[name] += 1
    return seen[name]


def _short(node: ast.AST) -> str:
    """The first line is enough of a statement with a body."""
    return ast.unparse(node).strip().partition("\n")[0]


def _walk(node: ast.AST, within: str, inside: bool = False) -> Iterator[tuple[ast.AST, ast.AST, str]]:
    """(node, what it becomes, the function it is in), for `node` and what is below it; `inside` of a function."""
    place = within if inside else ""
    yield from ((node, new, place) for new in _changes(node))
    for field, child in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for part in child if isinstance(child, list) else [child]:
            if not isinstance(part, ast.AST) or _is_text(node, part):
                continue
            named = isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not inside
            name = f"{within}.{part.name}".strip(".") if named else within
            body = field == "body" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from _walk(part, name, inside or body)


def _is_text(parent: ast.AST, node: ast.AST) -> bool:
    """Docstrings, what an f-string says, names for the type checker and for `import *`, and the check of `zip`."""
    if isinstance(parent, ast.Expr | ast.JoinedStr | ast.FormattedValue) and isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.JoinedStr) and isinstance(parent, ast.FormattedValue):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict" and isinstance(parent, ast.Call):
        return ast.unparse(parent.func) == "zip"  # it raises where the program has a fault, and changes nothing else
    if isinstance(parent, ast.Call) and ast.unparse(parent.func) == "TypeVar":
        return True
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("__all__", "__slots__")


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    """What may become of this one node."""
    yield from _other_operators(node)
    yield from _turned_round(node)
    yield from _left_out(node)


def _other_operators(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Compare(left, ops, comparators):
            for place, op in enumerate(ops):
                for other in COMPARISONS[type(op)]:
                    yield ast.Compare(left, [*ops[:place], other(), *ops[place + 1 :]], comparators)
        case ast.BoolOp(op, values):
            yield ast.BoolOp(ast.Or() if isinstance(op, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.BinOp(left, op, right) if type(op) in ARITHMETIC and not _is_string(left):
            yield ast.BinOp(left, ARITHMETIC[type(op)](), right)
        case ast.AugAssign(target, op, value) if type(op) in ARITHMETIC:
            yield ast.AugAssign(target, ARITHMETIC[type(op)](), value)
        case ast.Constant(value):
            yield from _constants(value)
        case ast.Call(ast.Name(name), args, keywords) if name in OPPOSITES:
            yield ast.Call(ast.Name(OPPOSITES[name], ast.Load()), args, keywords)


def _turned_round(node: ast.AST) -> Iterator[ast.AST]:
    """Conditions that no operator stands in."""
    match node:
        case ast.If(test, body, orelse) if _is_plain(test):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.While(test, body, orelse) if _is_plain(test):
            yield ast.While(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.IfExp(test, body, orelse) if _is_plain(test):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.comprehension(target, source, ifs, is_async):
            for place, test in enumerate(ifs):
                if _is_plain(test):
                    turned = [*ifs[:place], ast.UnaryOp(ast.Not(), test), *ifs[place + 1 :]]
                    yield ast.comprehension(target, source, turned, is_async)


def _left_out(node: ast.AST) -> Iterator[ast.AST]:
    """Statements that do nothing, and results that are nothing."""
    match node:
        case ast.Return(ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield ast.Return(ast.Constant(None))
        case ast.Return(None) | ast.Raise() | ast.Continue() | ast.Break() | ast.Assert():
            yield ast.Pass()
        case ast.Expr(ast.Call() | ast.Await() | ast.Yield() | ast.YieldFrom()):
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()], _) | ast.Delete() | ast.AugAssign():
            yield ast.Pass()


def _constants(value: object) -> Iterator[ast.expr]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int() | float():
            yield ast.Constant(value + 1)
        case str() if WORD.fullmatch(value):
            yield ast.Constant(f"{value}?")


def _is_plain(test: ast.expr) -> bool:
    """Whether none of the other rules turns this condition round."""
    return not isinstance(test, ast.Compare | ast.Constant) and not (
        isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)
    )


def _is_string(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
