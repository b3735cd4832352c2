"""Accounts over the web, changed by an admin who has just shown the password; one's own sessions and tokens."""

from pathlib import Path

import pytest

from tests.unit.api.asking import asked
from tests.unit.api.lobby import OTHERS, WORDS, Lobby, lobby
from vapordep.accounts.roles import Role

CONFIRMED = [
    ("/api/users", {"name": "eva", "role": "admin", "password": WORDS}),
    ("/api/users/ben/role", {"role": "admin"}), ("/api/users/ben/password", {"password": OTHERS}),
    ("/api/users/ben/disable", {}), ("/api/users/ben/enable", {}), ("/api/me/tokens", {"label": "notebook"}),
]  # fmt: skip
"""What says who may do what."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lobby:
    return lobby(tmp_path, monkeypatch, {"ada": Role.ADMIN, "ben": Role.OPERATOR})


def test_an_admin_makes_and_changes_accounts_and_each_change_is_on_record(place: Lobby) -> None:
    ada = place.log_in("ada")
    new = {"name": "Eva.Lind", "role": "trainee", "password": WORDS}
    assert place.post("/api/users", ada, new).json == {"name": "eva.lind", "role": "trainee", "disabled": False}
    assert place.post("/api/users", ada, new).status == 422
    assert place.post("/api/users", ada, {**new, "name": "x", "password": "short"}).status == 422
    eva = place.log_in("eva.lind")
    assert place.post("/api/users/eva.lind/role", ada, {"role": "engineer"}).status == 200
    assert place.get("/api/me", eva)["type"] == "NotLoggedIn"
    assert place.post("/api/users/eva.lind/password", ada, {"password": OTHERS}).status == 200
    assert place.get("/api/me", place.log_in("eva.lind", OTHERS))["role"] == "engineer"
    assert place.post("/api/users/eva.lind/disable", ada).json["done"] == "eva.lind is let in no more"
    assert place.log_in("eva.lind", OTHERS) == ""
    assert place.post("/api/users/eva.lind/enable", ada).status == 200
    assert place.log_in("eva.lind", OTHERS) != ""
    assert place.post("/api/users/none/enable", ada).status == 404
    told = [(entry["person"], entry["what"]) for entry in place.get("/api/audit", ada)]
    assert ("ada", "account eva.lind made, trainee") in told
    assert ("ada", "a new password for eva.lind") in told


def test_the_last_admin_stays_one(place: Lobby) -> None:
    ada = place.log_in("ada")
    for path, body in (("role", {"role": "viewer"}), ("disable", {})):
        answer = place.post(f"/api/users/ada/{path}", ada, body)
        assert (answer.status, "nobody would be left" in answer.json["message"]) == (422, True)
    assert place.get("/api/me", ada)["role"] == "admin"


@pytest.mark.parametrize(("path", "body"), CONFIRMED)
def test_it_wants_the_password_shown_shortly_before(path: str, body: object, place: Lobby) -> None:
    ada = place.log_in("ada")
    place.clock.now = 600.0
    late = place.post(path, ada, body)
    assert (late.status, late.json["type"]) == (403, "NotConfirmed")
    assert [each.name for each in place.accounts.people.all()] == ["ada", "ben"]
    assert place.post("/api/confirm", ada, {"password": WORDS}).status == 200
    assert place.post(path, ada, body).status == 200


def test_a_token_is_shown_once_works_and_is_revoked_by_whose_it_is(place: Lobby) -> None:
    ben, ada = place.log_in("ben"), place.log_in("ada")
    made = place.post("/api/me/tokens", ben, {"label": "notebook", "scope": "read,abort", "days": 30.0})
    bearer = {"authorization": f"Bearer {made.json['token']}"}
    assert asked("/api/me", None, headers=bearer, app=place.door).json["rights"] == ["abort", "read"]
    [told] = place.get("/api/me/tokens", ben)
    assert (told["label"], told["scope"], told["revoked_s"]) == ("notebook", ["abort", "read"], None)
    assert made.json["token"] not in str(told)
    assert place.post("/api/me/tokens", ben, {"label": "x", "scope": "administer"}).status == 422
    assert place.post(f"/api/me/tokens/{told['id']}/revoke", ada).status == 404, "it is another's"
    assert place.post(f"/api/me/tokens/{told['id']}/revoke", ben).status == 200
    assert asked("/api/me", None, headers=bearer, app=place.door).status == 401
    assert place.post(f"/api/tokens/{told['id']}/revoke", ada).status == 404, "it holds no more"


def test_sessions_are_ended_one_by_one_by_whose_they_are_or_an_admin(place: Lobby) -> None:
    here, there, ada = place.log_in("ben"), place.log_in("ben"), place.log_in("ada")
    mine = place.get("/api/me/sessions", here)
    assert sorted(each["here"] for each in mine) == [False, True]
    other = next(each["id"] for each in mine if not each["here"])
    [admins] = place.get("/api/me/sessions", ada)
    assert place.post(f"/api/me/sessions/{admins['id']}/end", here).status == 404, "it is another's"
    assert place.post("/api/me/sessions/%25/end", here).status == 404
    assert place.post(f"/api/me/sessions/{other}/end", here).status == 200
    assert [place.get("/api/me", each).get("name") for each in (here, there)] == ["ben", None]
    assert len(place.get("/api/sessions", ada)) == 2
    assert place.post(f"/api/sessions/{next(e['id'] for e in mine if e['here'])}/end", ada).status == 200
    assert place.get("/api/me", here)["type"] == "NotLoggedIn"


def test_preferences_follow_their_person_to_another_computer(place: Lobby) -> None:
    here, there, ada = place.log_in("ben"), place.log_in("ben"), place.log_in("ada")
    nothing = {"theme": "", "units": {}, "sound": False}
    wanted = {"theme": "dark", "units": {"pressure": "mTorr"}, "sound": True}
    assert place.get("/api/me/preferences", here) == nothing
    assert place.post("/api/me/preferences", here, wanted).json == wanted
    assert [place.get("/api/me/preferences", each) for each in (there, ada)] == [wanted, nothing]
    for units in ({"pressure": "degC"}, {"weather": "Pa"}):
        assert place.post("/api/me/preferences", here, {**wanted, "units": units}).status == 422
    assert place.get("/api/me/preferences", there) == wanted


def test_the_record_is_read_page_by_page_whatever_is_added_meanwhile(place: Lobby) -> None:
    ada = place.log_in("ada")
    for number in range(7):
        place.accounts.note("ben", f"what {number}")
    page = place.get("/api/audit?most=3", ada)
    seen = list(page)
    while page:
        place.accounts.note("ben", "meanwhile")
        page = place.get(f"/api/audit?most=3&before={page[-1]['number']}", ada)
        seen += page
    assert [entry["number"] for entry in seen] == list(range(seen[0]["number"], 0, -1))
    assert [entry["what"] for entry in seen[:7]] == [f"what {number}" for number in range(6, -1, -1)]
    for wrong in ("0", "-1", "x", "1e3", str(2**80)):
        assert set(place.get(f"/api/audit?before={wrong}", ada)) == {"type", "message", "where", "remedy"}
