"""A hold on an iCVD reactor: in which order its outputs are driven."""

import asyncio
from typing import Any, cast

import pytest

from tests.unit.reactor.files import ROOT
from vapordep.engine.hold import hold_outputs
from vapordep.engine.rig import Rig
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor


class Recorder:
    """Takes commands as a rig does, and shows a deposition under way."""

    def __init__(self, reactor: Reactor, *, opened: bool = False) -> None:
        self.reactor = reactor
        self.opened = opened
        self.openings = ("pump.valve", "carrier.valve")
        self.commands: list[tuple[str, float]] = []

    def value(self, tag: str) -> float:
        return {"pump.valve": 1.0, "carrier.flow_setpoint": 0.0}.get(tag, 1.0)

    async def command(self, tag: str, value: float, reason: str, *, unless_off: bool = False) -> None:
        self.commands.append((tag, value))


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(ROOT / "reactors" / "icvd.yaml")


def held(reactor: Reactor, **how: Any) -> list[tuple[str, float]]:
    recorder = Recorder(reactor, **how)
    asyncio.run(hold_outputs(cast(Rig, recorder)))
    return recorder.commands


def test_the_filament_goes_out_before_sources_shut_and_the_throttle_opens(reactor: Reactor) -> None:
    commands = held(reactor)
    assert commands[:2] == [("filament.on", 0.0), ("throttle.position_setpoint", 1.0)]
    assert commands[2:5] == [("DMAMS.valve", 0.0), ("TBPO.valve", 0.0), ("TBPO.flow_setpoint", 0.0)]
    assert ("carrier.valve", 1.0) in commands[5:]


def test_under_an_open_lid_the_filament_goes_out_all_the_same(reactor: Reactor) -> None:
    commands = held(reactor, opened=True)
    assert commands[0] == ("filament.on", 0.0)
    assert "throttle.position_setpoint" not in dict(commands)
    assert dict(commands)["pump.valve"] == 0.0
