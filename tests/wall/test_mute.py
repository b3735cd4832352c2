"""An instrument that is mute as the engine dies keeps no other waiting: the plant's own truth is safe in time."""

import random
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.wall.buses import on_buses
from tests.wall.killing import ramp, rig
from tests.wall.processes import SAFE_FLOW, served, signalled
from vapordep.app.places import reactor_file
from vapordep.guardian.watch import T_SAFE

pytestmark = [
    pytest.mark.wall,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="kill as POSIX knows it"),
]
HEATERS = ("stage_heater", "wall_heater", "line_heater", "EG_heater")
ALONE = ("valves", "carrier_mfc", "gauge")
ZONES = dict(zip(HEATERS, ("stage", "walls", "lines", "EG"), strict=True))
RECIPE = """recipe: 1
name: all at work
process: ALD
substrate: lithium
status: unverified
steps:
  - pump: {to: 80 Pa, within: 2 min}
  - flow: {carrier: 30 sccm}
  - heat: {walls: 110 degC, lines: 120 degC, stage: 120 degC, rate: 5 K/min, within: 50 K}
  - repeat: 200
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 300 ms}
      - purge: {for: 1 s}
"""
SLACK = 0.5
"""s that the measuring itself may take on a machine that others use."""


def at_work(driven: dict[str, float], mute: str) -> set[str]:
    """What is not at its safe value, on instruments that are not mute."""
    heating = {name for name, zone in ZONES.items() if driven[f"{zone}.power"] != 0.0}
    flowing = {"carrier_mfc"} if abs(driven["carrier.flow_setpoint"] / SAFE_FLOW - 1.0) > 1e-3 else set()
    shut = {"TMA.valve": 0.0, "H2O.valve": 0.0, "EG.valve": 0.0, "pump.valve": 1.0, "carrier.valve": 1.0}
    switched = {"valves"} if any(driven[valve] != safe for valve, safe in shut.items()) else set()
    return (heating | flowing | switched) - {mute}


@pytest.mark.parametrize("mute", ["line_heater", *(pytest.param(each, marks=pytest.mark.many) for each in (
    "stage_heater", "wall_heater", "EG_heater", *ALONE))])  # fmt: skip
def test_the_others_are_safe_in_time(tmp_path: Path, mute: str) -> None:
    """Four controllers share a line, as on RS-485; the mute one still hears."""
    with (
        served(reactor_file("glovebox_ald"), tmp_path) as simulated,
        on_buses(simulated, HEATERS, *[(name,) for name in ALONE]) as (reactor, buses),
        rig(reactor, tmp_path, recipe=RECIPE) as made,
    ):
        ramp(made, random.Random(mute))  # noqa: S311 - no secrets
        assert at_work(reactor.truth()["driven"], mute)
        buses[mute].mute.add(mute)
        began = signalled(signal.SIGKILL, made.shown.pid)
        while at_work((truth := reactor.truth())["driven"], mute):
            assert time.monotonic() < began + 30.0, (at_work(truth["driven"], mute), made.log)
            time.sleep(0.01)
        took = truth["t"] - began
        print(f"{mute} mute: the others safe after {took:.2f} s")  # noqa: T201 - with -s
        assert took <= T_SAFE + SLACK
        buses[mute].mute.clear()
        made.until(lambda: "made all safe" in made.log)
        assert reactor.is_safe()
