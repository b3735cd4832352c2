"""The sequences of the shipped reactors: each passes the check by itself, and runs to its end."""

from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, UNATTENDED
from tests.unit.reactor.files import changed
from vapordep.app.check import check
from vapordep.app.dry_run import dry_run
from vapordep.app.request import request
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor

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
