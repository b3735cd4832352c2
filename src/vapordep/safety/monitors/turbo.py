"""The monitor of a turbo pump: whether it has been on for as long as it takes to its speed."""

import math
from collections.abc import Mapping

from vapordep.model.batches import Sample
from vapordep.model.chamber import Turbo
from vapordep.model.tags import Quality, Tag
from vapordep.safety.conditions import Latest, usable_value
from vapordep.safety.monitors.generator import Since
from vapordep.safety.monitors.monitor import Monitor, derived
from vapordep.units import state


class AtSpeed(Monitor[Since]):
    """1 while a turbo pump is on, and has been so without a break for its spin-up; 0 while it has not.

    No value while its switch cannot be told: then it counts as ready no more, and begins anew.
    """

    def __init__(self, turbo: Turbo, tags: Mapping[str, Tag]) -> None:
        self.power, self.spin_up = tags[turbo.power], turbo.spin_up
        super().__init__(derived(turbo.ready, tags, (turbo.power,), state), (turbo.power,), None)

    def update(self, state: Since, time: float, latest: Latest) -> tuple[Since, Sample]:
        """Counts from the first sample at which it is on."""
        power = usable_value(latest, self.power, time)
        if power is None:
            return None, Sample(time, math.nan, Quality.BAD)
        quality = latest[self.power.name].quality
        if power <= 0.5:
            return None, Sample(time, 0.0, quality)
        since = time if state is None else state
        return since, Sample(time, float(time - since >= self.spin_up), quality)
