"""The polymer that has grown since the chamber was last open, by the crystal: what ends the ledger of bare metal.

Only growth counts: what the crystal gains while the filament is lit and a monomer flows. What it shows at other times
is its temperature, vapour that is adsorbed, or the film of earlier runs. No polymer is proven to be without pinholes,
so that it is no cover against what attacks the metal (interlock C3).
"""

from collections.abc import Iterable, Mapping
from math import inf, nan
from typing import NamedTuple

import numpy as np

from vapordep.model.batches import GOOD, Batch, Floats, Sample
from vapordep.model.columns import Columns
from vapordep.model.icvd import Filament, Microbalance
from vapordep.model.tags import Tag, TagKind
from vapordep.safety.conditions import Latest, usable_value, usable_values
from vapordep.safety.monitors.monitor import Monitor
from vapordep.safety.monitors.surface import VENTED

FILM = "bare.film"
CLOSED = 20e-9
"""m. From here on a polymer counts as closed [D]: twice the thinnest that serves by itself, pV4D4 of 10 nm [S44]."""


class Growth(NamedTuple):
    """What the crystal showed as it last grew, NaN while nothing grows; the film and what was last told of it, in m."""

    last: float = nan
    film: float = 0.0
    told: float = -1.0


class Grown(Monitor[Growth]):
    """The film on the stage, in m: 0 once the chamber was open. It does not age."""

    def __init__(
        self, balance: Microbalance, filament: Filament, monomers: Iterable[str], tags: Mapping[str, Tag]
    ) -> None:
        """`monomers` are the valves of what polymerises."""
        self.thickness, self.tooling = tags[balance.thickness], balance.tooling
        self.pressure, self.lit = tags["chamber.pressure"], tags[filament.on]
        self.valves = tuple(tags[valve] for valve in monomers)
        beside = tuple(tag.name for tag in (self.pressure, self.lit, *self.valves))
        tag = Tag(FILM, self.thickness.unit, TagKind.DERIVED, stale_after=inf)
        super().__init__(tag, (balance.thickness,), Growth(), beside)

    def update(self, state: Growth, time: float, latest: Latest) -> tuple[Growth, Sample | None]:
        """Adds what was gained since the last sample, if something grew at both; says it when it changed."""
        vented = (usable_value(latest, self.pressure, time) or 0.0) >= VENTED
        film = 0.0 if vented else state.film
        shown = usable_value(latest, self.thickness, time) if not vented and self._grows(latest, time) else None
        if shown is not None and state.last == state.last:
            film += (shown - state.last) / self.tooling
        said = None if film == state.told else Sample(time, film, GOOD)
        return Growth(nan if shown is None else shown, film, film), said

    def over(self, state: Growth, instants: Floats, columns: Columns) -> tuple[Growth, Batch | None]:
        """The same; where nothing grows and nobody opens the chamber there is nothing to look at."""
        known, pressure = usable_values(columns, self.pressure, instants)
        told, lit = usable_values(columns, self.lit, instants)
        moves = (told & (lit != 0.0)) | (known & (pressure >= VENTED))
        if state.film != state.told or np.count_nonzero(moves):
            return super().over(state, instants, columns)
        return state._replace(last=nan), None

    def _grows(self, latest: Latest, time: float) -> bool:
        if not usable_value(latest, self.lit, time):
            return False
        return any(usable_value(latest, valve, time) for valve in self.valves)
