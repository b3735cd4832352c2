"""The sequences of the shipped reactors: each passes the check by itself, and runs to its end."""

from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, UNATTENDED
from tests.unit.reactor.files import changed
from vapordep.app.foretold.check import check
from vapordep.app.request import request
from vapordep.app.running.dry_run import dry_run
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor
from vapordep.recipe import examine

SHIPPED = [
    (path.stem, name) for path in sorted((ROOT / "reactors").glob("*.yaml")) for name in read_reactor(path).sequences
]


@pytest.mark.parametrize(("reactor", "name"), SHIPPED)
def test_each_passes_the_check(reactor: str, name: str, tmp_path: Path) -> None:
    verdict = check(request(name, reactor, history=tmp_path))
    assert (verdict.ok, verdict.findings) == (True, ())


# Those of the large chambers that vent it and wait for a person: half a minute each.
OPENING = [pytest.param(*one, marks=pytest.mark.many) if "crystal" in one[1] else one for one in SHIPPED]


@pytest.mark.parametrize(("reactor", "name"), OPENING)
def test_each_runs_from_the_atmosphere_to_its_end(reactor: str, name: str, tmp_path: Path) -> None:
    assert dry_run(request(name, reactor, history=tmp_path), UNATTENDED).state is RunState.COMPLETE


def test_every_shipped_reactor_has_some() -> None:
    assert {reactor for reactor, _ in SHIPPED} == {path.stem for path in (ROOT / "reactors").glob("*.yaml")}


TURBO = {
    "soft_until: 1 kPa": 'soft_until: 10 Pa\n  turbo: {power: "valves[6]", spin_up: 4 min, safe: leave}',
    "chamber.evacuated, else: closed}, soft_": "[chamber.evacuated, turbo.ready], else: closed}, soft_",
    "interlocks:\n": """interlocks:
  - id: V1
    guards: [pump.valve]
    require: [turbo.ready, chamber.pressure < 15 Pa]
    protects: The blades of the turbo.
""",
    "sequences:\n": """sequences:
  rough_to_turbo:
    does: starts the turbo behind its shut gate valve, roughs, and changes over at 10 Pa
    steps:
      - set: {output: turbo.power, value: "on"}
      - wait: {until: turbo.ready, within: 10 min}
      - pump: {to: 1 Pa, within: 30 min, soft: true}
""",
}


@pytest.mark.parametrize(("name", "state"), [("rough_to_turbo", RunState.COMPLETE), ("pump_down", RunState.ABORTED)])
def test_the_gate_valve_of_a_turbo_opens_only_once_it_is_at_speed(name: str, state: RunState, tmp_path: Path) -> None:
    """The one sequence starts it and waits; the other would pump through a turbo that stands."""
    file = changed(ROOT / "reactors" / "glovebox_ald.yaml", tmp_path, TURBO)
    report = dry_run(request(name, str(file), history=tmp_path), UNATTENDED)
    assert (report.state, "V1: turbo.ready" in report.reason) == (state, state is RunState.ABORTED)


ON, OFF = '- set: {output: turbo.power, value: "on"}', '- set: {output: turbo.power, value: "off"}'
READY, PUMP = "- wait: {until: turbo.ready, within: 10 min}", "- pump: {to: 1 Pa, within: 30 min, soft: true}"
UNKNOWN, REFUSED = "unless it runs already", "V1 would refuse to open pump.valve: turbo.ready"
COURSES = {
    (ON, READY, PUMP): [],
    (ON, "- purge: {for: 4 min}", PUMP): [],
    (READY, PUMP): [(READY, "warning", UNKNOWN)],
    (PUMP, PUMP): [(PUMP, "warning", UNKNOWN)],
    (OFF, READY): [(READY, "error", "never comes true: the turbo pump is off")],
    (ON, OFF, PUMP): [(PUMP, "error", REFUSED)],
    (ON, "- purge: {for: 1 min}", PUMP): [(PUMP, "error", REFUSED)],
    (ON, READY.replace("10", "3")): [(READY.replace("10", "3"), "warning", "may take 4 min")],
    (ON, ON.replace("turbo.power", "pump.valve").replace("on", "open")): [
        (ON.replace("turbo.power", "pump.valve").replace("on", "open"), "error", REFUSED)
    ],
}


@pytest.mark.parametrize("course", COURSES, ids=str)
def test_a_turbo_pump_that_does_not_run_is_foreseen(course: tuple[str, ...], tmp_path: Path) -> None:
    reactor = read_reactor(changed(ROOT / "reactors" / "glovebox_ald.yaml", tmp_path, TURBO))
    path = tmp_path / "course.yaml"
    steps = ["recipe: 1", "name: course", "process: ALD", "substrate: silicon", "steps:", *course]
    path.write_text("\n".join(steps) + "\n", encoding="utf-8")
    found = [(steps[(one.line or 0) - 1], one.severity.value, one.message) for one in examine(path, reactor).findings]
    wanted = COURSES[course]
    assert [one[:2] for one in found] == [one[:2] for one in wanted]
    assert all(told in message for (_, _, message), (_, _, told) in zip(found, wanted, strict=True))
