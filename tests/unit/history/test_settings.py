"""A password in the settings of a history stays among those who may know it."""

import stat
from pathlib import Path

import pytest

from vapordep.errors import HistoryError
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.database.postgresql import has_password
from vapordep.history.settings import exposed, name_catalogue
from vapordep.history.upkeep import backup

SECRET = "sekret"  # noqa: S105 - what must not be seen
NOWHERE = "127.0.0.1:1/lab"
WITH = [f"postgresql://ada:{SECRET}@{NOWHERE}", f"postgresql://{NOWHERE}?user=ada&password={SECRET}"]
WITHOUT = f"postgresql://ada@{NOWHERE}"


def mode(history: Path) -> int:
    return stat.S_IMODE((history / "history.yaml").stat().st_mode)


@pytest.mark.parametrize("url", WITH)
def test_who_writes_a_password_down_writes_it_for_the_owner_alone(url: str, tmp_path: Path) -> None:
    (tmp_path / "history.yaml").write_text("keep_idle: 60 d\n", encoding="utf-8")
    (tmp_path / "history.yaml").chmod(0o644)
    name_catalogue(tmp_path, url)
    assert mode(tmp_path) == 0o600
    assert exposed(tmp_path) == []


@pytest.mark.parametrize(("url", "rights", "told"), [
    (WITH[0], 0o640, 1), (WITH[0], 0o604, 1), (WITH[1], 0o644, 1),
    (WITH[0], 0o600, 0), (WITHOUT, 0o644, 0), ("", 0o644, 0),
])  # fmt: skip
def test_a_password_that_others_may_read_is_told_without_it(url: str, rights: int, told: int, tmp_path: Path) -> None:
    name_catalogue(tmp_path, url)
    (tmp_path / "history.yaml").chmod(rights)
    found = exposed(tmp_path)
    assert len(found) == told
    assert SECRET not in "".join(found)
    assert all("chmod 600" in each for each in found)


def test_a_check_of_the_history_tells_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Catalogue.open(tmp_path):
        pass
    monkeypatch.setattr(backup, "exposed", lambda history: [f"{history} is exposed"])
    assert backup.check(tmp_path).problems == (f"{tmp_path} is exposed",)


@pytest.mark.parametrize("text", [
    *[f'"{url}"' for url in WITH], f'["{WITH[0]}"]', f"{{postgresql: {SECRET}}}", f'"{WITH[0]}', f"{WITH[0]}: x",
    f'"postgresql://ada:{SECRET}@127.0.0.1:port/lab"', f'"postgresql://ada:{SECRET}@127.0.0.1:1"',
    f'"mysql://ada:{SECRET}@{NOWHERE}"', f'"mysql://{NOWHERE}?password={SECRET}"', f"!x {WITH[0]}",
])  # fmt: skip
def test_no_error_shows_a_password(text: str, tmp_path: Path) -> None:
    (tmp_path / "history.yaml").write_text(f"catalogue: {text}\n", encoding="utf-8")
    with pytest.raises(HistoryError) as refused, Catalogue.open(tmp_path):
        pass
    assert SECRET not in f"{refused.value} {refused.value!r}"


@pytest.mark.parametrize("url", [*WITH, f"postgresql://{NOWHERE}?sslpassword={SECRET}"])
def test_both_places_of_a_password_are_known(url: str) -> None:
    assert has_password(url)
    assert not has_password(WITHOUT)
