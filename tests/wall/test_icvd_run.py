"""iCVD on the wall clock: pDMAMS through real lines, engine in one process, simulated reactor in another."""

from pathlib import Path

import numpy as np
import pytest

from tests.recipes.dry import UNATTENDED
from tests.wall.processes import printed, running, served
from vapordep.app.places import reactor_file
from vapordep.app.request import Request
from vapordep.app.running.dry_run import dry_run
from vapordep.history.queries import History
from vapordep.history.recordings.recording import Recording

pytestmark = pytest.mark.wall
C = 273.15
WARM = {"stage": 35, "walls": 50, "lines": 70, "DMAMS": 50, "TBPO": 25}
RECIPE = """\
recipe: 1
name: a nanometre of pDMAMS
reactor: icvd
process: iCVD
substrate: lithium
steps:
  - pump: {to: 1.3 Pa}
  - flow: {carrier: 20 sccm}
  - heat: {walls: 50 degC, lines: 70 degC, stage: 35 degC, TBPO: 25 degC, DMAMS: 50 degC, rate: 2 K/min, within: 2 K}
  - vapour: {DMAMS: open}
  - flow: {carrier: 0 sccm}
  - vapour: {TBPO: 0.6 sccm}
  - throttle: {pressure: 10 Pa, within: 20 %, steady: 2 s}
  - filament: {voltage: 38.4 V, ramp: 2 s}
  - deposit: {until: 1 nm, for: 1 min, blind: stop}
finally:
  - filament: off
  - vapour: {TBPO: closed, DMAMS: closed}
"""


@pytest.mark.timeout(300)
def test_a_film_by_the_crystal_in_real_time_is_that_of_virtual_time(tmp_path: Path) -> None:
    recipe, history = tmp_path / "recipe.yaml", tmp_path / "history"
    recipe.write_text(RECIPE, encoding="utf-8")
    zones = [word for zone, warm in WARM.items() if zone != "stage" for word in ("--zone", f"{zone}={warm} degC")]
    with served(reactor_file("icvd"), tmp_path, warm=["--stage", "35 degC", *zones]) as simulation:
        with running(recipe, simulation, history) as run:
            assert run.wait(timeout=240) == 0, history.with_suffix(".log").read_text()
        truth = simulation.truth()
    live = printed(history)
    hot = {zone: C + warm for zone, warm in WARM.items()}
    virtual = dry_run(Request(recipe, reactor_file("icvd"), tmp_path / "virtual", "test", hot=hot), UNATTENDED)
    assert (live["state"], live["trips"], live["alarms"]) == ("COMPLETE", [], [])
    assert live["film"]["thickness_m"] == pytest.approx(virtual.film.thickness, abs=0.2e-9)  # two digits of the crystal
    assert live["film"]["thickness_m"] == pytest.approx(1e-9, abs=0.5e-9)
    assert truth["condensed"] == {}
    assert truth["driven"]["filament.on"] == truth["driven"]["DMAMS.valve"] == truth["driven"]["TBPO.valve"] == 0.0
    dark, shut = (
        truth["switches"]["filament.on"][-1],
        [truth["valves"][f"{name}.valve"][-1] for name in ("TBPO", "DMAMS")],
    )
    assert dark[0] < shut[0][0] < shut[1][0], "filament off, then the initiator, then the monomer"
    found = History(history)
    verification = found.verify(found.runs()[0])
    assert (verification.whole, verification.sealed) == (True, True), verification.problems
    with found.open_recording("last") as recording:
        [ended] = [event for event in recording.events() if "ended" in event.data]
        let_in = flowed(recording, "TBPO")
    assert ended.data["ended"] == "by thickness"
    assert let_in == pytest.approx(truth["precursor_use"]["TBPO"], rel=0.03)


def flowed(recording: Recording, source: str) -> float:
    """What the record has flowed from a source in mol: its controller's readings, as long as each was the newest."""
    flow = recording.samples(f"{source}.flow")
    return float(np.sum(flow.values[:-1] * np.diff(flow.times)))
