"""Every await of some modules as a place where an exception can be raised: functions are compiled anew in place."""

import ast
import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

BEFORE, AFTER = "before", "after"
_HOOK, _BLOCK = "_at_await", "_at_block"
_AWAITING = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR


class InjectedError(Exception):
    """What is raised; no error that the house knows."""


@dataclass
class Awaits:
    """Which awaits were reached, and where the next exception is raised: once."""

    reached: Counter[str] = field(default_factory=Counter)
    target: tuple[str, str, int] | None = None
    """Site (module:line:column), before or after it was awaited, and at which time it is reached."""
    raised: bool = False

    def strike(self, site: str, when: str) -> None:
        """Raises InjectedError when this is the place."""
        if self.target == (site, when, self.reached[site]) and not self.raised:
            self.raised = True
            raise InjectedError(f"injected {when} {site}")

    async def at_await(self, site: str, awaited: Awaitable[Any]) -> Any:
        """Stands in place of an await."""
        self.reached[site] += 1
        try:
            self.strike(site, BEFORE)
        except InjectedError:
            _close(awaited)
            raise
        result = await awaited
        self.strike(site, AFTER)
        return result

    def at_block(self, site: str, block: Any) -> "_Block":
        """Stands in place of the context of an `async with`."""
        return _Block(self, site, block)


def _close(awaited: object) -> None:
    """Ends a coroutine that never began, with those that were handed to it, so that none is missed."""
    if inspect.iscoroutine(awaited):
        for handed in inspect.getcoroutinelocals(awaited).values():
            _close(handed)
        awaited.close()


@dataclass
class _Block:
    awaits: Awaits
    site: str
    inner: Any

    async def __aenter__(self) -> Any:
        self.awaits.reached[self.site] += 1
        self.awaits.strike(self.site, BEFORE)
        return await self.inner.__aenter__()

    async def __aexit__(self, *error: Any) -> Any:
        result = await self.inner.__aexit__(*error)
        self.awaits.strike(self.site, AFTER)
        return result


class _Instrument(ast.NodeTransformer):
    """Puts a call in place of each await of a module, and notes where they are."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.found: set[str] = set()

    def visit_Await(self, node: ast.Await) -> ast.AST:
        self.generic_visit(node)
        return ast.Await(self._call(_HOOK, node, node.value))

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AST:
        self.generic_visit(node)
        for item in node.items:
            item.context_expr = self._call(_BLOCK, item.context_expr, item.context_expr)
        return node

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AST:
        raise NotImplementedError(f"{self.name}:{node.lineno}: what an `async for` awaits is no place yet")

    def _call(self, hook: str, node: ast.expr, inner: ast.expr) -> ast.Call:
        site = f"{self.name}:{node.lineno}:{node.col_offset}"
        self.found.add(site)
        return ast.Call(ast.Name(hook, ast.Load()), [ast.Constant(site), inner], [])


@contextmanager
def instrumented(*packages: str) -> Iterator[Awaits]:
    """Within it all awaits of these packages go through what this gives; not for several at once."""
    awaits, undo = Awaits(), []
    for module in _modules(packages):
        hooks = {_HOOK: awaits.at_await, _BLOCK: awaits.at_block}
        vars(module).update(hooks)
        codes = _compiled(module).codes
        for function in _functions(module):
            place = (function.__code__.co_qualname, function.__code__.co_firstlineno)
            undo.append((function, function.__code__))
            function.__code__ = codes[place]
    try:
        yield awaits
    finally:
        for function, code in undo:
            function.__code__ = code


def sites(*packages: str) -> frozenset[str]:
    """Every await of these packages, as module:line:column."""
    return frozenset().union(*(_compiled(module).sites for module in _modules(packages)))


def _modules(packages: Sequence[str]) -> Iterator[ModuleType]:
    for package in packages:
        top = importlib.import_module(package)
        yield from (importlib.import_module(m.name) for m in pkgutil.walk_packages(top.__path__, f"{package}."))


@dataclass(frozen=True)
class _Compiled:
    """A module with its awaits as places: the code of each function by qualified name and line, and the places."""

    codes: dict[tuple[str, int], CodeType]
    sites: frozenset[str]


@cache
def _compiled(module: ModuleType) -> _Compiled:
    file = Path(str(module.__file__))
    instrument = _Instrument(module.__name__.removeprefix("vapordep."))
    tree = instrument.visit(ast.parse(file.read_text(encoding="utf-8")))
    code = compile(ast.fix_missing_locations(tree), str(file), "exec", dont_inherit=True)
    return _Compiled({(c.co_qualname, c.co_firstlineno): c for c in _within(code)}, frozenset(instrument.found))


def _within(code: CodeType) -> Iterator[CodeType]:
    """The code itself, and that of all functions that are made in it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _within(inner)


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """The functions that a module and its classes define, and in which, or in what they make, something is awaited."""
    owners = [module, *(c for c in vars(module).values() if inspect.isclass(c) and c.__module__ == module.__name__)]
    for owner in owners:
        for item in vars(owner).values():
            function = inspect.unwrap(item) if callable(item) else None
            mine = isinstance(function, FunctionType) and function.__module__ == module.__name__
            if mine and any(code.co_flags & _AWAITING for code in _within(function.__code__)):
                yield function
