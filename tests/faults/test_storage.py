"""A disk that refuses under a run: the run is held and says so, and nothing that was acknowledged is lost."""

from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.scenarios.rigs import HOT, SAFE_TRUTH, SETTLING, dose, glovebox, plan, purge, repeat
from tests.unit.history.disk import RefusingDisk
from tests.unit.history.kinds import locked
from vapordep.app.request import Request
from vapordep.app.running.connection import Connection
from vapordep.app.running.execute import Surroundings, perform
from vapordep.app.running.outside import Outside, assumed
from vapordep.app.running.report import RunReport
from vapordep.app.running.session import Session, header
from vapordep.app.twin.simulated import SimulatedReactor, simulated_reactor
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, run_virtual
from vapordep.engine.run import Run
from vapordep.history.database.sqlite import opening
from vapordep.history.folder import catalogue_path
from vapordep.history.queries import History
from vapordep.history.recordings import live
from vapordep.history.recordings.live import RecorderThread
from vapordep.history.recordings.recorder import Recorder
from vapordep.model.events import Event
from vapordep.model.run import Mode, RunState, Verb
from vapordep.recipe import Recipe

S = RunState
LASTS = 20.0
"""How long the disk refuses, in s."""
HELD_WITHIN = 5.0
PLAN = plan(repeat(6, dose(), purge(3.0), layer="TMA"))


class TriedOnce(BaseException):
    """A recorder without a thread cannot go on trying."""


class AtOnce(RecorderThread):
    """The recorder of a live run, whose thread's work is done at once: virtual time waits for no thread."""

    def _work(self) -> None:
        if self._ending is not None:
            super()._work()

    def _order(self, order: Callable[[], object]) -> None:
        super()._order(order)
        self._take()
        self._save()

    def finish(self, *given: Any, **named: Any) -> Any:
        ended = super().finish(*given, **named)
        with suppress(TriedOnce):
            self._work()
        return ended

    def _rest(self, longest: float | None = None) -> None:
        if self._ended.done():
            raise TriedOnce


@dataclass
class Told:
    """What a run under such a disk left: all that its recorder was given, and where it stands."""

    simulated: SimulatedReactor
    clock: VirtualClock
    history: Path
    recorder: Recorder = field(init=False)
    run: Run = field(init=False)
    events: list[Event] = field(default_factory=list)
    durable: list[int] = field(default_factory=list)
    """The doses that were acknowledged as durable."""
    held_after: float = float("nan")
    report: RunReport = field(init=False)

    def assert_safe(self) -> None:
        now = self.clock.now() + SETTLING
        assert {point: self.simulated.world.read(point, now) for point in SAFE_TRUTH} == SAFE_TRUTH


Trouble = Callable[[Told], Any]
"""Gives a context within which the disk refuses."""
Script = Callable[[Told, Trouble], Coroutine[Any, Any, None]]


def refused(words: str) -> Trouble:
    return lambda told: RefusingDisk(told.recorder, words).refusing()


TROUBLES: dict[str, Trouble] = {
    "full": refused("database or disk is full"),
    "broken": refused("disk I/O error"),
    "read-only": refused("attempt to write a readonly database"),
    "locked": lambda told: locked(told.recorder.path),
}


def under(trouble: Trouble, folder: Path, *, attended: bool = True, script: "Script | None" = None) -> Told:
    """A run whose disk refuses after its second dose, for a minute; without a person it ends then."""

    async def play(clock: VirtualClock) -> Told:
        made = simulated_reactor(glovebox(), "lithium", 1, hot=HOT)
        clock.loop.world = made.world
        told = Told(made, clock, folder)
        await _perform(told, partial(script or _script, told, trouble), attended)
        return told

    return run_virtual(play)


async def _perform(told: Told, script: Callable[[], Any], attended: bool) -> None:
    reactor, clock = glovebox(), told.clock

    def record(recorder: Recorder) -> RecorderThread:
        told.recorder = recorder
        return AtOnce(recorder)

    async def probe() -> Any:
        return told.simulated.world.truth(clock.now())

    @contextmanager
    def steer(run: Run) -> Iterator[None]:
        told.run = run
        yield

    surroundings = Surroundings(Mode.DRY_RUN, told.simulated.transports(clock), probe, record)
    connection = Connection(reactor, substrate("lithium"), clock, surroundings.make_transport)
    connection.logs.append(told.events.append)
    recipe = Recipe("storage", "", "", "", "unverified", PLAN, substrate("lithium"), {})
    session = Observed(connection, recipe, probe, steer)
    session.script = script
    request = Request(Path("storage.yaml"), Path(reactor.file), told.history, "test")
    outside = Outside(lambda shown: None, lambda: None, assumed, attended)
    top = header(request, reactor, recipe, Mode.DRY_RUN, clock)
    told.report = await perform(session, top, request, surroundings, outside, connection.opened())


class Observed(Session):
    """A session beside which a script goes on."""

    script: Callable[[], Any]

    def _background(self, *given: Any) -> Any:
        yield from super()._background(*given)
        yield self.script()


async def _second_dose(told: Told) -> None:
    while not hasattr(told, "run") or told.run.doses.count < 2:
        await told.clock.sleep(0.05)


async def _script(told: Told, trouble: Trouble) -> None:
    clock = told.clock
    await _second_dose(told)
    began = clock.now()
    with trouble(told):
        while told.run.state is S.RUNNING:
            await clock.sleep(0.05)
        told.held_after = clock.now() - began
        await clock.sleep(LASTS)
    while told.run.state is not S.HELD or told.recorder.failure is not None:  # it tries again every few seconds
        await clock.sleep(0.05)
    told.run.ask(Verb.RESTART, "there is room again")


@pytest.mark.parametrize("how", TROUBLES)
def test_a_disk_that_refuses_for_a_minute_holds_the_run_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT", 0.0)  # on the recorder's thread it is waited for; here, not
    told = under(TROUBLES[how], tmp_path)
    assert (told.report.state, told.report.unfinished) == (S.COMPLETE, ""), told.run.reason
    assert told.held_after < HELD_WITHIN
    assert any("the record cannot be written" in event.text for event in told.events)
    told.assert_safe()
    (run,) = History(tmp_path).runs()
    assert run.state is S.COMPLETE
    assert History(tmp_path).verify(run).problems == ()
    with History(tmp_path).open_recording(run) as recording:
        kept = [(event.time, event.text) for event in recording.events()]
        assert kept[: len(told.events)] == [(event.time, event.text) for event in told.events]
        assert len(recording.pulses()) == told.run.doses.count
        times = recording.samples("chamber.pressure").times
    assert max(later - earlier for earlier, later in pairwise(times)) < 2.0, "no sample is missing"


def test_a_catalogue_that_is_locked_to_the_end_changes_nothing_of_how_a_run_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plant is safe, the true end is told and recorded, and the catalogue has it once it can be written."""
    monkeypatch.setattr(opening, "BUSY_TIMEOUT", 0.0)
    monkeypatch.setattr(live, "TELL_AFTER", -1.0)
    with ExitStack() as held:

        async def hold_the_catalogue(told: Told, trouble: Trouble) -> None:
            await _second_dose(told)
            held.enter_context(trouble(told))

        told = under(lambda _: locked(catalogue_path(tmp_path)), tmp_path, script=hold_the_catalogue)
        assert told.report.state is told.run.state is S.COMPLETE
        assert "the catalogue cannot be used: database is locked" in told.report.unfinished
        told.assert_safe()
        (run,) = History(tmp_path).runs()
        assert run.state is S.RUNNING
        assert History(tmp_path).verify(run).sealed
    (run,) = History(tmp_path).mark_interrupted()
    assert (run.state, run.reason) == (S.COMPLETE, told.report.reason)
    assert run.outcome["doses"] == told.report.doses == 6
    assert History(tmp_path).verify(run).whole


@pytest.mark.parametrize("step", [3 * 3600.0, -3 * 3600.0])
def test_a_step_of_the_computers_time_is_told_and_moves_no_instant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    steps: list[float] = []
    usual = VirtualClock.civil_at
    monkeypatch.setattr(VirtualClock, "civil_at", lambda *at: usual(*at) + timedelta(seconds=sum(steps)))

    async def set_the_time(told: Told, _: Trouble) -> None:
        await _second_dose(told)
        steps.append(step)

    told = under(lambda _: nullcontext(), tmp_path, script=set_the_time)
    (run,) = History(tmp_path).runs()
    assert run.state is S.COMPLETE
    way = "forward" if step > 0.0 else "back"
    assert [f"set {way} by 10800 s" in event.text for event in told.events if "computer's time" in event.text] == [True]
    assert run.ended is not None
    passed = (datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.header.started)).total_seconds()
    assert passed == pytest.approx(told.report.simulated + step, abs=10.0), "what the computer showed at either end"
    with History(tmp_path).open_recording(run) as recording:
        assert [event.time for event in recording.events()] == sorted(event.time for event in recording.events())
        assert (np.diff(recording.samples("chamber.pressure").times) > 0.0).all()
    assert History(tmp_path).verify(run).whole


def test_a_disk_that_refuses_for_ever_ends_the_run_in_the_safe_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "TELL_AFTER", -1.0)
    told = under(lambda it: _for_ever(it), tmp_path, attended=False)
    assert told.report.state is S.ABORTED
    assert "the record cannot be written" in told.run.reason
    told.assert_safe()
    assert "disk is full" in told.report.unfinished
    (run,) = History(tmp_path).runs()
    assert run.state is S.RUNNING, "what became of it is found out at the next start"
    with History(tmp_path).open_recording(run) as recording:
        assert len(recording.pulses()) >= 2, "what was acknowledged stays"


def _for_ever(told: Told) -> Any:
    RefusingDisk(told.recorder).refuses = True
    return nullcontext()
