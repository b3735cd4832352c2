"""What instruments would show of a reactor, and what its monitors and interlocks make of it: for drills."""

from collections.abc import Mapping, Sequence

from vapordep.chemistry import substrate
from vapordep.model.batches import Batch
from vapordep.model.reactor import Reactor
from vapordep.reactor.table import tag_table
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.protection import Rules
from vapordep.units import degC, sccm, to_si

STEP = 0.25


def celsius(value: float) -> float:
    return float(to_si(value, degC))


def flow(value: float) -> float:
    return float(to_si(value, sccm))


class Watch:
    """Monitors and interlocks of the reactor, shown all its tags every quarter of a second."""

    def __init__(self, reactor: Reactor, values: Mapping[str, float]) -> None:
        self.tags = tag_table(reactor)
        self.rules = Rules(reactor, substrate("lithium"), self.tags)
        self.interlocks = Interlocks(self.rules.compiled)
        self.values = dict(values)
        self.now = 0.0
        self.show([0.0])
        self.interlocks.go_live(self.now)

    def show(self, times: Sequence[float], lost: str = "") -> None:
        shown = {tag: [self.values.get(tag, 0.0)] * len(times) for tag in self.tags if tag != lost}
        batches = [Batch.of(tag, times, values) for tag, values in shown.items()]
        derived = self.rules.derivation(batches)
        self.interlocks.evaluate(times[-1], [*batches, *derived])

    def go_on(self, duration: float, lost: str = "", **changes: float) -> "Watch":
        """Shows the values, changed, for `duration` s in one stretch; `__` stands for the point in a tag's name."""
        self.values |= {tag.replace("__", "."): value for tag, value in changes.items()}
        times = [self.now + STEP * k for k in range(1, round(duration / STEP) + 1)]
        self.now = times[-1]
        self.show(times, lost)
        return self

    @property
    def tripped(self) -> set[str]:
        return {trip.id for trip in (*self.interlocks.trips, *self.interlocks.warnings)}

    def refusals(self, output: str) -> set[str]:
        guards, latest = self.interlocks.guards(output, self.now), self.rules.derivation.latest
        return {guard.rule.id for guard in guards if guard.unmet(latest, self.now)}
