"""A row for each cycle of a run: its doses, what was left of each when the next one came, and what it grew."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby, product

import numpy as np

from vapordep.app.review.pulse_rows import PulseRow
from vapordep.app.review.turns import Turns
from vapordep.history.recordings.recording import Recording
from vapordep.lazy import dataclass
from vapordep.model.batches import Floats
from vapordep.model.film import FilmLayer

CRYSTAL = ".thickness"
"""How the tag of a microbalance ends."""
WEIGHED_OVER = 1.0
"""A crystal is read over so long before a cycle begins, in s."""
MOST_WAYS = 10_000
"""More ways in which loops may have made layers are not looked through."""
Gone = tuple[str, int]
"""A loop, and the how manyth time it was gone through."""


@dataclass(frozen=True, slots=True)
class CycleRow:
    """One cycle: when it began and how long until the next one (s), and of each source area (Pa s) and residual.

    `turn` is the how manyth time its loop was gone through, where it stands within another one. `growth` in m is what a
    microbalance weighed from its beginning to that of the next one; where there is none `weighed` is False, and it is
    the mean of the layer that grew in that turn. NaN where neither is known.
    """

    loop: str
    cycle: int
    turn: int
    began: float
    length: float
    areas: Mapping[str, float]
    residuals: Mapping[str, float]
    growth: float = math.nan
    weighed: bool = False

    @property
    def of(self) -> Gone:
        """The turn of the loop that it belongs to."""
        return self.loop, self.turn


def cycle_rows(rows: Sequence[PulseRow], recording: Recording) -> Iterator[CycleRow]:
    """A row for each cycle of a loop, from its doses; `length` of the last one is not known."""
    turns = Turns(recording.events())
    keyed = [(row.loop, row.cycle, turns.at(row.loop, recording.t0 + row.opened).number) for row in rows]
    groups = [list(some) for _, some in groupby(zip(keyed, rows, strict=True), key=lambda pair: pair[0])]
    begins = [group[0][1].opened for group in groups] + [math.nan]
    for group, begin, after in zip(groups, begins, begins[1:], strict=False):
        (loop, cycle, turn), _ = group[0]
        if loop:
            areas = {row.source: row.area for _, row in group}
            residuals = {row.source: row.residual for _, row in group}
            yield CycleRow(loop, cycle, turn, begin, after - begin, areas, residuals)


def grown(cycles: Sequence[CycleRow], recording: Recording) -> Iterator[CycleRow]:
    """With what each cycle grew: by the crystal, else as the mean of the layer of its turn."""
    crystals = [tag for tag in recording.tags() if tag.endswith(CRYSTAL)]
    if not crystals:
        means = _means(cycles, [layer for layer in recording.film().layers if layer.cycles])
        yield from (replace(cycle, growth=means.get(cycle.of, math.nan)) for cycle in cycles)
        return
    thickness = recording.samples(crystals[0])
    known = np.isfinite(thickness.values)
    times, values = thickness.times[known] - recording.t0, thickness.values[known]
    for cycle in cycles:
        begin, end = (_just_before(instant, times, values) for instant in (cycle.began, cycle.began + cycle.length))
        yield replace(cycle, growth=end - begin, weighed=math.isfinite(end - begin))


def _just_before(instant: float, times: Floats, values: Floats) -> float:
    """The median of the last second before an instant, when what the last dose left is gone; NaN where nothing is."""
    if not math.isfinite(instant):
        return math.nan
    first, beyond = np.searchsorted(times, (instant - WEIGHED_OVER, instant)).tolist()
    return float(np.median(values[first:beyond])) if beyond > first else math.nan


def _means(cycles: Sequence[CycleRow], layers: Sequence[FilmLayer]) -> dict[Gone, float]:
    """By turn of a loop the growth a cycle of its layer; nothing where several ways, or none, make those layers.

    No record tells which loop made which layer. That way counts by which the turns of the loops, in their order, had as
    many cycles as the layers that they would have made; of several, the one that tells of most turns. A run that broke
    off may have begun one cycle more than became whole.
    """
    turns = [(turn, len({cycle.cycle for cycle in some})) for turn, some in groupby(cycles, lambda row: row.of)]
    for spare in (0, 1):
        ways = sorted(_ways(turns, layers, spare), key=len)
        if ways and ways[-1]:
            return {} if len(ways) > 1 and len(ways[-2]) == len(ways[-1]) else ways[-1]
    return {}


def _ways(turns: Sequence[tuple[Gone, int]], layers: Sequence[FilmLayer], spare: int) -> Iterator[dict[Gone, float]]:
    """What each turn of a loop, by its cycles, may have grown; the last one may have `spare` cycles too many."""
    loops = list(dict.fromkeys(loop for (loop, _), _ in turns))
    names = ["", *dict.fromkeys(layer.name for layer in layers)]
    if len(names) ** len(loops) > MOST_WAYS:
        return
    for chosen in product(names, repeat=len(loops)):
        makes = dict(zip(loops, chosen, strict=True))
        made = [(turn, makes[turn[0]], done) for turn, done in turns if makes[turn[0]]]
        those = [layer for layer in layers if layer.name in chosen]
        if len(made) == len(those) and all(
            name == layer.name and 0 <= done - layer.cycles <= (spare if layer is those[-1] else 0)
            for (_, name, done), layer in zip(made, those, strict=True)
        ):
            yield {turn: layer.growth_per_cycle for (turn, _, _), layer in zip(made, those, strict=True)}
