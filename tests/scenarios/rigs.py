"""The glovebox reactor, hot and evacuated, running a small plan on simulated instruments in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from vapordep.app.instruments import Wire
from vapordep.app.request import Hot
from vapordep.app.running.connection import Connection
from vapordep.app.running.outside import Outside, Snapshot
from vapordep.app.running.sampling import Sampler, polling, predicted
from vapordep.app.running.session import Result, Session
from vapordep.app.twin.simulated import SimulatedReactor, simulated_reactor
from vapordep.chemistry import substrate
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices.transport import Transport
from vapordep.engine.run import Outcome, Run
from vapordep.errors import LineLost
from vapordep.model.batches import Batch
from vapordep.model.events import Event, Kind
from vapordep.model.film import Film
from vapordep.model.plan import Block, Plan
from vapordep.model.pulses import PulseIntent, PulseRecord
from vapordep.model.questions import Answer, Question, Wanted
from vapordep.model.reactor import Reactor
from vapordep.model.run import ENDED, TRANSITIONS, RunState, Verb
from vapordep.model.steps import Dose, Flow, Purge, Step
from vapordep.reactor import read_reactor
from vapordep.recipe import Recipe
from vapordep.simulation.faults import Fault, Faulty, FrontPanel, Restart
from vapordep.units import degC, sccm, to_si

ROOT = Path(__file__).resolve().parents[2]
HOT = to_si(100.0, degC)
CARRIER = Flow(flows={"carrier": to_si(20.0, sccm)})
SAFE_TRUTH = {
    "TMA.valve": 0.0, "H2O.valve": 0.0, "EG.valve": 0.0, "pump.valve": 1.0, "pump.soft_valve": 0.0,
    "carrier.valve": 1.0, "carrier.flow_setpoint": to_si(20.0, sccm),
}  # fmt: skip
HEATERS = ("stage_heater", "wall_heater", "line_heater", "EG_heater")
SETTLING = 0.5
"""Valves of the plant have moved this long after the last command, in s."""
LEGAL = {(before, after) for (before, _), after in TRANSITIONS.items()} | {
    (RunState.PAUSING, RunState.PAUSED), (RunState.HOLDING, RunState.HELD), (RunState.RESTARTING, RunState.RUNNING),
    (RunState.STOPPING, RunState.STOPPED), (RunState.ABORTING, RunState.ABORTED),
    (RunState.RUNNING, RunState.COMPLETE),
}  # fmt: skip


def dose(source: str = "TMA", width: float = 0.05) -> Dose:
    return Dose(source=source, width=width)


def purge(duration: float = 2.0) -> Purge:
    return Purge(duration=duration)


def repeat(count: int, *steps: Step, name: str = "main", layer: str = "") -> Block:
    return Block(name=name, steps=steps, count=count, layer=layer)


def plan(*steps: Step, last: Sequence[Step] = (purge(1.0),), prime: Block | None = None) -> Plan:
    """A plan that begins with the carrier flowing."""
    return Plan("scenario", "ALD", "lithium", (CARRIER, *steps), prime, tuple(last))


class Notebook:
    """A record in memory: events, intents and pulses by number."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.intents: dict[int, PulseIntent] = {}
        self.pulses: dict[int, PulseRecord] = {}
        self.ended: list[Event] = []

    def event(self, event: Event) -> None:
        self.events.append(event)

    def publish(self, batches: Sequence[Batch]) -> None: ...

    def tick(self, t: float) -> None: ...

    def gather(self, t: float) -> None: ...

    def commit(self) -> None: ...

    def intent(self, intent: PulseIntent) -> Future[None]:
        self.intents[intent.number] = intent
        return done()

    def pulse(self, pulse: PulseRecord) -> None:
        self.pulses[pulse.intent.number] = pulse


def done() -> Future[None]:
    future: Future[None] = Future()
    future.set_result(None)
    return future


class Observed(Session):
    """A session whose run can be reached, and beside which a script goes on."""

    scene: "Scene"

    def _run(self, record: Any, outside: Outside) -> Run:
        self.scene.run = super()._run(record, outside)
        self.scene.prepare(self.scene.run)
        return self.scene.run

    def _background(self, *args: Any) -> Any:
        yield from super()._background(*args)
        yield self.scene.follow()
        if self.scene.beside is not None:
            yield self.scene.beside(self.scene)


class Cuttable(Transport):
    """A wire that can be cut and mended; once it was cut, only opening it again brings it back."""

    def __init__(self, inner: Transport) -> None:
        self.where = inner.where
        self.inner = inner
        self.cut = False
        self._broken = asyncio.Event()

    def break_off(self) -> None:
        """The connection is reset, and until it is mended none can be made."""
        self.cut = True
        self._broken.set()

    def mend(self) -> None:
        self.cut = False

    async def open(self) -> None:
        if self.cut:
            raise LineLost("cannot connect: connection refused", where=self.where)
        await self.inner.open()
        self._broken.clear()

    async def close(self) -> None:
        await self.inner.close()

    def send(self, data: bytes) -> None:
        self._check()
        self.inner.send(data)

    async def receive(self, deadline: float) -> bytes:
        waits = (asyncio.ensure_future(self.inner.receive(deadline)), asyncio.ensure_future(self._broken.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            self._check()
            return waits[0].result()
        finally:
            for wait in waits:
                wait.cancel()

    def _check(self) -> None:
        if self._broken.is_set():
            raise LineLost("connection reset by peer", where=self.where)


Script = Callable[["Scene"], Awaitable[None]]


@dataclass
class Scene:
    """What a script sees while a run goes on, and a test afterwards. Times in s on the virtual clock."""

    clock: VirtualClock
    reactor: Reactor
    simulated: SimulatedReactor
    script: Script | None
    book: Notebook
    run: Run = field(init=False)
    outcome: Outcome | None = None
    error: BaseException | None = None
    performing: asyncio.Task[Any] = field(init=False)
    wires: dict[str, Cuttable] = field(default_factory=dict)
    """The wires that can be cut, each by the first instrument on it."""
    shown: list[Snapshot] = field(default_factory=list)
    warned: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    """What somebody will answer to the questions to come; without, as each assumes."""
    over_at: float = 0.0
    film: Film = field(default_factory=Film)
    failures: list[BaseException] = field(default_factory=list)
    prepare: Callable[[Run], None] = lambda run: None
    """What is done to the run before anything is armed."""
    beside: Script | None = None
    """A task of the program beside the run: what is wrong with it ends the run as well."""
    afterwards: Script | None = None
    """What happens once the run is over, while the instruments are still connected."""

    async def follow(self) -> None:
        """The script; what it asserts in vain is told at the end, not to the run."""
        if self.script is not None:
            try:
                await self.script(self)
            except Exception as error:
                self.failures.append(error)

    async def until(self, holds: Callable[[], bool], within: float = 600.0) -> None:
        """Waits, looking every 10 ms."""
        give_up = self.clock.now() + within
        while not holds():
            assert self.clock.now() < give_up, f"it never came; the run is {self.run.state}: {self.run.reason}"
            await self.clock.sleep(0.01)

    async def state(self, *states: RunState) -> None:
        await self.until(lambda: self.run.state in states)

    async def step(self, name: str) -> None:
        """Waits until a step whose name contains this is under way."""
        await self.until(lambda: name in self.run.sequencer.progress.step)

    async def doses(self, count: int) -> None:
        await self.until(lambda: self.run.doses.count >= count)

    def ask(self, verb: Verb, by: str = "") -> None:
        self.run.ask(verb, "the script", by)

    def truth(self, point: str, after: float = 0.0) -> float:
        """The plant itself at this instant, or later."""
        return self.simulated.world.read(point, self.clock.now() + after)

    def report(self) -> Mapping[str, Any]:
        return self.simulated.world.truth(self.clock.now() + SETTLING)

    @property
    def states(self) -> list[RunState]:
        """The states that the run went through."""
        return [RunState(str(event.data["state"])) for event in self.kind(Kind.RUN)]

    def kind(self, kind: Kind) -> list[Event]:
        return [event for event in self.book.events if event.kind is kind]

    def openings(self, source: str) -> int:
        """How often the plant's valve opened."""
        return sum(state > 0.5 for _, state in self.report()["valves"].get(f"{source}.valve", []))

    def assert_consistent(self) -> None:
        """Every change of state is one of ISA-88's, and every pulse that was announced has an end.

        Events are in the order of time; trips bear the instant at which they acted, and are told when all is safe.
        """
        states = [RunState.IDLE, *self.states]
        moves = list(pairwise(states))
        assert [move for move in moves if move not in LEGAL and move[0] is not move[1]] == []
        assert states[-1] in ENDED
        times = [
            event.time for event in self.book.events if event.kind not in (Kind.TRIP, Kind.ALARM, Kind.ALARM_STATE)
        ]
        assert times == sorted(times)
        assert self.book.pulses.keys() == self.book.intents.keys()
        assert not [event.text for event in self.book.events if "internal error" in event.text]

    def assert_safe(self) -> None:
        """By ground truth: every output at its safe value, no heater asked to heat."""
        assert {point: self.truth(point, SETTLING) for point in SAFE_TRUTH} == SAFE_TRUTH
        powers = {z: self.truth(f"{z}.power", SETTLING) for z in self.reactor.zones}
        assert powers == dict.fromkeys(self.reactor.zones, 0.0)


@cache
def glovebox() -> Reactor:
    return read_reactor(ROOT / "reactors" / "glovebox_ald.yaml")


def large() -> Reactor:
    """Four times its volume: as it cools, its gas hides a leak that lithium does not bear."""
    chamber = glovebox().chamber
    return replace(glovebox(), chamber=replace(chamber, volume=4.0 * chamber.volume))


Faults = Mapping[str, Sequence[Fault | FrontPanel | Restart]]


def play(
    what: Plan,
    script: Script | None = None,
    *,
    faults: Faults | None = None,
    attended: bool = True,
    book: Notebook | None = None,
    hot: Hot | None = HOT,
    check: bool = True,
    within: float = 400.0,
    cuttable: bool = False,
    plant: Reactor | None = None,
    reactor: Reactor | None = None,
    wire: bool = True,
    seed: int = 1,
    prepare: Callable[[Run], None] | None = None,
    beside: Script | None = None,
    afterwards: Script | None = None,
) -> Scene:
    """Runs a plan to its end, beside it the script; checks by ground truth that it ended safely.

    `reactor` is the one that the engine is told of, `plant` the one as it really is, where they are not the glovebox's.
    Without `wire` readings are foretold. A run that is not over `within` s of virtual time fails, and says what it is
    at.
    """

    async def perform(clock: VirtualClock) -> Scene:
        told = reactor or glovebox()
        made = simulated_reactor(plant or told, "lithium", seed, hot=hot)
        instruments = dict(made.instruments) | {
            name: Faulty(made.instruments[name], found) for name, found in (faults or {}).items()
        }
        made = SimulatedReactor(made.world, instruments)
        clock.loop.world = made.world
        scene = Scene(clock, told, made, script, book or Notebook())
        scene.prepare = prepare or scene.prepare
        scene.beside, scene.afterwards = beside, afterwards
        sampler = polling if wire else predicted(made.sampler, clock)
        await _perform(scene, what, attended, within, cuttable, sampler)
        return scene

    scene = run_virtual(perform)
    if scene.failures:
        raise scene.failures[0]
    if check:
        scene.assert_consistent()
        scene.assert_safe()
    return scene


async def _perform(scene: Scene, what: Plan, attended: bool, within: float, cuttable: bool, sampler: Sampler) -> None:
    async def confirm(question: Question) -> Answer:
        await scene.clock.sleep(1.0)
        return Answer(scene.answers.pop(0) if question.wanted is Wanted.TEXT and scene.answers else question.assumed)

    async def probe() -> Any:
        return scene.simulated.world.truth(scene.clock.now())

    transports = scene.simulated.transports(scene.clock)

    def make(wire: Wire) -> Transport:
        if not cuttable:
            return transports(wire)
        found = scene.wires[wire[0].name] = Cuttable(transports(wire))
        return found

    outside = Outside(scene.shown.append, lambda: None, confirm, attended, scene.warned.append)
    recipe = Recipe("scenario", "", "", "", "unverified", what, substrate("lithium"), {})
    connection = Connection(scene.reactor, recipe.substrate, scene.clock, make, sampler)
    session = Observed(connection, recipe, probe)
    session.scene = scene
    scene.performing = asyncio.ensure_future(_connected(session, scene.book, outside))
    await asyncio.wait((scene.performing,), timeout=within)
    if not scene.performing.done():
        scene.performing.cancel()
        told = f"after {within:g} s the run is {scene.run.state}: {scene.run.reason}; {trouble(scene)}"
        scene.failures.append(AssertionError(told))
    try:
        scene.outcome = (await scene.performing).outcome
    except (Exception, asyncio.CancelledError) as error:
        scene.error = error
    scene.film = await session.book.film()
    scene.over_at = scene.clock.now()


async def _connected(session: Observed, book: Any, outside: Outside) -> Result:
    with session.recording(book):
        async with session.connection.opened():
            result = await session.perform(book, outside)
            if session.scene.afterwards is not None:
                await session.scene.afterwards(session.scene)
            return result


def trouble(scene: Scene) -> list[str]:
    """All that went wrong, for messages."""
    return [event.text for event in scene.book.events if event.kind in (Kind.ALARM, Kind.TRIP, Kind.REFUSED)]
