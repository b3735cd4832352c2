"""Leaps of the iCVD plant: where everything changes smoothly, or fades as it did, many steps are taken as one.

A chamber at rest, one that fills through a leak, one that is nearly pumped out, and a film that grows at a steady rate
go on as the last few steps of the grid say. Blocks of the grid begin at fixed instants; the steps at the beginning of
each tell whether its others may be leapt. The leap is told by so many knots that straight lines between them do for
whoever reads.

Of each quantity by itself the second differences are taken to go on as a geometric series, as the last two of them
say: that is a parabola for what is smooth (Newton), a straight line for what is straight, and an exponential that dies
away for what was disturbed and comes to rest faster than a leap lasts (Aitken). Without that the quick ones among the
quantities would be thrown farther by each leap than by the one before.
"""

from collections.abc import Sequence, Sized
from itertools import islice
from math import ceil, sqrt

import numpy as np

from vapordep.lazy import dataclass
from vapordep.simulation.plant import Inputs
from vapordep_simulators.plant.chamber.chilled import Chilled
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.films.polymer_film import SLAB, PolymerFilm, fractions
from vapordep_simulators.plant.steady.state import Books, Hot, Snapshot

BLOCKS = (320, 80, 20)
"""Steps of the grid in a block, of which all but the first few are leapt: 80, 20 or 5 s."""
SEEN = 4
"""Steps at the beginning of a block that tell whether the others may be leapt."""
FAR = 1e-5
"""So much of what a quantity is may lie between what the first three of them foretell for the end, and the last three:
less than any instrument shows."""
BENT = 5e-6
"""So far, as a part of what it is, may a quantity lie off the straight line between two knots."""
CLOSEST = 3
"""Steps between knots below which a leap is not worth it."""
DRIFT = 1e-4
"""So far, as a part of its stroke, may the throttle want to go in a leap: its loop's memory stays behind by that."""
WARMING = 0.7
"""So much warmer or colder, in K, may the gas become in a leap: a zone may stop at its setpoint meanwhile."""
LED = 0.2
"""So far, in K, may the chiller lead its bath and the stage in a leap: its cascade has corners."""
LEAST = 1e-12
"""What is below this, in mol, mol/s or what else, counts as nothing beside others of its kind."""
STRAIGHT = 1e-8
"""A ratio of second differences that is less than this below 1 counts as 1."""

Knot = tuple[int, Snapshot]
"""A snapshot with its instant on the grid."""


@dataclass(frozen=True, slots=True)
class Leap:
    """What a state knows of leaps, as long as the `inputs` stay.

    `seen` are the last steps before the two snapshots of the state, `rest` is what is left of a leap under way.
    """

    seen: tuple[Knot, ...]
    rest: tuple[Knot, ...]
    inputs: Inputs


def along(a: Snapshot, b: Snapshot, way: float) -> Snapshot:
    """The snapshot on the straight line from `a` (way 0) to `b` (way 1)."""
    here, there = _spread(a), _spread(b)
    return _gathered(a, here + (there - here) * way)


def leap(knots: Sequence[Knot], warming: float) -> list[Knot] | None:
    """The knots of the longest leap from the last of `knots`, of which five must lie in a row; None if there is none.

    `warming` is by how much the gas became warmer in the last step, K.
    """
    grid = knots[-1][0]
    lengths = [block - SEEN for block in BLOCKS if grid % block == SEEN]
    if not lengths or len(knots) <= SEEN or knots[-1 - SEEN][0] != grid - SEEN:
        return None
    before, now = knots[-2][1], knots[-1][1]
    lengths = [steps for steps in lengths if _within(before, now, warming, steps)]
    seen = np.array([_spread(snapshot) for _, snapshot in knots[-1 - SEEN :]]) if lengths else np.empty(0)
    starts = _kinds(now)
    for steps in lengths:
        if _goes_on(seen, starts, steps):
            found = _leapt(grid, now, seen[1:], _places(seen, starts, steps))
            if found is not None:
                return found
    return None


def _within(before: Snapshot, now: Snapshot, warming: float, steps: int) -> bool:
    """Whether no loop would go so far in that many steps that it may well do something else."""
    if abs(now.blade.wanted - before.blade.wanted) * steps > DRIFT or abs(warming) * steps > WARMING:
        return False
    led = max(abs(new - old) for new, old in zip(now.chilled, before.chilled, strict=True))
    return led * steps <= LED


def _goes_on(seen: Floats, starts: Sequence[int], steps: int) -> bool:
    """Whether what was foretold one step ago for the end of so many steps is what is foretold now."""
    off = _foretold(seen[1:], steps) - _foretold(seen[:-1], steps + 1)
    return bool((_largest(off, starts) <= FAR * np.maximum(_largest(seen[-1], starts), LEAST)).all())


def _foretold(seen: Floats, steps: int) -> Floats:
    """What comes so many steps after the last of four rows."""
    changes = np.diff(seen, axis=0)
    before, bend = np.diff(changes, axis=0)
    ratio = np.divide(bend, before, out=np.zeros_like(bend), where=before != 0.0).clip(0.0, 1.0)
    short = np.maximum(1.0 - ratio, STRAIGHT)
    fading = ratio / short * (steps - ratio * (1.0 - ratio**steps) / short)
    smooth = steps * (steps + 1) / 2.0
    found: Floats = seen[-1] + steps * changes[-1] + bend * np.where(short > STRAIGHT, fading, smooth)
    return found


def _places(seen: Floats, starts: Sequence[int], steps: int) -> Sequence[int]:
    """How many steps after the last snapshot the knots of a leap lie; none when they would lie too close."""
    size = np.maximum(_largest(seen[-1], starts), LEAST)
    bend = float((_largest(np.diff(seen[-3:], n=2, axis=0)[0], starts) / size).max())
    if bend * CLOSEST**2 > 8.0 * BENT:
        return ()
    parts = max(ceil(steps * sqrt(bend / (8.0 * BENT))), 1)
    return [round(steps * part / parts) for part in range(1, parts + 1)]


def _leapt(grid: int, now: Snapshot, seen: Floats, places: Sequence[int]) -> list[Knot] | None:
    """The knots of a leap; None where there are none, or would be less than nothing of something."""
    found, film, before = [], now.film, seen[-2]
    for steps in places:
        knot = _gathered(now, _foretold(seen, steps))
        if (knot.moles < 0.0).any():
            knot = knot._replace(moles=_faded(before[: len(now.moles)], now.moles, knot.moles, steps))
        if (knot.condensed < 0.0).any() or min(*knot.content, *knot.in_lines, 0.0) < 0.0:
            return None
        film = _slab(knot.film._replace(profile=film.profile, begun=film.begun, below=film.below))
        found.append((grid + steps, knot._replace(film=film)))
    return found or None


def _faded(second: Floats, third: Floats, end: Floats, steps: int) -> Floats:
    """The amounts at the `end` of a leap, where some would be less than nothing.

    They are so little beside the others that nothing else hangs on them: the last of a vapour that is pumped away. What
    is left of it falls by the same part in each step.
    """
    rest = np.divide(third, second, out=np.zeros_like(third), where=(second > 0.0) & (third < second))
    return np.where(end < 0.0, third * rest**steps, end)


def _largest(values: Floats, starts: Sequence[int]) -> Floats:
    """The largest of each kind of quantities."""
    found: Floats = np.maximum.reduceat(np.abs(values[: starts[-1]]), starts[:-1])
    return found


def _kinds(s: Snapshot) -> list[int]:
    """Where each kind of quantities begins in a row, and where those end that change by themselves."""
    film = 2 * len(s.film.amounts) + 2
    flows = len(s.feeds) + len(s.metered) + len(s.flows)
    sizes = [len(s.moles), flows, len(s.content), len(s.gauges), len(s.hot), len(s.chilled), 2, film, 1]
    sizes += [len(s.walls), s.condensed.size, len(s.in_lines), len(s.needles)]
    sizes += [len(s.supplied)]
    return [0, *np.cumsum([size for size in sizes if size]).tolist()]


def _spread(s: Snapshot) -> Floats:
    """Every quantity of a snapshot in one row: first, by kinds, what changes by itself; then what follows from it."""
    film, books = s.film, s.books
    return np.concatenate(
        (
            s.moles,
            (*s.feeds, *s.metered, *s.flows, *s.content, *s.gauges, *s.hot, *s.chilled, s.blade.position),
            (s.blade.wanted, *film.amounts, *film.converted, film.thickness, film.swollen, film.mass, *s.walls),
            s.condensed.ravel(),
            (*s.in_lines, *(needle.position for needle in s.needles), *(needle.wanted for needle in s.needles)),
            s.supplied,
            (*film.taken, s.rate, books.made, books.peak, books.foil, books.filament, books.crowded),
            *(books.fed, books.pumped, books.reacted, books.exposure, books.attack),
        )
    )


def _gathered(base: Snapshot, row: Floats) -> Snapshot:
    """The snapshot of a row; what is no quantity is that of the `base`."""
    numbers = iter(row.tolist())

    def take(like: Sized) -> tuple[float, ...]:
        return tuple(islice(numbers, len(like)))

    moles = np.array(take(base.moles))
    feeds, metered, flows, content = (take(like) for like in (base.feeds, base.metered, base.flows, base.content))
    gauges, hot, chilled = take(base.gauges), Hot._make(take(base.hot)), Chilled._make(take(base.chilled))
    blade = base.blade._replace(position=next(numbers), wanted=next(numbers))
    amounts, converted = take(base.film.amounts), take(base.film.converted)
    thickness, swollen, mass = islice(numbers, 3)
    walls, condensed = take(base.walls), np.array(take(base.condensed.ravel())).reshape(base.condensed.shape)
    in_lines, positions, wanted = take(base.in_lines), take(base.needles), take(base.needles)
    supplied, taken = take(base.supplied), take(base.film.taken)
    rate, made, *most = islice(numbers, 6)
    fed, pumped, reacted, exposure, attack = (np.array(take(moles)) for _ in range(5))
    film = base.film._replace(
        amounts=amounts, converted=converted, thickness=thickness, swollen=swollen, mass=mass, taken=taken
    )
    places = zip(base.needles, positions, wanted, strict=True)
    return Snapshot(
        moles=moles,
        feeds=feeds,
        metered=metered,
        flows=flows,
        content=content,
        gauges=gauges,
        blade=blade,
        hot=hot,
        chilled=chilled,
        film=film,
        rate=rate,
        walls=walls,
        condensed=condensed,
        in_lines=in_lines,
        books=Books(fed, pumped, reacted, made, exposure, attack, *most),
        needles=tuple(needle._replace(position=at, wanted=to) for needle, at, to in places),
        covered=base.covered,
        supplied=supplied,
    )


def _slab(film: PolymerFilm) -> PolymerFilm:
    """With a slab for what has grown, if that is enough for one."""
    if film.thickness < film.below + SLAB:
        return film
    parts = fractions([now - begun for now, begun in zip(film.amounts, film.begun, strict=True)])
    return film._replace(
        profile=(*film.profile, (film.thickness, parts)), begun=film.amounts, below=film.thickness
    )  # fmt: skip
