"""A served reactor whose engine is killed again and again: when to kill it, and what must be true afterwards.

The plant's own truth is asked of the `simulate` process; what a person had been told is asked over the link just before
the kill, and then looked for in the sealed recording.
"""

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.wall.processes import FLOODED, PATIENCE, Served, looks, signalled
from vapordep.errors import NoEngine, NotArmed
from vapordep.history.queries import History
from vapordep.link.client import Client, found
from vapordep.link.news import EngineShown, Snapshot
from vapordep.link.orders import (
    AcknowledgeAlarm,
    AnswerRun,
    Arm,
    AskRun,
    ChangeLimit,
    Disarm,
    Order,
    ResetAlarm,
    StartRun,
)
from vapordep.model.alarms import UNANSWERED
from vapordep.model.events import DURABLE, Event
from vapordep.model.run import RunState, Verb
from vapordep.reactor import read_reactor

PROGRAM = Path(__file__).with_name("wounded_program.py")
GUARDIAN = (sys.executable, "-m", "vapordep.guardian")
STALLED = (sys.executable, str(Path(__file__).with_name("stalled_guardian.py")))
"""A guardian whose clocks can be moved on."""
SERVE = """
import json, sys
from pathlib import Path
from vapordep.api.access.place import Place
from vapordep.cli.operate import serve as serving
file, history, port, program, guardian, options = sys.argv[1:]
place = Place(int(port)) if port != "0" else None
serving.GUARDIAN_PROGRAM = json.loads(guardian)
serving.serve(file, Path(history), place, program=json.loads(program), options=json.loads(options))
"""
SAID = "serve.log"
MOST_LINES = 30
"""Of a log that a failure shows."""
BACK_OFF = 0.05
"""The guardian's pause before the next engine, in s; 0.5 to 30 s outside of tests."""
TELLS_WITHIN = 0.5
"""What the engine told so long before its end, in s, is durable."""
TIGHT = "X1"
"""The interlock that is made to trip."""
INTERLOCK = f"""  - id: {TIGHT}
    require: [walls.temperature < 240 degC]
    action: safe
    protects: A test that needs a trip.
    remedy: None.

simulation:"""
RECIPE = """recipe: 1
name: short and hot
process: ALD
substrate: lithium
status: unverified
steps:
  - pump: {to: 80 Pa, within: 2 min}
  - flow: {carrier: 20 sccm}
  - heat: {stage: 120 degC, rate: 5 K/min, within: 50 K}
  - purge: {for: 1 s}
  - repeat: 200
    layer: Al2O3
    steps:
      - dose: {source: TMA, pulse: 300 ms}
      - purge: {for: 1 s}
"""


@dataclass(frozen=True, slots=True)
class Told:
    """What was known outside of the engine just before its end."""

    snapshot: Snapshot
    recorded: tuple[Event, ...]
    """Events that another process could read in the recording."""


@dataclass
class Killed:
    """One kill and what came of it, times in s on CLOCK_MONOTONIC; `lost` samples in s, events and pulses counted."""

    occasion: str
    at: float
    safe_after: float = float("inf")
    samples_lost: float = 0.0
    lost_of: str = ""
    events_lost: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class Rig:
    """A guardian with its engine in front of a simulated reactor."""

    process: subprocess.Popen[bytes]
    simulated: Served
    folder: Path
    recipe: Path
    history: Path
    client: Client | None = None

    @property
    def log(self) -> str:
        """What the guardian wrote down."""
        path = self.history / "guardian.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def said(self) -> str:
        """What it wrote on its terminal."""
        return (self.folder / SAID).read_text(encoding="utf-8", errors="replace")

    @property
    def snapshot(self) -> Snapshot:
        assert self.client is not None
        return self.client.snapshot(PATIENCE)

    @property
    def shown(self) -> EngineShown:
        return self.snapshot.engine

    def call(self, order: Order) -> None:
        assert self.client is not None
        self.client.call(order, PATIENCE)

    def under_way(self, holds: Callable[[], object], every: float = 0.05) -> None:
        """Begins a run and waits for it; what a machine without a free core does to the run is set right meanwhile."""
        self.start()
        self.until(lambda: holds() or self._set_right(), within=2.0 * PATIENCE, every=every)

    def _set_right(self) -> bool:
        """Where a simulated instrument got no turn in time, a run is held, or not armed: as a person would, go on."""
        run = self.shown.run
        if run is not None and run.state is RunState.HELD:
            self.call(AskRun(Verb.RESTART, "Ada"))
        elif run is not None and run.state is RunState.ABORTED and "not armed" in run.reason:
            self.call(AskRun(Verb.RESET, "Ada"))
            self.start()
        return False

    def until(self, holds: Callable[[], object], within: float = PATIENCE, every: float = 0.05) -> None:
        """Waits for it, as long as the guardian lives."""
        give_up = time.monotonic() + within
        for _ in looks(holds, every):
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.said}\n{self.log}"
            assert time.monotonic() < give_up, self.standing()

    def standing(self) -> str:
        """What a person would look at first when it does not go on: run, alarms, the latest events, the guardian."""
        lines = self.log.splitlines()[-MOST_LINES:]
        if self.client is not None:
            told = self.snapshot
            lines += [str(told.engine.run), *map(str, told.engine.alarms), *map(str, told.events[-MOST_LINES:])]
        return "\n".join(lines)

    def meet(self, not_pid: int = 0) -> None:
        """Waits for an engine, another one than that, and speaks with it from now on."""
        self.leave()
        self.until(lambda: self._meets(not_pid), within=FLOODED, every=0.1)

    def leave(self) -> None:
        if self.client is not None:
            self.client.close()
        self.client = None

    def _meets(self, not_pid: int) -> bool:
        try:
            self.client = Client(found())
            if self.client.snapshot(1.0).engine.pid != not_pid:
                return True
        except NoEngine:
            pass
        self.leave()
        return False

    def read(self) -> None:
        """Waits until the engine has read every instrument."""
        wired = set(read_reactor(self.simulated.file).wiring.values())
        self.until(lambda: wired <= {value.tag for value in self.snapshot.values})

    def make_safe(self) -> None:
        """Brings every output to its safe value, as after an earlier run."""
        self.read()
        self.arm()
        self.call(Disarm("Ada"))

    def arm(self) -> None:
        """Arms, again where a simulated instrument got no turn in time."""

        def armed() -> bool:
            with suppress(NotArmed):
                self.call(Arm("Ada", "lithium"))
            return self.shown.armed

        self.until(armed, within=FLOODED)

    def start(self) -> None:
        """Begins the run, having answered what stands from before."""
        self.answer()
        self.call(StartRun(str(self.recipe), read_reactor(self.simulated.file).sha256, "Ada"))

    def answer(self) -> None:
        """Answers what stands from before, as latches outlive the engine; a cause can be gone only once it was read."""
        self.read()
        for alarm in self.shown.alarms:
            if alarm.id == TIGHT:
                self.call(ChangeLimit(TIGHT, "walls.temperature", "240 degC", "Ada", "a test"))
            if alarm.state in UNANSWERED:
                self.call(AcknowledgeAlarm(alarm.id, "Ada"))
            if alarm.latching:
                self.call(ResetAlarm(alarm.id, "Ada"))

    def run_reaches(self, *states: RunState, within: float = PATIENCE) -> None:
        def reached() -> bool:
            run = self.shown.run
            assert run is not None
            if run.prompt:
                self.call(AnswerRun("Ada"))
            return run.state in states

        self.until(reached, within)

    def processes(self) -> list[int]:
        """Those that the guardian has started and that still live."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(child) for child in found.read_text().split()] if self.process.poll() is None else []

    def driven(self, point: str) -> float:
        return float(self.simulated.truth()["driven"][point])

    def openings(self) -> int:
        """How often sources have opened so far."""
        return sum(len(self.simulated.pulses(f"{name}.valve")) for name in ("TMA", "H2O", "EG"))


@contextmanager
def rig(
    simulated: Served, folder: Path, *, port: int = 0, recipe: str = RECIPE, history: Path | None = None,
    guardian: Sequence[str] = GUARDIAN,
) -> Iterator[Rig]:  # fmt: skip
    """`vapordep serve` in front of that reactor, with a page if there is a port; its engine can be wounded."""
    file = folder / "recipe.yaml"
    file.write_text(recipe, encoding="utf-8")
    program = json.dumps([sys.executable, str(PROGRAM)])
    options = json.dumps(["--back-off", json.dumps([BACK_OFF])])
    records = history or folder / "history"
    programs = program, json.dumps(guardian)
    argv = [sys.executable, "-c", SERVE, str(simulated.file), str(records), str(port), *programs, options]
    with (folder / SAID).open("wb") as log, subprocess.Popen(argv, stdout=log, stderr=log) as process:
        made = Rig(process, simulated, folder, file, records)
        try:
            made.meet()
            yield made
        finally:
            made.leave()
            left = made.processes()
            process.kill()
            for child in left:
                signalled(signal.SIGKILL, child)


# --- occasions: each brings the engine there, and returns in the instant in which it is to die ------------------------

Occasion = Callable[[Rig, random.Random], None]


def idle(rig: Rig, dice: random.Random) -> None:
    time.sleep(dice.uniform(0.0, 0.3))


def armed(rig: Rig, dice: random.Random) -> None:
    rig.answer()
    rig.arm()
    time.sleep(dice.uniform(0.0, 0.5))


def arming(rig: Rig, dice: random.Random) -> None:
    rig.start()
    time.sleep(dice.uniform(0.0, 1.5))


def ramp(rig: Rig, dice: random.Random) -> None:
    rig.under_way(lambda: rig.driven("stage.power") > 0.0)
    time.sleep(dice.uniform(0.0, 0.5))


def dose(rig: Rig, dice: random.Random) -> None:
    rig.under_way(lambda: rig.driven("TMA.valve") > 0.0, every=0.02)
    time.sleep(dice.uniform(0.0, 0.2))


def purge(rig: Rig, dice: random.Random) -> None:
    before = len(rig.simulated.pulses("TMA.valve"))
    rig.under_way(lambda: len(rig.simulated.pulses("TMA.valve")) > before and rig.driven("TMA.valve") == 0.0)
    time.sleep(dice.uniform(0.0, 1.0))


def commit(rig: Rig, dice: random.Random) -> None:
    """Rows of samples are written ten times a second, and the intent of a dose during the purge before it."""
    dose(rig, dice)
    time.sleep(dice.uniform(0.0, 1.3))


def trip(rig: Rig, dice: random.Random) -> None:
    rig.under_way(lambda: rig.driven("stage.power") > 0.0)
    rig.call(ChangeLimit(TIGHT, "walls.temperature", "0 degC", "Ada", "a test"))
    time.sleep(dice.uniform(0.0, 0.1))


def held(rig: Rig, dice: random.Random) -> None:
    """A person has held the run, hot."""
    ramp(rig, dice)
    rig.call(AskRun(Verb.HOLD, "Ada"))
    rig.run_reaches(RunState.HELD)


OCCASIONS: tuple[Occasion, ...] = (dose, commit, ramp, purge, trip, arming, armed, idle)


def told(rig: Rig) -> Told:
    """What the engine tells just now, and what it has made durable."""
    snapshot = rig.snapshot
    run = snapshot.engine.run
    if run is None or not (catalogued := [r for r in History(rig.history).runs() if r.run_id == run.run_id]):
        return Told(snapshot, ())
    with History(rig.history).open_recording(catalogued[0]) as recording:
        return Told(snapshot, recording.events())


def kill(rig: Rig, occasion: Occasion, dice: random.Random, number: signal.Signals = signal.SIGKILL) -> Killed:
    """Brings the engine there, kills it, and looks at all that must be true until the next one has come up."""
    before = rig.openings()
    occasion(rig, dice)
    known = told(rig)
    if occasion is commit:
        await_write(rig, known)
    engine = known.snapshot.engine
    made = Killed(occasion.__name__, signalled(number, engine.pid))
    made.safe_after = safe_after(rig, made.at)
    openings = rig.openings()
    rig.meet(not_pid=engine.pid)
    ended = occasion is trip and ended_by_itself(rig, engine, made.at)
    made.wrong += came_back(rig, replace(engine, run=None) if ended else engine, openings)
    if engine.run is not None:
        recorded(rig, known, openings - before, made, ended=ended)
    return made


def ended_by_itself(rig: Rig, engine: EngineShown, at: float) -> bool:
    """Whether its run, which a trip ends within a second, was over and kept so by that instant: by its own record."""
    history = History(rig.history)
    if engine.run is None or history.run(engine.run.run_id).state is not RunState.ABORTED:
        return False
    with history.open_recording(engine.run.run_id) as recording:
        return any(event.data.get("state") == RunState.ABORTED and event.time <= at for event in recording.events())


def await_write(rig: Rig, known: Told) -> None:
    """Returns as the recording's log is being written."""
    run = known.snapshot.engine.run
    assert run is not None
    log = next((rig.history / "recordings").glob(f"{run.run_id}.sqlite-wal"))
    before = log.stat().st_mtime_ns
    rig.until(lambda: log.stat().st_mtime_ns != before, every=0.0)


def safe_after(rig: Rig, at: float) -> float:
    """How long after that instant the plant's own truth was safe, in s."""
    truth = rig.simulated.truth()
    while not rig.simulated.is_safe(truth):
        assert time.monotonic() < at + PATIENCE, rig.log
        time.sleep(0.01)
        truth = rig.simulated.truth()
    return max(float(truth["t"]) - at, 0.0)


def came_back(rig: Rig, before: EngineShown, openings: int) -> Iterator[str]:
    """What the next engine does that it must not do: it is disarmed, and tells of the run that was interrupted."""
    after = rig.shown
    if after.armed or after.run is not None:
        yield f"the next engine is armed: {after.armed}, with the run {after.run}"
    if before.run is not None and (after.interrupted is None or after.interrupted.run_id != before.run.run_id):
        yield f"the next engine tells of {after.interrupted} as interrupted"
    if not rig.simulated.is_safe() or rig.openings() != openings:
        yield "the plant did not stay safe until the next engine was there"


def recorded(rig: Rig, known: Told, openings: int, made: Killed, *, ended: bool) -> None:
    """What of all that was known outside is missing in the recording; and whether that one is whole and sealed.

    What is told after a run that ended by itself is no longer in its recording.
    """
    history, run = History(rig.history), known.snapshot.engine.run
    assert run is not None
    kept = history.run(run.run_id)
    if kept.state is not (RunState.ABORTED if ended else RunState.INTERRUPTED):
        made.wrong.append(f"the run counts as {kept.state}")
    made.wrong += history.verify(kept).problems
    with history.open_recording(kept) as recording:
        events, t0 = recording.events(), recording.t0
        lines = {(event.time, event.text) for event in events}
        by = max(event.time for event in events) if ended else made.at - TELLS_WITHIN
        durable = [event for event in known.snapshot.events if event.kind in DURABLE and event.time >= t0]
        acknowledged = {(event.time, event.text) for event in (*known.recorded, *(e for e in durable if e.time < by))}
        made.events_lost = len(acknowledged - lines) + max(openings - len(recording.pulses()), 0)
        last = {name: float(recording.samples(name).times[-1]) for name in recording.tags()}
        steady = {tag.name for tag in known.snapshot.tags if tag.stale_after is not None}
        newest = {v.tag: v.time for v in known.snapshot.values if v.time > t0 and v.tag in steady}
        if not ended:
            made.samples_lost, made.lost_of = span_lost(last, newest, t0, made.at)


def span_lost(last: Mapping[str, float], newest: Mapping[str, float], t0: float, at: float) -> tuple[float, str]:
    """Of how many s samples are lost, of all tags or of which: by the last kept of each and the newest told.

    `t0` is the run's start, `at` the kill. What is only told as it changes does not belong here: its gaps say nothing.
    Of a tag that is read each 5 s the time since the last that was kept is no loss, but that since one that was not.
    """
    everything = max(newest.values(), default=t0) - max(last.values(), default=t0), "all"
    single = ((min(time - last.get(tag, t0), at - time), tag) for tag, time in newest.items())
    return max((everything, *single))
