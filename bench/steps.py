"""What one step costs the engine: a step that does nothing, and a valve command through gate, driver, bytes and record.

Run `python -m bench.steps [--rounds 5] [--json]` from the root of a checkout; a minute. CPU microseconds in virtual
time: the whole engine on the shipped reactor, hot, with a recording that is closed, at two counts of steps, so that
what is done once cancels. What the plant and the readings meanwhile take is weighed apart: a valve that moves all the
time makes the plant start anew all the time. Beside it, in turns: a turn of a bare virtual loop, and the driver and its
bytes alone.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vapordep.app.instruments import instruments
from vapordep.app.places import reactor_file
from vapordep.app.request import Request
from vapordep.app.running.execute import Surroundings, execute
from vapordep.app.running.outside import Outside
from vapordep.app.running.report import RunReport
from vapordep.app.running.sampling import Sampling, predicted
from vapordep.app.twin.simulated import simulated_reactor
from vapordep.chemistry import substrate
from vapordep.clock import Clock, VirtualClock, run_virtual
from vapordep.clock.virtual import World
from vapordep.devices.hub import Hub
from vapordep.model.plan import Block, Plan
from vapordep.model.questions import Answer, Question
from vapordep.model.reactor import Reactor
from vapordep.model.run import Mode, RunState
from vapordep.model.steps import Purge, Set, Step
from vapordep.reactor import read_reactor
from vapordep.recipe import Recipe
from vapordep.units import degC, to_si

VALVE = "pump.soft_valve"
NOTHING = (Purge(duration=0.0),) * 2
COMMANDS = (Set(output=VALVE, value=1.0), Set(output=VALVE, value=0.0))
COUNTS = {"nothing": (1000, 5000), "command": (200, 1000)}
"""Turns of two steps each."""
GOALS = {"nothing": 50.0, "command": 300.0}
"""us of CPU a step."""
WORDS = {"nothing": "a step that does nothing", "command": "a valve command, recorded"}
LIMITS = {"nothing": ("turn", "a turn of a bare virtual loop"), "command": ("driver", "driver and bytes alone")}


@dataclass
class Cost:
    """CPU s of a run: all of it, and what plant and readings took of it."""

    whole: float
    world: float = 0.0


class Weighed:
    """A world that adds up the CPU s that it takes to go on."""

    def __init__(self, world: World, cost: Cost) -> None:
        self.world = world
        self.cost = cost

    def advance(self, until: float) -> float:
        """Goes on as the world does."""
        began = time.process_time()
        try:
            return self.world.advance(until)
        finally:
            self.cost.world += time.process_time() - began


async def _assumed(question: Question) -> Answer:
    return Answer(question.assumed)


def run_of(reactor: Reactor, steps: tuple[Step, ...], turns: int) -> Cost:
    """What a run costs that does `steps` so many times, its recording closed; RuntimeError when it fails."""
    plan = Plan("bench", "ALD", "lithium", (Block(name="bench", steps=steps, count=turns),))
    recipe = Recipe("bench", "", "", "", "unverified", plan, substrate("lithium"), {})
    cost = Cost(0.0)

    async def main(clock: VirtualClock, history: Path) -> RunReport:
        simulated = simulated_reactor(reactor, "lithium", 1, hot=to_si(100.0, degC))
        clock.loop.world = simulated.world

        async def probe() -> None:
            return None

        def sampler(hub: Hub, virtual: Clock) -> Sampling:
            sampling = predicted(simulated.sampler, clock)(hub, virtual)
            assert clock.loop.world is not None  # noqa: S101 - for the type checker
            clock.loop.world = Weighed(clock.loop.world, cost)
            return sampling

        transports = simulated.transports(clock)
        surroundings = Surroundings(Mode.DRY_RUN, transports, probe, lambda recorder: recorder, sampler)
        request = Request(Path("bench"), Path("bench"), history, operator="bench")
        outside = Outside(lambda _: None, lambda: None, _assumed, attended=False)
        return await execute(request, reactor, recipe, clock, surroundings, outside)

    with tempfile.TemporaryDirectory() as folder:
        began = time.process_time()
        report = run_virtual(lambda clock: main(clock, Path(folder) / "history"))
        cost.whole = time.process_time() - began
    if report.state is not RunState.COMPLETE:
        raise RuntimeError(f"the run did not complete: {report.reason}")
    return cost


def a_step(reactor: Reactor, steps: tuple[Step, ...], counts: tuple[int, int]) -> tuple[float, float]:
    """CPU us of one step, without and with plant and readings, from two runs that differ only in their number."""
    few, many = (run_of(reactor, steps, turns) for turns in counts)
    more = len(steps) * (counts[1] - counts[0])
    whole, world = many.whole - few.whole, many.world - few.world
    return 1e6 * (whole - world) / more, 1e6 * whole / more


def bare_turn(count: int = 20_000) -> float:
    """CPU us of one turn of a virtual loop that does nothing else."""

    async def main(clock: VirtualClock) -> float:
        began = time.process_time()
        for _ in range(count):
            await clock.sleep_until(clock.now())
        return time.process_time() - began

    return 1e6 * run_virtual(main) / count


def bare_driver(reactor: Reactor, count: int = 1000) -> float:
    """CPU us of one write of the same valve by its driver, over the same simulated line, with nothing around it."""

    async def main(clock: VirtualClock) -> float:
        simulated = simulated_reactor(reactor, "lithium", 1, hot=None)
        clock.loop.world = simulated.world
        parts = instruments(reactor, clock, simulated.transports(clock))
        await parts.connect()
        try:
            cell = next(cell for cell, tag in reactor.wiring.items() if tag == VALVE)
            device = parts.devices[cell.instrument]
            channel = next(channel for channel in device.wanted if str(channel) == cell.key)
            began = time.process_time()
            for number in range(count):
                await device.write(channel, float(number % 2))
            return time.process_time() - began
        finally:
            await parts.close()

    return 1e6 * run_virtual(main) / count


def measured(rounds: int) -> dict[str, float]:
    """Medians of all of it, in us of CPU."""
    reactor = read_reactor(reactor_file(None))
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        found.setdefault("turn", []).append(bare_turn())
        found.setdefault("driver", []).append(bare_driver(reactor))
        for name, steps in (("nothing", NOTHING), ("command", COMMANDS)):
            own, whole = a_step(reactor, steps, COUNTS[name])
            found.setdefault(name, []).append(own)
            found.setdefault(f"{name} with plant and readings", []).append(whole)
    return {name: statistics.median(costs) for name, costs in found.items()}


def missed(found: Mapping[str, float]) -> list[str]:
    """The goals that were not reached."""
    return [name for name, goal in GOALS.items() if found[name] > goal]


def report(found: Mapping[str, float]) -> None:
    """Prints each figure with its goal, its limit and its verdict."""
    for name, goal in GOALS.items():
        limit, told = LIMITS[name]
        verdict = "MISSED" if name in missed(found) else "met"
        print(f"{WORDS[name]:<26} {found[name]:7.1f} us of CPU (goal {goal:g}: {verdict})")
        print(f"  {told:<24} {found[limit]:7.1f} us, {found[name] / found[limit]:.1f} x")
        print(f"  with plant and readings  {found[f'{name} with plant and readings']:7.1f} us")


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.steps", description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--json", action="store_true")
    asked = options.parse_args()
    found = measured(asked.rounds)
    if asked.json:
        print(json.dumps(found))
    else:
        report(found)
    return int(bool(missed(found)))


if __name__ == "__main__":
    raise SystemExit(main())
