"""What takes protection away needs the password once more, shown shortly before, in the same session."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.api.asking import HERE, JSON, PORT, Answer, FarEnd, asked, house, live
from tests.unit.api.test_door import NOT_BY_A_TOKEN
from tests.unit.api.test_users import CONFIRMED
from vapordep.accounts import passwords
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.api.application import application
from vapordep.api.door import Door
from vapordep.api.doorkeeper import CONFIRMED_FOR

WORDS = "a few good words"
BYPASS = ("/api/interlocks/F1/bypass", {"duration": "1 h", "reason": "test"})
PROTECTED = [
    BYPASS,
    ("/api/interlocks/P1/limit", {"tag": "chamber.pressure", "limit": "900 Pa", "reason": "x"}),
    ("/api/alarms/F3/remove", {"reason": "x"}),
]


@dataclass
class Place:
    door: Door
    accounts: Accounts
    end: FarEnd
    now: float = 0.0

    def post(self, path: str, body: object, cookie: str) -> Answer:
        headers = JSON | {"origin": HERE, "cookie": cookie}
        return asked(path, None, method="POST", headers=headers, body=body, app=self.door)

    def log_in(self, name: str = "eva") -> str:
        headers = JSON | {"origin": HERE}
        body = {"name": name, "password": WORDS}
        answer = asked("/api/login", None, method="POST", headers=headers, body=body, app=self.door)
        return answer.headers["set-cookie"].partition(";")[0]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(passwords, "_hasher", passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    accounts, end = Accounts.of(tmp_path), FarEnd()
    for name in ("eva", "ben"):
        accounts.people.add(name, Role.ENGINEER, WORDS)
    made = Place(application(live(), PORT, accounts, engine=end), accounts, end)
    inside = made.door._inside
    monkeypatch.setattr(inside.state.doorkeeper, "_clock", lambda: made.now)  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize(("path", "body"), PROTECTED)
def test_a_link_that_logs_in_shows_no_password(path: str, body: object, place: Place) -> None:
    link = {"token": place.accounts.sessions.link(place.accounts.people.named("eva"))}
    cookie = place.post("/api/enter", link, "").headers["set-cookie"].partition(";")[0]
    assert place.post(path, body, cookie).status == 403
    assert place.end.orders == []


@pytest.mark.parametrize(("path", "body"), PROTECTED)
def test_it_is_taken_for_a_while_after_the_password_and_not_afterwards(path: str, body: object, place: Place) -> None:
    cookie = place.log_in()
    place.now = CONFIRMED_FOR - 1.0
    assert place.post(path, body, cookie).status == 200
    place.now = CONFIRMED_FOR
    late = place.post(path, body, cookie)
    assert (late.status, late.json["type"], len(place.end.orders)) == (403, "NotConfirmed", 1)
    assert "/api/confirm" in late.json["remedy"]
    assert place.post("/api/confirm", {"password": "wrong words"}, cookie).status == 401
    assert place.post(path, body, cookie).status == 403
    assert place.post("/api/confirm", {"password": WORDS}, cookie).json["name"] == "eva"
    assert place.post(path, body, cookie).status == 200


def test_one_confirms_for_this_session_only(place: Place) -> None:
    here, there = place.log_in(), place.log_in()
    other = place.log_in("ben")
    place.now = CONFIRMED_FOR
    assert place.post("/api/confirm", {"password": WORDS}, here).status == 200
    assert [place.post(*BYPASS, cookie).status for cookie in (here, there, other)] == [200, 403, 403]
    assert place.post("/api/password", {"password": WORDS, "new": "some other words"}, here).status == 200
    assert place.post(*BYPASS, here).status == 401, "its session is over"


def test_a_password_is_not_tried_for_long_there_either(place: Place) -> None:
    cookie = place.log_in()
    tried = [place.post("/api/confirm", {"password": f"wrong {n}"}, cookie).status for n in range(8)]
    assert tried == [401] * 5 + [429] * 3


@pytest.mark.parametrize(("path", "body"), PROTECTED)
def test_a_token_does_not_do_it(path: str, body: object) -> None:
    end = FarEnd()
    door = application(live(), PORT, house().accounts, engine=end)
    answer = asked(path, Role.ADMIN, method="POST", headers=JSON | {"origin": HERE}, body=body, app=door)
    assert (answer.status, answer.json["type"], end.orders) == (403, "NotConfirmed", [])
    assert len(NOT_BY_A_TOKEN) == len(PROTECTED) + len(CONFIRMED) + 2
