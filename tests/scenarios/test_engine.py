"""The engine of one reactor: run after run on one connection, armed and disarmed, and nothing resumed by itself."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.rigs import HOT, SAFE_TRUTH, SETTLING, glovebox
from vapordep.app.running import room
from vapordep.app.running.connection import Connection
from vapordep.app.running.execute import Surroundings
from vapordep.app.running.memory import remembering
from vapordep.app.served import guarded
from vapordep.app.served.engine_process import Ending
from vapordep.app.served.orders import Orders
from vapordep.app.served.reactor_engine import ReactorEngine
from vapordep.app.twin.simulated import SimulatedReactor, simulated_reactor
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, run_virtual
from vapordep.errors import (
    FileError,
    InputError,
    LinkError,
    NotArmed,
    RunError,
    SafetyError,
    TransitionRefused,
    Tripped,
)
from vapordep.files import data_folder
from vapordep.history.queries import History
from vapordep.history.recordings.recorder import Recorder
from vapordep.history.recordings.tail import Publication
from vapordep.link.client import error_of
from vapordep.link.orders import AcknowledgeAlarm, AnswerRun, AskRun, Order, Request, StartRun, TellInterlocks
from vapordep.link.replies import Done, Refused, Reply
from vapordep.model.events import Event
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunState, Verb
from vapordep.simulation.faults import Fault, Faulty, Mute

RECIPE = """recipe: 1
name: two cycles
process: ALD
substrate: lithium
status: unverified
steps:
  - pump: {to: 5 Pa, within: 2 min}
  - flow: {carrier: 20 sccm}
  - repeat: 2
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 50 ms}
      - purge: {for: 10 s}
"""


@dataclass
class Served:
    """An engine with its simulated reactor, in virtual time."""

    engine: ReactorEngine
    simulated: SimulatedReactor
    clock: VirtualClock
    recipe: Path
    events: list[Event]

    async def start(self, **changes: Any) -> None:
        order = {"recipe": str(self.recipe), "reactor_sha256": glovebox().sha256, "by": "Ada"} | changes
        await self.engine.start(StartRun(**order))

    @property
    def state(self) -> RunState:
        assert self.engine.run is not None
        return self.engine.run.shown().state

    async def until(self, *states: RunState) -> None:
        async with asyncio.timeout(300):
            while self.state not in states:
                await self.clock.sleep(0.05)

    async def ended(self) -> None:
        assert self.engine.run is not None
        async with asyncio.timeout(600):
            await self.engine.run.over.wait()

    def assert_safe(self) -> None:
        """By ground truth."""
        world, now = self.simulated.world, self.clock.now() + SETTLING
        assert {point: world.read(point, now) for point in SAFE_TRUTH} == SAFE_TRUTH
        assert all(world.read(f"{zone}.power", now) == 0.0 for zone in glovebox().zones)


def served(
    folder: Path, scene: Callable[[Served], Awaitable[None]], faults: Mapping[str, Sequence[Fault]] | None = None,
    reactor: Reactor | None = None, substance: str = "lithium",
) -> None:  # fmt: skip
    """Plays a scene with an engine that is connected and idle, on the glovebox or another reactor."""

    async def play(clock: VirtualClock) -> None:
        here = reactor or glovebox()
        made = simulated_reactor(here, substance, 1, hot=HOT)
        instruments = {n: Faulty(i, (faults or {}).get(n, ())) for n, i in made.instruments.items()}
        made = SimulatedReactor(made.world, instruments)
        clock.loop.world = made.world

        async def probe() -> Any:
            return made.world.truth(clock.now())

        surroundings = Surroundings(Mode.DRY_RUN, made.transports(clock), probe, lambda recorder: recorder)
        connection = Connection(here, substrate(substance), clock, surroundings.make_transport)
        recipe = folder / "recipe.yaml"
        recipe.write_text(RECIPE, encoding="utf-8")
        async with connection.opened(patient=True), asyncio.TaskGroup() as group:
            engine = ReactorEngine(connection, surroundings, folder / "history", group)
            events: list[Event] = []
            connection.logs.append(events.append)
            await clock.sleep(5.0)
            await scene(Served(engine, made, clock, recipe, events))
            await engine.end("the test is over")

    run_virtual(play)


def test_two_runs_one_after_the_other_have_a_recording_each(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        for _ in range(2):
            await served.start()
            await served.ended()
            assert served.state is RunState.COMPLETE
            assert not served.engine.armed
            served.assert_safe()

    served(tmp_path, scene)
    history = History(tmp_path / "history")
    runs = history.runs()
    assert [run.state for run in runs] == [RunState.COMPLETE] * 2
    assert all(history.verify(run).problems == () for run in runs)


@pytest.mark.parametrize("shipped", [True, False])
def test_of_a_run_it_is_told_whether_its_recipe_is_shipped(tmp_path: Path, shipped: bool) -> None:
    async def scene(served: Served) -> None:
        text = (data_folder("recipes") / "al2o3_on_lithium.yaml").read_text(encoding="utf-8")
        served.recipe.write_text(text if shipped else text + "# of our own\n", encoding="utf-8")
        await served.start()
        assert served.engine.run is not None
        assert served.engine.run.shown().shipped == shipped

    served(tmp_path, scene)


def test_a_run_is_in_the_history_before_anybody_hears_that_it_has_begun(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.start()
        assert served.engine.run is not None
        kept = History(tmp_path / "history").run(served.engine.run.header.run_id)
        assert kept.state is RunState.RUNNING
        await served.ended()

    served(tmp_path, scene)


def test_connecting_writes_nothing_and_outputs_are_unknown_until_read(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        moved = {name: served.simulated.instruments[name].actuations for name in served.simulated.instruments}
        assert set(moved.values()) == {0}
        assert not served.engine.armed

    served(tmp_path, scene)


def test_a_run_is_held_restarted_stopped_and_the_next_may_start(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.start()
        await served.until(RunState.RUNNING)
        served.engine.ask(AskRun(Verb.HOLD, "Ada"))
        await served.until(RunState.HELD)
        served.engine.ask(AskRun(Verb.RESTART, "Ada"))
        await served.until(RunState.RUNNING)
        served.engine.ask(AskRun(Verb.STOP, "Ada", "enough"))
        await served.ended()
        assert served.state is RunState.STOPPED
        assert any("asked for by Ada: enough" in event.text for event in served.events)
        await served.start()
        served.engine.ask(AskRun(Verb.ABORT, "Bo"))
        await served.ended()

    served(tmp_path, scene)


def test_after_an_abort_somebody_looks_before_the_next_run(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.start()
        await served.until(RunState.RUNNING)
        with pytest.raises(RunError, match="under way"):
            await served.start()
        with pytest.raises(RunError, match="under way"):
            await served.engine.disarm("Ada")
        with pytest.raises(TransitionRefused):
            await served.engine.reset("Ada")
        served.engine.ask(AskRun(Verb.ABORT, "Ada"))
        await served.ended()
        assert served.state is RunState.ABORTED
        served.assert_safe()
        with pytest.raises(RunError, match="ABORTED"):
            await served.start()
        with pytest.raises(TransitionRefused):
            served.engine.ask(AskRun(Verb.HOLD, "Ada"))
        await served.engine.reset("Ada")
        assert served.engine.run is None
        await served.start()

    served(tmp_path, scene)


def test_armed_by_hand_then_a_run_then_disarmed(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        assert (await served.engine.arm("Ada")).name == "lithium"
        assert served.engine.armed
        await served.start()
        await served.ended()
        assert served.state is RunState.COMPLETE
        await served.engine.arm("Ada", "lithium")
        assert "all 11 outputs" in await served.engine.disarm("Ada")
        assert not served.engine.armed
        served.assert_safe()

    served(tmp_path, scene)


def test_who_arms_while_a_run_begins_is_refused_and_the_run_goes_on(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.engine.arm("Bob", "copper")
        async with asyncio.TaskGroup() as orders:
            orders.create_task(served.start())
            await asyncio.sleep(0)  # it drives the safe state, and is not under way yet
            assert not served.engine.active
            with pytest.raises(RunError, match="a run is under way: it arms by itself"):
                await served.engine.arm("Bob", "copper")
        await served.ended()
        assert served.state is RunState.COMPLETE
        assert served.engine.connection.core.substrate.name == "lithium"

    served(tmp_path, scene)


def test_an_abort_calls_off_the_run_that_has_not_begun(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.engine.arm("Bob")
        async with asyncio.TaskGroup() as orders:
            ending = Ending(served.engine, orders)

            async def start() -> None:
                with pytest.raises(RunError, match="called off before it began: ABORT was called by Bea"):
                    await served.start()

            orders.create_task(start())
            await asyncio.sleep(0)
            assert served.engine.run is None
            ending.obey(guarded.Order.ABORT, "ABORT was called by Bea")
        assert served.engine.run is None
        assert not served.engine.armed
        served.assert_safe()
        await served.start()
        await served.ended()
        assert served.state is RunState.COMPLETE

    served(tmp_path, scene)


@pytest.mark.parametrize("order", list(guarded.Order))
def test_who_waits_to_arm_as_everything_is_called_off_is_refused(tmp_path: Path, order: guarded.Order) -> None:
    async def scene(served: Served) -> None:
        async with asyncio.TaskGroup() as orders:
            ending = Ending(served.engine, orders)
            orders.create_task(served.engine.arm("Ada"))

            async def arm() -> None:
                with pytest.raises(RunError, match="called off before it began: somebody says so"):
                    await served.engine.arm("Bob", "copper")

            orders.create_task(arm())
            await asyncio.sleep(0)
            ending.obey(order, "somebody says so")
        assert not served.engine.armed

    served(tmp_path, scene)


def test_nothing_begins_any_more_once_the_engine_is_to_end(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        async def start() -> None:
            with pytest.raises(RunError, match="called off before it began: a signal asked the engine to end"):
                await served.start()

        await served.engine.arm("Bob")
        async with asyncio.TaskGroup() as orders:
            orders.create_task(start())
            await asyncio.sleep(0)
            assert served.engine.run is None
            assert await served.engine.end("a signal asked the engine to end") == "disarmed"
        await start()
        assert served.engine.run is None
        assert not served.engine.armed
        served.assert_safe()

    served(tmp_path, scene)


def test_who_is_just_arming_as_the_engine_ends_is_disarmed(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        async def arm() -> None:
            with pytest.raises((RunError, NotArmed), match="a signal asked the engine to end"):
                await served.engine.arm("Ada")

        async with asyncio.TaskGroup() as orders:
            orders.create_task(arm())
            await served.clock.sleep(0.01)  # the devices are asked
            await served.engine.end("a signal asked the engine to end")
        assert not served.engine.armed
        served.assert_safe()

    served(tmp_path, scene)


def test_what_is_refused_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(served: Served) -> None:
        with pytest.raises(InputError, match="not the one that the engine read"):
            await served.start(reactor_sha256="0" * 64)
        with pytest.raises(InputError):
            await served.start(recipe=str(tmp_path / "none.yaml"))
        with pytest.raises(InputError):
            await served.start(settings={"cycles": "3"})
        with monkeypatch.context() as full:
            full.setattr(room, "BYTES_A_SAMPLE", 1e15)
            with pytest.raises(FileError, match="would not fit the disk"):
                await served.start()
        with pytest.raises(InputError):
            await served.engine.arm("Ada", "butter")
        with pytest.raises(TransitionRefused, match="no run"):
            served.engine.ask(AskRun(Verb.STOP, "Ada"))
        assert served.engine.run is None
        assert not served.engine.armed

    served(tmp_path, scene)
    assert History(tmp_path / "history").runs() == ()


def test_a_new_safety_core_remembers_which_source_was_open_and_nothing_else(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.start()
        await served.until(RunState.RUNNING)
        while served.simulated.world.read("TMA.valve", served.clock.now()) < 0.5:
            await served.clock.sleep(0.01)
        served.engine.ask(AskRun(Verb.ABORT, "Ada"))
        await served.ended()
        connection = served.engine.connection
        before = connection.core
        connection.protect(substrate("lithium"))
        await served.clock.sleep(2.0)
        assert connection.core is not before
        assert connection.core.hub.latest["H2O.clearance"].value == 0.0
        await served.clock.sleep(30.0)
        assert connection.core.hub.latest["H2O.clearance"].value == 1.0

    served(tmp_path, scene)


def test_trips_of_a_run_stand_over_the_next_core_until_somebody_answers_them(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        connection = served.engine.connection
        await served.engine.arm("Ada")
        with pytest.raises(SafetyError, match="armed"):
            connection.protect(substrate("lithium"))
        await served.clock.sleep(40.0)  # the heater falls silent meanwhile, and trips
        assert not served.engine.armed
        tripped = [view.id for view in served.engine.alarms.standing]
        assert "T1" in tripped
        connection.protect(substrate("lithium"))
        assert [view.id for view in served.engine.alarms.standing] == tripped
        with pytest.raises(Tripped, match="latched trips stand"):
            await served.start()
        with pytest.raises(NotArmed, match="T1"):
            await served.engine.arm("Ada")
        await served.clock.sleep(10.0)
        served.engine.alarms.answer_trips("Ada")
        await served.start()
        await served.ended()
        assert served.state is RunState.COMPLETE

    served(tmp_path, scene, {"stage_heater": [Mute(start=20.0, end=30.0)]})


def test_an_instrument_that_is_off_at_the_start_is_told_and_taken_up_later(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        connection = served.engine.connection
        assert list(connection.silent) == ["carrier_mfc"]
        assert not connection.core.hub.latest["carrier.flow"].usable
        with pytest.raises(NotArmed, match="carrier_mfc"):
            await served.engine.arm("Ada")
        await served.clock.sleep(60.0)
        assert connection.silent == {}
        assert connection.core.hub.latest["carrier.flow"].usable
        await served.engine.arm("Ada")

    served(tmp_path, scene, {"carrier_mfc": [Mute(start=0.0, end=30.0)]})


def test_alarms_survive_a_restart_and_a_latch_stays_a_latch(tmp_path: Path) -> None:
    async def trips(served: Served) -> None:
        with remembering(served.engine.connection, tmp_path):
            await served.engine.arm("Ada")
            await served.clock.sleep(40.0)
            served.engine.connection.protect(substrate("lithium"))
            served.engine.alarms.acknowledge("T1", "Ada")

    served(tmp_path, trips, {"stage_heater": [Mute(start=20.0, end=30.0)]})

    async def comes_back(served: Served) -> None:
        with remembering(served.engine.connection, tmp_path):
            assert "T1" in [view.id for view in served.engine.alarms.standing]
            with pytest.raises(NotArmed, match="T1"):
                await served.engine.arm("Ada")

    served(tmp_path, comes_back)


def test_a_bypass_goes_on_over_the_next_core_and_no_longer_than_it_may(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        engine = served.engine
        soft = next(
            i.rule.id for i in engine.connection.core.protection.interlocks.compiled.interlocks if not i.rule.hard
        )
        engine.connection.core.protection.bypasses.add(soft, "Ada", "gauge in repair", 60.0)
        await served.clock.sleep(20.0)
        engine.connection.protect(substrate("lithium"))
        [bypass] = engine.connection.core.protection.bypasses.active
        assert (bypass.id, bypass.person) == (soft, "Ada")
        assert 39.0 < bypass.until - served.clock.now() < 41.0
        await served.clock.sleep(45.0)
        assert engine.connection.core.protection.bypasses.active == ()

    served(tmp_path, scene)


def test_a_recipe_that_asks_waits_for_its_answer(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        served.recipe.write_text(
            RECIPE.replace("steps:\n  - pump", "steps:\n  - prompt: is the hand valve open?\n  - pump", 1)
        )
        with pytest.raises(TransitionRefused, match="no run"):
            await ordered(served, AnswerRun("Ada", "yes"))
        await served.start()
        await served.until(RunState.RUNNING)
        await served.clock.sleep(5.0)
        run = served.engine.run
        assert run is not None
        assert "hand valve" in run.shown().prompt
        await ordered(served, AnswerRun("Ada"))
        await served.ended()
        assert served.state is RunState.COMPLETE

    served(tmp_path, scene)


async def ordered(served: Served, order: Order) -> None:
    """An order as it comes over the link."""
    replies: list[Reply] = []
    async with asyncio.TaskGroup() as group:
        orders = Orders(served.engine, Untold(), group, AtTheComputer())  # type: ignore[arg-type] # tells nobody
        orders.take(Request("1", math.inf, order), replies.append)
    [reply] = replies
    if isinstance(reply, Refused):
        raise error_of(reply)


class AtTheComputer:
    """Orders from the computer's own account."""

    control = None

    def admit(self, request: Request) -> None:
        assert request.under is None


class Untold:
    """A broadcast that nobody hears."""

    seen = ""

    def tell(self) -> None: ...


class Hall:
    """Who is told here keeps in what state the run was."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self.states: list[RunState] = []

    def tell(self) -> None:
        self.states.append(self._served.state)

    @property
    def seen(self) -> str:
        return f"e:{len(self.states)}"


def test_what_came_of_an_order_is_told_before_its_answer_which_names_the_news(tmp_path: Path) -> None:
    async def scene(served: Served) -> None:
        await served.start()
        await served.until(RunState.RUNNING)
        hall, replies = Hall(served), list[Reply]()
        async with asyncio.TaskGroup() as group:
            orders = Orders(served.engine, hall, group, AtTheComputer())  # type: ignore[arg-type] # stands for the news
            orders.take(Request("1", math.inf, AskRun(Verb.PAUSE, "Ada")), replies.append)
            assert (len(replies), hall.states) == (1, [RunState.PAUSING])
            orders.take(Request("2", math.inf, TellInterlocks()), replies.append)
        assert [reply.seen for reply in replies if isinstance(reply, Done)] == ["e:1", "e:2"]
        await ordered(served, AskRun(Verb.STOP, "Ada"))
        await served.ended()

    served(tmp_path, scene)


def test_a_fault_of_the_program_in_an_order_costs_the_run_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene(served: Served) -> None:
        await served.start()
        await served.until(RunState.RUNNING)
        monkeypatch.setattr(ReactorEngine, "alarms", property(lambda engine: 1 / 0))
        with pytest.raises(LinkError, match="internal error in AcknowledgeAlarm"):
            await ordered(served, AcknowledgeAlarm("T1", "Ada"))
        assert "division" in served.events[-1].text
        await served.ended()
        assert served.state is RunState.COMPLETE

    served(tmp_path, scene)


def test_after_a_run_nothing_is_handed_to_its_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until the next run the same hub goes on: what nobody writes any more would pile up, hundreds of MB an hour."""
    handed: list[Publication] = []
    publish = Recorder.publish

    def noted(record: Recorder, batches: Publication) -> None:
        handed.append(batches)
        publish(record, batches)

    monkeypatch.setattr(Recorder, "publish", noted)

    async def scene(served: Served) -> None:
        await served.start()
        await served.ended()
        assert handed
        handed.clear()
        await served.clock.sleep(60.0)
        assert not handed

    served(tmp_path, scene)


def test_a_restart_does_not_forget_what_was_dosed_just_before(tmp_path: Path) -> None:
    """Killed after a dose of TMA and back at once: water must wait for its purge as if nothing had happened."""
    clear = dict[str, list[float]]()

    async def look(served: Served, name: str) -> None:
        with remembering(served.engine.connection, tmp_path / "history"):
            for wait in (1.0, 25.0):
                await served.clock.sleep(wait)
                clear.setdefault(name, []).append(served.engine.connection.core.hub.latest["H2O.clearance"].value)

    served(tmp_path, partial(look, name="before"))

    async def doses(served: Served) -> None:
        await served.start()
        await served.ended()

    served(tmp_path, doses)
    served(tmp_path, partial(look, name="after"))
    assert clear == {"before": [1.0, 1.0], "after": [0.0, 1.0]}


def test_what_is_remembered_of_a_source_is_no_reading_of_its_valve(tmp_path: Path) -> None:
    """Whether it is shut now, nobody knows before it is read, and what was read counts more."""

    async def scene(served: Served) -> None:
        connection = served.engine.connection

        def read(name: str) -> bool:
            sample = connection.core.hub.latest.get(f"{name}.valve")
            return sample is not None and sample.usable

        connection.remind({"TMA": 40.0, "H2O": 0.0})
        assert not read("TMA")
        assert not read("H2O")
        connection.protect(substrate("lithium"))
        assert not read("TMA")
        assert not read("H2O")
        await served.clock.sleep(30.0)
        connection.remind({"TMA": 40.0})
        assert read("TMA")
        assert connection.core.hub.latest["TMA.valve"].time > 20.0

    served(tmp_path, scene, {"valves": [Mute(start=0.0, end=20.0)]})


@pytest.mark.parametrize("from_the_start", [True, False])
def test_a_run_that_cannot_be_armed_ends_and_costs_the_engine_nothing(tmp_path: Path, from_the_start: bool) -> None:
    """An instrument that has never been read, or that falls silent before arming, is told; the next run may start."""
    mute = Mute(start=0.0 if from_the_start else 5.5, end=30.0)

    async def scene(served: Served) -> None:
        await served.clock.sleep(0.0 if from_the_start else 3.0)
        await served.start()
        await served.ended()
        assert served.engine.run is not None
        assert served.state is RunState.ABORTED
        assert "carrier" in served.engine.run.reason, served.engine.run.reason
        assert not served.engine.armed
        await served.clock.sleep(30.0)
        await served.engine.reset("Ada")
        await served.start()
        await served.ended()
        assert served.state is RunState.COMPLETE

    served(tmp_path, scene, {"carrier_mfc": [mute]})
    first, second = reversed(History(tmp_path / "history").runs())
    assert (first.state, second.state) == (RunState.ABORTED, RunState.COMPLETE)
    assert "carrier" in first.reason
