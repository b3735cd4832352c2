"""Mutants: each changes one thing, is found again in the module, and a list of equivalent ones cannot go stale."""

import ast
import gc
import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("mutants are judged in forks", allow_module_level=True)

from bench.mutation import __main__ as program
from bench.mutation.mutants import Mutant, mutants
from bench.mutation.warm import _functions, by_worth

SOURCE = '''"""A module."""

LIMIT = 5.0


def judged(value: float, *, strict: bool = True) -> bool:
    """Text."""
    if strict and not value < LIMIT:
        raise ValueError(f"too high: {value + 1}")
    return any(value > each for each in (1, 2) if each)
'''


@pytest.fixture
def found(tmp_path: Path) -> list[Mutant]:
    path = tmp_path / "sample.py"
    path.write_text(SOURCE, encoding="utf-8")
    return mutants(path)


def test_every_kind_of_error_is_made_once(found: list[Mutant]) -> None:
    assert [mutant.name.removeprefix("sample, ") for mutant in found] == [
        "at import: 5.0 -> 6.0",
        "at import: True -> False",
        "judged: if strict and (not value < LIMIT): -> if not (strict and (not value < LIMIT)):",
        "judged: strict and (not value < LIMIT) -> strict or not value < LIMIT",
        "judged: not value < LIMIT -> value < LIMIT",
        "judged: value < LIMIT -> value <= LIMIT",
        "judged: value < LIMIT -> value >= LIMIT",
        "judged: raise ValueError(f'too high: {value + 1}') -> pass",
        "judged: value + 1 -> value - 1",
        "judged: 1 -> 2",
        "judged: return any((value > each for each in (1, 2) if each)) -> return None",
        "judged: any((value > each for each in (1, 2) if each)) -> all((value > each for each in (1, 2) if each))",
        "judged: value > each -> value >= each",
        "judged: value > each -> value <= each",
        "judged: for each in (1, 2) if each -> for each in (1, 2) if not each",
        "judged: 1 -> 2 (2)",
        "judged: 2 -> 3",
    ]


def test_each_differs_from_the_module_and_compiles(found: list[Mutant]) -> None:
    whole = ast.unparse(ast.parse(SOURCE))
    texts = [ast.unparse(mutant.module()) for mutant in found]
    assert whole not in texts
    assert len(set(texts)) == len(texts)
    for mutant in found:
        compile(mutant.module(), "sample.py", "exec")
    assert ast.unparse(ast.parse(SOURCE)) == ast.unparse(found[0].tree), "the module itself stays as it is"


def test_names_for_the_type_checker_and_checks_of_the_program_on_itself_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text("T = TypeVar('T')\nPAIRS = list(zip(ONE, OTHER, strict=True))\n", encoding="utf-8")
    assert mutants(path) == []


def test_lines_are_those_of_the_node(found: list[Mutant]) -> None:
    assert {mutant.lines[0] for mutant in found if mutant.within} == {8, 9, 10}


def test_the_list_of_equivalents_names_mutants_that_exist() -> None:
    program.equivalents(program.chosen([], None, 0))


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    first, again, other = (program.chosen(["permit"], 5, seed) for seed in (1, 1, 2))
    assert [mutant.name for mutant in first] == [mutant.name for mutant in again]
    assert [mutant.name for mutant in first] != [mutant.name for mutant in other]


def test_a_module_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(SystemExit, match=r"called permits; there are alarm_points, .*permit"):
        program.chosen(["permits"], None, 0)


def test_two_modules_of_one_name_are_both_judged_each_by_its_own() -> None:
    every = program.modules()
    assert (every["vapour"].parent.name, every["monitors/vapour"].parent.name) == ("safety", "monitors")
    assert len(every) == len([path for path in program.ROOM.rglob("*.py") if path.stem != "__init__"])
    assert program.chosen(["monitors/vapour"], None, 0)[0].name.startswith("monitors/vapour, ")


def test_equivalent_mutants_do_not_count(found: list[Mutant]) -> None:
    results = list(zip(found, ["killed", "killed", "survived", "equivalent", *["out of time"] * 13], strict=True))
    head, row, total = program.table(results)
    assert head.split() == ["module", "mutants", "equivalent", "killed", "survived", "score"]
    assert row.split() == ["sample", "17", "1", "15", "1", "93.8", "%"]
    assert total.split()[0] == "all"


def test_a_ledger_that_is_empty_tells_that_nothing_was_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mutation", "permit", "--tell", "--ledger", str(tmp_path / "ledger")])
    assert program.main() == 1
    left, _, total = capsys.readouterr().out.splitlines()
    assert left == f"{len(program.chosen(['permit'], None, 0))} mutants were not judged"
    assert total.split() == ["all", "0", "0", "0", "0", "-"]


def test_a_file_that_is_no_ledger_is_refused_with_its_line(tmp_path: Path) -> None:
    ledger = tmp_path / "notes"
    ledger.write_text("killed\tabc permit, f: 1 -> 2\nsomething else\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="notes, line 2 is no judgement"):
        program.Ledger(ledger)


def test_what_was_killed_is_not_judged_again_until_its_function_changes(found: list[Mutant], tmp_path: Path) -> None:
    ledger, inside, outside = tmp_path / "ledger", found[2], found[0]
    for mutant in (inside, outside):
        program.Ledger(ledger).note(mutant, "survived")
        program.Ledger(ledger).note(mutant, "killed")
    known = program.Ledger(ledger)
    assert [known.result(mutant) for mutant in found[:4]] == ["killed", None, "killed", None]
    assert program.judged([inside, outside], [], 1.0, known) == [(inside, "killed"), (outside, "killed")]
    assert program.Ledger(None).result(inside) is None
    inside.path.write_text(SOURCE + "\n\nMORE = 1\n", encoding="utf-8")
    again = mutants(inside.path)
    assert [known.result(again[place]) for place in (2, 0)] == ["killed", None], "what runs at import hangs on it all"
    inside.path.write_text(SOURCE.replace("each in (1, 2)", "each in (1, 3)"), encoding="utf-8")
    assert known.result(mutants(inside.path)[2]) is None


def test_a_function_that_a_run_has_frozen_is_found() -> None:
    gc.freeze()
    code = program.judged.__code__
    assert _functions()[code.co_filename, code.co_qualname, code.co_firstlineno] == [program.judged]


def test_a_mutant_meets_first_who_told_its_neighbour_then_its_own_file_then_all_by_turns() -> None:
    takes = {"test_a.py::slow": 3.0, "test_a.py::quick": 1.0, "test_b.py::x": 2.0, "test_b.py::y": 2.5, "c.py::z": 9.0}
    assert by_worth(set(takes), takes, "test_b.py", 2.1, {"test_a.py::slow": 1}) == [
        "test_a.py::slow", "test_b.py::x", "test_a.py::quick", "test_b.py::y", "c.py::z",
    ]  # fmt: skip
