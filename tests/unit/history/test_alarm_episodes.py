"""Episodes of alarms, out of the events that the alarms of a safety core make."""

from datetime import UTC, datetime, timedelta

from tests.unit.safety.alarms.test_alarms import WHOLE, alarm_events, armed
from tests.unit.safety.rig import Rig, on_rig
from vapordep.history.alarm_episodes import Episode, episodes
from vapordep.history.spans import Piece
from vapordep.model.events import Event, Kind

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PIECE = Piece("idle-a", run=False, file="a", started="", ended=None)


def rich(rig: Rig) -> list[Event]:
    """The events of that warning: other sensors fall silent meanwhile."""
    return [event for event in alarm_events(rig) if event.data["id"] == "RICH"]


def told(events: list[Event]) -> list[Episode]:
    return episodes((PIECE, NOON + timedelta(seconds=event.time), event) for event in events)


def test_an_alarm_is_told_from_its_raising_to_its_end_with_who_answered_and_what_they_said() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        for pressure, times in ((600.0, 20), (300.0, 30)):
            for _ in range(times):
                rig.say_all(chamber__pressure=pressure)
                await rig.clock.sleep(0.1)
        [gone] = told(rich(rig))
        assert (gone.over, gone.acknowledged, gone.ended) == (None, None, "")
        assert gone.lasted is not None
        assert 3.5 < gone.lasted < 4.5, "2 s there, and 2 s that it must be gone"
        rig.protection.alarms.acknowledge("RICH", "Ada", "the lid was open")
        [whole] = told(rich(rig))
        assert (whole.id, whole.priority, whole.first_out, whole.after, whole.again) == ("RICH", "high", True, "", 0)
        assert whole.acknowledged is not None
        assert (whole.acknowledged.by, whole.acknowledged.why) == ("Ada", "the lid was open")
        assert (whole.ended, whole.over) == ("NORMAL", whole.acknowledged.time)
        assert whole.lasted == gone.lasted
        assert rich(rig)[-1].text == "RICH acknowledged by Ada: the lid was open"

    on_rig(main, whole=WHOLE)


def test_a_trip_ends_with_its_reset_and_what_follows_it_names_it() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        alarms = rig.protection.alarms
        for _ in range(2):
            rig.say(stage__temperature=1e3)
            await rig.clock.sleep(0.001)
        await rig.clock.sleep(3.0)
        rig.say_all()
        alarms.acknowledge("T1", "Ada")
        alarms.acknowledge("T2", "Ben", "thermocouple")
        rig.say_all()
        alarms.reset("T1", "Ada")
        first, second = told(alarm_events(rig))
        assert (first.id, first.first_out, second.id, second.after) == ("T1", True, "T2", "T1")
        assert first.ended_by is not None
        assert (first.ended, first.ended_by.by, second.over) == ("NORMAL", "Ada", None)
        assert second.acknowledged is not None
        assert second.acknowledged.why == "thermocouple"

    on_rig(main, whole=WHOLE)


def test_a_cause_that_comes_back_and_a_warning_that_is_shelved() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        for pressure, times in ((600.0, 5), (300.0, 30), (600.0, 5)):
            for _ in range(times):
                rig.say_all(chamber__pressure=pressure)
                await rig.clock.sleep(0.1)
        rig.protection.alarms.shelve("RICH", "Ada", "a new gauge", 600.0)
        [one] = told(rich(rig))
        assert (one.again, one.ended) == (1, "SHELVED")
        assert one.ended_by is not None
        assert (one.ended_by.by, one.ended_by.why) == ("Ada", "a new gauge")
        assert one.acknowledged is None
        rig.protection.alarms.unshelve("RICH", "Ada")
        assert [each.over is None for each in told(rich(rig))] == [False, True], "it is there still"

    on_rig(main, whole=WHOLE)


def test_what_began_before_is_told_without_its_beginning_and_other_events_are_passed_over() -> None:
    async def main(rig: Rig) -> None:
        await armed(rig)
        for pressure, times in ((600.0, 5), (300.0, 30)):
            for _ in range(times):
                rig.say_all(chamber__pressure=pressure)
                await rig.clock.sleep(0.1)
        rig.protection.alarms.acknowledge("RICH", "Ada")
        [late] = told([Event(0.0, Kind.ALARM, "a pulse is weak", {"area_Pa_s": 1.0}), *rich(rig)[1:]])
        assert (late.raised, late.lasted) == (None, None)
        assert late.cleared is not None
        assert told([event for event in rig.events if event not in alarm_events(rig)]) == []

    on_rig(main, whole=WHOLE)
