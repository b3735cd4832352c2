"""The Python client against a real server on the loopback: what it gives, and what it says when it cannot."""

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn

import vapordep
from tests.unit.api.asking import FarEnd, live
from tests.unit.api.test_runs import SPIKE, record
from tests.wall.processes import free_port
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Right, Role
from vapordep.api.application import application
from vapordep.api.review.runs import RunBriefly
from vapordep.client import Lab
from vapordep.client.arrays import Cycles
from vapordep.client.lab import COLUMNS
from vapordep.errors import (
    FileError,
    InputError,
    LinkError,
    NoEngine,
    NotAllowed,
    NotInControl,
    NotLoggedIn,
    NotThere,
    StaleOrder,
    TooLarge,
)
from vapordep.link.orders import StartRun
from vapordep.link.replies import Done

pytestmark = pytest.mark.wall


FAR = FarEnd(answer=NoEngine("nobody is there"))
"""The engine, in whose place it takes orders."""


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Accounts:
    history: Path = tmp_path_factory.mktemp("history")
    for number in range(3):
        record(history, f"run-{number}", started=f"2026-11-2{number}T14:00:00+00:00")
    accounts = Accounts.of(history)
    accounts.people.add("anna", Role.VIEWER, "a few good words")
    accounts.people.add("ben", Role.OPERATOR, "a few good words")
    return accounts


@pytest.fixture(scope="module")
def address(accounts: Accounts) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        door = application(live(), port, accounts, engine=FAR)
        config = uvicorn.Config(door, log_level="error", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{port}/"
        server.should_exit = True
        thread.join(60)


@pytest.fixture
def lab(accounts: Accounts, address: str) -> Lab:
    token = accounts.tokens.make(accounts.people.named("anna"), "x", RIGHTS[Role.VIEWER], 1.0)
    return vapordep.connect(address, token)


def test_runs_are_read_with_their_samples(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lab.me()["name"] == "anna"
    assert lab.now()["run"]["state"] == "RUNNING"
    monkeypatch.setattr("vapordep.client.lab.PAGE", 2)
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
    assert pressure.unit == "Pa"


def test_what_is_learnt_later_is_entered_and_read(accounts: Accounts, address: str) -> None:
    ben = vapordep.connect(address, accounts.tokens.make(accounts.people.named("ben"), "x", RIGHTS[Role.OPERATOR], 1.0))
    assert ben.label("run-0", "star", "paper-2", remove=("paper-2",)) == ["star"]
    assert ben.note("run-0", "a hair", 3.0) == 1
    assert ben.measure("run-0", "thickness", "4 nm", "XRR", sample="Si-1")["value"] == pytest.approx(4e-9)
    assert ben.film("run-0")["measurements"][0]["person"] == "ben"
    assert [run["run_id"] for run in ben.runs(label="star")] == ["run-0"]
    told = ben.compare("run-0", "run-1")
    assert [run["zero_s"] for run in told] == [0.0, 0.0]
    with pytest.raises(NotThere):
        ben.cycles("run-0", "chamber.pressure")
    assert ben.windows("run-0") == []


def test_a_file_is_attached_and_given_back(
    accounts: Accounts, address: str, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = vapordep.connect(address, accounts.tokens.make(accounts.people.named("ben"), "x", RIGHTS[Role.OPERATOR], 1.0))
    photo = tmp_path / "foil.jpg"
    photo.write_bytes(bytes(range(256)) * 20_000)
    kept = ben.attach("run-1", photo, "after")
    assert ben.files("run-1") == [kept]
    assert ben.file("run-1", kept["number"]) == photo.read_bytes()
    monkeypatch.setattr("vapordep.history.catalogue.attachments.LARGEST", 1_000_000)
    with pytest.raises(TooLarge, match="MiB are too large"):
        ben.attach("run-1", photo)
    with pytest.raises(NotAllowed):  # told before all of it was read
        lab.attach("run-1", photo)
    with pytest.raises(FileError, match="No such file"):
        ben.attach("run-1", tmp_path / "none")


def test_a_run_is_started_under_control_and_followed(
    accounts: Accounts, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = vapordep.connect(address, accounts.tokens.make(accounts.people.named("ben"), "x", RIGHTS[Role.OPERATOR], 1.0))
    monkeypatch.setattr(FAR, "answer", Done("", "done", run_id="r-7", token="7-secret"))  # noqa: S106
    with ben.control() as control:
        assert control.start("shipped/al2o3_on_lithium", {"cycles": "50"}, [{"id": "Li-1"}]) == "r-7"
        assert control.ask("hold", "look") == "done"
        monkeypatch.setattr(FAR, "answer", NotInControl("anna has control"))
        with pytest.raises(NotInControl):
            control.ask("stop")
    take, start, hold, _, release = FAR.orders[-5:]
    assert isinstance(start, StartRun)
    assert (start.settings, start.samples[0].id, start.by) == ({"cycles": "50"}, "Li-1", "ben")
    shown = [under for under in FAR.under[-4:] if under is not None]
    assert {under.token for under in shown} == {"7-secret"}
    assert all(under.seen for under in shown)
    assert len({under.key for under in shown}) == len(shown) == 4
    assert [type(order).__name__ for order in (take, hold, release)] == ["TakeControl", "AskRun", "ReleaseControl"]
    states = ben.follow(every=0.0)
    assert [next(states)["state"] for _ in range(2)] == ["RUNNING", "RUNNING"]


def test_tables_and_cubes_need_their_libraries(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    cycles = Cycles("p", "main", [1, 2], *(np.zeros(shape) for shape in (3, (2, 3), 3, 3, 3)), [])
    for library, ask in (("pandas", lab.table), ("pandas", lambda: lab.frame("last", "x")), ("xarray", cycles.xarray)):
        with monkeypatch.context() as without:
            without.setitem(sys.modules, library, None)
            with pytest.raises(InputError, match=f"{library} is not installed") as refused:
                ask()
        assert "vapordep[notebook]" in refused.value.remedy


def test_runs_and_samples_as_pandas(lab: Lab) -> None:
    pytest.importorskip("pandas")
    table = lab.table()
    assert (list(table.index), table.started.dt.day.tolist()) == (["run-2", "run-1", "run-0"], [22, 21, 20])
    frame = lab.frame("run-0", "chamber.pressure", points=300)
    assert frame["chamber.pressure"].max() == SPIKE
    assert (frame.index.name, frame.attrs["units"]) == ("t_s", {"chamber.pressure": "Pa"})
    none = lab.table("xyzzy")
    assert (len(none), list(none.columns)) == (0, list(table.columns))
    assert tuple(RunBriefly.model_fields) == COLUMNS


def test_cycles_as_xarray() -> None:
    pytest.importorskip("xarray")
    made = Cycles("p", "main", [1, 2], *(np.ones(shape) for shape in (3, (2, 3), 3, 3, 3)), [], "Pa").xarray()
    assert (made.dims, made.shape, made.name) == (("cycle", "t_in_cycle"), (2, 3), "p")
    assert (made.attrs, made["t_in_cycle"].attrs) == ({"units": "Pa", "loop": "main"}, {"units": "s"})


def test_errors_are_those_that_were_raised_there(lab: Lab, accounts: Accounts, address: str) -> None:
    with pytest.raises(NotThere):
        lab.run("none/../..")
    with pytest.raises(NotThere):
        lab.samples("last", "no.such.tag")
    with pytest.raises(InputError):
        list(lab.runs(state="DONE"))
    with pytest.raises(NoEngine):
        lab.abort()
    with pytest.raises(NotLoggedIn, match="this token does not hold"):
        vapordep.connect(address, "vapordep_none")
    reads = accounts.tokens.make(accounts.people.named("anna"), "x", frozenset({Right.READ}), 1.0)
    with pytest.raises(NotAllowed, match="this token is for read only"):
        Lab(address, reads).abort()


def test_a_server_that_is_restarted_meanwhile_is_waited_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[bytes | Exception] = []

    def answered(_: str) -> bytes:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    silent, other = LinkError("no answer"), b'{"run_id":"r-2","state":"RUNNING"}'
    running, over = b'{"run_id":"r-1","state":"RUNNING"}', b'{"run_id":"r-1","state":"COMPLETE"}'
    monkeypatch.setattr(lab._asking, "ask", answered)
    answers[:] = [running, silent, NoEngine("not yet"), running, silent, over]
    assert [run["state"] for run in lab.follow(every=0.0)] == ["RUNNING", "RUNNING", "COMPLETE"]
    answers[:] = [running, silent, other, over]
    assert [run["run_id"] for run in lab.follow(every=0.0)] == ["r-1"], "it ended while nobody answered"
    answers[:] = [running, silent]
    with pytest.raises(LinkError, match="no answer"):
        list(lab.follow(every=0.0, patience=-1.0))
    answers[:] = [silent]
    with pytest.raises(LinkError, match="no answer"):
        list(lab.follow(every=0.0))
    answers[:] = [running, NotLoggedIn("the token is over")]
    with pytest.raises(NotLoggedIn):
        list(lab.follow(every=0.0))


def test_an_order_whose_answer_was_lost_is_sent_again_under_its_key(
    accounts: Accounts, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = vapordep.connect(address, accounts.tokens.make(accounts.people.named("ben"), "x", RIGHTS[Role.OPERATOR], 1.0))
    monkeypatch.setattr(FAR, "answer", Done("", "done", run_id="r-7", token="7-secret"))  # noqa: S106
    ask, lost = ben._asking.ask, ["/api/runs"]

    def losing(path: str, *given: Any) -> bytes:
        answer = ask(path, *given)
        if path in lost:
            lost.remove(path)
            raise LinkError("no answer")
        return answer

    monkeypatch.setattr(ben._asking, "ask", losing)
    with ben.control() as control:
        began = len(FAR.orders)
        assert control.start("shipped/al2o3_on_lithium", {}, []) == "r-7"
        assert lost == []
        assert [type(order).__name__ for order in FAR.orders[began:]] == ["StartRun"] * 2
        assert len({under and under.key for under in FAR.under[began:]}) == 1, "by which the engine knows the second"


def test_an_order_meets_what_has_just_changed_by_looking_again(
    accounts: Accounts, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = vapordep.connect(address, accounts.tokens.make(accounts.people.named("ben"), "x", RIGHTS[Role.OPERATOR], 1.0))
    monkeypatch.setattr("vapordep.client.control.NEWS_TAKE", 0.0)
    monkeypatch.setattr(FAR, "answer", Done("", "done", token="7-secret"))  # noqa: S106
    with ben.control() as control:
        call, changes = FAR.call, [StaleOrder("it has changed")]

        def changing(order: Any, within: float = 5.0, under: Any = None) -> Done:
            monkeypatch.setattr(FAR, "answer", changes.pop() if changes else Done("", "the run is RUNNING"))
            return call(order, within, under)

        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(FAR, "call", changing)
            assert control.ask("resume") == "the run is RUNNING"
            assert len({under.key for under in FAR.under[-2:] if under is not None}) == 2, "each is a decision"
            changes[:] = [StaleOrder("it has changed")] * 5
            with pytest.raises(StaleOrder):
                control.ask("resume")
            assert changes == []
        monkeypatch.setattr(FAR, "answer", Done("", "control is free"))


def test_who_does_not_answer_is_named(lab: Lab) -> None:
    with pytest.raises(LinkError, match="no answer"):
        Lab(f"http://127.0.0.1:{free_port()}", "x").me()


@pytest.mark.parametrize(
    ("url", "token"),
    [("localhost:8740", "x"), ("file:///etc/passwd", "x"), ("http://", "x"), ("http://a", ""), ("http://a", "a\nb")],
)
def test_what_cannot_be_an_address_or_a_token_is_refused(url: str, token: str) -> None:
    with pytest.raises(InputError):
        Lab(url, token)
