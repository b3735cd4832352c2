"""`python -m bench.mutation [MODULE ...]`: the mutation score of each module of `vapordep.safety`, and the survivors.

A module is named as its file without `.py`; without any all are judged. The exit status is 1 when a mutant survives
that is not in `equivalent.toml`, or when a test fails without any mutant.
"""

import argparse
import hashlib
import json
import os
import random
import sys
import tomllib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from bench.mutation.mutants import Mutant, mutants
from bench.mutation.warm import KILLED, OPTIONS, OUT_OF_TIME, SOURCES, SURVIVED, UNREACHED, Warm

ROOM = SOURCES / "vapordep" / "safety"
TESTS = ("tests/unit/safety", "tests/unit/app/test_coverage.py")
LEFT_OUT = ("test_core_machine.py", "test_chunks.py")
"""Long walks by chance: what they find belongs into a short test as well."""
EQUIVALENT = Path(__file__).with_name("equivalent.toml")


def chosen(names: list[str], sample: int | None, seed: int) -> list[Mutant]:
    """The mutants of these modules, or so many of them by chance; raises SystemExit for a module that is none."""
    paths = {path.stem: path for path in sorted(ROOM.rglob("*.py")) if path.stem != "__init__"}
    if unknown := [name for name in names if name not in paths]:
        raise SystemExit(f"no module of safety is called {', '.join(unknown)}; there are {', '.join(paths)}")
    found = [mutant for name in names or paths for mutant in mutants(paths[name])]
    return found if sample is None else random.Random(seed).sample(found, min(sample, len(found)))  # noqa: S311


def equivalents(found: list[Mutant]) -> frozenset[str]:
    """Names of those that behave as the program does; raises SystemExit for one that these modules do not have."""
    entries = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8")).get("equivalent", [])
    listed = frozenset(entry["mutant"] for entry in entries)
    paths = {mutant.path for mutant in found}
    every = {mutant.name for path in paths for mutant in mutants(path)}
    mine = {name for name in listed if name.partition(",")[0] in {path.stem for path in paths}}
    if gone := sorted(mine - every):
        raise SystemExit(f"{EQUIVALENT.name} names what is no mutant: {'; '.join(gone)}")
    return listed


def table(results: list[tuple[Mutant, str]]) -> list[str]:
    """A line a module and one of all: how many mutants, and what became of them."""
    by_module: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant, result in results:
        by_module[mutant.path.stem][result] += 1
        by_module["all"][result] += 1
    by_module["all"] = by_module.pop("all")
    lines = [f"{'module':<16} {'mutants':>8} {'equivalent':>11} {'killed':>7} {'survived':>9} {'score':>7}"]
    for name, found in by_module.items():
        same, dead = found["equivalent"], found[KILLED] + found[OUT_OF_TIME]
        counted = found.total() - same
        score = f"{100 * dead / counted:6.1f} %" if counted else "-"
        lines.append(f"{name:<16} {found.total():>8} {same:>11} {dead:>7} {counted - dead:>9} {score:>7}")
    return lines


class Ledger:
    """What was killed before, so that hours of judging may be done in parts: a line for each mutant.

    A module that has changed is judged anew. Tests must only have been added since.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        rows = path.read_text(encoding="utf-8").splitlines() if path is not None and path.exists() else []
        self.rows = frozenset(rows)

    def knows(self, mutant: Mutant) -> bool:
        return _row(mutant) in self.rows

    def note(self, mutant: Mutant) -> None:
        if self.path is not None:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(_row(mutant) + "\n")


def _row(mutant: Mutant) -> str:
    return f"{_digest(mutant.path)} {mutant.name}"


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def judged(found: list[Mutant], tests: list[str], budget: float, ledger: Ledger) -> list[tuple[Mutant, str]]:
    """What became of each, of as many as were judged before Ctrl-C; raises SystemExit when tests fail by themselves."""
    same = equivalents(found)
    results: list[tuple[Mutant, str]] = [(mutant, KILLED) for mutant in found if ledger.knows(mutant)]
    left = [mutant for mutant in found if not ledger.knows(mutant)]
    if not left:
        return results

    def take(mutant: Mutant, result: str) -> None:
        if result == KILLED:
            ledger.note(mutant)
        known = result in (SURVIVED, UNREACHED) and mutant.name in same
        results.append((mutant, "equivalent" if known else result))
        if result in (SURVIVED, UNREACHED) and not known:
            print(f"{len(results)}/{len(found)} {told(mutant, result)}", file=sys.stderr, flush=True)

    warm = Warm(left, budget, take)
    stdout = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what tests and pytest print
    try:
        pytest.main([*OPTIONS, *tests], plugins=[warm])
    finally:
        os.dup2(stdout, 1)
    if warm.failed:
        raise SystemExit(f"the tests fail without any mutant: {', '.join(warm.failed) or 'see pytest itself'}")
    return results


def told(mutant: Mutant, result: str) -> str:
    """`conditions.py:120 survived in usable_value: now >= x -> now > x`."""
    path = mutant.path.relative_to(SOURCES.parent)
    return f"{path}:{mutant.lines[0]} {result}: {mutant.name}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--sample", type=int, help="judge so many mutants, taken by chance")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--tests", nargs="*", default=TESTS, help="files and folders of tests, not all of safety")
    parser.add_argument("--budget", type=float, default=6.0, help="CPU s of tests that a mutant meets at most")
    parser.add_argument(
        "--ledger", type=Path, help="a file that keeps what was killed, so that this may be done in parts"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = chosen(given.modules, given.sample, given.seed)
    tests = [*given.tests, *(f"--ignore-glob=*/{name}" for name in LEFT_OUT)]
    results = judged(found, tests, given.budget, Ledger(given.ledger))
    left = [told(mutant, result) for mutant, result in results if result in (SURVIVED, UNREACHED)]
    left += [f"{len(found) - len(results)} mutants were not judged"] if len(results) < len(found) else []
    if given.json:
        print(json.dumps({"results": dict(Counter(result for _, result in results)), "survivors": left}))
    else:
        print("\n".join([*left, *table(results)]))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
