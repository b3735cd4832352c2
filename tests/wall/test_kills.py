"""`vapordep serve` killed at random instants: the plant's own truth is safe in time, and nothing told is lost."""

import os
import random
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.wall.killing import (
    INTERLOCK,
    OCCASIONS,
    RECIPE,
    STALLED,
    Occasion,
    came_back,
    dose,
    held,
    purge,
    ramp,
    rig,
    safe_after,
)
from tests.wall.processes import FLOODED, Served, answers, flooded, free_port, lives, relay, served, signalled, until
from tests.wall.rounds import A_ROUND, SAFE_WITHIN, judge, killed, turns
from tests.wall.stalled_guardian import STALLS
from tests.wall.wounded_program import WOUNDS
from vapordep.accounts.accounts import Accounts
from vapordep.accounts.roles import Right, Role
from vapordep.app.coverage import coverage_of_file
from vapordep.app.places import reactor_file
from vapordep.history.queries import History
from vapordep.link.orders import Arm
from vapordep.model.protection import Failure
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor

pytestmark = [pytest.mark.wall, pytest.mark.skipif(sys.platform == "win32", reason="kill and stop as POSIX knows them")]
DEAD_MAN, HOLDS = 7, 2.0
"""A relay that the board itself lets go after so many s."""
STOOD = 1.5
"""s that a computer really stands, its processes with it; their clock says more."""
CYCLES = 8
BESIDE = 40
"""From so many kills on there is a plant for each core; fewer are for CI, whose cores have other tests too."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped reactor with one interlock more, which may be made to trip."""
    text = reactor_file("glovebox_ald").read_text(encoding="utf-8")
    found = tmp_path_factory.mktemp("reactor") / "glovebox_ald.yaml"
    found.write_text(text.replace("\nsimulation:", INTERLOCK, 1), encoding="utf-8")
    return found


def counted(count: int, *marks: pytest.MarkDecorator) -> Any:
    return pytest.param(count, marks=[*marks, pytest.mark.timeout(60.0 + count * A_ROUND)])


def plants(count: int) -> int:
    """How many at once for so many kills."""
    return 1 if count < BESIDE else os.cpu_count() or 1


@pytest.mark.parametrize("count", [counted(25), counted(250, pytest.mark.many), counted(2500, pytest.mark.very_many)])
def test_an_engine_killed_at_any_instant_leaves_the_plant_safe(file: Path, tmp_path: Path, count: int) -> None:
    """Of each occasion about as many, in an order that the count alone decides."""
    occasions = [OCCASIONS[number % len(OCCASIONS)] for number in range(count)]
    random.Random(count).shuffle(occasions)  # noqa: S311 - no secrets
    judge(killed(file, tmp_path, turns(occasions, [signal.SIGKILL] * count), plants(count)))


@pytest.mark.parametrize("count", [counted(4), counted(40, pytest.mark.many), counted(400, pytest.mark.very_many)])
def test_an_engine_that_hangs_in_any_way_leaves_the_plant_safe(file: Path, tmp_path: Path, count: int) -> None:
    """Stopped, a thread that holds the interpreter's lock, a blocked loop, an evaluation that has ceased."""
    ways = [signal.SIGSTOP, *WOUNDS]
    dice = random.Random(count)  # noqa: S311 - no secrets
    occasions = dice.choices((ramp, dose, purge), k=count)
    judge(killed(file, tmp_path, turns(occasions, [ways[n % len(ways)] for n in range(count)]), plants(count)))


@pytest.mark.parametrize("count", [counted(1), counted(10, pytest.mark.many), counted(100, pytest.mark.very_many)])
def test_an_engine_whose_guardian_is_killed_makes_safe_and_ends(file: Path, tmp_path: Path, count: int) -> None:
    port, history = free_port(), History(tmp_path / "history")
    with served(file, tmp_path, lasting=2 * (count + 1) * A_ROUND) as simulated:
        for number in range(count):
            dice = random.Random(f"guardian {number}")  # noqa: S311 - no secrets
            with rig(simulated, tmp_path, port=port) as serving:
                until(lambda: answers(port), serving.process)
                (dose, ramp, purge)[number % 3](serving, dice)
                engine, left = serving.shown, serving.processes()
                assert len(left) == len(["engine", "web"])
                assert safe_after(serving, signalled(signal.SIGKILL, serving.process.pid)) <= SAFE_WITHIN
                until(lambda left=left: not any(lives(pid) for pid in left), simulated.process)
            assert engine.run is not None
            ended = history.run(engine.run.run_id)
            assert ended.state is RunState.INTERRUPTED
            assert "guardian" in (ended.reason or "")
            assert history.verify(ended).whole
        with rig(simulated, tmp_path, port=port) as again:
            assert list(came_back(again, engine, again.openings())) == []
            until(lambda: answers(port), again.process)


@pytest.mark.parametrize(
    "way", [*list(STALLS)[:1], *(pytest.param(way, marks=pytest.mark.many) for way in list(STALLS)[1:])],
    ids=[f"{stood + slept:g} s" + " asleep" * (slept > 0.0) for stood, slept in STALLS.values()],
)  # fmt: skip
def test_a_computer_that_stood_still_is_safe_as_soon_as_it_goes_on(
    file: Path, tmp_path: Path, way: signal.Signals
) -> None:
    """All of it stands, the outputs as they were; by its clock that was minutes."""
    with served(file, tmp_path) as simulated, rig(simulated, tmp_path, guardian=STALLED) as serving:
        dose(serving, random.Random(way))  # noqa: S311 - no secrets
        engine = serving.shown
        both = engine.pid, serving.process.pid
        signalled(signal.SIGSTOP, *both)
        time.sleep(STOOD)
        assert left_on(simulated)
        signalled(way, serving.process.pid)
        assert safe_after(serving, signalled(signal.SIGCONT, *both)) <= SAFE_WITHIN
        openings = serving.openings()
        serving.meet(not_pid=engine.pid)
        assert list(came_back(serving, engine, openings)) == []
        found = re.search(r"this computer stood still for ([0-9.]+) s", serving.log)
        assert found is not None, serving.log
        assert float(found[1]) >= sum(STALLS[way])


@pytest.mark.parametrize(
    ("occasion", "on"),
    [
        (dose, {"heater stage runs away", "TMA flows without vacuum"}),
        *(pytest.param(one, {"heater stage runs away"}, marks=pytest.mark.many) for one in (ramp, purge, held)),
    ],
)
def test_when_both_are_killed_what_the_coverage_sheet_calls_uncovered_stays_on(
    file: Path, tmp_path: Path, occasion: Occasion, on: set[str]
) -> None:
    """And the dead man's relay, which the board itself times, lets go; the next engine can make all safe."""
    watched = tmp_path / "watched.yaml"
    dead_man = f'dead_man: {{relay: "valves[{DEAD_MAN}]", holds: {HOLDS:g} s}}\n\nsimulation:'
    watched.write_text(file.read_text(encoding="utf-8").replace("\nsimulation:", f"\n{dead_man}", 1), encoding="utf-8")
    uncovered = coverage_of_file(read_reactor(watched), guardian=True).gaps(Failure.PC_DEAD)
    with served(watched, tmp_path) as simulated:
        with rig(simulated, tmp_path, recipe=RECIPE.replace("300 ms", "5 s")) as serving:
            occasion(serving, random.Random(2))  # noqa: S311 - no secrets
            assert relay(simulated, DEAD_MAN)
            engine = serving.shown
            both = engine.pid, serving.process.pid
            signalled(signal.SIGSTOP, *both)  # one that is left for a moment would make all safe in it
            died = signalled(signal.SIGKILL, *both)
            while relay(simulated, DEAD_MAN):
                assert time.monotonic() < died + HOLDS + SAFE_WITHIN
            time.sleep(max(died + SAFE_WITHIN - time.monotonic(), 0.0))
            remains = left_on(simulated)
            assert on <= remains <= set(uncovered)
        with rig(simulated, tmp_path) as again:
            assert again.shown.interrupted is not None
            assert not again.shown.armed
            again.read()
            again.until(lambda: "not at its safe value" in again.shown.trouble)
            assert "stage.setpoint" in again.shown.trouble
            assert ("TMA.valve open" in again.shown.trouble) is ("TMA flows without vacuum" in remains)
            again.call(Arm("Ada", "lithium"))
            assert simulated.is_safe()
            assert again.shown.trouble == ""


def left_on(simulated: Served) -> set[str]:
    """Of what is on in the plant just now, by its own truth, the hazards in the words of the coverage sheet."""
    driven = simulated.truth()["driven"]
    hot = {f"heater {zone} runs away" for zone in ("walls", "stage", "lines", "EG") if driven[f"{zone}.power"] > 0.0}
    return hot | {f"{name} flows without vacuum" for name in ("TMA", "H2O", "EG") if driven[f"{name}.valve"] > 0.0}


def test_a_page_that_is_flooded_and_killed_costs_the_run_no_step(file: Path, tmp_path: Path) -> None:
    """The guardian starts it again; every dose is given, each as long as it should be."""
    port, recipe = free_port(), RECIPE.replace("repeat: 200", f"repeat: {CYCLES}")
    with served(file, tmp_path) as simulated, rig(simulated, tmp_path, port=port, recipe=recipe) as serving:
        until(lambda: answers(port), serving.process)
        serving.start()
        accounts = Accounts.of(serving.history)
        viewer = accounts.people.add("viewer", Role.VIEWER, "a few good words")
        with flooded(port, accounts.tokens.make(viewer, "flood", frozenset({Right.READ}), 1.0)):
            for doses in (1, CYCLES // 2):
                until(lambda doses=doses: len(simulated.pulses("TMA.valve")) >= doses, serving.process, FLOODED)
                web = [pid for pid in serving.processes() if pid != serving.shown.pid]
                assert len(web) == 1
                signalled(signal.SIGKILL, web[0])
            serving.run_reaches(RunState.COMPLETE, within=FLOODED)
        until(lambda: answers(port), serving.process)
        given = simulated.pulses("TMA.valve")
        assert len(given) == CYCLES
        assert all(0.28 < closed - opened < 0.33 for opened, closed in given), given
