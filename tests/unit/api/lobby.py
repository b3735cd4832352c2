"""Where browsers come in: the application with accounts of its own, and a clock that a test sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.api.asking import HERE, JSON, PORT, Answer, FarEnd, asked, live
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Role
from vapordep.accounts.store import Store
from vapordep.api.access.door import Door
from vapordep.api.application import application
from vapordep.api.live import streaming
from vapordep.api.live.live import Live

WORDS, OTHERS = "a few good words", "some other words"
BEGAN = datetime(2026, 11, 28, tzinfo=UTC)
HOUR, DAY = 3600.0, 86400.0


@dataclass
class Clock:
    """s since the test began, for accounts, door and stream alike."""

    now: float = 0.0

    def civil(self) -> datetime:
        return BEGAN + timedelta(seconds=self.now)

    def running(self) -> float:
        return self.now


@dataclass
class Lobby:
    """Who comes is known by what their browser shows."""

    door: Door
    accounts: Accounts
    of: Live
    end: FarEnd
    clock: Clock = field(default_factory=Clock)

    def ask(self, path: str, cookie: str) -> Answer:
        return asked(path, None, headers={"cookie": cookie}, app=self.door)

    def get(self, path: str, cookie: str) -> Any:
        return self.ask(path, cookie).json

    def post(self, path: str, cookie: str = "", body: object = None) -> Answer:
        headers = JSON | {"origin": HERE, "cookie": cookie}
        return asked(path, None, method="POST", headers=headers, body=body or {}, app=self.door)

    def log_in(self, name: str, password: str = WORDS) -> str:
        """The cookie that is given, empty where none is."""
        answer = self.post("/api/login", "", {"name": name, "password": password})
        return answer.headers.get("set-cookie", "").partition(";")[0]


def lobby(folder: Path, patch: pytest.MonkeyPatch, people: Mapping[str, Role]) -> Lobby:
    """A lobby with accounts of these people, whose passwords are `WORDS`."""
    clock, of, end = Clock(), live(), FarEnd()
    accounts = Accounts(Store(folder, clock.civil))
    for name, role in people.items():
        accounts.people.add(name, role, WORDS)
    door = application(of, PORT, accounts, engine=end)
    inside: Any = door._inside
    patch.setattr(inside.state.doorkeeper, "_clock", clock.running)
    patch.setattr(streaming, "perf", clock.running)
    return Lobby(door, accounts, of, end, clock)
