"""Both samplers tell the same story: foretold in arrays, or asked poll by poll in bytes."""

from itertools import pairwise
from pathlib import Path

import pytest

from vapordep.app.dry_run import dry_run
from vapordep.app.outside import Outside, assumed
from vapordep.app.places import reactor_file
from vapordep.app.report import RunReport
from vapordep.app.request import Request
from vapordep.history.queries import History
from vapordep.model.events import Event
from vapordep.model.pulses import PulseRecord

RECIPE = """
recipe: 1
name: both samplers
process: ALD
substrate: lithium
steps:
  - pump: {to: 2 Pa, within: 5 min}
  - flow: {carrier: 20 sccm}
  - heat: {lines: 60 degC, walls: 100 degC, stage: 100 degC, rate: 5 K/min, within: 2 K}
  - repeat: 2
    name: nucleation
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {for: 20 s}
  - repeat: 2
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {until: cleared, residue: 1 ppm, max: 60 s}
      - dose: {source: H2O, pulse: 30 ms}
      - purge: {for: 75 s}
"""
ONE_POLL = 1.0
"""s: the slowest exchange that a step waits for."""
ONE_GAUGE_POLL = 0.1


OUTSIDE = Outside(show=lambda snapshot: None, verb=lambda: None, ask=assumed, attended=False)


def story(folder: Path, seed: int, *, wire: bool) -> tuple[RunReport, tuple[Event, ...], list[float]]:
    """Report, events, and the times between the pulses in s."""
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE)
    request = Request(recipe, reactor_file(None), folder / "history", "test", seed=seed, hot=350.0)
    report = dry_run(request, OUTSIDE, wire=wire)
    with History(request.history).open_recording(report.run_id) as recording:
        opened = [pulse.commanded_open for pulse in recording.pulses() if isinstance(pulse, PulseRecord)]
        return report, recording.events(), [later - earlier for earlier, later in pairwise(opened)]


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.many), pytest.param(3, marks=pytest.mark.many)])
def test_both_samplers_tell_the_same_story(tmp_path: Path, seed: int) -> None:
    (polled, spoken, gaps), (foretold, told, foretold_gaps) = (
        story(tmp_path, seed, wire=wire) for wire in (True, False)
    )
    kinds = ("step", "cycle", "run", "trip", "alarm", "alarm_state")
    kept = [[event.text for event in events if event.kind in kinds] for events in (spoken, told)]
    assert kept[0] == kept[1]
    assert foretold.film.thickness == pytest.approx(polled.film.thickness, rel=1e-3)
    assert (foretold.state, foretold.doses, foretold.trips) == (polled.state, polled.doses, polled.trips)
    assert foretold_gaps == pytest.approx(gaps, abs=ONE_GAUGE_POLL)
    assert abs(foretold.simulated - polled.simulated) < 10 * ONE_POLL


def test_one_seed_gives_one_event_log(tmp_path: Path) -> None:
    first, second = (story(tmp_path, 7, wire=False)[1] for _ in range(2))
    assert first == second
