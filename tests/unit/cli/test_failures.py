"""Failures: which exit status an error gives, and what is told where."""

import json

import pytest

from vapordep.cli.terminal.failures import told
from vapordep.cli.terminal.output import write_json
from vapordep.errors import NoReply, RecipeError


def fail(error: BaseException) -> object:
    raise error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RecipeError("no"), 2),
        (NoReply("silence"), 1),
        (KeyboardInterrupt(), 130),
        (SystemExit(3), 3),
        (SystemExit("x"), 1),
    ],
)
def test_every_end_has_its_status(error: BaseException, status: int) -> None:
    assert told(lambda: fail(error)) == status


def test_success_is_zero() -> None:
    assert told(lambda: None) == 0


def test_findings_are_told_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    findings = RecipeError.gather([RecipeError("no unit", where="a.yaml:3", remedy="write one"), RecipeError("no end")])
    assert told(lambda: fail(findings), as_json=True) == 2
    shown = capsys.readouterr()
    assert [f["where"] for f in json.loads(shown.out)["error"]["findings"]] == ["a.yaml:3", ""]
    assert "a.yaml:3: no unit. Do: write one." in shown.err


def test_a_fault_of_the_program_shows_where_it_lies(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(lambda: fail(ZeroDivisionError("oh")), as_json=True) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"]["type"] == "ZeroDivisionError"
    assert "test_failures.py" in shown.err


def test_notes_of_an_error_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    error = NoReply("silence")
    error.add_note("also: the gauge")
    told(lambda: fail(error))
    assert "also: the gauge" in capsys.readouterr().err


def test_nan_is_never_printed_as_json() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        write_json({"value": float("nan")})
