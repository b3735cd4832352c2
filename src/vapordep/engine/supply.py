"""Supply: what is left in each bottle that gives pulses, counted dose by dose, and who is told in good time."""

import math
from collections.abc import Mapping

from vapordep.chemistry import substance
from vapordep.engine.rig import CLOSED, Rig
from vapordep.lazy import dataclass
from vapordep.model.alarms import Alarm, Priority
from vapordep.model.batches import Batch
from vapordep.model.events import Kind
from vapordep.model.sources import SourceLine
from vapordep.model.steps import Dose
from vapordep.recipe.foretold.exposure import given
from vapordep.safety.alarms.alarms import Alarms
from vapordep.units import Dimension, format_si

EARLY = 25
"""A bottle is named so many doses before it may be empty: twenty are wanted, the rest is for a dose in between [D]."""
DOUBT = 0.1
"""What was taken is known to this part: conductances, carrier flows and vapour pressures are no better [D]."""
PREFIX = "bottle."
"""The ids of these alarms begin so: `bottle.TMA`."""
REMEDY = "Weigh the bottle and enter it (`vapordep bottles weigh`), or put another one there before the next run."


@dataclass(frozen=True, slots=True)
class Stock:
    """What a bottle holds by count, and what was taken since it was weighed, mol."""

    left: float
    taken: float

    @property
    def at_least(self) -> float:
        """What it holds at least, mol."""
        return max(self.left - DOUBT * self.taken, 0.0)

    def less(self, amount: float) -> "Stock":
        """After so many mol were taken; what is below 0 was given back."""
        return Stock(max(self.left - amount, 0.0), self.taken + amount)


class Supply:
    """The bottles of a run. What a gauge cannot tell from the gas behind it, the tags `<source>.left` tell."""

    def __init__(self, rig: Rig, alarms: Alarms) -> None:
        """What stands there at the beginning is `rig.bottles`; what an earlier run told of it is over."""
        self._rig = rig
        self._alarms = alarms
        self._sources: Mapping[str, SourceLine] = rig.bottles or rig.reactor.sources
        self._stock = {
            name: Stock(source.content, source.taken)
            for name, source in self._sources.items()
            if source.content is not None and not source.steady
        }
        self._told: set[str] = set()
        for view in alarms.standing:
            if view.id.startswith(PREFIX):
                alarms.cleared(view.id, rig.clock.now(), "another run counts anew")

    def begin(self) -> None:
        """Tells the safety core what is in the bottles: what it does not know counts as nothing."""
        for name in self._stock:
            self._tell(name)

    def take(self, dose: Dose) -> float:
        """Counts a dose that is about to be given; what it takes, mol. Of a bottle that nobody knows, nothing."""
        stock = self._stock.get(dose.source)
        if stock is None:
            return 0.0
        rig = self._rig
        isolated = rig.value(rig.reactor.pump.valve) == CLOSED
        each = given(self._sources[dose.source], rig.reactor, self._read, dose.width, isolated=isolated)
        amount = each * dose.pulses
        self._set(dose.source, stock.less(amount))
        self._judge(dose.source, amount)
        return amount

    def give_back(self, source: str, amount: float) -> None:
        """The dose was not given."""
        if source in self._stock:
            self._set(source, self._stock[source].less(-amount))

    def conclude(self, now: float) -> None:
        """The run is over, and with it what was said; the record of the bottle has it."""
        for name in self._told:
            self._alarms.cleared(f"{PREFIX}{name}", now, "the run is over")
        self._told.clear()

    def _read(self, tag: str, otherwise: float) -> float:
        value = self._rig.value(tag)
        return value if math.isfinite(value) else otherwise

    def _set(self, source: str, stock: Stock) -> None:
        self._stock[source] = stock
        self._tell(source)

    def _tell(self, source: str) -> None:
        line = self._sources[source]
        if line.left_tag:
            mass = self._stock[source].at_least * substance(line.substance).molar_mass
            self._rig.hub.publish([Batch.one(line.left_tag, self._rig.clock.now(), mass)])

    def _judge(self, source: str, amount: float) -> None:
        stock = self._stock[source]
        if source in self._told or stock.at_least >= EARLY * amount * (1.0 + DOUBT):
            return
        self._told.add(source)
        self._alarms.raised(self._alarm(source, amount), Kind.ALARM)

    def _alarm(self, source: str, amount: float) -> Alarm:
        stock, line = self._stock[source], self._sources[source]
        molar_mass = substance(line.substance).molar_mass
        by_count, at_least, each = (
            format_si(mol * molar_mass, Dimension.MASS) for mol in (stock.left, stock.at_least, amount)
        )
        doses = math.floor(stock.at_least / (amount * (1.0 + DOUBT)))
        bottle = f" ({line.bottle})" if line.bottle else ""
        return Alarm(
            f"{PREFIX}{source}",
            self._rig.clock.now(),
            Priority.LOW,
            f"the bottle of {source}{bottle} runs empty: it may hold no more than {doses} further doses",
            f"{by_count} are left by count, {at_least} at least; a dose takes {each}",
            "nothing was changed",
            REMEDY,
            cause="Its content was used up, by the count of what it gave since it was filled or weighed.",
            consequence="once it is empty, doses no longer fill the surface",
        )
