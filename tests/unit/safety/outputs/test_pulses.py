"""Pulses through the gate: judged shortly before their edge, refused or taken back before it, and told."""

import asyncio
import math

import pytest

from tests.unit.safety.outputs.commanding import pulse, raised
from tests.unit.safety.rig import CLOSED, OPEN, REPLY_AFTER, Rig, command, on_rig
from vapordep.devices import Edges
from vapordep.errors import (
    CommandRefused,
    Tripped,
)
from vapordep.model.commands import Pulse
from vapordep.model.events import Kind


def test_a_pulse_opens_at_its_instant_and_is_published_with_its_real_edges() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        at = rig.clock.now() + 0.3
        edges = await rig.gate.pulse(Pulse("TMA.valve", at, 0.05, "test"))
        assert (edges.commanded_open, edges.commanded_close) == (at, at + 0.05)
        assert rig.boxes["valves"].written("valve0")[-2:] == [(at, OPEN), (at + 0.05, CLOSED)]
        assert rig.protection.rules.derivation.latest["sources.open"].value == CLOSED
        assert not rig.gate.expectant, "nothing more is to come"
        assert rig.protection.rules.derivation.ahead(at + 0.06, at + 0.06)["H2O.clearance"].value == 0.0

    on_rig(main)


def test_a_pulse_is_judged_at_its_own_instant() -> None:
    """The purge ends between the permit and the edge: 9.2 residence times of 2 s, and 30 ms of valve."""

    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        edges = await keep_and_pulse(rig, "TMA.valve", rig.clock.now() + 1.0)
        shut = edges.commanded_close
        enough = shut + 9.2 * 2.0 + 0.03
        refused = await raised(keep_and_pulse(rig, "H2O.valve", enough - 0.001))
        assert "C2.H2O: H2O.clearance is 0, not 1" in refused.what
        edges = await keep_and_pulse(rig, "H2O.valve", enough + 0.001)
        assert edges.commanded_open == enough + 0.001

    on_rig(main)


@pytest.mark.parametrize("when", [0.01, 0.09, 0.11, 0.29], ids=["permitted", "pending", "open", "about to shut"])
@pytest.mark.parametrize("by_hand", [True, False])
def test_beside_a_pulse_nothing_opens_that_reacts_with_it(when: float, by_hand: bool) -> None:
    """The hub hears of a pulse when it is over; the gate knows of it from the beginning."""

    async def main(rig: Rig) -> None:
        await covered(rig)
        pulsing = asyncio.ensure_future(pulse(rig, after=0.1, width=0.2))
        await rig.clock.sleep(when)
        opening = rig.gate.command(command("H2O.valve", OPEN)) if by_hand else pulse(rig, after=0.0, tag="H2O.valve")
        refused = await raised(opening)
        assert "C1: TMA.valve is being opened just now (Their sources react with each other)" in refused.what
        assert rig.events[-1].data["interlocks"] == "C1"
        await pulsing
        assert OPEN not in [value for _, value in rig.boxes["valves"].written("valve1")]
        assert rig.trips == []

    on_rig(main)


def test_beside_an_opening_by_hand_no_pulse_begins_that_reacts_with_it() -> None:
    async def main(rig: Rig) -> None:
        await covered(rig)
        opening = asyncio.ensure_future(rig.gate.command(command("H2O.valve", OPEN)))
        await rig.clock.sleep(REPLY_AFTER / 2)
        refused = await raised(pulse(rig, after=0.1))
        assert "C1: H2O.valve is being opened just now" in refused.what
        await opening

    on_rig(main)


def test_beside_a_pulse_a_compatible_source_may_open() -> None:
    async def main(rig: Rig) -> None:
        await covered(rig)
        pulsing = asyncio.ensure_future(pulse(rig, after=0.1, width=0.2, tag="H2O.valve"))
        await rig.clock.sleep(0.05)
        await rig.gate.command(command("EG.valve", OPEN))
        await pulsing
        assert rig.boxes["valves"].registers["valve2"] == OPEN

    on_rig(main)


async def covered(rig: Rig) -> None:
    """Armed, the lithium covered, and a purge behind it: every source may open."""
    await rig.armed()
    await rig.cover()
    await rig.clock.sleep(0.2)
    rig.say_all()


async def keep_and_pulse(rig: Rig, tag: str, at: float) -> Edges:
    """The engine waits until shortly before; meanwhile all is well."""
    await rig.keep_saying(at - 0.18)
    return await rig.gate.pulse(Pulse(tag, at, 0.03, "test"))


def test_what_is_fresh_when_a_pulse_is_permitted_may_be_older_at_its_edge() -> None:
    """The gauge's value counts for 0.5 s: 0.4 s old now, it would be 0.55 s old by the edge, if no poll came before."""

    async def main(rig: Rig) -> None:
        await rig.armed()
        at = rig.clock.now() + 0.55
        assert (await rig.gate.pulse(Pulse("TMA.valve", at, 0.03, "test"))).commanded_open == at

    on_rig(main)


@pytest.mark.parametrize(
    ("at", "width"),
    [(math.nan, 0.05), (math.inf, 0.05), (5.0, 0.0), (5.0, -1.0), (5.0, math.nan), (5.0, math.inf)],
)
def test_a_pulse_that_is_none_is_refused_at_once(at: float, width: float) -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        began = rig.clock.now()
        refused = await raised(rig.gate.pulse(Pulse("TMA.valve", at, width, "test")))
        assert isinstance(refused, CommandRefused)
        assert f"RANGE: {width} s at {at} s" in refused.what
        assert rig.clock.now() == began
        assert (rig.events[-1].kind, rig.events[-1].data["interlocks"]) == (Kind.REFUSED, "RANGE")

    on_rig(main)


def test_a_refused_pulse_shuts_a_valve_that_an_order_had_opened() -> None:
    """Given, it would have ended shut; refused, there is all the more reason."""

    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("TMA.valve", OPEN))
        rig.say(chamber__pressure=1100.0)
        assert "P3: chamber.pressure is 1100 Pa" in (await raised(pulse(rig, after=0.1))).what
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        assert rig.hub.latest["TMA.valve"].value == CLOSED
        told = rig.events[-1]
        assert (told.kind, told.data) == (Kind.COMMAND, {"tag": "TMA.valve", "value": CLOSED, "source": "interlock"})
        assert told.text.startswith("TMA.valve closed: shut, since TMA.valve may not go to open: P3: ")

    on_rig(main)


def test_a_refused_pulse_leaves_a_shut_valve_in_peace() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.say(chamber__pressure=1100.0)
        before = len(rig.boxes["valves"].heard)
        assert isinstance(await raised(pulse(rig, after=0.1)), CommandRefused)
        assert len(rig.boxes["valves"].heard) == before

    on_rig(main)


def test_a_refused_pulse_of_a_valve_that_does_not_shut_is_an_alarm_and_no_row_of_a_command() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("TMA.valve", OPEN))
        rig.say(chamber__pressure=1100.0)
        rig.boxes["valves"].stuck.add("valve0")
        rows = len(rig.kinds(Kind.COMMAND))
        assert isinstance(await raised(pulse(rig, after=0.1)), CommandRefused), "what it was refused for is told"
        assert "TMA.valve is not known to be at its safe value" in rig.kinds(Kind.ALARM)[0]
        assert len(rig.kinds(Kind.COMMAND)) == rows

    on_rig(main)


def test_a_valve_that_was_not_shut_after_one_pulse_and_is_after_the_next_is_told_of() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()

        async def fails(*_: object, **__: object) -> None:
            raise ZeroDivisionError

        obeys, rig.devices["valves"].write = rig.devices["valves"].write, fails  # type: ignore[method-assign]
        for _ in range(2):
            pulsing = asyncio.ensure_future(pulse(rig, after=0.1))
            await rig.clock.sleep(0.12)
            pulsing.cancel()
            await asyncio.wait((pulsing,))
            rig.devices["valves"].write = obeys  # type: ignore[method-assign]
            rig.say_all()
        [alarm] = rig.kinds(Kind.ALARM)
        assert "ZeroDivisionError" in alarm
        assert "TMA.valve is at its safe value after all" in rig.kinds(Kind.COMMAND)

    on_rig(main)


def test_while_the_safe_state_is_driven_a_refused_pulse_leaves_the_line_to_it() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.gate.command(command("TMA.valve", OPEN))
        before = len(rig.boxes["valves"].heard)
        with rig.gate.safing("a test"):
            assert "the safe state is being driven: a test" in (await raised(pulse(rig, after=0.1))).what
        assert len(rig.boxes["valves"].heard) == before

    on_rig(main)


def test_a_pulse_is_judged_shortly_before_its_edge_and_not_when_it_is_ordered() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.say(chamber__pressure=2000.0)
        pulsing = asyncio.ensure_future(pulse(rig, after=1.0))
        await rig.clock.sleep(0.84)
        rig.say_all()
        await pulsing
        pulsing = asyncio.ensure_future(pulse(rig, after=1.0))
        await rig.clock.sleep(0.84)
        rig.say_all(chamber__pressure=2000.0)
        assert isinstance(await raised(pulsing), CommandRefused), "not begun, so nothing is cut short"

    on_rig(main)


def test_a_bypass_that_ends_before_the_edge_helps_no_pulse() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        rig.say(chamber__pressure=2000.0)
        rig.protection.bypasses.add("P3", "Ada", "a test", 0.1)
        assert "P3: chamber.pressure is 2000 Pa" in (await raised(pulse(rig, after=0.12))).what

    on_rig(main)


def test_at_the_very_instant_of_its_edge_a_pulse_is_not_taken_back() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        at = rig.clock.now() + 0.1
        pulsing = asyncio.ensure_future(rig.gate.pulse(Pulse("TMA.valve", at, 0.1, "test")))
        await rig.clock.sleep_until(at)
        rig.say(chamber__pressure=1100.0)
        edges = await pulsing
        assert edges.commanded_close - edges.commanded_open == pytest.approx(0.1)

    on_rig(main)


def test_a_permissive_lost_before_the_edge_takes_the_pulse_back() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        pulsing = asyncio.ensure_future(pulse(rig, after=0.1))
        await rig.clock.sleep(0.05)
        rig.say(chamber__pressure=97.0)
        rig.say(chamber__pressure=1100.0)
        error = await raised(pulsing)
        assert isinstance(error, Tripped)
        assert "P3: chamber.pressure is 1100 Pa" in error.what
        assert OPEN not in [value for _, value in rig.boxes["valves"].written("valve0")]

    on_rig(main)
