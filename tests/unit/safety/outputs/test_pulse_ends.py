"""How a pulse ends: shut, whatever is cancelled, trips, gets lost or does not obey, and whoever times it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.safety.outputs.commanding import pulse, raised
from tests.unit.safety.rig import CLOSED, OPEN, Rig, on_rig
from vapordep.errors import (
    LineLost,
    NoReply,
    ReadbackMismatch,
)
from vapordep.model.commands import Pulse
from vapordep.model.events import Kind
from vapordep.model.tags import Quality
from vapordep.safety.outputs.pulses import is_whole_multiple
from vapordep.units import degC, to_si


def test_once_open_a_lost_permissive_changes_nothing_but_a_trip_shuts_at_once() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        pulsing = asyncio.ensure_future(pulse(rig, after=0.2, width=0.1))
        await rig.clock.sleep(0.25)
        rig.say(chamber__pressure=1100.0)
        edges = await pulsing
        assert edges.commanded_close - edges.commanded_open == pytest.approx(0.1)
        rig.say_all()
        pulsing = asyncio.ensure_future(pulse(rig, after=0.2, width=0.1))
        await rig.clock.sleep(0.25)
        for _ in range(2):
            rig.say(stage__temperature=to_si(170.0, degC))
            await rig.clock.sleep(0.01)
        error = await raised(pulsing)
        assert "cut short: T1 has tripped" in error.what
        opened, shut = rig.boxes["valves"].written("valve0")[-3][0], rig.boxes["valves"].written("valve0")[-2]
        assert shut[1] == CLOSED
        assert shut[0] - opened < 0.1

    on_rig(main)


def test_a_pulse_whose_opening_is_not_acknowledged_ends_shut() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.boxes["valves"].deaf_to = 1
        assert isinstance(await raised(pulse(rig)), NoReply)
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        published = rig.hub.latest["TMA.valve"]
        assert (published.value, published.quality) == (CLOSED, Quality.GOOD)
        ahead = rig.protection.rules.derivation.ahead(rig.clock.now(), rig.clock.now())
        assert ahead["H2O.clearance"].value == 0.0, "it may have been open"

    on_rig(main)


def test_a_valve_that_cannot_be_confirmed_shut_is_unknown_and_an_alarm() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        pulsing = asyncio.ensure_future(pulse(rig, after=0.2))
        await rig.clock.sleep(0.22)
        rig.boxes["valves"].lost = True
        assert isinstance(await raised(pulsing), LineLost)
        assert rig.hub.latest["TMA.valve"].quality is Quality.BAD
        [alarm] = rig.kinds(Kind.ALARM)
        assert "TMA.valve is not known to be at its safe value" in alarm

    on_rig(main)


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("when", [0.1, 0.25, 0.32, 0.3499])
def test_a_cancelled_pulse_ends_shut_at_whatever_instant(when: float, times: int) -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        began = rig.clock.now()
        pulsing = asyncio.ensure_future(pulse(rig))
        await rig.clock.sleep_until(began + when)
        for _ in range(times):
            pulsing.cancel()
            await rig.clock.sleep(0.001)
        with pytest.raises(asyncio.CancelledError):
            await pulsing
        await rig.clock.sleep(2.0)
        assert rig.boxes["valves"].registers["valve0"] == CLOSED

    on_rig(main)


@pytest.mark.parametrize(("before", "doubted"), [(0.0, True), (0.001, False)])
def test_a_pulse_cut_short_at_its_very_edge_may_have_opened_the_valve(before: float, doubted: bool) -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        told: list[tuple[float, float, int]] = []
        rig.hub.listen(
            lambda batches: told.extend((*b.last[:2], b.last.quality) for b in batches if b.tag == "TMA.valve")
        )
        at = rig.clock.now() + 0.1
        pulsing = asyncio.ensure_future(rig.gate.pulse(Pulse("TMA.valve", at, 0.1, "test")))
        await rig.clock.sleep_until(at - before)
        pulsing.cancel()
        await asyncio.wait((pulsing,))
        assert ((at, OPEN, Quality.UNCERTAIN) in told) is doubted
        assert told[-1][1] == CLOSED

    on_rig(main)


def test_an_instrument_may_time_the_pulse_itself() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        await rig.clock.sleep(1.0)
        rig.say_all()
        at = rig.clock.now() + 0.2
        edges = await rig.gate.pulse(Pulse("EG.valve", at, 0.2, "test"))
        assert (at, "p valve2 0.2") in rig.boxes["valves"].heard
        assert edges.commanded_open == at
        assert edges.commanded_close == pytest.approx(at + 0.2)
        await rig.keep_saying(rig.clock.now() + 1.0)
        at = rig.clock.now() + 0.2
        await rig.gate.pulse(Pulse("EG.valve", at, 0.25, "test"))
        assert (at, "w valve2 1") in rig.boxes["valves"].heard, "0.25 s is no whole multiple of 0.1 s"

    on_rig(main)


def test_a_pulse_timed_by_the_instrument_that_does_not_end_is_ended() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        await rig.clock.sleep(1.0)
        rig.say_all()
        rig.boxes["valves"].stuck.add("valve2")
        pulsing = asyncio.ensure_future(pulse(rig, after=0.2, width=0.2, tag="EG.valve"))
        await rig.clock.sleep(0.402)
        rig.boxes["valves"].stuck.clear()
        rig.boxes["valves"].registers["valve2"] = OPEN
        assert isinstance(await raised(pulsing), ReadbackMismatch)
        assert rig.boxes["valves"].registers["valve2"] == CLOSED

    on_rig(main)


def test_a_pulse_timed_by_the_instrument_must_be_seen_to_end() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        await rig.clock.sleep(1.0)
        rig.say_all()

        async def nothing(*_: Any, **__: Any) -> tuple[float, dict[Any, float]]:
            return rig.clock.now(), {}

        rig.devices["valves"].poll = nothing  # type: ignore[assignment, method-assign]
        error = await raised(pulse(rig, width=0.2, tag="EG.valve"))
        assert "cannot be read back" in error.what
        assert rig.boxes["valves"].registers["valve2"] == CLOSED

    on_rig(main)


def test_a_valve_whose_instrument_cannot_time_pulses_is_timed_by_the_gate() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.gate.roles = replace(rig.gate.roles, timed_by_instrument=frozenset({"TMA.valve"}))
        rig.devices["valves"].signals["valve"].pulse_resolution = None  # type: ignore[attr-defined]
        try:
            edges = await pulse(rig, width=0.2)
        finally:
            rig.devices["valves"].signals["valve"].pulse_resolution = 0.1  # type: ignore[attr-defined]
        assert (edges.commanded_open, "w valve0 1") in rig.boxes["valves"].heard

    on_rig(main)


@pytest.mark.parametrize(
    ("width", "resolution", "whole"),
    [(0.1, 0.1, True), (0.3, 0.1, True), (0.25, 0.1, False), (0.04, 0.1, False), (0.1, None, False), (0.1, 0.0, False)],
)
def test_an_instrument_times_whole_multiples_of_its_resolution(
    width: float, resolution: float | None, whole: bool
) -> None:
    assert is_whole_multiple(width, resolution) is whole
