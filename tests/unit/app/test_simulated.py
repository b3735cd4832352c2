"""What cannot be simulated is told before anything is."""

from pathlib import Path

import pytest

from vapordep.app import simulated
from vapordep.errors import ReactorError
from vapordep.reactor import read_reactor

FILE = Path(__file__).resolve().parents[3] / "reactors" / "glovebox_ald.yaml"


def test_a_driver_without_a_simulator_is_told_with_its_line_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    reactor = read_reactor(FILE)
    monkeypatch.setattr(simulated, "names", lambda group: {"mks946", "eurotherm", "modbus_relay"})
    with pytest.raises(ReactorError, match="'alicat' has no simulator") as told:
        simulated.simulated_reactor(reactor, "lithium", 1)
    assert told.value.where == reactor.instruments["carrier_mfc"].where
    assert "add-a-driver" in told.value.remedy
