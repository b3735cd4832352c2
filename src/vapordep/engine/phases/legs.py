"""The legs of a deposition: flows that change while the film grows, until it is thick enough or the time is up."""

from collections.abc import Awaitable, Callable, Iterator, Mapping

from vapordep.engine.pace import Pace
from vapordep.engine.rig import Rig
from vapordep.errors import RunError
from vapordep.model.steady_steps import Deposit, Leg

STAIR = 6.0
"""A flow takes a step this often, in s: often enough for a chamber whose gas stays for half a minute and longer."""
Flows = Mapping[str, float]
"""mol/s by source."""
Over = Callable[[], Awaitable[None]]
"""Returns once nothing more shall grow; asked anew after each change of the flows."""


async def run(rig: Rig, step: Deposit, over: Over | None = None) -> None:
    """Leads the flows along the legs until it is `over`, or the step's time is up."""
    changes = any(leg.sources for leg in step.legs)
    pace = Pace(rig, None if changes else rig.reactor.microbalance)
    try:
        await _along(rig, step, over, pace)
    finally:
        pace.end()


async def _along(rig: Rig, step: Deposit, over: Over | None, pace: Pace) -> None:
    began = end = rig.clock.now()
    for leg in step.legs:
        for due, flows in _stairs(rig, step, leg, end):
            if await _sooner(rig, over, due, pace):
                return
            for name, flow in flows.items():
                await rig.command(f"{name}.flow_setpoint", flow, "deposit")
        end += leg.duration
    await _sooner(rig, over, began + step.duration, pace)


async def _sooner(rig: Rig, over: Over | None, instant: float, pace: Pace) -> bool:
    """Waits up to `instant` (s), and looks at the growth when that is due; whether it was `over` before."""
    while pace.due < instant:
        if await _over(rig, over, pace.due):
            return True
        pace.look()
    return await _over(rig, over, instant)


async def _over(rig: Rig, over: Over | None, instant: float) -> bool:
    """Waits up to `instant` (s); whether it was `over` before."""
    if over is None:
        await rig.clock.sleep_until(instant)
        return False
    try:
        async with rig.clock_timeout(max(instant - rig.clock.now(), 0.0)):
            await over()
    except TimeoutError:
        return False
    return True


def _stairs(rig: Rig, step: Deposit, leg: Leg, start: float) -> Iterator[tuple[float, Flows]]:
    """Instants in s and flows: each stair has what its middle would have, and the end of the leg its own."""
    if not leg.sources:
        return
    begins = {name: rig.value(f"{name}.flow_setpoint") for name in leg.sources}
    unknown = [name for name, flow in begins.items() if flow != flow]
    if unknown:
        what = f"the flow of {', '.join(unknown)} is not known, and nothing can start from it"
        raise RunError(what, where=step.where, remedy="see what its controller says, then stop the run")
    ends, count = leg.ends(begins), max(1, round(leg.duration / STAIR))
    for stair in range(count):
        share = leg.share((stair + 0.5) / count)
        yield (
            start + leg.duration * stair / count,
            {name: begins[name] + (ends[name] - begins[name]) * share for name in ends},
        )
    yield start + leg.duration, ends
