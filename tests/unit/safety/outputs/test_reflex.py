"""The reflex: the first safe command of each line leaves within the look that trips, and is part of the safe state."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.safety.interlocks.test_interlocks import LOW, TAGS, interlocks, rule
from tests.unit.safety.rig import CLOSED, OPEN, RULES, T2, Rig, command, on_rig, reactor
from vapordep.errors import InstrumentRefused, LineLost
from vapordep.model.batches import Batch, Sample
from vapordep.model.events import Kind
from vapordep.model.interlocks import Action
from vapordep.model.outputs import LEAVE, SafeValue
from vapordep.model.tags import Quality, Tag, TagKind
from vapordep.safety.interlocks.compiled import compile_rules
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.safe_state.safe_state import make_safe
from vapordep.units import Pa, degC, to_si

COLD = to_si(-50.0, degC)
"""A broken thermocouple, and nothing else."""


def written(rig: Rig, since: float = -1.0) -> list[str]:
    """The registers that were written after an instant (s), in order."""
    words = [(at, box.name, said.split()) for box in rig.boxes.values() for at, said in box.heard if at > since]
    return [f"{name}.{word[1]}" for _, name, word in sorted(words, key=lambda each: each[0]) if word[0] == "w"]


async def opened(rig: Rig) -> float:
    """Armed, with the pump's neighbour open; the instant, and nothing is written at it any more."""
    await rig.armed()
    rig.boxes["valves"].registers.update(valve0=OPEN, valve1=OPEN, valve2=OPEN)
    await rig.clock.sleep(0.1)
    rig.say_all()
    return rig.clock.now() - 0.01


def test_the_first_command_is_on_the_wire_before_anything_is_told() -> None:
    async def main(rig: Rig) -> None:
        since = await opened(rig)
        seen: list[tuple[str, list[str]]] = []
        rig.protection.interlocks.standings.on_trip.insert(0, lambda trip: seen.append(("trip", written(rig, since))))
        rig.hub.listen(lambda batches: seen.append(("listener", written(rig, since))))
        before = len(rig.events)
        rig.say(stage__temperature=COLD)
        assert written(rig, since) == [], "T2 wants two samples"
        await rig.clock.sleep(0.1)
        seen.clear()
        rig.say(stage__temperature=COLD)
        assert seen[0][0] == "trip"
        assert all(sent == ["valves.valve0"] for _, sent in seen)
        assert len(rig.events) == before
        assert rig.boxes["valves"].registers["valve0"] == CLOSED

    on_rig(main)


def test_a_glance_suffices_where_no_monitor_is_needed() -> None:
    async def main(rig: Rig) -> None:
        since = await opened(rig)
        rig.say(stage__temperature=COLD)
        await rig.clock.sleep(0.1)
        cold = Sample(rig.clock.now(), COLD, Quality.GOOD)
        rig.hub.glance([("stage.temperature", cold._replace(value=400.0))])
        assert written(rig, since) == [], "that is well"
        rig.hub.glance([("stage.temperature", cold)])
        assert written(rig, since) == ["valves.valve0"]
        assert rig.trips == [], "nothing has been judged yet"
        rig.say(stage__temperature=COLD)
        assert rig.trips == ["T2"]
        assert written(rig, since) == ["valves.valve0"], "once"

    on_rig(main)


def test_the_safe_state_follows_takes_the_reply_and_writes_it_no_second_time() -> None:
    async def main(rig: Rig) -> None:
        since = await opened(rig)
        await trip(rig)
        await rig.clock.sleep(0.5)
        valves = [name for name in written(rig, since) if name.startswith("valves")]
        assert valves == ["valves.valve0", "valves.valve1", "valves.valve2", "valves.valve4"]
        assert {"heater.setpoint", "mfc.flow_setpoint"} < set(written(rig, since))
        assert not rig.protection.arming.armed
        assert rig.hub.latest["TMA.valve"].value == CLOSED, "it was read back"
        assert rig.hub.latest["TMA.valve"].time > since + 0.1
        [told] = [event for event in rig.events if event.data.get("reason") == "T2"]
        assert told.text == "safe state: T2 – all 6 outputs at their safe values"

    on_rig(main)


async def trip(rig: Rig) -> None:
    rig.say(stage__temperature=COLD)
    await rig.clock.sleep(0.1)
    rig.say(stage__temperature=COLD)


def test_what_refused_or_ignored_it_is_tried_again_and_told() -> None:
    async def main(rig: Rig) -> None:
        await opened(rig)
        rig.boxes["valves"].refuses.add("valve0")
        rig.boxes["valves"].stuck.add("valve0")
        await trip(rig)
        await rig.clock.sleep(5.0)
        assert len(rig.boxes["valves"].written("valve0")) > 3
        assert any("TMA.valve" in text for text in rig.kinds(Kind.ALARM))

    on_rig(main)


def test_the_reply_to_it_is_waited_for_and_judged() -> None:
    async def main(rig: Rig) -> None:
        await opened(rig)
        rig.boxes["valves"].refuses.add("valve0")
        began = rig.clock.now()
        rig.gate.react()
        with pytest.raises(InstrumentRefused):
            await rig.gate.write_safe("TMA.valve", CLOSED)
        assert rig.clock.now() > began
        assert [at for at, _ in rig.boxes["valves"].written("valve0") if at >= began] == [began], "it was sent once"

    on_rig(main)


def test_an_instrument_that_missed_it_is_told_again() -> None:
    async def main(rig: Rig) -> None:
        since = await opened(rig)
        rig.boxes["valves"].deaf_to = 1
        await trip(rig)
        assert rig.boxes["valves"].registers["valve0"] == OPEN
        await rig.clock.sleep(2.0)
        assert written(rig, since)[0] == "valves.valve0"
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        assert rig.kinds(Kind.ALARM) == []

    on_rig(main)


@pytest.mark.parametrize("lost", [LineLost("gone"), ZeroDivisionError("a fault of the program")])
def test_a_transport_that_fails_keeps_no_trip_from_being_answered(lost: Exception) -> None:
    async def main(rig: Rig) -> None:
        await opened(rig)

        def fails(data: bytes) -> None:
            raise lost

        rig.devices["valves"].line.transport.send = fails  # type: ignore[method-assign]
        await trip(rig)
        assert rig.trips == ["T2"]
        await rig.clock.sleep(5.0)
        assert rig.boxes["heater"].registers["setpoint"] == 0.0
        assert any("TMA.valve" in text for text in rig.kinds(Kind.ALARM))

    on_rig(main)


def test_into_an_exchange_nothing_is_sent_and_the_safe_state_comes_after_it() -> None:
    async def main(rig: Rig) -> None:
        since = await opened(rig)
        rig.say(stage__temperature=COLD)
        reading = rig.devices["valves"].read(rig.devices["valves"].polls[0])
        task = asyncio.ensure_future(reading)
        await rig.clock.sleep(0.001)
        rig.say(stage__temperature=COLD)
        assert written(rig, since) == []
        await task
        await rig.clock.sleep(0.5)
        assert written(rig, since)[0] in ("heater.setpoint", "mfc.flow_setpoint", "valves.valve0")
        assert rig.boxes["valves"].registers["valve0"] == CLOSED

    on_rig(main)


def test_on_a_shared_line_it_is_what_the_safe_state_does_first() -> None:
    async def main(rig: Rig) -> None:
        since = await opened(rig)
        await trip(rig)
        assert written(rig, since) == ["valves.valve0"]
        await rig.clock.sleep(0.5)
        assert written(rig, since) == [
            "valves.valve0", "valves.valve1", "valves.valve2", "heater.setpoint", "valves.valve4", "mfc.flow_setpoint",
        ]  # fmt: skip

    on_rig(main, together=("valves", "heater", "mfc"))


@pytest.mark.parametrize(
    "first", [SafeValue(CLOSED, depends_on=("pump.valve",), otherwise=CLOSED), SafeValue(None, ("pump.valve",), CLOSED)]
)
def test_what_depends_on_an_input_is_left_to_the_safe_state_and_so_is_what_comes_after_it(first: SafeValue) -> None:
    async def main(rig: Rig) -> None:
        since = await opened(rig)
        await trip(rig)
        assert written(rig, since) == []
        await rig.clock.sleep(0.5)
        assert rig.boxes["valves"].registers["valve1"] == CLOSED

    whole = reactor()
    outputs = {tag: replace(each, safe=first) if tag == "TMA.valve" else each for tag, each in whole.outputs.items()}
    on_rig(main, whole=replace(whole, outputs=outputs))


def test_what_is_left_as_it_is_is_passed_over() -> None:
    async def main(rig: Rig) -> None:
        since = await opened(rig)
        await trip(rig)
        assert written(rig, since) == ["valves.valve1"]

    whole = reactor()
    outputs = {tag: replace(each, safe=LEAVE) if tag == "TMA.valve" else each for tag, each in whole.outputs.items()}
    on_rig(main, whole=replace(whole, outputs=outputs))


@pytest.mark.parametrize("action", [Action.HOLD, Action.WARN])
def test_only_what_makes_safe_has_it(action: Action) -> None:
    async def main(rig: Rig) -> None:
        since = await opened(rig)
        rig.say(stage__temperature=COLD)
        await rig.clock.sleep(0.1)
        rig.hub.glance([("stage.temperature", Sample(rig.clock.now(), COLD, Quality.GOOD))])
        rig.say(stage__temperature=COLD)
        assert written(rig, since) == []

    on_rig(main, whole=reactor(interlocks=(*RULES[:-1], replace(T2, action=action))), substrate_name="silicon")


def test_while_disarmed_or_while_the_safe_state_is_driven_nothing_is_sent() -> None:
    async def main(rig: Rig) -> None:
        rig.say_all()
        rig.gate.react()
        assert written(rig) == [], "never armed"
        since = await opened(rig)
        with rig.gate.safing("test"):
            rig.gate.react()
            assert written(rig, since) == []
        await rig.protection.arming.disarm()
        done = len(written(rig))
        rig.gate.react()
        assert len(written(rig)) == done

    on_rig(main)


def test_what_nobody_asked_about_is_forgotten_after_the_safe_state() -> None:
    """An output that by then is left alone: its command was sent, and counts for no later one."""

    async def main(rig: Rig) -> None:
        await opened(rig)
        rig.gate.react()
        rig.gate.targets.all = lambda latest, now: []  # type: ignore[method-assign]
        await make_safe(rig.gate, "test")
        del rig.gate.targets.all
        await rig.clock.sleep(0.1)
        rig.boxes["valves"].registers["valve0"] = OPEN
        began = rig.clock.now()
        await make_safe(rig.gate, "again")
        assert rig.boxes["valves"].registers["valve0"] == CLOSED
        assert rig.boxes["valves"].written("valve0")[-1][0] == began, "not only once it reads back as open"

    on_rig(main)


def test_a_command_that_was_on_its_way_ends_and_comes_not_after_it() -> None:
    async def main(rig: Rig) -> None:
        await rig.armed()
        await rig.cover()
        rig.say(stage__temperature=COLD)
        opening = asyncio.ensure_future(rig.gate.command(command("TMA.valve", OPEN)))
        await rig.clock.sleep(0.0)
        await rig.clock.sleep(0.005)
        rig.say(stage__temperature=COLD)
        await asyncio.gather(opening, return_exceptions=True)
        await rig.clock.sleep(0.5)
        assert [value for _, value in rig.boxes["valves"].written("valve0")][-1] == CLOSED
        assert rig.boxes["valves"].registers["valve0"] == CLOSED

    on_rig(main)


# --- what is foreseen ----------------------------------------------------------------------------------------------


def sample(time: float, value: float) -> Sample:
    return Sample(time, value, Quality.GOOD)


def test_what_is_foreseen_counts_as_a_look_does() -> None:
    made = interlocks(replace(LOW, trip_after_samples=2))
    high = [("a.p", sample(0.5, 9.0))]
    assert not made.foresees(high)
    made.evaluate(0.5, [Batch.one("a.p", 0.5, 9.0)])
    assert not made.foresees(high), "one instant is one sample"
    assert made.foresees([("a.p", sample(0.6, 9.0))])
    assert not made.foresees([("a.p", sample(0.6, 4.0))])
    assert not made.foresees([("b.p", sample(0.6, 9.0))]), "LOW does not read it"
    assert not made.foresees([("c.p", sample(0.6, 9.0))]), "nobody reads it"
    assert made.trips == (), "nothing has changed"


def test_a_deadband_forebodes_nothing() -> None:
    made = interlocks(replace(LOW, deadband="2 Pa"))
    assert not made.foresees([("a.p", sample(0.5, 4.0))]), "below its limit, though not by the deadband"
    assert made.foresees([("a.p", sample(0.5, 6.0))])


def test_an_older_sample_is_passed_over() -> None:
    made = interlocks(LOW)
    made.evaluate(1.0, [Batch.one("a.p", 1.0, 1.0)])
    assert not made.foresees([("a.p", sample(0.9, 9.0))])
    assert made.foresees([("a.p", sample(1.0, 9.0))])


def test_all_samples_of_an_instant_are_looked_at_together() -> None:
    made = interlocks(rule("BOTH", "a.p <= b.p"))
    assert not made.foresees([("a.p", sample(0.5, 0.5))]), "of the other one the newest counts"
    assert made.foresees([("a.p", sample(0.5, 3.0))])
    assert not made.foresees([("a.p", sample(0.5, 3.0)), ("b.p", sample(0.5, 4.0))])


def test_what_reads_a_monitor_too_is_not_foreseen() -> None:
    """The monitor has not seen the new sample yet: its old value may be the wrong one."""
    tags = TAGS | {"d.p": Tag("d.p", Pa, stale_after=1.0, kind=TagKind.DERIVED)}
    made = Interlocks(compile_rules([rule("BOTH", "a.p <= d.p")], tags, ()))
    made.evaluate(0.0, [Batch.one("a.p", 0.0, 1.0), Batch.one("d.p", 0.0, 1.0)])
    made.go_live(0.0)
    assert not made.foresees([("a.p", sample(0.5, 3.0))])
    made.evaluate(0.5, [Batch.one("a.p", 0.5, 3.0), Batch.one("d.p", 0.5, 3.0)])
    assert made.trips == ()


def test_nothing_is_foreseen_while_resting_of_what_has_tripped_and_of_what_is_set_aside() -> None:
    made = interlocks(LOW, live=False)
    high = [("a.p", sample(0.5, 9.0))]
    assert not made.foresees(high)
    made.go_live(0.1)
    made.set_aside("LOW", 0.4, 0.2)
    assert made.foresees(high), "the bypass is over by then"
    assert not made.foresees([("a.p", sample(0.3, 9.0))])
    made.put_back("LOW", 0.35)
    made.evaluate(0.5, [Batch.one("a.p", 0.5, 9.0)])
    assert not made.foresees([("a.p", sample(0.6, 9.0))])


LOOKS = st.lists(
    st.tuples(st.sampled_from(["a.p", "b.p"]), st.floats(0.01, 1.2), st.sampled_from([1.0, 4.0, 6.0, float("nan")])),
    max_size=25,
)


@given(LOOKS)
@settings(max_examples=60, deadline=None)
def test_what_is_foreseen_trips_and_what_trips_on_a_sample_was_foreseen(
    looks: Sequence[tuple[str, float, float]],
) -> None:
    made = interlocks(
        replace(LOW, trip_after_samples=2),
        rule("PAIR", "b.p < a.p", when="v.open"),
        rule("TIME", "b.p < 5 Pa", trip_after_time=1.0),
    )
    acted: list[float] = []
    made.standings.react = lambda: acted.append(made.now)
    time = 0.0
    for tag, after, value in looks:
        time += after
        batch = Batch.one(tag, time, value)
        before, foreseen = len(acted), made.foresees([(tag, batch.last)])
        silence = made.trial()
        silence.evaluate(time)
        made.evaluate(time, [batch])
        if len(silence.trips) == before:  # else it would have tripped without the sample
            assert (len(acted) > before) == foreseen
        assert len(acted) > before or not foreseen


def test_a_trial_reacts_to_nothing() -> None:
    made, acted = interlocks(LOW), []
    made.standings.react = lambda: acted.append("reflex")
    made.trial().evaluate(0.5, [Batch.one("a.p", 0.5, 9.0)])
    assert acted == []
    made.evaluate(0.5, [Batch.one("a.p", 0.5, 9.0)])
    assert acted == ["reflex"]
