"""Bands and marks: what a run was doing when, from its events."""

from vapordep.app.bands import Band, bands, marks
from vapordep.model.events import Event, Kind


def step(time: float, text: str) -> Event:
    return Event(time, Kind.STEP, text, {"where": "r.yaml:1"})


def cycle(time: float, number: int) -> Event:
    return Event(time, Kind.CYCLE, f"main {number} of 3", {"block": "main", "cycle": number})


def state(time: float, name: str) -> Event:
    return Event(time, Kind.RUN, f"{name}: because", {"state": name})


def test_steps_and_loops_follow_each_other() -> None:
    events = [
        state(0.0, "RUNNING"), step(0.0, "pump_purge"), Event(3.0, Kind.STEP, "leak 1e-8 Pa m3/s"), step(5.0, "heat"),
        cycle(9.0, 1), cycle(10.0, 2), step(12.0, "purge 5 min"), state(20.0, "COMPLETE"),
    ]  # fmt: skip
    assert bands(events) == (
        Band("pump purge", 0.0, 5.0), Band("heat", 5.0, 9.0), Band("main", 9.0, 12.0), Band("purge", 12.0, 20.0),
    )  # fmt: skip


def test_a_step_within_a_loop_belongs_to_it() -> None:
    assert bands([cycle(0.0, 1), step(1.0, "main[1].wait"), cycle(2.0, 2), state(3.0, "COMPLETE")]) == (
        Band("main", 0.0, 3.0),
    )


def test_waiting_for_a_person_is_a_band() -> None:
    events = [cycle(0.0, 1), state(1.0, "HOLDING"), state(2.0, "HELD"), state(5.0, "RESTARTING"), cycle(5.0, 1)]
    assert [band.name for band in bands([*events, state(6.0, "STOPPED")])] == ["main", "held", "main"]


def test_a_run_that_did_nothing_has_no_bands() -> None:
    assert bands([]) == bands([state(0.0, "ABORTED")]) == ()


def test_trips_and_alarms_are_marked() -> None:
    events = [step(0.0, "pump"), Event(1.0, Kind.ALARM, "weak"), Event(2.0, Kind.TRIP, "T1")]
    assert [mark.time for mark in marks(events)] == [1.0, 2.0]
