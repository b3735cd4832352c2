"""A warm pytest: the tests are collected and run once, then forked for each mutant, which meets those that reach it."""

import gc
import math
import os
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType

import coverage
import pytest
from hypothesis import HealthCheck, Phase, settings

from bench.mutation.mutants import Mutant

SOURCES = Path(__file__).parents[2] / "src"
KILLED, OUT_OF_TIME, SURVIVED, UNREACHED = "killed", "out of time", "survived", "not reached"
SPARE, FACTOR, MEMORY = 2.0, 5.0, 8 << 30
"""CPU s, times a test's own CPU time, and bytes: a mutant that wants more hangs."""
PASSED, FAILED = 255, 254
"""Exit statuses of a fork: all tests passed, or one failed that has no number; any other is the place of that one."""
IMPORTING = 20.0
"""CPU s, at most, to import the program anew and collect tests."""
OPTIONS = ("-n0", "-q", "--tb=no", "--timeout=120", "-p", "no:cacheprovider", "--hypothesis-profile=mutation",
           "-W", "ignore::pytest.PytestAssertRewriteWarning")  # fmt: skip
PHASES = (Phase.explicit, Phase.generate)  # whoever finds an error need not make it small
settings.register_profile(
    "mutation", deadline=None, derandomize=True, database=None, phases=PHASES, suppress_health_check=list(HealthCheck)
)


class Warm:
    """A plugin of pytest: it runs all tests once, and then judges the mutants."""

    def __init__(self, mutants: Sequence[Mutant], budget: float, tell: Callable[[Mutant, str], None]) -> None:
        """A mutant meets the most telling tests, as many as take `budget` s of CPU."""
        self.mutants, self.budget, self.tell = mutants, budget, tell
        self.failed: list[str] = []
        self._items: dict[str, pytest.Item] = {}
        self._takes: dict[str, float] = {}
        self._reach: dict[str, dict[int, list[str]]] = {}
        self._told: defaultdict[tuple[Path, str], Counter[str]] = defaultdict(Counter)
        """How often tests have told a mutant of a function from the program: they may well tell the next one."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remembers what failed."""
        if report.failed:
            self.failed.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Takes the place of pytest's own loop."""
        self._items = {item.nodeid: item for item in session.items}
        self._run_once()
        if not self.failed:
            functions = _functions()
            gc.freeze()  # so that no collection touches the pages that all forks share
            for mutant in self._controls():
                if self._judged(mutant, functions) != SURVIVED:
                    self.failed.append(f"what reaches {mutant.path.name}, imported anew")
                    return True
            for mutant in self.mutants:
                self.tell(mutant, self._judged(mutant, functions))
        return True

    def _controls(self) -> list[Mutant]:
        """Of each module one mutant at import that changes nothing."""
        at_import = {mutant.path: mutant for mutant in self.mutants if not mutant.within}
        return [replace(mutant, new=mutant.old) for mutant in at_import.values()]

    def _run_once(self) -> None:
        wanted = [str(mutant.path) for mutant in self.mutants]
        measured = coverage.Coverage(data_file=None, include=wanted, config_file=False)
        measured.start()
        for name, item in self._items.items():
            measured.switch_context(name)
            began = time.process_time()
            self._runs(item)
            self._takes[name] = time.process_time() - began
        measured.stop()
        data = measured.get_data()
        self._reach = {path: data.contexts_by_lineno(path) for path in data.measured_files()}

    def _runs(self, item: pytest.Item) -> bool:
        """Whether the test passes."""
        before = len(self.failed)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return len(self.failed) == before

    def _judged(self, mutant: Mutant, functions: "Functions") -> str:
        tests = self._tests_of(mutant)
        if not tests:
            return UNREACHED

        def first_to_fail() -> int:
            if not put_in(mutant, functions):
                return PASSED if _passes_cold(mutant, tests, _Limits(self._takes)) else FAILED
            for place, test in enumerate(tests):
                _limit(SPARE + FACTOR * self._takes[test])
                if not self._runs(self._items[test]):
                    return min(place, FAILED)
            return PASSED

        result, place = _forked(first_to_fail)
        if place < FAILED:
            self._told[mutant.path, mutant.within][tests[place]] += 1
        return result

    def _tests_of(self, mutant: Mutant) -> list[str]:
        """Those that run its lines; at import those that run its module, or are its own: they may only read it."""
        reach = self._reach.get(str(mutant.path), {})
        own = f"test_{mutant.path.stem}.py"
        lines = range(mutant.lines[0], mutant.lines[1] + 1) if mutant.within else reach
        found = {test for line in lines for test in reach.get(line, ()) if test}
        if not mutant.within:
            found |= {test for test in self._items if own in test}
        telling = by_worth(found, self._takes, own, self.budget / 2.0, self._told[mutant.path, mutant.within])
        return list(_within(telling, self._takes, self.budget))


def by_worth(tests: set[str], takes: Mapping[str, float], own: str, share: float, told: Mapping[str, int]) -> list[str]:
    """Those that have `told` most of its neighbours, then the quickest of its `own` file for `share` s, then by turns.

    By turns: the quickest of each file, then the second of each, and so on.
    """
    quickest = sorted(tests, key=lambda test: (takes[test], test))
    first = set(_within([test for test in quickest if own in test], takes, share))
    turns: Counter[str] = Counter()
    rank: dict[str, int] = {}
    for test in quickest:
        file = test.partition("::")[0]
        rank[test] = 0 if test in first else turns[file] + 1
        turns[file] += test not in first
    return sorted(quickest, key=lambda test: (-told.get(test, 0), rank[test]))


def _within(tests: Sequence[str], takes: Mapping[str, float], budget: float) -> Iterator[str]:
    for test in tests:
        budget -= takes[test]
        if budget > 0.0:
            yield test


Functions = dict[tuple[str, str, int], list[FunctionType]]


def _functions() -> Functions:
    """The functions of the program under test, by where they are written."""
    gc.unfreeze()  # a run freezes what was there before it, and what is frozen is not shown
    gc.collect()
    found: Functions = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            found[_place(thing.__code__)].append(thing)
    return found


def _place(code: CodeType) -> tuple[str, str, int]:
    return code.co_filename, code.co_qualname, code.co_firstlineno


def put_in(mutant: Mutant, functions: Functions) -> bool:
    """Gives the living function the code of the mutant; whether there is one, and it can be given."""
    code = compile(mutant.module(), str(mutant.path), "exec")
    living = [(f, part) for part in _codes(code) if part.co_qualname == mutant.within for f in functions[_place(part)]]
    for function, part in living:
        if function.__code__.co_freevars != part.co_freevars:
            return False
        function.__code__ = part
    return bool(living)


def _codes(code: CodeType) -> list[CodeType]:
    inner = [part for part in code.co_consts if isinstance(part, CodeType)]
    return inner + [each for part in inner for each in _codes(part)]


class _Loader(SourceFileLoader):
    """Loads the mutant in the place of its module."""

    mutant: Mutant

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.mutant.module(), self.path, "exec")


class _Finder:
    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant
        self.name = ".".join(mutant.path.relative_to(SOURCES).with_suffix("").parts).removesuffix(".__init__")

    def find_spec(self, name: str, path: Sequence[str] | None, target: object = None) -> ModuleSpec | None:
        if name != self.name:
            return None
        spec = PathFinder.find_spec(name, path)
        assert spec is not None  # noqa: S101 - it was imported from there
        spec.loader = _Loader(name, str(self.mutant.path))
        spec.loader.mutant = self.mutant
        return spec


class _Limits:
    """A plugin of pytest: this process ends where a test takes too long."""

    def __init__(self, takes: Mapping[str, float]) -> None:
        self._takes = takes

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        _limit(SPARE + FACTOR * self._takes[item.nodeid])


def _passes_cold(mutant: Mutant, tests: Sequence[str], limits: _Limits) -> bool:
    """Imports the program anew, with the mutant in it, and runs the tests."""
    _limit(IMPORTING)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("tests", "conftest") or "vapordep" in name]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(mutant))  # type: ignore[arg-type]
    return pytest.main([*OPTIONS, "-x", *tests], plugins=[limits]) is pytest.ExitCode.OK


def _limit(seconds: float) -> None:
    """Ends this process after so many more s of CPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime + seconds), hard))


def _forked(first_to_fail: Callable[[], int]) -> tuple[str, int]:
    """What becomes of the mutant in a process of its own, and the place of the test that failed."""
    child = os.fork()
    if child == 0:
        status = FAILED
        try:
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            status = first_to_fail()
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
        return OUT_OF_TIME, FAILED
    place = os.waitstatus_to_exitcode(status)
    return (SURVIVED, FAILED) if place == PASSED else (KILLED, place if place >= 0 else FAILED)
