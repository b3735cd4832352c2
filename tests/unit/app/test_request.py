"""Requests: what was written on the command line, as data; anything else is refused."""

import getpass
from pathlib import Path

import pytest

from vapordep.app.request import NOBODY, login_name, request, samples, settings
from vapordep.errors import InputError


def test_settings_are_texts_by_name() -> None:
    assert settings(["cycles=50", " stabilise = 5 min ", "note=a=b"]) == {
        "cycles": "50", "stabilise": "5 min", "note": "a=b",
    }  # fmt: skip


@pytest.mark.parametrize("written", [["cycles"], ["=5"], ["cycles="], ["a=1", "a=2"], [""]])
def test_what_is_no_setting_is_refused(written: list[str]) -> None:
    with pytest.raises(InputError):
        settings(written)


def test_samples_may_have_a_place() -> None:
    first, second = samples(["Li-042@centre", "Li-043"])
    assert (first.id, first.position) == ("Li-042", "centre")
    assert (second.id, second.position) == ("Li-043", "")


@pytest.mark.parametrize("written", [["@edge"], [""], ["a", "a@edge"]])
def test_what_is_no_sample_is_refused(written: list[str]) -> None:
    with pytest.raises(InputError):
        samples(written)


def test_a_request_has_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAPORDEP_HISTORY", str(tmp_path))
    asked = request("al2o3_on_lithium", operator="  ")
    assert (asked.history, asked.reactor.stem, asked.operator) == (tmp_path, "glovebox_ald", login_name())


def test_a_user_without_a_name_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("uid 1234 has no name")

    monkeypatch.setattr(getpass, "getuser", nameless)
    assert login_name() == NOBODY
