"""The tag table: a value counts for as long as the exchange that fills it may be silent."""

import pytest

from tests.unit.reactor.files import REACTOR
from vapordep.chemistry import substrate
from vapordep.reactor import read_reactor
from vapordep.reactor.table import tag_table
from vapordep.safety.substances import SAFE_WITHIN, foil_trip


@pytest.mark.parametrize("zone", ["stage", "walls", "lines", "EG"])
def test_a_slow_poll_keeps_no_temperature_of_the_same_controller_alive(zone: str) -> None:
    tags = tag_table(read_reactor(REACTOR))
    patience = {quantity: tags[f"{zone}.{quantity}"].stale_after for quantity in ("temperature", "setpoint", "rate")}
    assert patience == {"temperature": 3.0, "setpoint": 3.0, "rate": 15.0}


def test_the_foil_trip_reckons_with_the_silence_of_the_stage_s_own_thermometer() -> None:
    reactor = read_reactor(REACTOR)
    trip = foil_trip(reactor, substrate("lithium"), tag_table(reactor))
    assert trip.terms["heating during reaction"] == pytest.approx(10.0 / 60.0 * (3.0 + SAFE_WITHIN))
