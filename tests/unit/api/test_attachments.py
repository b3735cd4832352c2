"""Files that come in over the web and go out again: as they are, under a name that will do, on record."""

import asyncio
from collections.abc import AsyncIterator, Callable
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.api.asking import HERE, OCTETS, PORT, Answer, asked, house, live
from tests.unit.api.test_runs import record
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.api.application import application
from vapordep.api.review import attachments as routes
from vapordep.errors import TooLarge
from vapordep.history.catalogue import attachments

PICTURE = bytes(range(256)) * 600
Send = Callable[..., Answer]


@pytest.fixture
def send(tmp_path: Path) -> Send:
    """Sends a file to the run, or asks for something, as a person of some role."""
    (tmp_path / house().accounts.store.path.name).write_bytes(house().accounts.store.path.read_bytes())
    record(tmp_path, "run-1")
    door = application(live(), PORT, Accounts.of(tmp_path))

    def send(query: str, body: bytes = PICTURE, role: Role | None = Role.TRAINEE, **more: str) -> Answer:
        path = f"/api/runs/run-1/attachments?{query}"
        return asked(path, role, method="POST", body=body, headers=OCTETS | more, app=door)

    send.ask = lambda path, role=Role.VIEWER: asked(path, role, app=door)  # type: ignore[attr-defined]
    return send


def ask(send: Send, path: str, role: Role = Role.VIEWER) -> Any:
    return send.ask(path, role)  # type: ignore[attr-defined]


def test_a_file_comes_in_and_goes_out_as_it_is(send: Send, tmp_path: Path) -> None:
    told = send("name=foil%20%CE%B1.jpg&note=after%20the%20run")
    assert told.status == 200
    kept = {"number": 1, "name": "foil α.jpg", "size": len(PICTURE), "sha256": sha256(PICTURE).hexdigest()}
    assert told.json | {"entered": ""} == kept | {"note": "after the run", "person": "trainee", "entered": ""}
    assert ask(send, "/api/runs/last/attachments").json == [told.json]
    answer = ask(send, "/api/runs/last/attachments/1")
    assert answer.body == PICTURE
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''foil%20%CE%B1.jpg"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert ask(send, "/api/audit", Role.ADMIN).json[0]["what"] == f"a file of run-1: 'foil α.jpg', {len(PICTURE)} bytes"
    assert [each.name for each in (tmp_path / "attachments").iterdir()] == [kept["sha256"]]


@pytest.mark.parametrize(
    ("query", "body", "role", "more", "status"),
    [
        ("name=x", b"x", Role.VIEWER, {}, 403),
        ("name=x", b"x", None, {"origin": HERE}, 401),
        ("name=x", b"x", None, {}, 403),
        ("name=x", b"x", Role.ADMIN, {"origin": "http://evil.test"}, 403),
        ("name=x", b"x", Role.ADMIN, {"content-type": "text/html"}, 415),
        ("name=x", b"{}", Role.ADMIN, {"content-type": "application/json"}, 415),
        ("name=x", b"", Role.ADMIN, {}, 422),
        ("", b"x", Role.ADMIN, {}, 422),
        ("name=", b"x", Role.ADMIN, {}, 422),
        ("name=x&notes=y", b"x", Role.ADMIN, {}, 422),
        (f"name=x&note={'y' * 1001}", b"x", Role.ADMIN, {}, 422),
        *((f"name={name}", b"x", Role.ADMIN, {}, 422) for name in (
            "..", ".", "a/b", "..%5Cboot.ini", "x%0D%0Aset-cookie:y", "%E2%80%AEgpj.exe", "%00", "x" * 201, "%20"
        )),
    ],
)  # fmt: skip
def test_what_will_not_do_is_refused_and_nothing_is_kept(
    send: Send, tmp_path: Path, query: str, body: bytes, role: Role | None, more: dict[str, str], status: int
) -> None:
    answer = send(query, body, role, **more)
    assert (answer.status, set(answer.json)) == (status, {"type", "message", "where", "remedy"})
    assert ask(send, "/api/runs/last/attachments").json == []
    assert not [each for each in ask(send, "/api/audit", Role.ADMIN).json if "a file of" in each["what"]]
    assert not (tmp_path / "attachments").exists()


def test_a_file_that_is_too_large_is_taken_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would be in memory all the same, until somebody who never ends has filled it."""
    monkeypatch.setattr(attachments, "LARGEST", 200_000)
    pieces = iter([bytes(100_000)] * 100)

    async def stream() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    request: Any = SimpleNamespace(stream=stream)
    with pytest.raises(TooLarge):
        asyncio.run(routes._all_of(request, "x"))
    assert len(list(pieces)) == 97


def test_a_file_has_a_largest_size_and_those_of_a_run_together(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "LARGEST", 200_000)
    monkeypatch.setattr(attachments, "LARGEST_OF_RUN", 400_000)
    assert send("name=a", bytes(200_001)).status == 413
    assert [send("name=a", bytes(200_000)).status for _ in range(3)] == [200, 200, 413]
    assert len(ask(send, "/api/runs/last/attachments").json) == 2


def test_who_sends_too_slowly_or_beside_others_is_told(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing_comes(_request: object, _name: str) -> bytes:
        return await asyncio.Event().wait() and b""

    monkeypatch.setattr(routes, "WITHIN", 0.01)
    monkeypatch.setattr(routes, "_all_of", nothing_comes)
    assert (send("name=a").status, send("name=a").json["type"]) == (408, "TooSlow")
    monkeypatch.setattr(asyncio.Semaphore, "locked", lambda _: True)
    assert (send("name=a").status, send("name=a").json["type"]) == (503, "Busy")
    assert ask(send, "/api/runs/last/attachments").json == []


def test_a_file_takes_room_until_it_is_kept(send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    order, keep, leave = [], routes.keep, asyncio.Semaphore.release

    def kept(*given: Any) -> attachments.Attachment:
        order.append("kept")
        return keep(*given)

    def left(room: asyncio.Semaphore) -> None:
        order.append("left")
        leave(room)

    monkeypatch.setattr(routes, "keep", kept)
    monkeypatch.setattr(asyncio.Semaphore, "release", left)
    assert send("name=a").status == 200
    assert order == ["kept", "left"]


def test_what_is_longer_than_json_may_be_comes_in_here_only(send: Send) -> None:
    assert send("name=a", bytes(1 << 20)).status == 200
    long = asked("/api/runs/run-1/notes", Role.ADMIN, method="POST", body=bytes(1 << 20), headers=OCTETS)
    assert long.status == 415
