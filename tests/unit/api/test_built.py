"""The built pages: led to the login and back, their files for everybody, and what is said where they were not built."""

import pytest

from tests.unit.api.asking import asked
from vapordep.api import built


@pytest.mark.parametrize(
    "path",
    ["/recipes", "/recipes/shipped/al2o3_on_lithium", "/runs", "/runs/20261123-140000-abcdef", "/compare", "/alarms"],
)
def test_who_is_not_logged_in_is_led_to_the_login_and_back(path: str) -> None:
    answer = asked(path, None)
    assert answer.status == 303
    assert answer.headers["location"] == f"/login?to={path.replace('/', '%2F')}"
    assert asked(path).status == 200


def test_what_is_not_theirs_is_not_served() -> None:
    for name in ("index.html", ".inputs", "..%2f..%2ferrors.py", "nothing.js"):
        assert asked(f"/assets/{name}", None).status == 404


def test_where_they_were_not_built_it_says_how(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(built, "_page", lambda: built.MISSING)
    assert b"pip install ." in asked("/runs").body


def test_whoever_opens_what_is_no_page_is_shown_one_that_says_so() -> None:
    """A program is told as of everything else."""
    for path in ("/nowhere", "/runs/one/more"):
        shown = asked(path, None, headers={"accept": "text/html,application/xhtml+xml"})
        assert (shown.status, b"There is no such page" in shown.body) == (404, True)
        assert asked(path, None).json["type"] == "NotThere"
    assert asked("/api/nowhere", None, headers={"accept": "text/html"}).json["type"] == "NotThere"
