"""What chemistry says of one reactor: the limits as design states them, in the units of people."""

from vapordep.safety import substances
from vapordep.units import Dimension, format_si


def test_the_limits_for_people_at_the_open_chamber_are_those_of_design() -> None:
    assert format_si(substances.VENT_FOIL, Dimension.TEMPERATURE) == "60 degC"
    assert format_si(substances.TOUCH, Dimension.TEMPERATURE) == "50 degC"
    assert substances.VENTED_LEAST == 20e3
    assert (substances.GLOVEBOX_WARN, substances.GLOVEBOX_BLOCK) == (1e-6, 10e-6)
