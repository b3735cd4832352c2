"""The engine as a process, over TCP to a simulated reactor: one of them, ordered over the link, safe at its end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.wall.processes import PATIENCE, VAPORDEP, Served, listed, recipe_of_pulses, served, started, until
from vapordep.app.places import reactor_file
from vapordep.errors import NoEngine, NotArmed, RunError, TransitionRefused
from vapordep.history.queries import History
from vapordep.history.upkeep.backup import check
from vapordep.link.client import Client, found
from vapordep.link.news import EngineShown
from vapordep.link.orders import Arm, AskRun, Disarm, StartRun
from vapordep.link.place import VARIABLE
from vapordep.model.run import RunState, Verb
from vapordep.reactor import read_reactor

pytestmark = [
    pytest.mark.wall,
    pytest.mark.skipif(sys.platform == "win32", reason="kill and fork as POSIX knows them"),
]
RECIPE = recipe_of_pulses(100)
"""Longer than a slow machine takes to stop it."""
RACE = """
import os, sys, time
from pathlib import Path
from vapordep.errors import ReactorInUse
from vapordep.link.locks import reactor_lock
from vapordep.reactor import read_reactor
reactor, rounds = read_reactor(Path(sys.argv[1])), int(sys.argv[2])
def contend(gate, done, over):
    os.read(gate, 1)
    try:
        with reactor_lock(reactor, "an engine"):
            os.write(done, b"W")
            os.read(over, 1)
    except ReactorInUse as error:
        os.write(done, b"L" if "controlled already" in str(error) else b"?")
for _ in range(rounds):
    (gate, opener), (results, done), (over, end) = os.pipe(), os.pipe(), os.pipe()
    children = []
    for _ in range(50):
        child = os.fork()
        if child == 0:
            os.close(end)
            contend(gate, done, over)
            os._exit(0)
        children.append(child)
    os.write(opener, b"g" * 50)
    told = b""
    while len(told) < 50:
        told += os.read(results, 50)
    os.close(end)
    for child in children:
        os.waitpid(child, 0)
    print(told.count(b"W"), told.count(b"L"))
"""


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A simulated reactor in a process of its own, hot and evacuated."""
    with served(reactor_file("glovebox_ald"), tmp_path_factory.mktemp("served")) as reactor:
        yield reactor


@dataclass
class Engine:
    """An engine process, and the link to it."""

    process: subprocess.Popen[bytes]
    client: Client
    file: Path
    recipe: Path

    @property
    def shown(self) -> EngineShown:
        return self.client.snapshot(PATIENCE).engine

    @property
    def state(self) -> RunState | None:
        run = self.shown.run
        return run.state if run is not None else None

    def start(self) -> None:
        order = StartRun(str(self.recipe), read_reactor(self.file).sha256, "Ada")
        self.client.call(order, PATIENCE)

    def ask(self, verb: Verb) -> None:
        self.client.call(AskRun(verb, "Ada"), PATIENCE)

    def reaches(self, *states: RunState) -> None:
        until(lambda: self.state in states, self.process)


@contextmanager
def serving(simulated: Served, folder: Path) -> Iterator[Engine]:
    """An engine process that is connected and idle."""
    recipe = folder / "pulses.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    options = [str(simulated.file), "--history", str(folder / "history")]
    with started("engine", *options, into=folder / "engine.log") as process:
        until(lambda: "is served" in (folder / "engine.log").read_text(encoding="utf-8"), process)
        client = Client(found())
        try:
            yield Engine(process, client, simulated.file, recipe)
        finally:
            client.close()


@contextmanager
def followed(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Within it `run follow --json` writes to a file, and it has begun to."""
    with (folder / "followed").open("wb") as out:
        process = subprocess.Popen([*VAPORDEP, "run", "follow", "--json"], stdout=out)
        try:
            until(lambda: b"\n" in (folder / "followed").read_bytes(), process)
            yield process
        finally:
            process.kill()
            process.wait(PATIENCE)


def ordered(*words: str) -> dict[str, Any]:
    """A command with --json, and the object that it prints."""
    done = subprocess.run([*VAPORDEP, *words, "--json"], capture_output=True, timeout=PATIENCE, check=False)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer | {"status": done.returncode}


@pytest.mark.parametrize(
    "rounds",
    [
        4,
        pytest.param(40, marks=pytest.mark.many),
        pytest.param(400, marks=pytest.mark.very_many),
    ],
)
def test_of_fifty_started_at_once_exactly_one_has_the_reactor(tmp_path: Path, rounds: int) -> None:
    command = [sys.executable, "-c", RACE, str(reactor_file("glovebox_ald")), str(rounds)]
    apart = os.environ | {VARIABLE: str(tmp_path)}
    done = subprocess.run(command, capture_output=True, timeout=100, check=True, text=True, env=apart)
    assert done.stdout.splitlines() == ["1 49"] * rounds


def _shows_at_arming_what_is_not_covered() -> None:
    near, far = os.openpty()
    with os.fdopen(near, "wb", buffering=0) as person:
        command = [*VAPORDEP, "arm", "--substrate", "silicon"]
        with subprocess.Popen(command, stdin=far, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as arming:
            os.close(far)
            person.write(b"another-reactor\n")
            said = arming.communicate(timeout=PATIENCE)[1]
    assert "coverage of glovebox-ald, without a guardian" in said
    assert "not armed: that is not the reactor's name" in said


def test_an_engine_is_ordered_over_the_link_and_ends_safely(simulated: Served, tmp_path: Path) -> None:
    with serving(simulated, tmp_path) as engine:
        assert not engine.shown.armed
        second = [*VAPORDEP, "engine", str(simulated.file), "--history", str(tmp_path / "history")]
        lost = subprocess.run(second, capture_output=True, timeout=PATIENCE, check=False, text=True)
        assert lost.returncode == 3
        assert f"an engine of {read_reactor(simulated.file).name} (pid {engine.process.pid}" in lost.stderr
        with pytest.raises(TransitionRefused):
            engine.ask(Verb.HOLD)
        _shows_at_arming_what_is_not_covered()

        engine.start()
        with pytest.raises(RunError):
            engine.start()
        engine.reaches(RunState.RUNNING)
        engine.ask(Verb.HOLD)
        engine.reaches(RunState.HELD)
        told = ordered("run", "status")
        assert told["run"]["state"] == "HELD"
        assert told["values"]["TMA.valve"]["value"] == 0.0
        snapshot = engine.client.snapshot()
        assert len(snapshot.event_numbers) == len(snapshot.events)
        assert list(snapshot.event_numbers) == sorted(set(snapshot.event_numbers)), "each the number of its own news"
        assert snapshot.event_numbers[-1] <= snapshot.number
        engine.ask(Verb.RESTART)
        engine.reaches(RunState.RUNNING)
        with followed(tmp_path) as follower:
            engine.ask(Verb.STOP)
            engine.reaches(RunState.STOPPED)
            assert follower.wait(PATIENCE) == 1, "not COMPLETE"
        told = [json.loads(line) for line in (tmp_path / "followed").read_text(encoding="utf-8").splitlines()]
        assert told[0]["state"] == "RUNNING"
        assert told[-1]["state"] == "STOPPED"
        assert {shown["run_id"] for shown in told} == {engine.shown.run.run_id}  # type: ignore[union-attr]

        started_again = ordered(
            "run", "start", str(engine.recipe), "--reactor", str(engine.file), "--history", str(tmp_path / "history"),
            "--yes",
        )  # fmt: skip
        assert started_again["run_id"] == engine.shown.run.run_id  # type: ignore[union-attr]
        engine.reaches(RunState.RUNNING)
        assert ordered("run", "abort", "--reason", "test")["status"] == 0
        engine.reaches(RunState.ABORTED)
        assert simulated.all_shut()
        engine.ask(Verb.RESET)

        engine.client.call(Arm("Ada"), PATIENCE)
        assert engine.shown.armed
        assert "safe values" in engine.client.call(Disarm("Ada"), PATIENCE).text
        assert not engine.shown.armed

        nothing = subprocess.run(
            [*VAPORDEP, "run", "follow"], capture_output=True, timeout=PATIENCE, check=False, text=True
        )
        assert nothing.returncode == 2
        assert "no run is under way on" in nothing.stderr

        engine.process.send_signal(signal.SIGINT)
        assert engine.process.wait(PATIENCE) == 0
        with pytest.raises(NoEngine):
            found()
    states = {run["state"] for run in listed(tmp_path / "history")}
    assert states == {"STOPPED", "ABORTED"}
    _assert_the_time_between_is_recorded(tmp_path / "history")


def _assert_the_time_between_is_recorded(folder: Path) -> None:
    """Before, between and after two runs, in recordings of their own that meet the runs' and hold no second twice."""
    history = History(folder)
    before, between, after = history.idle()
    assert check(folder).problems == ()
    spans = []
    for each in (before, between, after):
        assert (each.simulated, each.chain is not None, each.ended is not None) == (True, True, True)
        with history.open_idle(each) as recording:
            spans.append((recording.samples("chamber.pressure").times, [event.text for event in recording.events()]))
    for run in history.runs():
        with history.open_recording(run) as recording:
            spans.append((recording.samples("chamber.pressure").times, []))
    spans.sort(key=lambda span: float(span[0][0]))
    assert [bool(texts) for _, texts in spans] == [True, False, True, False, True], "by turns"
    for (times, _), (later, _) in pairwise(spans):
        assert times[-1] < later[0] < times[-1] + 2.0
    assert "armed for lithium by Ada" in spans[-1][1]
    assert "armed for lithium by Ada" not in spans[0][1]


def test_a_killed_engine_comes_back_disarmed_and_tells_of_the_run_it_left(simulated: Served, tmp_path: Path) -> None:
    with serving(simulated, tmp_path) as engine:
        engine.start()
        engine.reaches(RunState.RUNNING)
        run_id = engine.shown.run.run_id  # type: ignore[union-attr]
        until(lambda: bool(simulated.pulses("TMA.valve")), engine.process)
        engine.process.kill()
        engine.process.wait(PATIENCE)
    pulses = len(simulated.pulses("TMA.valve"))
    with serving(simulated, tmp_path) as engine:
        shown = engine.shown
        assert not shown.armed
        assert shown.run is None
        assert shown.interrupted is not None
        assert shown.interrupted.run_id == run_id
        with pytest.raises(TransitionRefused):
            engine.ask(Verb.RESTART)
        time.sleep(2.0)
        assert len(simulated.pulses("TMA.valve")) == pulses
        engine.client.call(Arm("Ada"), PATIENCE)
        engine.client.call(Disarm("Ada"), PATIENCE)
        assert simulated.all_shut()
        engine.process.send_signal(signal.SIGTERM)
        assert engine.process.wait(PATIENCE) == 0


def test_arming_is_refused_while_an_instrument_does_not_answer(simulated: Served, tmp_path: Path) -> None:
    text = simulated.file.read_text(encoding="utf-8").splitlines()
    with socket.create_server(("127.0.0.1", 0)) as dead:
        port = dead.getsockname()[1]
    [place] = [n for n, line in enumerate(text) if "carrier_mfc:" in line and "tcp://" in line]
    text[place] = text[place].rpartition("127.0.0.1:")[0] + f"127.0.0.1:{port}" + text[place].lstrip()[-1]
    file = tmp_path / "dead.yaml"
    file.write_text("\n".join(text), encoding="utf-8")
    with serving(Served(file, simulated.process), tmp_path) as engine:
        assert any("carrier_mfc" in line for line in engine.shown.silent)
        with pytest.raises(NotArmed, match="carrier_mfc"):
            engine.client.call(Arm("Ada"), PATIENCE)
        engine.process.send_signal(signal.SIGTERM)
        assert engine.process.wait(PATIENCE) == 0


def test_the_engine_of_a_demonstration_that_cannot_begin_says_why_and_ends(tmp_path: Path) -> None:
    command = [*VAPORDEP, "engine", "nowhere.yaml", "--history", str(tmp_path), "--pace", "40"]
    with (tmp_path / "log").open("w+b") as log, subprocess.Popen(command, stdin=subprocess.PIPE, stderr=log) as engine:
        assert engine.wait(PATIENCE) == 2, "its parent still holds the other end of its input"
        log.seek(0)
        assert log.read().startswith(b"error: nowhere.yaml: there is no such file")
