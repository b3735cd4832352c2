"""Leaps of the iCVD plant: where everything changes evenly from step to step, many steps are taken as one.

A chamber at rest, one that fills through a leak, and a film that grows at a steady rate all change by the same amounts
in each step of the grid. Blocks of the grid begin at fixed instants; two steps at the beginning of each tell whether
its others may be leapt. What the plant then has at any instant between lies on a straight line.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from vapordep.lazy import dataclass
from vapordep.simulation.plant import Inputs
from vapordep_simulators.plant.chilled import Chilled
from vapordep_simulators.plant.expansion import Floats
from vapordep_simulators.plant.icvd_state import Blade, Books, Hot, Snapshot
from vapordep_simulators.plant.polymer_film import SLAB, PolymerFilm, fractions

BLOCKS = ((80, 1e-8), (20, 5e-8))
"""Steps of the grid in a block, of which all but the first two are leapt: 20 s, and 5 s where that is too far.

And how far, as a part of what it is, the change of a quantity in one step may differ from that in the next: over the
long block that makes 3e-5 of it, over the short one 8e-6, less than any instrument shows."""
DRIFT = 1e-4
"""So far, as a part of its stroke, may the throttle want to go in a leap: its loop's memory stays behind by that."""
LEAST = 1e-12
"""What is below this, in mol, mol/s or what else, counts as nothing beside others of its kind."""


@dataclass(frozen=True, slots=True)
class Leap:
    """A leap under way: the snapshot at its end, at the instant `grid` of the grid, as long as the `inputs` stay."""

    grid: int
    end: Snapshot
    inputs: Inputs


def along(a: Snapshot, b: Snapshot, way: float) -> Snapshot:
    """The snapshot on the straight line from `a` (way 0) through `b` (way 1)."""
    return a._replace(
        moles=a.moles + (b.moles - a.moles) * way,
        feeds=_line(a.feeds, b.feeds, way),
        metered=_line(a.metered, b.metered, way),
        flows=_line(a.flows, b.flows, way),
        content=_line(a.content, b.content, way),
        gauges=_line(a.gauges, b.gauges, way),
        blade=_blade(a.blade, b.blade, way),
        hot=Hot(*_line(a.hot, b.hot, way)),
        chilled=Chilled(*_line(a.chilled, b.chilled, way)),
        film=_film(a.film, b.film, way),
        rate=a.rate + (b.rate - a.rate) * way,
        walls=_line(a.walls, b.walls, way),
        condensed=a.condensed + (b.condensed - a.condensed) * way,
        in_lines=_line(a.in_lines, b.in_lines, way),
        books=_books(a.books, b.books, way),
        needles=tuple(_blade(one, other, way) for one, other in zip(a.needles, b.needles, strict=True)),
    )


def leap(first: Snapshot, second: Snapshot, third: Snapshot, steps: int, even: float) -> Snapshot | None:
    """What is `steps` after `third`, of three snapshots in a row; None unless everything changes evenly until then.

    `even` is how much their changes may differ, as a part of what they are.
    """
    one, two, three = (_values(snapshot) for snapshot in (first, second, third))
    for a, b, c in zip(one, two, three, strict=True):
        if np.abs((c - b) - (b - a)).max(initial=0.0) > even * max(np.abs(c).max(initial=0.0), LEAST):
            return None
    if abs(third.blade.wanted - second.blade.wanted) * steps > DRIFT:
        return None
    end = along(second, third, 1.0 + steps)
    if (end.moles < 0.0).any():
        end = end._replace(moles=_faded(second.moles, third.moles, end.moles, steps))
    ends = (end.condensed, np.array(end.content), np.array(end.in_lines))
    return None if any((amounts < 0.0).any() for amounts in ends) else end._replace(film=_slab(end.film))


def _faded(second: Floats, third: Floats, end: Floats, steps: int) -> Floats:
    """The amounts at the `end` of a leap, of which no straight line leads below nothing.

    Those that would go there are so little beside the others that their bend counts as none: the last of a vapour that
    is pumped away. What is left of it falls by the same part in each step.
    """
    rest = np.divide(third, second, out=np.zeros_like(third), where=(second > 0.0) & (third < second))
    return np.where(end < 0.0, third * rest**steps, end)


def _values(snapshot: Snapshot) -> tuple[Floats, ...]:
    """All that changes by itself, quantities of one kind together. The books follow from it."""
    s = snapshot
    return (
        s.moles,
        np.array((*s.feeds, *s.metered, *s.flows)),
        np.array(s.content),
        np.array(s.gauges),
        np.array(s.hot),
        np.array(s.chilled),
        np.array((s.blade.position, s.blade.wanted)),
        np.array((*s.film.amounts, *s.film.converted, s.film.height)),
        np.array((s.film.mass,)),
        np.array(s.walls),
        s.condensed.ravel(),
        np.array(s.in_lines),
        np.array([needle.position for needle in s.needles]),
    )


def _line(a: Sequence[float], b: Sequence[float], way: float) -> tuple[float, ...]:
    return tuple(one + (other - one) * way for one, other in zip(a, b, strict=True))


def _blade(a: Blade, b: Blade, way: float) -> Blade:
    """Its loop remembers what it did when it last acted, and acts again as soon as it may."""
    position, wanted = _line((a.position, a.wanted), (b.position, b.wanted), way)
    return b._replace(position=position, wanted=wanted)


def _film(a: PolymerFilm, b: PolymerFilm, way: float) -> PolymerFilm:
    return b._replace(
        amounts=_line(a.amounts, b.amounts, way),
        thickness=a.thickness + (b.thickness - a.thickness) * way,
        mass=a.mass + (b.mass - a.mass) * way,
        converted=_line(a.converted, b.converted, way),
        taken=_line(a.taken, b.taken, way),
        swollen=a.swollen + (b.swollen - a.swollen) * way,
    )


def _slab(film: PolymerFilm) -> PolymerFilm:
    """With a slab for what has grown, if that is enough for one."""
    if film.thickness < film.below + SLAB:
        return film
    parts = fractions([now - begun for now, begun in zip(film.amounts, film.begun, strict=True)])
    return film._replace(
        profile=(*film.profile, (film.thickness, parts)), begun=film.amounts, below=film.thickness
    )  # fmt: skip


def _books(a: Books, b: Books, way: float) -> Books:
    first: tuple[Any, ...] = a
    return Books(*(one + (other - one) * way for one, other in zip(first, b, strict=True)))
