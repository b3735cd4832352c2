"""`python -m bench.mutation [MODULE ...]`: the mutation score of each module of `vapordep.safety`, and the survivors.

A module is named as its file without `.py`; without any all are judged. The exit status is 1 when a mutant survives
that is not in `equivalent.toml`, or when a test fails without any mutant.
"""

import argparse
import json
import os
import random
import sys
import tomllib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from bench.mutation.ledger import Ledger
from bench.mutation.mutants import Mutant, mutants
from bench.mutation.warm import KILLED, OPTIONS, OUT_OF_TIME, SOURCES, SURVIVED, UNREACHED, Warm

ROOM = SOURCES / "vapordep" / "safety"
SAME, ALIVE = "equivalent", (SURVIVED, UNREACHED)
TESTS = ("tests/unit/safety", "tests/unit/app/test_coverage.py")
LEFT_OUT = ("test_core_machine.py", "test_chunks.py")
"""Long walks by chance: what they find belongs into a short test as well."""
LISTED = Path(__file__).with_name("equivalent.toml")


def chosen(names: list[str], sample: int | None, seed: int) -> list[Mutant]:
    """The mutants of these modules, or so many of them by chance; raises SystemExit for a module that is none."""
    paths = modules()
    if unknown := [name for name in names if name not in paths]:
        raise SystemExit(f"no module of safety is called {', '.join(unknown)}; there are {', '.join(paths)}")
    found = [mutant for name in names or paths for mutant in _all_of(paths[name], name)]
    return found if sample is None else random.Random(seed).sample(found, min(sample, len(found)))  # noqa: S311


def modules() -> dict[str, Path]:
    """Each module by its name: that of its file, with its folder where another one is called the same."""
    paths = [path for path in sorted(ROOM.rglob("*.py")) if path.stem != "__init__"]
    alike = Counter(path.stem for path in paths)
    return {
        path.stem if alike[path.stem] == 1 or path.parent == ROOM else f"{path.parent.name}/{path.stem}": path
        for path in paths
    }


@cache
def _all_of(path: Path, module: str) -> list[Mutant]:
    return mutants(path, module)


def equivalents(found: list[Mutant]) -> frozenset[str]:
    """Names of those that behave as the program does; raises SystemExit for one that these modules do not have."""
    entries = tomllib.loads(LISTED.read_text(encoding="utf-8")).get("equivalent", [])
    listed = frozenset(entry["mutant"] for entry in entries)
    paths = {mutant.called: mutant.path for mutant in found}
    every = {mutant.name for module, path in paths.items() for mutant in _all_of(path, module)}
    mine = {name for name in listed if name.partition(",")[0] in paths}
    if gone := sorted(mine - every):
        raise SystemExit(f"{LISTED.name} names what is no mutant: {'; '.join(gone)}")
    return listed


def table(results: list[tuple[Mutant, str]]) -> list[str]:
    """A line a module and one of all: how many mutants, and what became of them."""
    by_module: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant, result in results:
        by_module[mutant.called][result] += 1
        by_module["all"][result] += 1
    by_module["all"] = by_module.pop("all", Counter())
    lines = [f"{'module':<16} {'mutants':>8} {'equivalent':>11} {'killed':>7} {'survived':>9} {'score':>7}"]
    for name, found in by_module.items():
        same, dead = found[SAME], found[KILLED] + found[OUT_OF_TIME]
        counted = found.total() - same
        score = f"{100 * dead / counted:6.1f} %" if counted else "-"
        lines.append(f"{name:<16} {found.total():>8} {same:>11} {dead:>7} {counted - dead:>9} {score:>7}")
    return lines


Results = list[tuple[Mutant, str]]


def remembered(found: list[Mutant], ledger: Ledger) -> Results:
    """What the ledger knows of them."""
    results = [(mutant, ledger.result(mutant)) for mutant in found]
    same = equivalents(found)
    return [(mutant, _judgement(mutant, result, same)) for mutant, result in results if result is not None]


def _judgement(mutant: Mutant, result: str, same: frozenset[str]) -> str:
    return SAME if result in ALIVE and mutant.name in same else result


def judged(found: list[Mutant], tests: list[str], budget: float, ledger: Ledger) -> Results:
    """What became of each, of as many as were judged before Ctrl-C; raises SystemExit when tests fail by themselves."""
    same = equivalents(found)
    results = [(mutant, result) for mutant, result in remembered(found, ledger) if result not in ALIVE]
    settled = {mutant.name for mutant, _ in results}
    left = [mutant for mutant in found if mutant.name not in settled]
    if not left:
        return results

    def take(mutant: Mutant, result: str) -> None:
        ledger.note(mutant, result)
        results.append((mutant, _judgement(mutant, result, same)))
        if results[-1][1] in ALIVE:
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
    parser.add_argument("--ledger", type=Path, help="a file that keeps what was judged, to do it in parts")
    parser.add_argument("--tell", action="store_true", help="judge nothing: what the ledger knows")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    found = chosen(given.modules, given.sample, given.seed)
    tests = [*given.tests, *(f"--ignore-glob=*/{name}" for name in LEFT_OUT)]
    ledger = Ledger(given.ledger)
    results = remembered(found, ledger) if given.tell else judged(found, tests, given.budget, ledger)
    left = [told(mutant, result) for mutant, result in results if result in ALIVE]
    left += [f"{len(found) - len(results)} mutants were not judged"] if len(results) < len(found) else []
    if given.json:
        print(json.dumps({"results": dict(Counter(result for _, result in results)), "survivors": left}))
    else:
        print("\n".join([*left, *table(results)]))
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
