"""The permit: unknown denies in both directions, and what makes safe is always allowed."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.safety.rig import P3, command, instrument_tags, output
from vapordep.model.batches import Sample
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.outputs import SafeValue
from vapordep.model.tags import Quality
from vapordep.safety.conditions import Truth
from vapordep.safety.interlocks.compiled import Trip, Unmet, compile_rules
from vapordep.safety.outputs.permit import Circumstances, permit
from vapordep.units import degC, to_si

TAGS = instrument_tags()
SHUT = SafeValue(0.0)
NOW = 10.0


def fresh(value: float, quality: Quality = Quality.GOOD, age: float = 0.0) -> Sample:
    return Sample(NOW - age, value, quality)


def guard(*require: str, when: str = "") -> Any:
    rule = InterlockRule("G", require, "Protects.", "Do.", when=when, guards=("H2O.valve",))
    return compile_rules([rule], TAGS, {"H2O.valve"}).interlocks


def circumstances(tag: str = "H2O.valve", **changes: Any) -> Circumstances:
    latest = {"chamber.pressure": fresh(97.0), "pump.valve": fresh(1.0)}
    usual = {"output": output(tag, SHUT), "tag": TAGS[tag], "safe": 0.0, "now": NOW, "latest": latest, "armed": True}
    return Circumstances(**{**usual, **changes})


def ids(value: float, state: Circumstances) -> list[str]:
    found = permit(command(state.output.tag, value), state)
    assert found.allowed == (not found.reasons)
    return [denial.interlock for denial in found.reasons]


def test_with_nothing_against_it_a_command_goes() -> None:
    state = circumstances(guards=guard("chamber.pressure < 1 kPa", "pump.valve"))
    found = permit(command("H2O.valve", 1.0), state)
    assert found.allowed
    assert not found.harmless, "a trip may cut it short"
    assert permit(command("H2O.valve", 0.0), state).harmless


@pytest.mark.parametrize("value", [-0.1, 1.1, math.inf, -math.inf, math.nan])
def test_out_of_range_is_refused_never_clamped(value: float) -> None:
    assert ids(value, circumstances()) == ["RANGE"]


def test_disarmed_nothing_is_energised() -> None:
    assert ids(1.0, circumstances(armed=False)) == ["ARM"]
    assert ids(1.0, circumstances(safing="T1 has tripped")) == ["SAFE STATE"]


def trip(action: Action) -> Trip:
    rule = InterlockRule("T9", ("x",), "Protects.", action=action)
    return Trip(rule, 3.0, (Unmet("x", Truth.FALSE, "x is 0, not 1"),))


def test_a_latched_trip_stands_in_the_way() -> None:
    assert ids(1.0, circumstances(trips=[trip(Action.SAFE)])) == ["T9"]
    [denial] = permit(command("H2O.valve", 1.0), circumstances(trips=[trip(Action.SAFE)])).reasons
    assert denial.text == "has tripped: x is 0, not 1"


def test_a_latched_hold_keeps_sources_shut_and_nothing_else() -> None:
    assert ids(1.0, circumstances(trips=[trip(Action.HOLD)])) == []
    assert ids(1.0, circumstances(trips=[trip(Action.HOLD)], doses=True)) == ["T9"]


def test_a_source_stays_shut_beside_one_that_it_reacts_with() -> None:
    assert ids(1.0, circumstances(meets=["TMA.valve", "DEZ.valve"])) == ["C1", "C1"]
    assert ids(0.0, circumstances(meets=["TMA.valve"], doses=True)) == []


def test_every_reason_is_told_with_its_interlock() -> None:
    state = circumstances(guards=guard("chamber.pressure < 50 Pa", "pump.valve"), armed=False, latest={})
    found = permit(command("H2O.valve", 7.0), state)
    assert [(d.interlock, d.term, d.truth) for d in found.reasons] == [
        ("RANGE", "closed <= H2O.valve <= open", Truth.FALSE),
        ("ARM", "armed", Truth.FALSE),
        ("G", "chamber.pressure < 50 Pa", Truth.UNKNOWN),
        ("G", "pump.valve", Truth.UNKNOWN),
    ]
    assert found.reasons[2].text == "chamber.pressure has never reported"
    assert (found.reasons[2].protects, found.reasons[2].remedy) == ("Protects.", "Do.")


def test_a_permissive_that_surely_does_not_apply_denies_nothing() -> None:
    limited = guard("chamber.pressure < 50 Pa", when="pump.valve")
    shut = {"chamber.pressure": fresh(97.0), "pump.valve": fresh(0.0)}
    assert ids(1.0, circumstances(guards=limited, latest=shut)) == []
    assert ids(1.0, circumstances(guards=limited)) == ["G"]


UNUSABLE = st.one_of(
    st.sampled_from([math.nan, math.inf, -math.inf]).map(fresh),
    st.floats(-1e6, 1e6).map(lambda value: fresh(value, Quality.BAD)),
    st.floats(0.5, 1e6).map(lambda age: fresh(97.0, age=age)),
    st.none(),
)
TERMS = st.sampled_from(["<", "<=", ">", ">="]).flatmap(
    lambda operator: st.sampled_from([f"chamber.pressure {operator} 1 kPa", f"chamber.pressure {operator} -1 kPa"])
)


@given(UNUSABLE, TERMS, st.booleans())
def test_what_cannot_be_told_denies_in_both_directions(sample: Sample | None, term: str, as_limit: bool) -> None:
    latest = {"pump.valve": fresh(0.0)} if sample is None else {"chamber.pressure": sample, "pump.valve": fresh(0.0)}
    guards = guard("chamber.pressure < 1 kPa", when=term) if as_limit else guard(term)
    assert ids(1.0, circumstances(guards=guards, latest=latest)) == ["G"]


TAG_NAMES = st.sampled_from(["H2O.valve", "stage.setpoint", "carrier.flow_setpoint"])


@given(TAG_NAMES, st.booleans(), st.booleans(), st.lists(st.sampled_from(Action), max_size=3), st.booleans(), st.data())
def test_the_safe_value_and_off_of_what_can_harm_are_always_within_reach(
    tag: str, armed: bool, safing: bool, actions: list[Action], doses: bool, data: st.DataObject
) -> None:
    driven = output(tag, SHUT)
    safe = data.draw(st.floats(driven.low, driven.high), label="safe value")
    state = circumstances(
        tag, output=driven, safe=safe, armed=armed, safing="a trip" if safing else "", doses=doses, heats=not doses,
        trips=[trip(action) for action in actions], guards=guard("chamber.pressure < 1 Pa"), latest={},
    )  # fmt: skip
    assert permit(command(tag, safe), state).allowed
    assert permit(command(tag, driven.off), state).allowed


def test_what_is_left_as_it_is_has_no_safe_value_but_off() -> None:
    state = circumstances("stage.setpoint", safe=None, armed=False, heats=True)
    assert permit(command("stage.setpoint", to_si(0.0, degC)), state).allowed
    assert ids(to_si(20.0, degC), state) == ["ARM"]


def test_a_purge_may_not_be_stopped_by_anybody_at_any_time() -> None:
    state = circumstances("carrier.flow_setpoint", safe=1e-5, armed=False)
    assert permit(command("carrier.flow_setpoint", 1e-5), state).allowed
    assert ids(0.0, state) == ["ARM"]


def test_almost_safe_is_not_safe() -> None:
    assert ids(1e-3, circumstances(armed=False)) == ["ARM"]


def test_the_rig_s_permissive_is_one() -> None:
    assert not P3.trips
