"""Who comes in: every route over every way to ask wrongly, and no route without a right."""

import asyncio
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from fastapi import FastAPI

from tests.unit.api.asking import HERE, JSON, OCTETS, PASSWORD, PORT, Answer, asked, house, live, shared
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.attempts import FREE
from vapordep.accounts.first_run import LASTS, first_secret
from vapordep.accounts.roles import RIGHTS, Right, Role
from vapordep.accounts.store import NAME, Store
from vapordep.api.access.door import HEADERS, Door, Receive, Scope, Send
from vapordep.api.access.doorkeeper import require_rights, right_of
from vapordep.api.access.place import Place
from vapordep.api.application import PUBLIC, application
from vapordep.api.built import is_one
from vapordep.api.process import _config
from vapordep.errors import HistoryError


def routes() -> list[Any]:
    found: Any = shared()._inside
    return list(found.routes)


ALL = [(method, route.path.replace("{name}", "style.css")) for route in routes() for method in sorted(route.methods)]
CHANGES = [path for method, path in ALL if method == "POST"]
FILES = "/api/runs/{run}/attachments"
"""Where a file comes in as it is; all else is JSON."""
CLOSED = [
    (method, route.path, right)
    for route in routes()
    for method in route.methods
    if (right := right_of(route)) is not None
]
NOT_BY_A_TOKEN = {
    "/api/password", "/api/confirm", "/api/interlocks/{interlock}/bypass", "/api/interlocks/{interlock}/limit",
    "/api/alarms/{alarm}/remove", "/api/users", "/api/users/{name}/role", "/api/users/{name}/disable",
    "/api/users/{name}/enable", "/api/users/{name}/password", "/api/me/tokens",
}  # fmt: skip
every_route = pytest.mark.parametrize(("method", "path"), [*ALL, ("GET", "/none"), ("GET", "/../../etc/passwd")])


@every_route
def test_a_request_meant_for_another_host_is_refused(method: str, path: str) -> None:
    for host in ("evil.test", f"evil.test:{PORT}", "localhost:80", "127.0.0.1.evil.test", "", None):
        assert asked(path, Role.ADMIN, method=method, host=host, headers=JSON, body={}).status == 400, host


@pytest.mark.parametrize("host", ["localhost", f"127.0.0.1:{PORT}", f"[::1]:{PORT}", f"LOCALHOST:{PORT}"])
def test_names_of_this_computer_are_taken(host: str) -> None:
    assert asked("/", host=host).status == 200


@every_route
def test_every_answer_carries_the_headers_and_lets_no_other_page_read(method: str, path: str) -> None:
    for answer in (asked(path, method=method), asked(path, None, method=method), asked(path, host="evil.test")):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert not [name for name in answer.headers if name.startswith("access-control")]


FOREIGN: list[tuple[dict[str, str], int]] = [
    ({**JSON}, 403),
    ({**JSON, "origin": "http://evil.test"}, 403),
    ({**JSON, "origin": "null"}, 403),
    ({**JSON, "origin": "http://localhost:80"}, 403),
    ({**JSON, "origin": f"https://localhost:{PORT}"}, 403),
    ({"origin": HERE}, 415),
    ({"origin": HERE, "content-type": "text/plain"}, 415),
    ({"origin": HERE, "content-type": "application/x-www-form-urlencoded"}, 415),
    ({"origin": HERE, "content-type": "multipart/form-data; boundary=x"}, 415),
]


@pytest.mark.parametrize("path", CHANGES)
def test_a_page_of_others_changes_nothing(path: str) -> None:
    """With the cookie of somebody who is logged in, which a browser would send along."""
    cookie = {"cookie": f"vapordep_{PORT}={house().accounts.sessions.begin(house().accounts.people.named('admin'))}"}
    for headers, status in FOREIGN:
        assert asked(path, None, method="POST", headers=headers | cookie, body={}).status == status, headers


def test_a_change_without_a_body_needs_to_be_of_no_kind() -> None:
    """As programs send it that are made of the description, where a route takes no body."""
    for headers in ({}, {"origin": HERE}, {"content-length": "0"}):
        answer = asked("/api/logout", Role.OPERATOR, method="POST", headers=headers)
        assert (answer.status, answer.json["name"]) == (200, "operator")
    assert asked("/api/logout", Role.OPERATOR, method="POST", body=b"{}").status == 415
    assert asked("/api/logout", Role.OPERATOR, method="POST", headers={"content-type": "text/plain"}).status == 415


def test_a_program_that_logs_in_is_told_how() -> None:
    answer = asked("/api/login", None, method="POST", headers=JSON, body={})
    assert f"`Origin: http://localhost:{PORT}`" in answer.json["remedy"]


def test_what_is_no_json_is_told_where() -> None:
    answer = asked("/api/confirm", Role.ADMIN, method="POST", headers=JSON, body=b'{"password": }')
    assert answer.status == 422
    assert answer.json["message"] == "the body is no JSON: Expecting value, at character 13"


@pytest.mark.parametrize("path", ["/api/nothing", "/api/runs/", "/api/", "/api/runs/../../x"])
def test_an_address_that_is_none_says_so(path: str) -> None:
    answer = asked(path, Role.ADMIN)
    assert (answer.status, answer.json["type"], answer.json["message"]) == (
        404, "NotThere", f"there is no address {path}",
    )  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/login", "/runs", "/plain", "/api/reactor", "/api/runs/none", "/api/stream"])
def test_every_answer_keeps_a_browser_from_what_is_not_ours(path: str) -> None:
    """Scripts, frames and requests: from here alone, none written into a page, and no kind is guessed."""
    headers = asked(path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {policy[each] for each in ("script-src", "connect-src")} == {"'self'"}
    assert {policy[each] for each in ("base-uri", "frame-ancestors")} == {"'none'"}
    assert "unsafe" not in headers["content-security-policy"]
    assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
    assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")


@pytest.mark.parametrize("path", ["/", "/api/reactor", "/api/runs", "/api/stream", "/live.json"])
def test_the_head_alone_is_that_of_the_answer(path: str) -> None:
    head, whole = asked(path, method="HEAD"), asked(path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers.keys() == whole.headers.keys()
    differs = {name for name, value in head.headers.items() if value != whole.headers[name]}
    tells_an_age = path in ("/api/reactor", "/live.json")
    assert differs <= ({"content-length"} if tells_an_age else set()), "an age has a digit more a moment later"
    assert asked(path, None, method="HEAD").status == asked(path, None).status


def test_a_question_that_no_route_asks_is_refused() -> None:
    answer = asked("/api/runs?operater=anna")
    assert (answer.status, answer.json["type"]) == (422, "InputError")
    assert answer.json["message"] == "'operater' is nothing that is asked for here"
    assert "operator" in answer.json["remedy"]
    assert asked("/api/runs?operater=anna", None).status == 401, "who may not ask is told nothing"
    assert asked("/api/reactor?x=1").json["remedy"] == "it takes none"
    assert asked("/plain?x=1").status == 200, "of a page nothing is asked"


@pytest.mark.parametrize("path", sorted({path for _, path in ALL}))
def test_other_methods_are_not_used(path: str) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"):
        answer = asked(path, Role.ADMIN, method=method, headers=JSON | {"origin": HERE})
        assert answer.status == 405, method
        assert set(answer.headers["allow"].split(", ")) >= {known for known, of in ALL if of == path}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b'{"tag": "a", "tag": "b"}', "'tag' is there twice"),
        (b'{"x": [{"y": 1, "z": 2, "y": 1}]}', "'y' is there twice"),
        (b'{"value": NaN}', "NaN is no number"),
        (b"[-Infinity]", "-Infinity is no number"),
        (b"[" * 60_000, "nested too deeply"),
        (b'{"value": ' + b"9" * 5000 + b"}", "4300 digits"),
        (b'{"tag": "\xff"}', "byte 9 is no UTF-8"),
        ('{"tag": "a"}'.encode("utf-16"), "no UTF-8"),
    ],
    ids=["twice", "twice within", "nan", "infinite", "deep", "digits", "bytes", "utf-16"],
)
def test_json_that_not_all_read_alike_is_refused(body: bytes, told: str) -> None:
    for path in set(CHANGES) - {FILES}:
        answer = asked(path, Role.ADMIN, method="POST", headers=JSON, body=body)
        assert answer.status == 400
        assert told in answer.json["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"range": "bytes=0-0,1-1,2-2"}, {"range": "bytes=" + "0-," * 10_000}, {"if-range": "x", "range": "bytes=-1"},
        {"cookie": "; ".join(f"a{n}=b" for n in range(5000))}, {"cookie": 'a="' + "\\" * 30_000},
        {"accept": "text/html;q=" * 5000}, {"content-type": "multipart/form-data; " + "boundary=" * 5000},
        {"authorization": "Bearer" + " " * 60_000 + "x"}, {"last-event-id": "e:" + "9" * 98},
    ],
    ids=range(9),
)  # fmt: skip
def test_headers_that_cost_other_servers_dear_cost_nothing(headers: dict[str, str]) -> None:
    """Ranges are not served, forms are not read; no pattern is tried on what comes."""
    for path in ("/api/me", "/api/runs", "/style.css", "/api/stream"):
        began = process_time()
        assert asked(path, None if "authorization" in headers else Role.VIEWER, headers=headers).status in (200, 401)
        assert process_time() - began < 1.0


def test_who_has_a_right_that_the_token_lacks_is_told_so() -> None:
    accounts = house().accounts
    token = accounts.tokens.make(accounts.people.named("operator"), "narrow", frozenset({Right.READ}), 1.0)
    headers = JSON | {"authorization": f"Bearer {token}"}
    told = asked("/api/arm", None, method="POST", headers=headers, body={}).json["message"]
    assert told == "operator (operator) has the right to operate, but this token is for read only"


def test_there_is_no_websocket() -> None:
    assert asked("/", kind="websocket").status == 1008


def test_what_is_too_long_is_refused() -> None:
    def status(length: int) -> int:
        return asked("/api/login", None, method="POST", headers=JSON | {"origin": HERE}, body=b" " * length).status

    assert (status(64 * 1024), status(64 * 1024 + 1)) == (422, 413)


def test_no_route_is_served_that_names_no_right() -> None:
    bare = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    bare.get("/api/leak")(lambda: "all secrets")
    with pytest.raises(RuntimeError, match="/api/leak names no right"):
        require_rights(bare, PUBLIC)
    bare.put("/api/x")(lambda: "changed")
    with pytest.raises(RuntimeError, match="a method that the door does not guard"):
        require_rights(bare, frozenset({"/api/leak"}))
    with pytest.raises(RuntimeError, match="no route that could name"):
        require_rights(FastAPI(), PUBLIC)  # its own description is no route of ours
    assert {path for _, path, _ in CLOSED} | PUBLIC == {route.path for route in routes()}


@pytest.mark.parametrize(("method", "path", "right"), CLOSED)
def test_each_route_lets_in_whom_it_must_and_nobody_else(method: str, path: str, right: Right) -> None:
    headers = (OCTETS if (method, path) == ("POST", FILES) else JSON) | {"origin": HERE}
    nobody = asked(path, None, method=method, headers=headers, body={})
    assert nobody.status == (303 if path == "/plain" or is_one(path) else 401)
    for role in Role:
        answer = asked(path, role, method=method, headers=headers, body={})
        if right not in RIGHTS[role]:
            assert (answer.status, answer.json["type"]) == (403, "NotAllowed"), role
        else:
            assert answer.status not in (401, 403) or path in NOT_BY_A_TOKEN, role


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer "}, {"authorization": "Bearer vapordep_x"}, {"authorization": "Basic YWRtaW46YQ=="},
        {"cookie": f"vapordep_{PORT}="}, {"cookie": f"vapordep_{PORT}=x"}, {"x-forwarded-for": "127.0.0.1"},
        {"x-forwarded-user": "admin"}, {"x-real-ip": "127.0.0.1"}, {"forwarded": "for=127.0.0.1"},
    ],
)  # fmt: skip
def test_nobody_is_known_by_anything_else(headers: dict[str, str]) -> None:
    answer = asked("/live.json", None, headers=headers)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


ELSEWHERE = ("x-forwarded-for", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "forwarded")


def test_who_names_another_address_each_time_tries_no_more_passwords(tmp_path: Path) -> None:
    """Nor does it cost others anything: behind a proxy all come from one address."""
    accounts, door = own(tmp_path)
    accounts.people.add("ada", Role.VIEWER, PASSWORD)
    accounts.people.add("ben", Role.VIEWER, PASSWORD)

    def status(name: str, password: str, number: int) -> int:
        headers = JSON | {"origin": HERE} | {each: f"for=192.0.2.{number}" for each in ELSEWHERE}
        body = {"name": name, "password": password}
        return asked("/api/login", None, method="POST", headers=headers, body=body, app=door).status

    assert [status("ada", f"wrong {n}", n) for n in range(FREE + 3)] == [401] * FREE + [429] * 3
    assert (status("ada", PASSWORD, 99), status("ben", PASSWORD, 0)) == (429, 200)


def test_the_server_believes_no_proxy() -> None:
    """Neither who asks nor that they came by TLS; uvicorn would, of a program on this computer."""
    seen: list[tuple[object, object]] = []

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["client"], scope["scheme"]))

    config = _config(Door(inside, PORT), Place(PORT))
    config.load()
    told = {"host": f"localhost:{PORT}", "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https"}
    headers = [(name.encode(), value.encode()) for name, value in told.items()]
    scope = {
        "type": "http", "method": "GET", "path": "/", "scheme": "http", "client": ("127.0.0.1", 5), "headers": headers,
    }  # fmt: skip
    served: Any = config.loaded_app
    asyncio.run(served(scope, None, None))
    assert seen == [(("127.0.0.1", 5), "http")]


def own(tmp_path: Path) -> tuple[Accounts, Door]:
    """Accounts of a test's own, behind a door."""
    accounts = Accounts.of(tmp_path)
    return accounts, application(live(), PORT, accounts)


def posted(door: Door, path: str, body: object, cookie: str = "") -> Answer:
    headers = JSON | {"origin": HERE} | ({"cookie": cookie} if cookie else {})
    return asked(path, None, method="POST", headers=headers, body=body, app=door)


def test_from_the_first_link_to_the_logout(tmp_path: Path) -> None:
    accounts, door = own(tmp_path)
    assert b"Nobody has an account here yet" in asked("/login", None, app=door).body
    assert asked("/first", None, app=door).status == 200
    given = {"token": first_secret(accounts.store), "name": "Ada", "password": PASSWORD}
    made = posted(door, "/api/first", given)
    assert (made.status, made.json["role"]) == (200, "admin")
    assert posted(door, "/api/first", given).status == 422
    assert b"Forgotten the password?" in asked("/login", None, app=door).body
    assert asked("/first", None, app=door).headers["location"] == "/login"
    kept = made.headers["set-cookie"]
    assert all(part in kept for part in ("HttpOnly", "SameSite=strict", "Path=/", f"vapordep_{PORT}="))
    assert "Secure" not in kept
    cookie = kept.partition(";")[0]
    assert asked("/", None, headers={"cookie": cookie}, app=door).status == 200
    assert asked("/api/users", None, headers={"cookie": cookie}, app=door).json[0]["name"] == "ada"
    assert posted(door, "/api/logout", {}, cookie).status == 200
    assert asked("/", None, headers={"cookie": cookie}, app=door).headers["location"] == "/login"


def test_a_first_link_that_is_wrong_replaced_or_too_old_makes_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts, door = own(tmp_path)
    replaced, newest = first_secret(accounts.store), first_secret(accounts.store)
    for token in ("guessed", replaced):
        refused = posted(door, "/api/first", {"token": token, "name": "ada", "password": PASSWORD})
        assert (refused.status, "too old" in refused.json["message"]) == (422, True)
    now = accounts.store.now()
    with monkeypatch.context() as later:
        later.setattr(Store, "now", lambda _: now + LASTS + 1.0)
        assert posted(door, "/api/first", {"token": newest, "name": "ada", "password": PASSWORD}).status == 422
    assert not accounts.people.all()
    assert posted(door, "/api/first", {"token": newest, "name": "ada", "password": PASSWORD}).status == 200


def test_a_link_logs_in_once(tmp_path: Path) -> None:
    accounts, door = own(tmp_path)
    link = {"token": accounts.sessions.link(accounts.people.add("ada", Role.OPERATOR, PASSWORD))}
    made = posted(door, "/api/enter", link)
    assert (made.status, made.json["name"], made.json["role"]) == (200, "ada", "operator")
    cookie = made.headers["set-cookie"].partition(";")[0]
    assert link["token"] not in cookie
    assert asked("/api/me", None, headers={"cookie": cookie}, app=door).status == 200
    again = posted(door, "/api/enter", link)
    assert (again.status, again.json["message"]) == (401, "this link was used before, or is over")
    assert posted(door, "/api/enter", {"token": "guessed"}).status in (401, 429)
    assert b'data-to="/api/enter"' in asked("/enter", None, app=door).body


def test_neither_session_nor_link_does_the_work_of_the_other(tmp_path: Path) -> None:
    """Whoever stole a session would begin another by it, for ever, and without the password."""
    accounts, door = own(tmp_path)
    person = accounts.people.add("ada", Role.ADMIN, PASSWORD)
    session, link = accounts.sessions.begin(person), accounts.sessions.link(person)
    assert posted(door, "/api/enter", {"token": session}).status == 401
    assert accounts.sessions.who(session) == person, "it goes on"
    assert asked("/api/me", None, headers={"cookie": f"vapordep_{PORT}={link}"}, app=door).status == 401


def test_with_tls_the_cookie_never_goes_without(tmp_path: Path) -> None:
    accounts, _ = own(tmp_path)
    accounts.people.add("ada", Role.ADMIN, PASSWORD)
    door = application(live(), PORT, accounts, secure=True)
    headers = JSON | {"origin": f"https://localhost:{PORT}"}
    answer = asked(
        "/api/login", None, method="POST", headers=headers, body={"name": "ada", "password": PASSWORD}, app=door
    )
    assert answer.headers["set-cookie"].startswith(f"__Host-vapordep_{PORT}=")
    assert "Secure" in answer.headers["set-cookie"]


def test_ones_own_password_ends_the_other_sessions(tmp_path: Path) -> None:
    accounts, door = own(tmp_path)
    person = accounts.people.add("ada", Role.VIEWER, PASSWORD)
    here, there = (f"vapordep_{PORT}={accounts.sessions.begin(person)}" for _ in range(2))
    wrong = posted(door, "/api/password", {"password": "wrong", "new": "some other words"}, here)
    easy = posted(door, "/api/password", {"password": PASSWORD, "new": "easy"}, here)
    assert (wrong.status, easy.status) == (401, 422)
    done = posted(door, "/api/password", {"password": PASSWORD, "new": "some other words"}, here)
    assert done.status == 200
    for cookie, status in ((here, 401), (there, 401), (done.headers["set-cookie"].partition(";")[0], 200)):
        assert asked("/api/me", None, headers={"cookie": cookie}, app=door).status == status


def test_passwords_are_not_tried_for_long(tmp_path: Path) -> None:
    accounts, door = own(tmp_path)
    accounts.people.add("ada", Role.VIEWER, PASSWORD)
    tried = [posted(door, "/api/login", {"name": "ada", "password": f"wrong {n}"}) for n in range(FREE + 3)]
    assert [answer.status for answer in tried] == [401] * FREE + [429] * 3
    refused = posted(door, "/api/login", {"name": "ADA ", "password": PASSWORD})
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0
    assert set(refused.json) == {"type", "message", "where", "remedy"}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"name": 1, "password": "x"}', b'{"name": "a"}', b"\xff",
             b'{"name": "a", "password": "b", "role": "admin"}', b'{"name": "a\\u0000\\ud800", "password": "\\ud800"}'],
)  # fmt: skip
def test_a_login_that_is_none_is_refused(body: bytes, tmp_path: Path) -> None:
    answer = posted(own(tmp_path)[1], "/api/login", body)
    assert answer.status in (400, 401, 422)
    assert set(answer.json) == {"type", "message", "where", "remedy"}


def test_who_is_known_may_look_and_abort_while_the_accounts_cannot_be_read(tmp_path: Path) -> None:
    accounts, door = own(tmp_path)
    person = accounts.people.add("ada", Role.ADMIN, PASSWORD)
    known, unknown = (f"vapordep_{PORT}={accounts.sessions.begin(person)}" for _ in range(2))
    assert asked("/api/me", None, headers={"cookie": known}, app=door).status == 200
    accounts.store.close()
    (tmp_path / NAME).write_bytes(b"damaged")
    with pytest.raises(HistoryError):
        accounts.people.all()
    assert asked("/live.json", None, headers={"cookie": known}, app=door).status == 200
    assert asked("/live.json", None, headers={"cookie": unknown}, app=door).status == 503
    assert asked("/api/users", None, headers={"cookie": known}, app=door).status == 403
    assert posted(door, "/api/abort", {}, known).json["type"] == "NoEngine"  # it went as far as that
