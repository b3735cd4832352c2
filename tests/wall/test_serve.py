"""`vapordep serve`: guardian, engine and page together over TCP; safe when the engine is killed, and at Ctrl-C."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

import vapordep
from tests.wall.killing import rig
from tests.wall.processes import FLOODED, PATIENCE, VAPORDEP, Served, answers, free_port, listed, served, started, until
from tests.wall.test_engine_process import RECIPE, ordered
from tests.wall.woken import Woken, woken
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import RIGHTS, Role
from vapordep.app.places import reactor_file
from vapordep.errors import NoEngine, TransitionRefused, VapordepError
from vapordep.link.client import Client, found
from vapordep.link.news import EngineShown
from vapordep.link.orders import AcknowledgeAlarm, AskRun, ChangeLimit, ResetAlarm, SetAside, ShelveAlarm, StartRun
from vapordep.model.alarms import AlarmState
from vapordep.model.run import RunState, Verb
from vapordep.reactor import read_reactor

pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(sys.platform == "win32", reason="kill and Ctrl-C as POSIX knows them"),
]
SAFE_WITHIN = 3.0
"""s, as the fault catalogue asks for."""


def shown() -> EngineShown | None:
    """What the engine of the time tells; None where there is none."""
    try:
        client = Client(found())
    except NoEngine:
        return None
    try:
        return client.snapshot(PATIENCE).engine
    except NoEngine:
        return None
    finally:
        client.close()


def happened() -> list[str]:
    """The latest events, as the engine tells them."""
    with closing(Client(found())) as client:
        return [event.text for event in client.snapshot(PATIENCE).events]


def serving_again(pid: int) -> bool:
    now = shown()
    return now is not None and now.pid != pid


@pytest.fixture
def person() -> Iterator[Woken]:
    with woken() as person:
        yield person


def test_a_port_that_is_taken_is_told_and_no_link_leads_to_whoever_has_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as another:
        command = ["serve", "--port", str(another.getsockname()[1]), "--history", str(tmp_path / "history")]
        done = subprocess.run([*VAPORDEP, *command], capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2
    assert "the page cannot be served" in done.stderr
    assert "--port" in done.stderr
    assert "http" not in done.stderr + done.stdout, "the secret of a first account is not handed to another program"


@pytest.mark.timeout(240)
def test_guardian_engine_and_page_together(tmp_path: Path, person: Woken) -> None:
    recipe, history = tmp_path / "pulses.yaml", tmp_path / "history"
    recipe.write_text(RECIPE, encoding="utf-8")
    port = free_port()
    with served(reactor_file("glovebox_ald"), tmp_path) as simulated:
        options = [str(simulated.file), "--history", str(history), "--port", str(port)]
        (tmp_path / "people.txt").write_text(person.address, encoding="utf-8")
        options += ["--notify", str(tmp_path / "people.txt")]
        with started("serve", *options, into=tmp_path / "serve.log") as process:
            until(lambda: shown() is not None and answers(port), process, FLOODED)
            first = shown()
            assert first is not None
            assert f"http://localhost:{port}/first#" in (tmp_path / "serve.log").read_text(encoding="utf-8")
            assert first.guarded
            assert not first.armed
            _second_is_refused(simulated, history)

            start = ("run", "start", str(recipe), "--reactor", str(simulated.file), "--history", str(history), "--yes")
            assert ordered(*start)["run_id"]
            until(lambda: bool(simulated.pulses("TMA.valve")), process)
            _killed_engine_leaves_all_safe(first.pid, simulated)
            until(lambda: serving_again(first.pid), process)
            second = shown()
            assert second is not None
            assert second.interrupted is not None
            assert (second.armed, second.run) == (False, None)
            assert answers(port)
            until(lambda: person.heard("run INTERRUPTED"), process)

            _ordered_over_the_web(history, port)
            assert ordered("arm", "--yes")["status"] == 0
            assert "guardian" in str(ordered("run", "abort", "--by", "anna.berg", "--reason", "it smells")["done"])
            until(lambda: not (shown() or second).armed, process)
            named = "ABORT was called by anna.berg: it smells"
            assert named in (history / "guardian.log").read_text(encoding="utf-8")
            until(lambda: any(named in event for event in happened()), process)  # it is on record, too

            again = StartRun(str(recipe), read_reactor(simulated.file).sha256, "Ada")
            _tripped_answered_and_reset(again, process)
            assert simulated.all_shut()
            until(lambda: person.heard(": TRIP") and person.heard("run ABORTED"), process)

            with closing(Client(found())) as client:
                client.call(again, PATIENCE)
            pulses = len(simulated.pulses("TMA.valve"))
            until(lambda: len(simulated.pulses("TMA.valve")) > pulses, process)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
            assert simulated.all_shut()
            assert shown() is None
            assert not answers(port)
    assert [run["state"] for run in listed(history)] == ["ABORTED", "ABORTED", "INTERRUPTED"]


def _tripped_answered_and_reset(start: StartRun, process: subprocess.Popen[bytes]) -> None:
    """A live trip from its cause to its reset; too soon, twice, and by a wrong name is refused."""
    client = Client(found())

    def engine() -> EngineShown:
        return client.snapshot(PATIENCE).engine

    def limited(to: str) -> None:
        client.call(ChangeLimit("T2", "walls.temperature", to, "Ada", "a test"), PATIENCE)

    client.call(start, PATIENCE)
    until(lambda: engine().armed, process)
    limited("< 50 degC")
    until(lambda: engine().run is not None and engine().run.state is RunState.ABORTED, process)  # type: ignore[union-attr]
    assert not engine().armed
    [alarm] = [alarm for alarm in engine().alarms if alarm.latching]
    assert (alarm.id, alarm.state, alarm.first_out) == ("T2", AlarmState.UNACK_ACTIVE, True)
    assert "walls.temperature is " in alarm.text
    assert "limit < 50 degC" in alarm.text
    for too_soon, why in (
        (ResetAlarm("T2", "Ada"), "still there"),
        (AskRun(Verb.RESET, "Ada"), "still there"),
        (AcknowledgeAlarm("T9", "Ada"), "no alarm is called 'T9'"),
        (ShelveAlarm("T2", "Ada", "it is loud", 60.0), "cannot be silenced"),
    ):
        with pytest.raises(VapordepError, match=why):
            client.call(too_soon, PATIENCE)
    assert alarm in engine().alarms
    client.call(AcknowledgeAlarm("T2", "Ada"), PATIENCE)
    with pytest.raises(TransitionRefused):
        client.call(AcknowledgeAlarm("T2", "Ada"), PATIENCE)
    limited("< 450 degC")
    client.call(ResetAlarm("T2", "Ada"), PATIENCE)
    client.call(AskRun(Verb.RESET, "Ada"), PATIENCE)
    assert not any(alarm.latching for alarm in engine().alarms)
    assert engine().run is None
    client.close()


def _ordered_over_the_web(history: Path, port: int) -> None:
    """By whoever has control, on what is so; an order that goes back to before is stale."""
    accounts = Accounts.of(history)
    person = accounts.people.add("ada", Role.OPERATOR, "a few good words")
    token = accounts.tokens.make(person, "tests", RIGHTS[Role.OPERATOR], 1.0)

    def post(path: str, body: object, **shown: str) -> tuple[int, Any]:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json", **shown}
        request = Request(f"http://localhost:{port}{path}", json.dumps(body).encode(), headers)
        try:
            with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - ours
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    lab = vapordep.connect(f"http://localhost:{port}", token)

    def seen() -> str:
        return str(lab._asking.object("/api/reactor")["seen"])

    before = seen()
    assert post("/api/arm", {}, seen=before)[1]["type"] == "NotInControl"
    control = post("/api/control/take", {})[1]["token"]
    assert post("/api/arm", {}, control=control, seen=seen())[0] == 200
    status, told = post("/api/commands", {"tag": "carrier.valve", "value": "open"}, control=control, seen=before)
    assert (status, told["type"]) == (409, "StaleOrder")
    status, told = post("/api/commands/judge", {"tag": "H2O.valve", "value": "open"})
    assert (status, told["allowed"]) == (200, False)
    assert post("/api/disarm", {}, control=control, seen=seen())[0] == 200


def _second_is_refused(simulated: Served, history: Path) -> None:
    again = [*VAPORDEP, "serve", str(simulated.file), "--history", str(history), "--no-web"]
    lost = subprocess.run(again, capture_output=True, timeout=PATIENCE, check=False, text=True)
    assert lost.returncode == 3
    assert "`vapordep serve` of " in lost.stderr
    assert "(pid" in lost.stderr


def _killed_engine_leaves_all_safe(pid: int, simulated: Served) -> None:
    """By ground truth: valves shut, and heaters that give no power."""
    subprocess.run(["kill", "-KILL", str(pid)], check=True)  # noqa: S607
    time.sleep(SAFE_WITHIN)
    assert simulated.all_shut()
    truth = simulated.truth()
    assert truth["t"] > 0.0


def at_a_terminal(command: Sequence[str], answer: str) -> str:
    """What a person sees who gives that command, and that answer to what it asks."""
    import pty  # only POSIX has it

    ours, theirs = pty.openpty()
    env = os.environ | {"COLUMNS": "200"}
    os.write(ours, answer.encode())
    with subprocess.Popen([*VAPORDEP, *command], stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
        os.close(theirs)
        told = b""
        with suppress(OSError):  # as the other end closes
            while more := os.read(ours, 4096):
                told += more
        process.wait(PATIENCE)
    os.close(ours)
    return told.decode()


def test_the_sheet_that_is_shown_before_arming_counts_what_is_bypassed_for_nothing(tmp_path: Path) -> None:
    file = reactor_file("glovebox_ald")
    with served(file, tmp_path) as simulated, rig(simulated, tmp_path) as serving:
        serving.read()
        commands = ["arm"], ["run", "start", str(serving.recipe), "--reactor", str(simulated.file)]
        assert all("trip P1" in at_a_terminal(command, "no\n") for command in commands)
        serving.call(SetAside("P1", "Ada", "gauge in repair", 60.0))
        for command in commands:
            told = at_a_terminal(command, "no\n")
            assert "not armed" in told
            assert "permissive P3" in told
            assert "trip P1" not in told
            assert "BYPASS P1 by Ada" in told
        assert not serving.shown.armed
