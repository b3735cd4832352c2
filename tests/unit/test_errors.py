"""The tree of errors: how one reads, what it tells a shell, and how several become one."""

import pickle
import re

import pytest

from vapordep import errors
from vapordep.errors import FileError, InputError, ReactorInUse, RecipeError, UnitError, VapordepError

CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, VapordepError)]


def test_an_error_reads_as_sentences() -> None:
    error = FileError("the unit is missing", where="reactors/x.yaml:12", remedy="write 50 ms")
    assert str(error) == "reactors/x.yaml:12: the unit is missing. Do: write 50 ms."
    assert str(VapordepError("The stage is not armed!")) == "The stage is not armed!"
    assert error.told == "reactors/x.yaml:12: the unit is missing"


@pytest.mark.parametrize(
    ("what", "told"), [("F2 has not tripped", "F2 has not tripped"), ("F2", "F2"), ("F21", "F2: F21")]
)
def test_a_place_that_the_words_begin_with_is_not_told_twice(what: str, told: str) -> None:
    assert VapordepError(what, where="F2").told == told
    assert str(VapordepError(what, where="F2")) == f"{told}."


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_the_exit_status_tells_refused_input_and_a_reactor_in_use_apart(kind: type[VapordepError]) -> None:
    wanted = 2 if issubclass(kind, InputError) else 3 if kind is ReactorInUse else 1
    assert kind("x").exit_status == wanted


def drawn() -> dict[str, str]:
    """Each class of the drawing with the one that it hangs from."""
    parents: list[str] = []
    tree = {}
    for branch, name in re.findall(r"^([│├└─ ]*)([A-Z]\w+)", str(errors.__doc__).partition("\n\n")[2], re.MULTILINE):
        depth = len(branch) // 4
        parents[depth:] = [name]
        tree[name] = parents[depth - 1] if depth else "Exception"
    return tree


def test_the_drawing_is_the_tree() -> None:
    assert drawn() == {kind.__name__: kind.__bases__[0].__name__ for kind in CLASSES}


def test_findings_are_gathered_one_a_line_and_stay_apart() -> None:
    inner = RecipeError.gather([UnitError("a", where="f:1"), UnitError("b", where="f:2")])
    error = RecipeError.gather([inner, FileError("c")])
    assert [str(finding) for finding in error.findings] == ["f:1: a.", "f:2: b.", "c."]
    assert str(error) == "3 findings.\nf:1: a.\nf:2: b.\nc."


def test_a_finding_alone_reads_as_itself() -> None:
    error = RecipeError.gather([UnitError("a", where="f:1", remedy="b")])
    assert type(error) is RecipeError
    assert str(error) == "f:1: a. Do: b."


def test_an_error_survives_the_way_between_processes() -> None:
    error = RecipeError.gather([UnitError("a", where="f:1", remedy="b"), FileError("c")])
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - our own bytes
