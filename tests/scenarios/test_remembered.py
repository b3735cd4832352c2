"""What was latched before a run: a person reads it and its cause is gone, or nothing is armed."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from vapordep.app.places import reactor_file
from vapordep.app.request import Request
from vapordep.app.running.execute import Surroundings, execute
from vapordep.app.running.memory import memory_path, set_aside
from vapordep.app.running.outside import Ask, Outside, assumed
from vapordep.app.running.report import RunReport
from vapordep.app.twin.simulated import simulated_reactor
from vapordep.clock import VirtualClock, run_virtual
from vapordep.errors import Tripped
from vapordep.history.queries import History
from vapordep.model.alarms import Alarm, Priority
from vapordep.model.events import Event, Kind
from vapordep.model.interlocks import Bypass
from vapordep.model.questions import Answer, Question
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunState
from vapordep.model.tags import Tag
from vapordep.reactor import read_reactor
from vapordep.recipe import read_recipe
from vapordep.safety.alarms.alarms import Alarms
from vapordep.safety.coverage import Failure
from vapordep.safety.interlocks.bypass import Bypasses
from vapordep.safety.interlocks.compiled import compile_rules
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.memory import Civil, remember
from vapordep.simulation.plant import Truth
from vapordep.units import Pa

RECIPE = """
recipe: 1
name: short
process: ALD
substrate: lithium
steps:
  - flow: {carrier: 20 sccm}
  - purge: {for: 5 s}
"""


class Person:
    """Somebody who confirms, and keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, question: Question) -> Answer:
        self.asked.append(question.text)
        return Answer()


def latched_before(reactor: Reactor, folder: Path, id: str) -> None:
    """Leaves a memory in which the trip of that id is latched and nobody has answered it."""
    [known] = [rule for rule in reactor.interlocks if rule.id == id]
    rule = replace(known, require=("x.y > 0 Pa",))
    began = datetime.now(UTC) - timedelta(hours=8)
    interlocks = Interlocks(compile_rules([rule], {"x.y": Tag("x.y", Pa)}, ()))
    events: list[Event] = []
    alarms = Alarms(interlocks, lambda: 0.0, events.append)
    alarms.raised(Alarm(id, 0.0, Priority.URGENT, f"{id}: {rule.protects}", "", "", rule.remedy), Kind.TRIP)
    bypasses = Bypasses(interlocks, lambda: 0.0, lambda instant: began, events.append)
    path = memory_path(folder, reactor.name)
    path.parent.mkdir(parents=True)
    path.write_text(remember(reactor.name, alarms, bypasses, Civil(0.0, began)))


def bypassed_before(reactor: Reactor, folder: Path, ago: timedelta) -> None:
    """Leaves a memory in which F2 was set aside for an hour so long ago."""
    began = datetime.now(UTC) - ago
    interlocks = Interlocks(compile_rules([], {}, ()))
    alarms = Alarms(interlocks, lambda: 0.0, lambda event: None)
    bypasses = Bypasses(interlocks, lambda: 0.0, lambda instant: began, lambda event: None)
    vars(bypasses)["_active"] = {"F2": Bypass("F2", "Ada", "flow meter in repair", 0.0, 3600.0)}
    path = memory_path(folder, reactor.name)
    path.parent.mkdir(parents=True)
    path.write_text(remember(reactor.name, alarms, bypasses, Civil(0.0, began)))


def perform(folder: Path, ask: Ask, id: str) -> tuple[RunReport, tuple[Event, ...]]:
    recipe_file = folder / "short.yaml"
    recipe_file.write_text(RECIPE)
    history = folder / "history"
    request = Request(recipe_file, reactor_file(None), history, "test", hot=350.0)
    reactor = read_reactor(request.reactor)
    recipe = read_recipe(request.recipe, reactor)
    if id:
        latched_before(reactor, history, id)

    async def main(clock: VirtualClock) -> RunReport:
        simulated = simulated_reactor(reactor, "lithium", 0, hot=request.hot)
        clock.loop.world = simulated.world

        async def probe() -> Truth:
            return simulated.world.truth(clock.now())

        surroundings = Surroundings(
            Mode.DRY_RUN, simulated.transports(clock), probe, lambda recorder: recorder, remembers=True
        )
        outside = Outside(lambda snapshot: None, lambda: None, ask, attended=False, person="Ada")
        return await execute(request, reactor, recipe, clock, surroundings, outside)

    report = run_virtual(main)
    with History(history).open_recording(report.run_id) as recording:
        return report, recording.events()


def test_a_person_acknowledges_and_the_next_run_asks_nothing(tmp_path: Path) -> None:
    person = Person()
    report, events = perform(tmp_path, person.answer, "T2")
    assert report.state is RunState.COMPLETE
    [asked] = person.asked
    assert asked.startswith("Before this run there was: T2: A thermocouple")
    told = [event.text for event in events if event.kind is Kind.ALARM_STATE and event.data["id"] == "T2"]
    assert told == ["T2 is over", "T2 acknowledged by Ada", "T2 reset by Ada"]
    assert perform(tmp_path, assumed, "")[0].state is RunState.COMPLETE
    assert report.standing == ()


@pytest.mark.parametrize(("ago", "goes_on"), [(timedelta(minutes=30), True), (timedelta(hours=2), False)])
def test_what_is_bypassed_stands_against_nothing_in_the_sheet_and_is_on_record(
    tmp_path: Path, ago: timedelta, goes_on: bool
) -> None:
    """By a run of its own process as by one of the engine that serves; a bypass that is over is told as well."""
    reactor = read_reactor(reactor_file(None))
    bypassed_before(reactor, tmp_path / "history", ago)
    assert [bypass.id for bypass in set_aside(tmp_path / "history", reactor.name)] == ["F2"] * goes_on
    report, events = perform(tmp_path, assumed, "")
    [run] = History(tmp_path / "history").runs()
    assert run.run_id == report.run_id
    hazards = {each["hazard"]: each for each in json.loads(run.header.notes["coverage"])["hazards"]}
    against = hazards["purge gas carrier fails"][Failure.NONE.value]["by"]
    assert against == ["permissive F1"] + ["hold F2"] * (not goes_on)
    [told] = [event.text for event in events if event.kind is Kind.BYPASS]
    begins = "BYPASS of F2 by Ada goes on" if goes_on else "the bypass of F2 by Ada ended over the restart"
    assert told.startswith(begins)


def test_a_memory_that_cannot_be_used_sets_nothing_aside(tmp_path: Path) -> None:
    assert set_aside(tmp_path, "glovebox-ald") == ()
    path = memory_path(tmp_path, "glovebox-ald")
    path.parent.mkdir(parents=True)
    path.write_text("damaged", encoding="utf-8")
    assert set_aside(tmp_path, "glovebox-ald") == ()


def test_nobody_there_means_nothing_is_armed(tmp_path: Path) -> None:
    with pytest.raises(Tripped, match="from before stand T2"):
        perform(tmp_path, assumed, "T2")
    with pytest.raises(Tripped, match="from before stand T2"):
        perform(tmp_path, assumed, "")
