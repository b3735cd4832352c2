"""What takes protection away needs the password once more, shown shortly before, in the same session."""

from pathlib import Path

import pytest

from tests.unit.api.asking import HERE, JSON, PORT, FarEnd, asked, house, live
from tests.unit.api.lobby import WORDS, Lobby, lobby
from tests.unit.api.test_door import NOT_BY_A_TOKEN
from tests.unit.api.test_users import CONFIRMED
from vapordep.accounts.roles import Role
from vapordep.api.application import application

PATH, BODY = "/api/interlocks/F1/bypass", {"duration": "1 h", "reason": "test"}
PROTECTED = [
    (PATH, BODY),
    ("/api/interlocks/P1/limit", {"tag": "chamber.pressure", "limit": "900 Pa", "reason": "x"}),
    ("/api/alarms/F3/remove", {"reason": "x"}),
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lobby:
    return lobby(tmp_path, monkeypatch, {"eva": Role.ENGINEER, "ben": Role.ENGINEER})


@pytest.mark.parametrize(("path", "body"), PROTECTED)
def test_a_link_that_logs_in_shows_no_password(path: str, body: object, place: Lobby) -> None:
    link = {"token": place.accounts.sessions.link(place.accounts.people.named("eva"))}
    cookie = place.post("/api/enter", "", link).headers["set-cookie"].partition(";")[0]
    assert place.post(path, cookie, body).status == 403
    assert place.end.orders == []


@pytest.mark.parametrize(("path", "body"), PROTECTED)
def test_it_is_taken_for_a_while_after_the_password_and_not_afterwards(path: str, body: object, place: Lobby) -> None:
    cookie = place.log_in("eva")
    place.clock.now = 599.0
    assert place.post(path, cookie, body).status == 200
    place.clock.now = 600.0
    late = place.post(path, cookie, body)
    assert (late.status, late.json["type"], len(place.end.orders)) == (403, "NotConfirmed", 1)
    assert "/api/confirm" in late.json["remedy"]
    assert place.post("/api/confirm", cookie, {"password": "wrong words"}).status == 401
    assert place.post(path, cookie, body).status == 403
    assert place.post("/api/confirm", cookie, {"password": WORDS}).json["name"] == "eva"
    assert place.post(path, cookie, body).status == 200


def test_one_confirms_for_this_session_only(place: Lobby) -> None:
    here, there = place.log_in("eva"), place.log_in("eva")
    other = place.log_in("ben")
    place.clock.now = 600.0
    assert place.post("/api/confirm", here, {"password": WORDS}).status == 200
    assert [place.post(PATH, cookie, BODY).status for cookie in (here, there, other)] == [200, 403, 403]
    assert place.post("/api/password", here, {"password": WORDS, "new": "some other words"}).status == 200
    assert place.post(PATH, here, BODY).status == 401, "its session is over"


def test_a_password_is_not_tried_for_long_there_either(place: Lobby) -> None:
    cookie = place.log_in("eva")
    tried = [place.post("/api/confirm", cookie, {"password": f"wrong {n}"}).status for n in range(8)]
    assert tried == [401] * 5 + [429] * 3


@pytest.mark.parametrize(("path", "body"), PROTECTED)
def test_a_token_does_not_do_it(path: str, body: object) -> None:
    end = FarEnd()
    door = application(live(), PORT, house().accounts, engine=end)
    answer = asked(path, Role.ADMIN, method="POST", headers=JSON | {"origin": HERE}, body=body, app=door)
    assert (answer.status, answer.json["type"], end.orders) == (403, "NotConfirmed", [])
    assert len(NOT_BY_A_TOKEN) == len(PROTECTED) + len(CONFIRMED) + 2
