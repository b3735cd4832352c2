"""The ledger of a bare surface: against closed forms, ended by cover, begun anew when opened, alike in arrays."""

from collections.abc import Mapping
from dataclasses import replace
from math import exp, inf, nan
from typing import Any

import numpy as np
import pytest

from tests.unit.safety.monitors.test_monitors import Bench
from tests.unit.safety.monitors.test_vapour import CELSIUS, reactor
from vapordep.chemistry import substrate
from vapordep.model.batches import Batch, Sample
from vapordep.model.chamber import GasLine, PumpLine
from vapordep.model.columns import Columns
from vapordep.model.impurities import BASE, CARRIER, GLOVEBOX, Impurities
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors import Monitor
from vapordep.safety.monitors.ledger import LEAK, PERIOD, Parts, Seen, ledger_of
from vapordep.units import Pa, degC, one, sccm, state

TAGS = {
    tag.name: tag
    for tag in (
        Tag("chamber.pressure", Pa, stale_after=0.5),
        Tag("stage.temperature", degC, stale_after=2.0),
        Tag("carrier.flow", sccm, stale_after=1.0),
        Tag("pump.valve", state, stale_after=2.0),
        Tag("pump.soft_valve", state, stale_after=2.0),
        Tag("lithium.covered", one),
    )
}
ALD = replace(reactor(), pump=PumpLine("pump.valve", "pump.soft_valve", 1e3, None))
VOLUME, SPEED = ALD.chamber.volume, ALD.chamber.pumping_speed
LEAKING = 2e-7
PUMPED = {
    "chamber.pressure": 97.0,
    "carrier.flow": 1.5e-5,
    "pump.valve": 1.0,
    "pump.soft_valve": 0.0,
    "lithium.covered": 0.0,
}


def monitors(whole: Reactor = ALD, on: str = "lithium", tags: Mapping[str, Tag] = TAGS) -> list[Monitor[Any]]:
    known, made = dict(tags), []
    for monitor in ledger_of(whole, substrate(on), known):
        known[monitor.tag.name] = monitor.tag
        made.append(monitor)
    return made


def bench(whole: Reactor = ALD) -> Bench:
    return Bench(*monitors(whole))


def live(shown: Bench, start: float, end: float, quality: Quality = Quality.GOOD, **changes: float) -> Bench:
    """A reading of everything each second, from `start` to before `end` (s)."""
    values = {**PUMPED, **{tag.replace("__", "."): value for tag, value in changes.items()}}
    for second in np.arange(start, end).tolist():
        shown.publish(
            [*(Batch.one(tag, second, value, quality) for tag, value in values.items()),
             Batch.one("stage.temperature", second, CELSIUS + 100.0)]
        )  # fmt: skip
    return shown


def test_a_leak_under_a_pump_and_a_carrier_that_is_not_pure() -> None:
    shown = live(bench(), 0.0, 301.0)
    tau = VOLUME / SPEED
    gathered = LEAKING / SPEED * (300.0 - tau * (1.0 - exp(-300.0 / tau)))
    assert shown.value("bare.O2") == pytest.approx(0.21 * gathered + CARRIER["O2"] * 97.0 * 300.0)
    assert shown.value("bare.H2O") == pytest.approx(0.01 * gathered + CARRIER["H2O"] * 97.0 * 300.0)
    assert shown.value("bare.N2") == pytest.approx(0.78 * gathered + CARRIER["N2"] * 97.0 * 300.0)
    assert shown.value("bare.base") == 0.0
    assert shown.value(LEAK) == LEAKING


def test_a_leak_into_a_shut_chamber_gathers_with_the_square_of_time() -> None:
    shown = live(bench(), 0.0, 301.0, pump__valve=0.0, carrier__flow=0.0, chamber__pressure=1.0)
    assert shown.value("bare.N2") == pytest.approx(0.78 * LEAKING / VOLUME * 300.0**2 / 2.0)
    assert shown.value("bare.base") == pytest.approx(300.0)


def test_a_leak_check_says_afterwards_how_large_the_leak_was_all_the_time() -> None:
    shown = live(bench(), 0.0, 301.0)
    before = shown.value("bare.O2")
    shown.publish([Batch.one(LEAK, 301.0, 0.0)])
    live(shown, 302.0, 306.0)
    assert before is not None
    assert shown.value("bare.O2") == pytest.approx(CARRIER["O2"] * 97.0 * 305.0)
    assert shown.value("bare.O2") < before


def test_the_soft_valve_pumps_a_tenth_where_nobody_measured_it() -> None:
    slow = live(bench(), 0.0, 1001.0, pump__valve=0.0, pump__soft_valve=1.0)
    tau = 10.0 * VOLUME / SPEED
    gathered = 10.0 * LEAKING / SPEED * (1000.0 - tau * (1.0 - exp(-1000.0 / tau)))
    assert slow.value("bare.N2") == pytest.approx(0.78 * gathered + CARRIER["N2"] * 97.0 * 1000.0)
    measured = replace(ALD, pump=replace(ALD.pump, soft_speed=SPEED))
    quick = live(bench(measured), 0.0, 1001.0, pump__valve=0.0, pump__soft_valve=1.0)
    assert quick.value("bare.N2") == pytest.approx(live(bench(), 0.0, 1001.0).value("bare.N2"))


def test_what_fills_the_chamber_counts_until_it_is_pumped_away_and_settings_count() -> None:
    tight = replace(ALD, impurities=Impurities(leak=0.0, carrier={"H2O": 1e-7, "O2": 0.0, "N2": 0.0}))
    shown = live(bench(tight), 0.0, 101.0, carrier__flow=0.0, chamber__pressure=500.0)
    assert shown.value("bare.H2O") == pytest.approx(GLOVEBOX["H2O"] * 500.0 * 100.0)
    live(shown, 101.0, 201.0)
    assert shown.value("bare.H2O") == pytest.approx(GLOVEBOX["H2O"] * 5e4 + 1e-7 * 97.0 * 100.0)


def test_nothing_counts_once_it_is_covered_and_all_anew_once_the_chamber_was_open() -> None:
    shown = live(bench(), 0.0, 101.0)
    before = shown.value("bare.O2")
    live(shown, 101.0, 301.0, lithium__covered=1.0)
    assert shown.value("bare.O2") == before
    live(shown, 301.0, 311.0, chamber__pressure=1e5)
    assert shown.value("bare.O2") == 0.0
    live(shown, 311.0, 412.0)
    assert shown.value("bare.O2") == pytest.approx(before, rel=0.1)


def test_a_silent_gauge_counts_as_it_was_and_an_unseen_flow_as_one() -> None:
    shown = live(bench(), 0.0, 101.0)
    live(shown, 101.0, 201.0, chamber__pressure=nan, carrier__flow=nan)
    seen = shown.value("bare.H2O")
    assert shown.shown["bare.H2O"].quality is Quality.UNCERTAIN
    assert seen == pytest.approx(live(bench(), 0.0, 201.0).value("bare.H2O"))


def test_what_water_does_not_attack_is_exposed_to_nothing() -> None:
    assert {monitor.tag.name for monitor in monitors(on="silicon")} == {"bare.H2O", "bare.O2", "bare.N2", "bare.base"}
    shown = Bench(*monitors(on="silicon")).feed(0.0, stage__temperature=400.0)
    assert (shown.value("bare.H2O"), shown.value("bare.base")) == (0.0, 0.0)


def test_where_no_monitor_tells_of_cover_it_counts_to_the_end() -> None:
    known = {name: tag for name, tag in TAGS.items() if name != "lithium.covered"}
    single = replace(ALD, pump=PumpLine("pump.valve"))
    shown = Bench(*monitors(single, tags=known))
    live(shown, 0.0, 101.0, lithium__covered=1.0)
    assert shown.value("bare.H2O") == pytest.approx(live(bench(), 0.0, 101.0).value("bare.H2O"))
    closed = live(Bench(*monitors(single, tags=known)), 0.0, 101.0, pump__valve=0.0, carrier__flow=0.0)
    assert (closed.value("bare.N2") or 0.0) > 0.78 * LEAKING / VOLUME * 4000.0


def test_arrays_give_the_same_to_the_last_bit() -> None:
    times = np.arange(0.0, 100.0, 0.7)
    ramp = {"stage.temperature": 300.0 + times, "chamber.pressure": 200.0 * np.exp(-times / 20.0),
            "carrier.flow": np.where(times > 40.0, 1.5e-5, 0.0), "pump.valve": (times > 10.0).astype(float),
            "pump.soft_valve": np.zeros(len(times)), "lithium.covered": (times > 80.0).astype(float)}  # fmt: skip
    batches = [Batch(tag, times, values, np.zeros(len(times), dtype=np.uint8)) for tag, values in ramp.items()]
    batches.append(Batch.one(LEAK, 0.0, 3e-8))
    for monitor in (made for made in monitors() if made.tag.name.startswith("bare.")):
        columns = Columns({}, batches)
        instants = columns.instants(monitor.inputs)
        whole = monitor.over(monitor.initial, instants, columns)
        walked = Monitor.over(monitor, monitor.initial, instants, columns)
        assert whole[0] == walked[0]
        assert whole[1] is not None
        assert walked[1] is not None
        assert whole[1].values.tolist() == walked[1].values.tolist()
        assert whole[1].times.tolist() == walked[1].times.tolist()
        assert monitor.over(whole[0], instants[-1:], columns) == (whole[0], None)
        assert instants[-1] - whole[0].time < PERIOD


# --- at the borders ---------------------------------------------------------------------------------------------------


def looked(tag: str, before: Seen, whole: Reactor = ALD, **changes: float) -> Seen:
    """The books of one gas after a look at 10 s."""
    tags = {**TAGS, "second.flow": replace(TAGS["carrier.flow"], name="second.flow")}
    [monitor] = [made for made in monitors(whole, tags=tags) if made.tag.name == tag]
    values = {**PUMPED, **{name.replace("__", "."): value for name, value in changes.items()}}
    latest = {name: Sample(10.0, value, Quality.GOOD) for name, value in values.items()}
    after: Seen = monitor.update(before, 10.0, latest)[0]
    return after


def test_empty_books_say_nothing_yet_and_a_gas_is_nowhere_unless_somebody_says_so() -> None:
    assert Seen() == Seen(-inf, 0.0, 0.0, 0.0, 0.0, -1.0)
    assert Parts() == Parts(0.0, 0.0, 0.0, 0.0)
    assert LEAK == "chamber.leak"
    assert {(made.tag.low, made.tag.stale_after) for made in monitors()} == {(0.0, inf)}


@pytest.mark.parametrize(("pressure", "anew"), [(1e4, True), (9.99e3, False)])
def test_from_a_hundredth_of_an_atmosphere_on_the_books_begin_anew(pressure: float, anew: bool) -> None:
    after = looked("bare.O2", Seen(0.0, 97.0, 7.0, 3.0, 5.0), chamber__pressure=pressure)
    assert ((after.exposure, after.air, after.gathered) == (0.0, 0.0, 0.0)) is anew


def test_of_two_gases_one_that_flows_is_enough_and_a_controller_at_its_zero_does_not() -> None:
    lines = {"carrier": GasLine("carrier", "argon"), "second": GasLine("second", "argon")}
    two = replace(ALD, lines=lines, impurities=Impurities(leak=0.0))
    flowing = looked("bare.O2", Seen(0.0), two, carrier__flow=0.0, second__flow=1.1e-7)
    assert flowing.exposure == pytest.approx(CARRIER["O2"] * 97.0 * 10.0)
    still = looked("bare.O2", Seen(0.0), two, carrier__flow=0.0, second__flow=1e-7)
    assert still.exposure == pytest.approx(GLOVEBOX["O2"] * 97.0 * 10.0)


def test_what_is_left_counts_below_its_limit_as_much_as_there_is_and_never_less_than_nothing() -> None:
    for pressure, seen in ((BASE, 0.0), (0.5, 5.0), (-0.5, 0.0)):
        assert looked("bare.base", Seen(0.0), carrier__flow=0.0, chamber__pressure=pressure).exposure == seen


def test_a_look_falls_due_after_just_its_period_in_arrays_too() -> None:
    [monitor] = [made for made in monitors() if made.tag.name == "bare.base"]
    times = np.array([0.0, 5.0, 10.0])
    values = {**PUMPED, "carrier.flow": 0.0, "chamber.pressure": 0.5, "stage.temperature": 400.0}
    good = np.zeros(3, dtype=np.uint8)
    columns = Columns({}, [Batch(tag, times, np.full(3, value), good) for tag, value in values.items()])
    after, found = monitor.over(Seen(), columns.instants(monitor.inputs), columns)
    assert found is not None
    assert (found.times.tolist(), found.values.tolist()) == ([0.0, 5.0, 10.0], [0.0, 2.5, 5.0])
    assert after.time == 10.0
