"""The monitor of a generator: whether it gives what it shall, warm, fed, and for long enough."""

import math
from collections.abc import Mapping

from vapordep.model.batches import Sample
from vapordep.model.deliveries import Generator
from vapordep.model.tags import Quality, Tag
from vapordep.safety.conditions import Latest, usable_value
from vapordep.safety.monitors.monitor import Monitor, derived
from vapordep.units import state

FED = 0.8
"""The part of its commanded feed below which a generator counts as not fed [D]."""
Since = float | None
"""Since when it is on and fed, s; None while it is not."""


class Ready(Monitor[Since]):
    """1 while a generator is on and fed, and has been so without a break for its warm-up; 0 while it has not.

    No value while its switch or its feed cannot be told: then it counts as ready no more, and begins anew.
    """

    def __init__(self, generator: Generator, tags: Mapping[str, Tag]) -> None:
        line = generator.through
        self.power = tags[generator.power]
        self.flow, self.setpoint = tags[f"{line}.flow"], tags[f"{line}.flow_setpoint"]
        inputs = (self.power.name, self.flow.name, self.setpoint.name)
        super().__init__(derived(generator.ready, tags, inputs, state), inputs, None)
        self.warm_up = generator.warm_up

    def update(self, state: Since, time: float, latest: Latest) -> tuple[Since, Sample]:
        """Counts from the first sample at which it is on and fed."""
        power = usable_value(latest, self.power, time)
        flow, setpoint = usable_value(latest, self.flow, time), usable_value(latest, self.setpoint, time)
        if power is None or flow is None or setpoint is None:
            return None, Sample(time, math.nan, Quality.BAD)
        if power <= 0.5 or setpoint <= 0.0 or flow < FED * setpoint:
            return None, Sample(time, 0.0, self._quality(latest))
        since = time if state is None else state
        return since, Sample(time, float(time - since >= self.warm_up), self._quality(latest))

    def _quality(self, latest: Latest) -> Quality:
        return max(latest[name].quality for name in self.inputs)
