"""A deposition whose crystal fails: `blind` says whether the run is held, stopped or ended by time. Both samplers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.recipes.dry import dry
from tests.recipes.test_icvd import WARM, compact
from vapordep.history.queries import History
from vapordep.model.run import RunState
from vapordep_simulators.instruments import _crystal
from vapordep_simulators.instruments.sqm160 import Sqm160

S = RunState
WAYS = {
    "hold": ([S.RUNNING, S.HOLDING, S.HELD, S.ABORTING, S.ABORTED], "the crystal has failed"),
    "stop": ([S.RUNNING, S.STOPPING, S.STOPPED], "the crystal has failed"),
    "time": ([S.RUNNING, S.COMPLETE], "the plan is done"),
}


def worn(patch: pytest.MonkeyPatch) -> None:
    """A crystal at the end of its life: a few Hz more, and its frequency is none of a good one."""
    original = Sqm160.__init__

    def begun(self: Sqm160, name: str, world: Any, wiring: Any, options: Any, seed: int) -> None:
        original(self, name, world, wiring, {**options, "lowest_frequency": "5.999985 MHz"}, seed)

    patch.setattr(Sqm160, "__init__", begun)


def cracked(patch: pytest.MonkeyPatch) -> None:
    """A crystal that no longer oscillates once so much has grown on it."""
    original = _crystal.Crystal.measured

    def lost(self: _crystal.Crystal, when: Any) -> Any:
        frequency = original(self, when)
        found = np.where(np.asarray(frequency) < 5.999985e6, np.nan, frequency)
        return found if isinstance(when, np.ndarray) else float(found)

    patch.setattr(_crystal.Crystal, "measured", lost)


CI = (("hold", worn), ("stop", cracked), ("time", cracked))
CASES = [
    pytest.param(blind, fails, wire, marks=[] if (blind, fails) in CI and not wire else [pytest.mark.many])
    for blind in WAYS
    for fails in (worn, cracked)
    for wire in (False, True)
]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("blind", "fails", "wire"), CASES)
def test_a_crystal_that_fails_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blind: str, fails: Any, wire: bool
) -> None:
    fails(monkeypatch)
    recipe = compact(tmp_path, {"for: 2 min, blind: stop": f"for: 40 s, blind: {blind}"})
    report, truth = dry(recipe, tmp_path, {}, WARM, wire=wire)
    states, told = WAYS[blind]
    history = History(tmp_path)
    with history.open_recording(history.run("last")) as recording:
        events = recording.events()
    assert [event.data["state"] for event in events if "state" in event.data and event.kind == "run"] == states
    assert told in report.reason
    [ended] = [event for event in events if "ended" in event.data]
    assert ended.data["ended"] == ("by time" if blind == "time" else "blind")
    took = ended.data["took_s"]
    assert took == pytest.approx(40.0, abs=0.5) if blind == "time" else took < 35.0, "the crystal was lost on the way"
    assert truth["driven"]["filament.on"] == truth["driven"]["DMAMS.valve"] == truth["driven"]["TBPO.valve"] == 0.0
    assert 0.5e-9 < truth["thickness"] < (6e-9 if blind == "time" else 4.5e-9)
