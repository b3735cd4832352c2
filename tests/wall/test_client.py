"""The Python client against a real server on the loopback: what it gives, and what it says when it cannot."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import uvicorn

import vapordep
from tests.unit.api.asking import live
from tests.unit.api.test_runs import SPIKE, record
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Right, Role
from vapordep.api.application import application
from vapordep.client import Lab
from vapordep.errors import InputError, LinkError, NoEngine, NotAllowed, NotLoggedIn, NotThere

pytestmark = pytest.mark.wall


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    history: Path = tmp_path_factory.mktemp("history")
    for number in range(3):
        record(history, f"run-{number}", started=f"2026-11-2{number}T14:00:00+00:00")
    accounts = Accounts.of(history)
    accounts.people.add("anna", Role.VIEWER, "a few good words")
    return accounts


@pytest.fixture(scope="module")
def address(accounts: Accounts) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        config = uvicorn.Config(application(live(), port, accounts), log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{port}/"
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def lab(accounts: Accounts, address: str) -> Lab:
    token = accounts.tokens.make(accounts.people.named("anna"), "x", RIGHTS[Role.VIEWER], 1.0)
    return vapordep.connect(address, token)


def test_runs_are_read_with_their_samples(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lab.me()["name"] == "anna"
    assert lab.now()["run"]["state"] == "RUNNING"
    monkeypatch.setattr("vapordep.client.PAGE", 2)
    assert [run["run_id"] for run in lab.runs()] == ["run-2", "run-1", "run-0"]
    assert [run["run_id"] for run in lab.runs("ada", since="2026-11-21", before="2026-11-22")] == ["run-1"]
    assert lab.run()["run_id"] == "run-2"
    assert [event["kind"] for event in lab.events("run-1", "trip")] == ["trip"]
    assert lab.pulses("run-1")[0]["source"] == "TMA"
    assert lab.tags()[0]["si"] == "Pa"
    pressure = lab.samples("last", "chamber.pressure", points=30)["chamber.pressure"]
    assert len(pressure.times) == len(pressure.values) <= 30
    assert np.nanmax(pressure.values) == SPIKE
    assert np.isnan(pressure.values).any()


def test_errors_are_those_that_were_raised_there(lab: Lab, accounts: Accounts, address: str) -> None:
    with pytest.raises(NotThere):
        lab.run("none/../..")
    with pytest.raises(NotThere):
        lab.samples("last", "no.such.tag")
    with pytest.raises(InputError):
        list(lab.runs(state="DONE"))
    with pytest.raises(NoEngine):
        lab.abort()
    with pytest.raises(NotLoggedIn):
        vapordep.connect(address, "vapordep_none")
    reads = accounts.tokens.make(accounts.people.named("anna"), "x", frozenset({Right.READ}), 1.0)
    with pytest.raises(NotAllowed, match="no right to abort"):
        Lab(address, reads).abort()


def test_who_does_not_answer_is_named(lab: Lab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        nobody = f"http://127.0.0.1:{listening.getsockname()[1]}"
    with pytest.raises(LinkError, match="no answer"):
        Lab(nobody, "x").me()


@pytest.mark.parametrize(
    ("url", "token"),
    [("localhost:8740", "x"), ("file:///etc/passwd", "x"), ("http://", "x"), ("http://a", ""), ("http://a", "a\nb")],
)
def test_what_cannot_be_an_address_or_a_token_is_refused(url: str, token: str) -> None:
    with pytest.raises(InputError):
        Lab(url, token)
