"""Drills: for every kind of interlock the tags are driven until it acts or refuses, as the instruments show."""

import asyncio
from dataclasses import replace

import pytest

from tests.unit.safety.rig import CLOSED, OPEN, RULES, Rig, command, on_rig, reactor
from vapordep.errors import CommandRefused
from vapordep.model.batches import Batch
from vapordep.model.commands import Pulse
from vapordep.model.events import Kind
from vapordep.model.interlocks import Action
from vapordep.units import degC, sccm, to_si

HOT = to_si(120.0, degC)


async def in_process(rig: Rig, *, covered: bool = True) -> None:
    """Armed, evacuated, hot, carrier flowing, the lithium covered, and a purge behind it."""
    await rig.armed()
    await rig.gate.command(command("stage.setpoint", HOT))
    await rig.gate.command(command("carrier.flow_setpoint", to_si(30.0, sccm)))
    if covered:
        await rig.cover()
    rig.say_all()


async def watched(rig: Rig, duration: float) -> None:
    """Lets time pass as the engine does, with a tick each 0.25 s and no samples."""
    end = rig.clock.now() + duration
    while rig.clock.now() < end:
        await rig.clock.sleep_until(min(end, rig.clock.now() + 0.25))
        rig.hub.tick(rig.clock.now())


async def dose(rig: Rig, source: str, after: float = 0.2) -> None:
    await rig.gate.pulse(Pulse(f"{source}.valve", rig.clock.now() + after, 0.03, "drill"))


async def refused(rig: Rig, source: str, *ids: str) -> None:
    valve = f"valve{['TMA', 'H2O', 'EG'].index(source)}"
    before = len(rig.boxes["valves"].written(valve))
    with pytest.raises(CommandRefused):
        await dose(rig, source)
    assert rig.events[-1].data["interlocks"] == ", ".join(ids)
    assert len(rig.boxes["valves"].written(valve)) == before, "not a byte was sent to the valve"


def assert_safe(rig: Rig, *trips: str) -> None:
    """Tripped, and safe by the instruments themselves."""
    assert rig.trips == list(trips)
    assert not rig.protection.arming.armed
    assert rig.boxes["heater"].registers["setpoint"] == 0.0
    assert rig.boxes["mfc"].registers["flow_setpoint"] == pytest.approx(20.0)
    assert [rig.boxes["valves"].registers[f"valve{n}"] for n in range(3)] == [CLOSED] * 3
    assert len(rig.kinds(Kind.TRIP)) == len(trips)


def test_a_process_in_order_doses_and_trips_nothing() -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        for source in ("TMA", "H2O", "TMA"):
            await rig.keep_saying(rig.clock.now() + 20.0)
            await dose(rig, source)
        await rig.keep_saying(rig.clock.now() + 20.0)
        assert rig.trips == []
        assert rig.kinds(Kind.REFUSED) == rig.kinds(Kind.ALARM) == []

    on_rig(main)


# --- hard: no reactor file can leave them out ------------------------------------------------------------------------


@pytest.mark.parametrize("samples", [1, 2])
def test_t1_the_foil_too_hot_on_two_samples(samples: int) -> None:
    """The trip is 160 degC; the foil may be 6 K hotter than the stage reads."""

    async def main(rig: Rig) -> None:
        await in_process(rig)
        for reading in (153.9, *[154.1] * samples):
            await rig.clock.sleep(0.5)
            rig.say_all(stage__temperature=to_si(reading, degC))
        await rig.clock.sleep(0.5)
        if samples == 1:
            assert rig.trips == []
        else:
            assert_safe(rig, "T1")

    on_rig(main, whole=reactor(interlocks=()))


def test_t1_the_thermometer_silent() -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        spoke = rig.clock.now()
        await watched(rig, 3.0)
        assert rig.protection.interlocks.trips[0].id in ("C1", "T1")
        assert [trip.time - spoke for trip in rig.protection.interlocks.trips if trip.id == "T1"] == [2.0]
        assert rig.boxes["heater"].registers["setpoint"] == 0.0

    on_rig(main, whole=reactor(interlocks=()))


def test_c1_incompatible_valves_open_together() -> None:
    """Somebody opened a valve by hand while a dose was on."""

    async def main(rig: Rig) -> None:
        await in_process(rig)
        await rig.clock.sleep(0.1)
        rig.boxes["valves"].registers.update(valve0=OPEN, valve1=OPEN)
        rig.say_all(TMA__valve=OPEN)
        assert rig.trips == []
        rig.say_all(TMA__valve=OPEN, H2O__valve=OPEN)
        assert rig.trips == ["C1"]
        await rig.clock.sleep(0.5)
        assert_safe(rig, "C1")

    on_rig(main)


def test_c1_valves_that_nobody_can_see() -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        for _ in range(8):
            await rig.clock.sleep(0.5)
            rig.say(stage__temperature=HOT, chamber__pressure=97.0, carrier__flow=2e-5, carrier__flow_setpoint=2e-5)
            rig.hub.tick(rig.clock.now())
        assert "C1" in rig.trips

    on_rig(main)


@pytest.mark.parametrize(("purge", "allowed"), [(18.0, False), (18.6, True)])
def test_c2_a_purge_too_short_for_the_residue(purge: float, allowed: bool) -> None:
    """9.2 residence times of 2 s, and 30 ms."""

    async def main(rig: Rig) -> None:
        await in_process(rig)
        await rig.keep_saying(rig.clock.now() + 1.0)
        await dose(rig, "TMA")
        await rig.keep_saying(rig.clock.now() + purge - 0.2)
        if allowed:
            await dose(rig, "H2O")
        else:
            await refused(rig, "H2O", "C2.H2O")

    on_rig(main)


@pytest.mark.parametrize("source", ["H2O", "EG"])
def test_c3_a_co_reactant_on_bare_lithium(source: str) -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig, covered=False)
        await refused(rig, source, "C3")
        await rig.cover()
        rig.say_all()
        await dose(rig, source)

    on_rig(main)


def test_c3_a_blank_pulse_covers_nothing_and_an_opened_chamber_is_bare() -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig, covered=False)
        await rig.keep_saying(rig.clock.now() + 1.0)
        await dose(rig, "TMA")
        await rig.keep_saying(rig.clock.now() + 30.0)
        await refused(rig, "H2O", "C3")
        await rig.cover()
        rig.say_all()
        rig.say_all(chamber__pressure=1e5)
        rig.say_all()
        await refused(rig, "H2O", "C3")

    on_rig(main, whole=reactor(interlocks=tuple(rule for rule in RULES if rule.id != "P1")))


# --- those of a reactor file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lasting", "trips"), [(0.4, []), (0.6, ["P1"])])
def test_p1_a_source_that_empties_itself_into_the_chamber(lasting: float, trips: list[str]) -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        rig.boxes["valves"].registers["valve0"] = OPEN
        await rig.keep_saying(rig.clock.now() + lasting, TMA__valve=OPEN, chamber__pressure=1400.0)
        rig.say_all(chamber__pressure=1400.0)
        assert rig.trips == trips
        if trips:
            await rig.clock.sleep(0.5)
            assert_safe(rig, *trips)

    on_rig(main)


def test_p1_says_nothing_while_all_sources_are_shut() -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        await rig.keep_saying(rig.clock.now() + 5.0, chamber__pressure=1400.0)
        assert rig.trips == []

    on_rig(main)


@pytest.mark.parametrize("pressure", [1000.0, 1e5, float("nan")])
def test_p3_no_dose_without_vacuum(pressure: float) -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        rig.say_all(chamber__pressure=pressure)
        await refused(rig, "TMA", "P3")

    on_rig(main)


def test_p3_no_dose_when_the_gauge_has_fallen_silent() -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        await rig.clock.sleep(0.5)
        await refused(rig, "TMA", "P3")

    on_rig(main)


def test_f1_no_dose_without_carrier() -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        rig.say_all(carrier__flow=to_si(15.9, sccm))
        await refused(rig, "TMA", "F1")
        rig.say_all(carrier__flow=0.0, carrier__flow_setpoint=0.0)
        await refused(rig, "TMA", "F1")

    on_rig(main)


@pytest.mark.parametrize("action", [Action.SAFE, Action.HOLD, Action.WARN])
def test_f2_the_carrier_lost_for_2_s(action: Action) -> None:
    rules = tuple(replace(rule, action=action) if rule.id == "F2" else rule for rule in RULES)

    async def main(rig: Rig) -> None:
        await in_process(rig)
        await rig.keep_saying(rig.clock.now() + 1.9, carrier__flow=0.0)
        assert rig.trips == []
        await rig.keep_saying(rig.clock.now() + 0.2, carrier__flow=0.0)
        await rig.clock.sleep(0.2)
        if action is Action.SAFE:
            return assert_safe(rig, "F2")
        assert rig.protection.arming.armed
        assert rig.boxes["heater"].registers["setpoint"] == pytest.approx(120.0)
        if action is Action.WARN:
            assert (rig.trips, len(rig.kinds(Kind.ALARM))) == ([], 1)
            return None
        rig.say_all()
        await refused(rig, "TMA", "F2")
        return None

    on_rig(main, whole=reactor(interlocks=rules))


def test_f2_says_nothing_while_no_carrier_is_commanded() -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        await rig.keep_saying(rig.clock.now() + 10.0, carrier__flow=0.0, carrier__flow_setpoint=0.0)
        assert rig.trips == []

    on_rig(main)


@pytest.mark.parametrize("reading", [-30.0, 500.0, float("nan")])
def test_t2_a_thermometer_that_is_open_shorted_or_dead(reading: float) -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        rig.say_all(stage__temperature=to_si(reading, degC))
        assert rig.trips == []
        await rig.clock.sleep(0.5)
        rig.say_all(stage__temperature=to_si(reading, degC))
        assert "T2" in rig.trips
        await rig.clock.sleep(0.5)
        assert_safe(rig, *rig.trips)

    on_rig(main)


def test_every_sensor_silent_at_once_trips_by_itself() -> None:
    """Nobody publishes anything any more: the tick alone must end it."""

    async def main(rig: Rig) -> None:
        await in_process(rig)
        fell_silent = rig.clock.now()
        await watched(rig, 5.0)
        assert set(rig.trips) == {"T1", "T2", "C1"}, "F2 would come later, and by then all is safe"
        assert rig.boxes["heater"].registers["setpoint"] == 0.0
        assert rig.boxes["heater"].written("setpoint")[-1][0] - fell_silent < 2.0 + 3.0

    on_rig(main)


def test_a_trip_in_the_middle_of_a_dose_shuts_the_valve_at_once() -> None:
    async def main(rig: Rig) -> None:
        await in_process(rig)
        at = rig.clock.now() + 0.2
        pulsing = asyncio.ensure_future(rig.gate.pulse(Pulse("TMA.valve", at, 0.2, "drill")))
        await rig.clock.sleep_until(at + 0.05)
        assert rig.boxes["valves"].registers["valve0"] == OPEN
        for _ in range(2):
            rig.hub.publish([Batch.one("stage.temperature", rig.clock.now(), to_si(170.0, degC))])
            await rig.clock.sleep(0.001)
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        assert rig.clock.now() < at + 0.06
        await asyncio.wait((pulsing,))
        assert pulsing.exception() is not None

    on_rig(main)
