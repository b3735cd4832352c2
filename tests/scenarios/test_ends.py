"""How runs end: whole, stopped, aborted, cancelled, in error; always with the outputs at their safe values."""

import asyncio
from concurrent.futures import Future
from itertools import pairwise

import pytest

import vapordep.engine.course
from tests.scenarios.rigs import HOT, Notebook, Scene, dose, plan, play, purge, repeat, trouble
from vapordep.engine import phases
from vapordep.errors import HistoryError, NotArmed
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseIntent, Verdict
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import Heat, Prompt, Set, Stabilise, Wait
from vapordep.simulation.faults import Mute
from vapordep.units import degC, to_si

S, V = RunState, Verb
CYCLES = plan(repeat(5, dose(), purge(2.0)))


def test_a_plan_runs_to_its_end() -> None:
    scene = play(plan(repeat(3, dose(), purge(2.0), layer="TMA"), Prompt(text="look")))
    assert scene.states == [S.RUNNING, S.COMPLETE]
    assert scene.outcome is not None
    assert (scene.outcome.reason, scene.outcome.doses, scene.outcome.steps) == ("the plan is done", 3, 9)
    assert trouble(scene) == []
    assert [e.data["cycle"] for e in scene.kind(Kind.CYCLE)] == [1, 2, 3]


def test_doses_keep_to_the_timeline_whatever_the_machine_does_meanwhile() -> None:
    scene = play(plan(repeat(20, dose(), purge(1.0), dose(width=0.02), purge(0.5)), last=()))
    opened = [pulse.commanded_open for _, pulse in sorted(scene.book.pulses.items())]
    period = 0.05 + 1.0 + 0.02 + 0.5
    assert [at - opened[0] for at in opened[::2]] == pytest.approx([n * period for n in range(20)], abs=1e-9)
    assert [at - opened[0] for at in opened[1::2]] == pytest.approx([n * period + 1.05 for n in range(20)], abs=1e-9)


def test_a_purge_has_its_whole_length_after_a_step_of_unknown_length_and_before_one() -> None:
    scene = play(plan(Set(output="carrier.flow_setpoint", value=1e-5), purge(3.0), Set(output="EG.rate", value=0.01)))
    began = next(e.time for e in scene.kind(Kind.STEP) if e.text == "purge 3 s")
    ended = [e.time for e in scene.kind(Kind.STEP) if e.text == "set"][-1]
    assert ended - began == pytest.approx(3.0, abs=1e-6)


def test_finally_purges_in_full_after_a_step_that_was_broken_off() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("stabilise")
        await scene.clock.sleep(10.0)
        scene.ask(V.STOP)

    scene = play(plan(Stabilise(duration=100.0, tolerance=90.0), last=(purge(4.0),)), script)
    assert scene.states == [S.RUNNING, S.STOPPING, S.STOPPED]
    began = next(e.time for e in scene.kind(Kind.STEP) if e.text == "purge 4 s")
    disarming = next(e.time for e in scene.kind(Kind.COMMAND) if "the run is over" in e.text)
    assert disarming - began > 4.0


def test_a_stop_finishes_the_innermost_cycle_that_deposits_then_finally() -> None:
    inner = repeat(4, dose(), purge(1.0), dose(width=0.02), purge(1.0), name="inner")

    async def script(scene: Scene) -> None:
        await scene.doses(3)
        scene.ask(V.STOP)

    scene = play(plan(repeat(3, inner, purge(1.0), name="outer")), script)
    assert scene.run.state is S.STOPPED
    assert scene.run.doses.count == 4
    assert "purge 1 s" in [e.text for e in scene.kind(Kind.STEP)]


def test_paused_at_the_end_of_the_cycle_and_resumed_the_purge_is_not_cut() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(2)
        scene.ask(V.PAUSE)
        await scene.state(S.PAUSED)
        await scene.clock.sleep(7.0)
        scene.ask(V.RESUME)

    scene = play(CYCLES, script)
    assert scene.states == [S.RUNNING, S.PAUSING, S.PAUSED, S.RUNNING, S.COMPLETE]
    opened = [pulse.commanded_open for _, pulse in sorted(scene.book.pulses.items())]
    gaps = [later - earlier for earlier, later in pairwise(opened)]
    assert gaps[1] > 9.0
    assert min(gaps) == pytest.approx(2.05, abs=1e-9)
    assert [gaps[0], *gaps[2:]] == pytest.approx([2.05] * 3, abs=1e-9), "no drift after a pause either"


def test_a_pause_outside_of_cycles_comes_at_the_end_of_the_steps() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("purge")
        scene.ask(V.PAUSE)
        await scene.state(S.PAUSED)
        assert not scene.run.in_finally
        scene.ask(V.RESUME)

    scene = play(plan(purge(2.0)), script)
    assert scene.states == [S.RUNNING, S.PAUSING, S.PAUSED, S.RUNNING, S.COMPLETE]
    assert [e.text for e in scene.kind(Kind.STEP)].count("flow") == 1, "nothing is done twice"


def test_paused_too_long_is_aborted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vapordep.engine.course, "LONGEST_HOLD", 20.0)

    async def script(scene: Scene) -> None:
        await scene.doses(1)
        scene.ask(V.PAUSE)

    assert "PAUSED for 20 s" in play(CYCLES, script).run.reason


def test_an_abort_makes_safe_at_once_and_leaves_finally_out() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.truth("stage.power") > 0.0)
        scene.ask(V.ABORT)

    hot = Heat(targets={"stage": HOT + 20.0}, rate=0.1, tolerance=2.0, timeout=600.0)
    scene = play(plan(hot, last=(purge(5.0),)), script)
    assert scene.states == [S.RUNNING, S.ABORTING, S.ABORTED]
    assert "purge 5 s" not in [e.text for e in scene.kind(Kind.STEP)]
    assert scene.run.rig.value("stage.setpoint") == pytest.approx(to_si(0.0, degC), abs=0.2)


def test_an_abort_in_the_middle_of_a_dose_shuts_it_within_a_tenth_of_a_second() -> None:
    asked: list[float] = []

    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.truth("TMA.valve") == 1.0)
        asked.append(scene.clock.now())
        scene.ask(V.ABORT)

    scene = play(plan(repeat(2, dose(width=3.0), purge(2.0))), script)
    (_, closed) = scene.report()["valves"]["TMA.valve"]
    assert closed[0] - asked[0] < 0.1
    assert scene.book.pulses[1].verdict is Verdict.UNSEEN
    assert scene.run.doses.count == 1


def test_a_dose_that_was_announced_but_never_came_is_written_down_as_that() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(1)
        await scene.clock.sleep(0.5)
        assert 2 in scene.book.intents, "durable during the purge before"
        assert scene.book.intents[2].step.startswith("main[2]")
        scene.ask(V.ABORT)

    scene = play(CYCLES, script)
    assert scene.run.doses.count == 1
    assert scene.book.pulses[1].area > 0.0, "the tail of the last pulse is measured on every way out"
    assert scene.book.pulses[2].commanded_open != scene.book.pulses[2].commanded_open


def test_cancelled_from_outside_a_run_ends_aborted_and_safe() -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.truth("TMA.valve") == 1.0)
        scene.performing.cancel()

    scene = play(plan(repeat(2, dose(width=3.0), purge(2.0))), script)
    assert isinstance(scene.error, asyncio.CancelledError)
    assert (scene.run.state, scene.run.reason) == (S.ABORTED, "cancelled")
    assert 1 in scene.book.pulses


def test_an_error_in_finally_holds_and_unattended_aborts() -> None:
    wait = Wait(until="chamber.pressure > 10 kPa", within=2.0)
    scene = play(plan(last=(wait,)), attended=False)
    assert scene.states == [S.RUNNING, S.HOLDING, S.HELD, S.ABORTING, S.ABORTED]


def test_an_error_while_stopping_aborts() -> None:
    async def script(scene: Scene) -> None:
        await scene.step("stabilise")
        scene.ask(V.STOP)

    wait = Wait(until="chamber.pressure > 10 kPa", within=2.0)
    scene = play(plan(Stabilise(duration=60.0, tolerance=90.0), last=(wait,)), script)
    assert scene.states == [S.RUNNING, S.STOPPING, S.ABORTING, S.ABORTED]
    assert "did not come true within 2 s" in scene.run.reason


def test_a_fault_of_the_program_aborts_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(rig: object, step: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setitem(phases.PHASES, Prompt, phases.Phase(broken, phases.never("")))  # type: ignore[call-overload]
    scene = play(plan(Prompt(text="go")), check=False)
    scene.assert_safe()
    assert scene.run.state is S.ABORTED
    assert "ZeroDivisionError('a bug')" in scene.run.reason
    assert "test_ends.py" in str(scene.kind(Kind.ALARM)[0].data["trace"])


def test_arming_refused_begins_nothing() -> None:
    scene = play(CYCLES, faults={"stage_heater": [Mute(start=3.0)]}, check=False)
    assert isinstance(scene.error, NotArmed)
    assert scene.run.state is S.IDLE
    assert scene.states == []
    assert scene.openings("TMA") == 0


@pytest.mark.parametrize(("times", "end"), [(1, S.STOPPED), (2, S.ABORTED)])
def test_ctrl_c_while_arming_is_not_lost(times: int, end: RunState) -> None:
    async def script(scene: Scene) -> None:
        await scene.clock.sleep(1.0)
        assert scene.run.state is S.IDLE
        for _ in range(times):
            scene.run.interrupt()

    scene = play(CYCLES, script)
    assert scene.run.state is end
    assert scene.run.doses.count == 0


@pytest.mark.parametrize(("times", "end"), [(1, S.STOPPED), (2, S.ABORTED), (3, S.ABORTED)])
def test_ctrl_c_stops_and_twice_aborts_also_in_finally(times: int, end: RunState) -> None:
    async def script(scene: Scene) -> None:
        await scene.until(lambda: scene.run.in_finally)
        for _ in range(times):
            scene.run.interrupt()

    scene = play(plan(last=(purge(3.0),)), script)
    assert scene.run.state is end


def test_what_ends_the_program_aborts() -> None:
    async def script(scene: Scene) -> None:
        await scene.doses(1)
        scene.run.terminate("asked to end")
        scene.run.terminate("asked to end")

    scene = play(CYCLES, script)
    assert (scene.run.state, scene.run.reason) == (S.ABORTED, "asked to end")


class SlowBook(Notebook):
    """A disk on which the record of the third dose is never done."""

    def intent(self, intent: PulseIntent) -> Future[None]:
        written = super().intent(intent)
        return Future() if intent.number == 3 else written


def test_a_dose_whose_record_is_late_is_not_given() -> None:
    scene = play(CYCLES, book=SlowBook(), attended=False)
    assert scene.run.state is S.ABORTED
    assert "not on disk in time" in scene.run.reason
    assert scene.openings("TMA") == scene.run.doses.count == 2


class FullDisk(Notebook):
    """A disk that takes no event any more once the first dose was given."""

    def event(self, event: Event) -> None:
        if self.pulses:
            raise HistoryError("the disk is full")
        super().event(event)


def test_a_record_that_cannot_be_written_ends_the_run_in_the_safe_state() -> None:
    scene = play(CYCLES, book=FullDisk(), check=False)
    assert isinstance(scene.error, HistoryError)
    scene.assert_safe()
    assert scene.run.doses.count <= 2
