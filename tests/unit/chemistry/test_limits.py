"""The worked-out trip: never above the ceiling, never so high that the foil melts, never silent about what it costs."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vapordep.chemistry import SUBSTRATES, Substrate, Trip, substrate, worked_out_trip
from vapordep.errors import ReactorError

LITHIUM = substrate("lithium")


def lithium_trip(
    sensor_error: float = 3.0,
    foil_offset_uncertainty: float = 3.0,
    overshoot: float = 5.0,
    max_rate: float = 5.0 / 60.0,
    reaction_time: float = 5.0,
) -> Trip:
    return worked_out_trip(
        LITHIUM,
        sensor_error=sensor_error,
        foil_offset_uncertainty=foil_offset_uncertainty,
        overshoot=overshoot,
        max_rate=max_rate,
        reaction_time=reaction_time,
    )


def test_a_slow_and_well_measured_stage_trips_at_the_ceiling() -> None:
    trip = lithium_trip()
    assert trip.trip == LITHIUM.trip_ceiling
    assert trip.margin == pytest.approx(20.5)
    assert sum(trip.terms.values()) == pytest.approx(11.0 + 25.0 / 60.0)
    assert trip.highest_setpoint == LITHIUM.cap
    assert trip.remarks == ()


def test_a_fast_stage_trips_lower_and_says_so() -> None:
    trip = lithium_trip(max_rate=2.0)  # 10 K before the heater is off
    assert trip.trip == pytest.approx(453.65 - 21.0)
    assert trip.margin == pytest.approx(21.0)
    assert trip.terms["heating during reaction"] == pytest.approx(10.0)
    assert trip.remarks == ("this reactor lowers the trip of lithium from 433.1 to 432.6 K",)


def test_a_trip_below_the_cap_is_reported() -> None:
    trip = lithium_trip(max_rate=4.0)  # 20 K before the heater is off
    assert trip.trip == pytest.approx(422.65)
    assert trip.trip < LITHIUM.cap
    assert trip.highest_setpoint == pytest.approx(417.65)
    assert any("a recipe at the cap would trip" in remark for remark in trip.remarks)
    assert any("above 417.6 K" in remark or "above 417.7 K" in remark for remark in trip.remarks)


def test_a_trip_above_the_cap_may_still_cost_setpoints() -> None:
    trip = lithium_trip(overshoot=12.0)
    assert trip.trip > LITHIUM.cap
    assert trip.highest_setpoint == pytest.approx(433.15 - 12.0)
    assert len(trip.remarks) == 1


def test_no_working_room_is_refused_with_every_term() -> None:
    with pytest.raises(ReactorError, match=r"heating during reaction 200\.0 K") as caught:
        lithium_trip(max_rate=2.0, reaction_time=100.0)
    assert "lithium could melt" in caught.value.what
    assert caught.value.remedy


@pytest.mark.parametrize("bad", [-1.0, math.nan, math.inf])
@pytest.mark.parametrize("term", ["sensor_error", "foil_offset_uncertainty", "overshoot", "max_rate", "reaction_time"])
def test_every_term_must_be_a_number_of_at_least_nothing(term: str, bad: float) -> None:
    with pytest.raises(ReactorError, match="finite number"):
        lithium_trip(**{term: bad})


def test_copper_is_bound_by_its_process_not_by_melting() -> None:
    trip = worked_out_trip(
        substrate("copper"),
        sensor_error=50.0,
        foil_offset_uncertainty=50.0,
        overshoot=5.0,
        max_rate=1.0,
        reaction_time=9.0,
    )
    assert trip.trip == substrate("copper").trip_ceiling


parts = st.floats(0.0, 1.0)


@settings(max_examples=500)
@given(
    metal=st.sampled_from([entry for entry in SUBSTRATES if entry.hard]),
    sensor_error=st.floats(0.0, 10.0),
    offset=st.floats(0.0, 10.0),
    overshoot=st.floats(0.0, 10.0),
    max_rate=st.floats(0.01, 3.0),
    reaction_time=st.floats(0.1, 30.0),
    reality=st.tuples(parts, parts, parts, parts, parts),
)
def test_no_foil_melts_whatever_the_reactor_does_within_its_terms(
    metal: Substrate,
    sensor_error: float,
    offset: float,
    overshoot: float,
    max_rate: float,
    reaction_time: float,
    reality: tuple[float, float, float, float, float],
) -> None:
    """A foil on a ramp, hotter than it reads, polled by a clock that does not know when the trip is passed."""
    try:
        trip = worked_out_trip(
            metal,
            sensor_error=sensor_error,
            foil_offset_uncertainty=offset,
            overshoot=overshoot,
            max_rate=max_rate,
            reaction_time=reaction_time,
        ).trip
    except ReactorError:
        return
    wrong, away, fast, polling, phase = reality
    rate, unseen = max(fast * max_rate, 1e-3), wrong * sensor_error + away * offset
    period = polling * reaction_time
    crossing = (trip + unseen - 290.0) / rate
    seen = crossing + phase * period
    off = seen + (reaction_time - period)
    hottest = 290.0 + rate * off + overshoot
    assert hottest <= metal.melting_point.value + 1e-6
