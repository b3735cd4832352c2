"""What cannot be simulated is told before anything is."""

from pathlib import Path

import pytest

from vapordep.app.running.connection import Connection
from vapordep.app.served.energised import SETTLES, Energised
from vapordep.app.twin import simulated
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, run_virtual
from vapordep.errors import ReactorError
from vapordep.reactor import read_reactor

REACTORS = Path(__file__).resolve().parents[3] / "reactors"
FILE = REACTORS / "glovebox_ald.yaml"


def test_a_driver_without_a_simulator_is_told_with_its_line_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    reactor = read_reactor(FILE)
    monkeypatch.setattr(simulated, "names", lambda group: {"mks946", "eurotherm", "modbus_relay"})
    with pytest.raises(ReactorError, match="'alicat' has no simulator") as told:
        simulated.simulated_reactor(reactor, "lithium", 1)
    assert told.value.where == reactor.instruments["carrier_mfc"].where
    assert "add-a-driver" in told.value.remedy


@pytest.mark.parametrize("name", sorted(path.stem for path in REACTORS.glob("*.yaml")))
def test_a_fresh_one_stands_at_rest_so_that_nobody_is_told_of_it(name: str) -> None:
    """As a laboratory that was left in order: nothing is written, and no output that may harm is away from safe."""
    reactor = read_reactor(REACTORS / f"{name}.yaml")

    async def told(clock: VirtualClock) -> str:
        made = simulated.simulated_reactor(reactor, reactor.substrates[0], 1)
        clock.loop.world = made.world
        connection = Connection(reactor, substrate(reactor.substrates[0]), clock, made.transports(clock))
        energised = Energised()
        async with connection.opened():
            await connection.first_readings()
            energised.told(connection.core.protection.gate)
            await clock.sleep(SETTLES)
            return energised.told(connection.core.protection.gate)

    assert run_virtual(told) == ""
