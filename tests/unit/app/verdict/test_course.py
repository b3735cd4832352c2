"""The course of a run by its events: what it was doing when, and how long each kind of work took."""

from vapordep.app.verdict.course import IDLE, Course
from vapordep.model.events import Event, Kind


def step(time: float, text: str) -> Event:
    return Event(time, Kind.STEP, text, {"where": "recipe.yaml:1"})


def state(time: float, name: str) -> Event:
    return Event(time, Kind.RUN, name, {"state": name})


def cycle(time: float, number: int) -> Event:
    return Event(time, Kind.CYCLE, f"main {number} of 2", {"block": "main", "cycle": number, "cycles": 2})


EVENTS = [
    state(3.0, "RUNNING"), step(3.0, "pump"), step(13.0, "leak_check"), step(20.0, "heat"), cycle(50.0, 1),
    state(60.0, "HELD"), cycle(70.0, 1), cycle(80.0, 2), step(90.0, "purge 5 s"), step(95.0, "cool"),
    state(100.0, "COMPLETE"),
]  # fmt: skip


def test_each_kind_of_work_is_added_up() -> None:
    assert Course.of(EVENTS, 0.0).work() == {
        "pumping": 17.0, "heating": 30.0, "deposition": 30.0, "waiting": 10.0, "purging": 5.0, "cooling": 5.0,
    }  # fmt: skip


def test_every_word_of_a_recipe_is_a_kind_of_work() -> None:
    """What people would miss in the sum must not be hidden as `other`."""
    words = ("vent", "load", "unload", "flow_check", "wait")
    events = [step(10.0 * n, f"{word} 5 s") for n, word in enumerate(words)]
    assert Course.of([*events, state(50.0, "COMPLETE")], 0.0).work() == {
        "venting": 10.0, "loading": 20.0, "pumping": 10.0, "waiting": 10.0,
    }  # fmt: skip


def test_it_lasts_from_its_first_state_to_its_last() -> None:
    course = Course.of(EVENTS, 0.0)
    assert (course.start, course.end, course.length) == (3.0, 100.0, 97.0)
    assert [band.name for band in course.waited()] == ["held"]


def test_what_was_done_when_is_told_in_the_words_of_the_recipe() -> None:
    course = Course.of(EVENTS, 0.0)
    assert [course.step_at(t) for t in (0.0, 3.0, 19.9, 55.0, 85.0)] == [
        IDLE, "pump", "leak_check", "main 1 of 2", "main 2 of 2",
    ]  # fmt: skip


def test_a_run_that_is_broken_off_tells_in_what() -> None:
    events = [*EVENTS[:5], state(55.0, "STOPPING"), step(56.0, "cool"), state(90.0, "STOPPED")]
    assert Course.of(events, 0.0).broken_off_in == "main 1 of 2"
    assert Course.of(EVENTS, 0.0).broken_off_in == "cool"


def test_a_run_that_never_began_took_no_time() -> None:
    assert Course.of([], 5.0).length == 0.0
    assert Course.of([], 5.0).work() == {}
