"""Sampling: where a run's readings come from - the one object in which a dry run differs from a real one."""

from collections.abc import Callable, Coroutine

from vapordep.clock import Clock, VirtualClock
from vapordep.devices.hub import Hub
from vapordep.devices.polling import Foretell
from vapordep.lazy import dataclass
from vapordep.simulation.predicted import PredictedSampler

SAFETY_TICK = 0.25
"""While instruments are polled, silence is judged this often, in s."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """`foretell` takes exchanges over from their pollers; `watch` works beside them until it is cancelled."""

    foretell: Foretell | None
    watch: Callable[[], Coroutine[None, None, None]]


Sampler = Callable[[Hub, Clock], Sampling]
"""Makes the sampling of one session."""


def polling(hub: Hub, clock: Clock) -> Sampling:
    """Every instrument is asked over its line, poll by poll."""

    async def watch_silence() -> None:
        due = clock.now()
        while True:
            due += SAFETY_TICK
            await clock.sleep_until(due)
            hub.tick(clock.now())

    return Sampling(None, watch_silence)


def predicted(make: Callable[[Hub, Clock], PredictedSampler], virtual: VirtualClock) -> Sampler:
    """Simulated instruments foretell their readings in arrays, as far ahead as nothing happens."""

    def sampler(hub: Hub, clock: Clock) -> Sampling:
        made = make(hub, clock)
        virtual.loop.world = made
        return Sampling(made.take_over, made.run)

    return sampler
