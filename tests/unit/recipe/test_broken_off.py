"""The state of a run that ended before its plan, from events and pulses alone."""

import math
from dataclasses import replace

import pytest

from vapordep.errors import HistoryError
from vapordep.history.database.rows import PlannedPulse
from vapordep.model.events import Event, Kind
from vapordep.model.place import read
from vapordep.model.plan import Block, Plan
from vapordep.model.pulses import PulseIntent, PulseRecord, Verdict
from vapordep.model.run import Decision
from vapordep.model.steady_steps import Deposit
from vapordep.model.steps import ChangeOver, Dose, Flow, Purge, Set, Step
from vapordep.recipe.resume.broken_off import LayerDone, Pulse, begun_with, broken_off, link

NAN = math.nan
CYCLE: tuple[Step, ...] = (
    Dose(source="TMA", width=0.05), Purge(duration=40.0), Dose(source="H2O", width=0.03), Purge(duration=75.0)
)  # fmt: skip
MAIN = Block(name="main", layer="Al2O3", steps=CYCLE, count=36)
PLAN = Plan("test", "ALD", "lithium", (Flow(flows={}), MAIN, Purge(duration=5.0)), finally_steps=(Purge(duration=9.0),))


def intent(number: int, source: str, cycle: int, at: float) -> PulseIntent:
    return PulseIntent(number, source, f"main[{cycle}].dose {source} 50 ms", cycle, at, at + 0.05)


def given(number: int, source: str, cycle: int, at: float) -> PulseRecord:
    edges = (at, at + 0.05, at, at + 0.05)
    return PulseRecord(intent(number, source, cycle, at), *edges, 97.0, 20.0, 50.0, Verdict.GOOD)


def unfinished(number: int, source: str, cycle: int, at: float, verdict: Verdict = Verdict.UNSEEN) -> PulseRecord:
    return PulseRecord(intent(number, source, cycle, at), NAN, NAN, NAN, NAN, NAN, NAN, NAN, verdict)


def planned(number: int, source: str, cycle: int, at: float) -> PlannedPulse:
    return PlannedPulse(intent(number, source, cycle, at))


def begun(cycle: int, at: float) -> Event:
    return Event(at, Kind.CYCLE, f"main {cycle} of 36", {"place": f"steps 1:0/0:{cycle - 1}"})


def step(section: str, place: str, at: float) -> Event:
    return Event(at, Kind.STEP, "purge", {"place": f"{section} {place}"})


FLOW = step("steps", "0:0", 0.0)
TO_13 = (FLOW, begun(12, 100.0), begun(13, 200.0))


@pytest.mark.parametrize(
    ("pulses", "whole", "last", "perhaps"),
    [
        pytest.param((given(24, "H2O", 12, 140.0), unfinished(25, "TMA", 13, 200.2)), 12, "H2O", "TMA", id="nothing"),
        pytest.param((given(25, "TMA", 13, 200.2),), 12, "TMA", None, id="first half"),
        pytest.param((given(25, "TMA", 13, 200.2), planned(26, "H2O", 13, 240.0)), 12, "TMA", "H2O", id="announced"),
        pytest.param((given(25, "TMA", 13, 200.2), unfinished(26, "H2O", 13, 240.0)), 12, "TMA", "H2O", id="cut short"),
        pytest.param(
            (given(25, "TMA", 13, 200.2), unfinished(26, "H2O", 13, 240.0, Verdict.REFUSED)), 12, "TMA", None,
            id="refused",
        ),
        pytest.param((given(25, "TMA", 13, 200.2), given(26, "H2O", 13, 240.0)), 13, "H2O", None, id="purges left"),
        pytest.param(
            (given(25, "TMA", 13, 200.2), planned(26, "H2O", 13, 240.0), planned(27, "TMA", 14, 315.0)),
            13, "H2O", "TMA", id="killed in the last purge",
        ),
        pytest.param(
            (unfinished(25, "TMA", 13, 200.2), given(26, "TMA", 13, 200.5)), 12, "TMA", None, id="repeated half"
        ),
    ],
)  # fmt: skip
def test_a_cycle_is_whole_when_every_dose_of_it_was_given(
    pulses: tuple[Pulse, ...], whole: int, last: str, perhaps: str | None
) -> None:
    found = broken_off(PLAN, TO_13, pulses)
    assert found.place == read(f"1:0/0:{whole}")
    assert found.layers == (LayerDone("main", whole, 36),)
    assert found.last is not None
    assert found.last.source == last
    assert (found.perhaps.source if found.perhaps else None) == perhaps
    assert not found.complete


def test_a_hold_makes_its_cycle_begin_anew_and_only_what_came_after_counts() -> None:
    events = (*TO_13, begun(13, 300.0))
    pulses = (given(25, "TMA", 13, 200.2), given(26, "TMA", 13, 300.2), planned(27, "H2O", 13, 340.0))
    assert broken_off(PLAN, events, pulses).place == read("1:0/0:12")


def test_the_half_is_told() -> None:
    found = broken_off(PLAN, TO_13, (given(25, "TMA", 13, 200.2),))
    assert found.last is not None
    assert found.last.half == "dose 1 of 2"


def test_a_cycle_that_ends_otherwise_than_by_purging_is_whole_only_when_the_run_went_on() -> None:
    exposure = replace(MAIN, steps=(*CYCLE, Set(output="pump.valve", value=1.0)))
    plan = replace(PLAN, steps=(PLAN.steps[0], exposure))
    pulses = (given(25, "TMA", 13, 200.2), given(26, "H2O", 13, 240.0))
    assert broken_off(plan, TO_13, pulses).place == read("1:0/0:12")
    assert broken_off(plan, (*TO_13, begun(14, 300.0)), pulses).place == read("1:0/0:13")


@pytest.mark.parametrize(
    ("events", "place"),
    [
        pytest.param((), "", id="nothing happened"),
        pytest.param((FLOW,), "0:0", id="before the first cycle"),
        pytest.param((*TO_13, step("steps", "2:0", 900.0)), "2:0", id="after the last"),
        pytest.param((*TO_13, step("prime", "0:0/0:0", 300.0)), "1:0/0:12", id="primed again after a hold"),
    ],
)
def test_steps_are_done_again_from_their_beginning(events: tuple[Event, ...], place: str) -> None:
    assert broken_off(PLAN, events, ()).place == read(place)


def test_a_plan_is_complete_once_finally_came_by_itself() -> None:
    ended = (*TO_13, step("finally", "0:0", 950.0))
    stopped = (*TO_13, Event(940.0, Kind.RUN, "STOPPING: enough", {"state": "STOPPING"}), ended[-1])
    assert broken_off(PLAN, ended, ()).complete
    assert not broken_off(PLAN, stopped, ()).complete


def test_amendments_count() -> None:
    data = {"block": "main", "change": 20, "old": "36 cycles", "new": "56 cycles"}
    found = broken_off(PLAN, (*TO_13, Event(210.0, Kind.AMENDMENT, "main", data)), ())
    assert found.layers == (LayerDone("main", 12, 56),)
    skipped = Event(211.0, Kind.AMENDMENT, "skipped", {"step": "purge 5 s"})
    assert broken_off(PLAN, (*TO_13, skipped), ()).plan == PLAN


def test_supercycles_are_counted_in_all() -> None:
    inner = replace(MAIN, count=5)
    plan = replace(PLAN, steps=(Block(name="outer", steps=(inner, replace(inner, name="other")), count=4),))
    event = Event(10.0, Kind.CYCLE, "", {"place": "steps 0:0/1:2/0:3"})
    assert broken_off(plan, (event,), ()).layers == (LayerDone("main", 15, 20), LayerDone("other", 13, 20))


def test_what_a_run_began_with_is_known_from_its_notes_alone() -> None:
    data = {"block": "main", "change": 20, "old": "36 cycles", "new": "56 cycles"}
    events = (*TO_13, Event(210.0, Kind.AMENDMENT, "main", data))
    first = {"links": link({}, events, Decision.CONTINUE, read("1:0/0:12"))}
    plan = begun_with(PLAN, first)
    assert plan.steps == (PLAN.steps[0], replace(MAIN, count=44), PLAN.steps[2])
    again = {"links": link(first, (begun(5, 9.0),), Decision.CONTINUE, read("1:0/0:4"))}
    assert begun_with(PLAN, again).steps == (PLAN.steps[0], replace(MAIN, count=40), PLAN.steps[2])
    assert begun_with(PLAN, {}) is PLAN
    with pytest.raises(HistoryError, match="cannot be read"):
        begun_with(PLAN, {"links": '[{"place": "x"}]'})


def test_a_dose_of_two_pulses_is_given_once_both_are() -> None:
    first, purge, second, *rest = MAIN.steps
    assert isinstance(second, Dose)
    twice = replace(MAIN, steps=(first, purge, replace(second, pulses=2, gap=0.5), *rest))
    plan = replace(PLAN, steps=(PLAN.steps[0], twice))
    pulses = [given(25, "TMA", 13, 200.2), given(26, "H2O", 13, 240.0)]
    assert broken_off(plan, TO_13, pulses).place == read("1:0/0:12")
    assert broken_off(plan, TO_13, [*pulses, given(27, "H2O", 13, 240.5)]).place == read("1:0/0:13")


def test_a_film_that_grew_steadily_is_not_taken_up() -> None:
    """Half of it lies there, or all: going on would deposit the whole of it once more."""
    film = Block(name="film", layer="pDMAMS", steps=(Deposit(duration=600.0, thickness=1e-7), Purge(duration=9.0)))
    steps = (Flow(flows={}), film, Purge(duration=5.0), replace(film, count=2), ChangeOver(text="clean"), MAIN)
    grown = replace(PLAN, steps=steps)

    def found(*places: str) -> str:
        return broken_off(grown, [step("steps", place, 9.0 * n) for n, place in enumerate(places)], ()).no_resume

    for before in (("0:0",), ("0:0", "1:0"), ("5:0",), ("5:0/0:3",)):
        assert not found(*before), before
    for after in ("1:0/0:0", "1:0/1:0", "2:0", "3:0/0:0", "3:0/0:1", "3:0/1:1", "4:0"):
        assert "make a new run for what is missing" in found("0:0", after), after
    ended = [step("steps", "1:0/0:0", 0.0), step("finally", "0:0", 700.0)]
    assert broken_off(grown, ended, ()).complete
