"""Commands and pulses that tests give, and what became of them."""

from collections.abc import Awaitable
from typing import Any

import pytest

from tests.unit.safety.rig import Rig
from vapordep.devices import Edges
from vapordep.errors import VapordepError
from vapordep.model.commands import Pulse
from vapordep.units import sccm, to_si

FLOW = "carrier.flow_setpoint"
TWENTY, FIFTY = to_si(20.0, sccm), to_si(50.0, sccm)


async def raised(work: Awaitable[Any]) -> VapordepError:
    with pytest.raises(VapordepError) as caught:
        await work
    return caught.value


def open_times(rig: Rig, valve: int = 0) -> list[tuple[float, float]]:
    """When the box opened and shut the valve after arming."""
    return [row for row in rig.boxes["valves"].written(f"valve{valve}") if row[0] > rig.events[-1].time]


async def pulse(rig: Rig, after: float = 0.3, width: float = 0.05, tag: str = "TMA.valve") -> Edges:
    return await rig.gate.pulse(Pulse(tag, rig.clock.now() + after, width, "test"))
