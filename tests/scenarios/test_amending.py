"""Skipping a step, changing counts and purges of a run that is under way, and capping one that is held."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest

import vapordep.engine.course
from tests.scenarios.rigs import CARRIER, Scene, Script, dose, plan, play, purge, repeat
from vapordep.errors import RecipeError, TransitionRefused
from vapordep.model.amendments import Amendment, CyclesAmendment, PurgeAmendment
from vapordep.model.events import Kind
from vapordep.model.pulses import PulseRecord
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import ChangeOver, LeakCheck, Otherwise, Prompt, Pump, Stabilise, Wait

S, V = RunState, Verb
COVER = repeat(2, dose(), purge(14.0), name="cover")
ALUMINA = (dose("TMA"), purge(40.0), dose("H2O", 0.03), purge(40.0))


def given(scene: Scene) -> list[PulseRecord]:
    """The pulses that were seen through; one that was announced and then not wanted is none of them."""
    return [pulse for _, pulse in sorted(scene.book.pulses.items()) if math.isfinite(pulse.commanded_open)]


def doses(scene: Scene) -> list[str]:
    return [pulse.intent.step.partition(".")[0] for pulse in given(scene)]


def sources(scene: Scene) -> str:
    return " ".join(pulse.intent.source for pulse in given(scene))


def cycles(scene: Scene) -> list[int]:
    return [pulse.intent.cycle for pulse in given(scene)]


def amendments(scene: Scene) -> list[str]:
    return [event.text for event in scene.kind(Kind.AMENDMENT)]


# --- skip ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "step",
    [
        Stabilise(duration=300.0, tolerance=2.0), Prompt(text="ready?"), purge(300.0),
        Wait(until="chamber.pressure > 1 kPa", within=300.0),
    ],
    ids=lambda step: step.word,
)  # fmt: skip
def test_what_only_waits_can_be_skipped(step: Stabilise | Prompt | Wait) -> None:
    async def script(scene: Scene) -> None:
        await scene.step(step.word)
        await scene.clock.sleep(0.5)
        assert scene.run.skip("it is long enough", by="Ada").startswith(step.word)

    scene = play(plan(step, repeat(2, dose(), purge(), layer="TMA")), script)
    assert scene.run.state is S.COMPLETE
    assert scene.outcome is not None
    assert scene.outcome.duration < 100.0
    (event,) = scene.kind(Kind.AMENDMENT)
    assert event.text.endswith("by Ada: it is long enough")
    assert (event.data["by"], event.data["why"]) == ("Ada", "it is long enough")
    assert scene.openings("TMA") == 2


def test_a_step_that_is_just_ending_is_not_skipped_again() -> None:
    """A key pressed twice, or two people in one instant."""

    async def script(scene: Scene) -> None:
        await scene.step("stabilise")
        await scene.clock.sleep(0.5)
        scene.run.skip("it is long enough")
        await scene.clock.sleep(0.0)
        with pytest.raises(TransitionRefused, match="just ending"):
            scene.run.skip("it is long enough")

    scene = play(plan(Stabilise(duration=300.0, tolerance=2.0), purge()), script)
    assert (scene.run.state, len(amendments(scene))) == (S.COMPLETE, 1)


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (LeakCheck(duration=200.0), "a leak that nobody has seen"),
        (Pump(to=60.0, within=60.0), "P3"),
        (dose(width=3.0), "given whole"),
    ],
    ids=["leak_check", "pump", "dose"],
)
def test_what_protects_something_cannot(step: LeakCheck | Pump, why: str) -> None:
    async def script(scene: Scene) -> None:
        await scene.step(step.word)
        with pytest.raises(TransitionRefused, match=why if step.word != "dose" else "no step is under way"):
            scene.ask(V.SKIP)
        scene.ask(V.ABORT)

    scene = play(plan(step, CARRIER, purge(1.0)), script)
    assert (scene.run.state, amendments(scene)) == (S.ABORTED, [])


def test_a_purge_is_skipped_once_what_was_dosed_has_left_and_no_sooner() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(3)
        await scene.step("main[1].purge")
        await scene.clock.sleep(5.0)
        with pytest.raises(TransitionRefused, match=r"before H2O may come \(C2\)"):
            scene.ask(V.SKIP)
        await scene.clock.sleep(17.0)
        scene.ask(V.SKIP)

    scene = play(plan(COVER, repeat(1, *ALUMINA, layer="Al2O3")), script)
    assert sources(scene) == "TMA TMA TMA H2O"
    third, fourth = (scene.book.pulses[n] for n in (3, 4))
    assert 19.0 < fourth.commanded_open - third.commanded_close < 24.0, "planned for 40 s"
    assert len(amendments(scene)) == 1
    assert scene.run.state is S.COMPLETE


# --- counts ----------------------------------------------------------------------------------------------------


def amend_at(count: int, *asked: Amendment) -> tuple[Script, list[str]]:
    refused: list[str] = []

    async def script(scene: Scene) -> None:
        await scene.doses(count)
        for one in asked:
            try:
                scene.run.amend(one, "thicker", by="Ada")
            except RecipeError as error:
                refused.append(str(error))

    return script, refused


LOOP = plan(repeat(3, dose(), purge(3.0), layer="TMA"))


@pytest.mark.parametrize("done", [1, 3])
def test_more_cycles_come_after_those_of_the_plan(done: int) -> None:
    script, refused = amend_at(done, CyclesAmendment("main", 2))
    scene = play(LOOP, script)
    assert not refused
    assert cycles(scene) == [1, 2, 3, 4, 5]
    (event,) = scene.kind(Kind.AMENDMENT)
    assert event.text == "main: 5 cycles instead of 3 cycles by Ada: thicker"
    assert (event.data["old"], event.data["new"]) == ("3 cycles", "5 cycles")
    assert scene.kind(Kind.CYCLE)[-1].text == "main 5 of 5"
    assert scene.run.sequencer.layers._layers[0].cycles == 5  # type: ignore[attr-defined]


def test_fewer_cycles_never_end_below_what_is_done() -> None:
    script, refused = amend_at(2, CyclesAmendment("main", -2), CyclesAmendment("main", -1))
    scene = play(LOOP, script)
    assert len(doses(scene)) == 2
    (told,) = refused
    assert "cannot have 1 cycles: 2 are begun or done" in told
    assert "take away 1 at most" in told


def test_progress_and_the_dose_that_comes_next_follow_an_amendment() -> None:
    seen: list[int] = []

    async def script(scene: Scene) -> None:
        await scene.doses(3)
        await scene.step("main[3].purge")
        scene.run.amend(CyclesAmendment("main", 1), "thicker")
        seen.append(scene.run.sequencer.progress.cycles)

    scene = play(LOOP, script)
    assert seen == [4]
    assert len(doses(scene)) == 4


def test_a_paused_run_takes_amendments_and_goes_on_with_the_next_cycle_even_after_a_hold() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(2)
        scene.ask(V.PAUSE)
        await scene.state(S.PAUSED)
        scene.run.amend(CyclesAmendment("main", 1), "thicker")
        scene.ask(V.HOLD)
        await scene.state(S.HELD)
        scene.run.amend(CyclesAmendment("main", 1), "and thicker")
        scene.ask(V.RESTART)

    scene = play(LOOP, script)
    assert cycles(scene) == [1, 2, 3, 4, 5]
    assert scene.run.state is S.COMPLETE


def test_after_a_hold_in_its_middle_a_cycle_may_be_left_out() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(2)
        scene.ask(V.HOLD)
        await scene.state(S.HELD)
        scene.run.amend(CyclesAmendment("main", -2), "enough")
        scene.ask(V.RESTART)

    scene = play(LOOP, script)
    assert (len(doses(scene)), scene.run.state) == (2, S.COMPLETE)


REFUSED = [
    (CyclesAmendment("outer", 1), "there is no loop 'outer'. Do: loops of this recipe: cover, main"),
    (CyclesAmendment("TMA", 20), "there is no loop 'TMA'. Do: for the purges after this source write a time"),
    (CyclesAmendment("cover", 1), "cover is done"),
    (CyclesAmendment("main", 0), "already has 3 cycles"),
    (CyclesAmendment("main", 200_000), "100,000 is the most"),
    (CyclesAmendment("main", 90_000), "the run would take"),
    (PurgeAmendment("EG", longer=5.0), "no purge follows a dose of 'EG'. Do: sources that this recipe doses: TMA"),
    (PurgeAmendment("main", longer=20.0), "the cycles of this loop write a number alone, such as `main +20`"),
    (PurgeAmendment("TMA", longer=-5.0), "only become longer"),
    (PurgeAmendment("TMA", factor=float("nan")), "only become longer"),
    (PurgeAmendment("TMA"), "leaves the purges as they are"),
    (PurgeAmendment("TMA", longer=1e9), "too long"),
]


def test_a_refused_amendment_changes_nothing_and_says_why() -> None:
    """All of them in one run: none leaves anything behind that the next would meet."""
    script, refused = amend_at(2, *(asked for asked, _ in REFUSED))
    what = plan(repeat(1, dose(), purge(2.0), name="cover"), repeat(3, dose(), purge(60.0), layer="TMA"))
    scene = play(what, script)
    assert scene.run.plan is what
    assert (len(doses(scene)), amendments(scene)) == (4, [])
    assert [said for (_, told), said in zip(REFUSED, refused, strict=True) if told not in said] == []


def test_a_bottle_that_would_run_empty_refuses_more_cycles() -> None:
    script, refused = amend_at(1, CyclesAmendment("main", 90_000))
    play(plan(Pump(to=5.0, within=60.0), CARRIER, repeat(3, dose(width=5.0), purge(15.0), layer="TMA")), script)
    assert "full bottle of TMA" in refused[0]


# --- purges ----------------------------------------------------------------------------------------------------


def test_purges_become_longer_from_the_next_one_on() -> None:
    script, refused = amend_at(1, PurgeAmendment("TMA", longer=1.0, factor=2.0))
    scene = play(LOOP, script)
    opened = [pulse.commanded_open for pulse in given(scene)]
    assert not refused
    gaps = [after - before for before, after in pairwise(opened)]
    assert gaps == pytest.approx([3.05, 7.05], abs=0.02), "a purge under way keeps its length"
    (event,) = scene.kind(Kind.AMENDMENT)
    assert event.text == "purge after TMA: 7 s instead of 3 s by Ada: thicker"


def test_a_run_that_closes_takes_no_amendment() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.run.in_finally)
        with pytest.raises(TransitionRefused, match="steps of the recipe are over"):
            scene.run.amend(CyclesAmendment("main", 1), "too late")

    assert play(LOOP, script).run.state is S.COMPLETE


# --- cap -------------------------------------------------------------------------------------------------------


def test_a_held_run_can_be_capped() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(2)
        scene.ask(V.HOLD)
        await scene.state(S.HELD)
        scene.ask(V.CAP)

    capped = replace(LOOP, cap=(repeat(2, dose(width=0.1), purge(3.0), name="close"),))
    scene = play(capped, script)
    assert scene.run.state is S.STOPPED
    assert scene.run.reason == "capped: the script"
    assert doses(scene) == ["main[1]", "main[2]", "close[1]", "close[2]"]
    assert "purge 1 s" in scene.kind(Kind.STEP)[-1].text, "finally comes after the cap"


def test_a_recipe_without_cap_cannot_be_capped() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(1)
        scene.ask(V.HOLD)
        await scene.state(S.HELD)
        with pytest.raises(TransitionRefused, match="no section `cap`"):
            scene.ask(V.CAP)
        assert V.CAP not in scene.run.allowed
        scene.ask(V.RESTART)

    assert play(LOOP, script).run.state is S.COMPLETE


@pytest.mark.parametrize("changed", [False, True])
def test_behind_walls_that_were_changed_the_layer_beneath_is_neither_capped_nor_primed(
    changed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cap and prime are of the layer beneath: what they dose must not meet what is on the new walls (C5)."""
    monkeypatch.setattr(vapordep.engine.course, "PRIME_AGAIN_AFTER", 10.0)
    prime = repeat(1, dose(width=0.1), purge(3.0), name="prime")
    told = []

    async def script(scene: Scene) -> None:
        await scene.step("stabilise")
        scene.ask(V.HOLD)
        await scene.state(S.HELD)
        assert (V.CAP in scene.run.allowed) != changed
        if changed:
            with pytest.raises(TransitionRefused, match="walls were changed"):
                scene.ask(V.CAP)
        told.append(dict(scene.run.refused))
        await scene.clock.sleep(20.0)
        scene.ask(V.RESTART)

    between = (ChangeOver(text="clean liners"),) if changed else ()
    layer = repeat(2, dose(width=0.1), purge(3.0), layer="inner", name="inner")
    steps = plan(prime, layer, *between, Stabilise(duration=60.0, tolerance=90.0), prime=prime)
    scene = play(replace(steps, cap=(repeat(1, dose(width=0.1), purge(3.0), name="close"),)), script)
    assert scene.run.state is S.COMPLETE
    assert doses(scene) == ["prime[1]", "inner[1]", "inner[2]"] + ([] if changed else ["prime[1]"])
    assert told == [{V.CAP: "the walls were changed since the layer that `cap` closes"} if changed else {}]


@pytest.mark.parametrize(("changed", "ends"), [(False, S.STOPPED), (True, S.ABORTED)])
def test_a_failure_behind_new_walls_holds_where_the_recipe_would_cap(changed: bool, ends: RunState) -> None:
    between = (ChangeOver(text="clean liners"),) if changed else ()
    wait = Wait(until="chamber.pressure > 1 kPa", within=5.0, otherwise=Otherwise.CAP)
    layer = repeat(1, dose(width=0.1), purge(3.0), layer="inner", name="inner")
    steps = replace(plan(layer, *between, wait), cap=(repeat(1, dose(width=0.1), purge(3.0), name="close"),))
    scene = play(steps, attended=False)
    assert scene.run.state is ends, scene.run.reason
    assert doses(scene) == ["inner[1]"] + ([] if changed else ["close[1]"])


def test_what_is_over_is_not_capped() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.run.in_finally)
        scene.ask(V.HOLD)
        await scene.state(S.HELD)
        with pytest.raises(TransitionRefused, match="steps of the recipe are over"):
            scene.ask(V.CAP)
        scene.ask(V.RESTART)

    capped = replace(LOOP, cap=(repeat(2, dose(width=0.1), purge(3.0), name="close"),))
    assert play(capped, script).run.state is S.COMPLETE
