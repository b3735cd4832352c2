"""The film of a simulated run: ground truth taken at the borders of each layer."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import field
from typing import Any

from vapordep.chemistry import substance
from vapordep.lazy import dataclass
from vapordep.model.film import Film, FilmLayer, Slab
from vapordep.model.plan import Block

Truth = Mapping[str, Any]
Probe = Callable[[], Awaitable[Truth | None]]
"""Asks the simulated plant; None where there is none to ask, or it does not answer."""
NAN = float("nan")
NUCLEATION = "nucleation"
"""The layer that stands for the excess of the first cycles."""
TOGETHER = " + "
"""Between the names of the layers of a supercycle, where they are told as one."""
UNNAMED = "no layer"
"""The layer that stands for what grew outside of all layers, in loops that name none."""
BARE: Truth = {"thickness": 0.0, "mass": 0.0, "nucleation": 0.0, "layers": {}}
"""What lies on a substrate that bears no film."""
MOST_SLABS = 120
"""Of a profile with more slabs, neighbours are told as one."""
LEAST = 1e-12
"""Less than this, in m, is no film but what single doses leave."""


@dataclass(slots=True)
class Growing:
    """A layer with ground truth at its beginning and its end."""

    name: str
    begin: Truth | None
    end: Truth | None = None
    cycles: int = 0
    turns: tuple[int, ...] = ()
    metals: Mapping[str, int] = field(default_factory=dict)


class FilmBook:
    """Notes ground truth at the beginning and the end of every layer; only reports read it."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self._layers: list[Growing] = []
        self._before: Truth | None = None

    @property
    def cycles(self) -> Mapping[str, int]:
        """How many whole cycles of each layer were done so far."""
        found: Counter[str] = Counter()
        for layer in self._layers:
            found[layer.name] += layer.cycles
        return found

    async def open(self) -> None:
        """The run begins, on a substrate that may bear the film of another."""
        self._before = await self.probe()

    async def begin(self, block: Block) -> None:
        """A layer begins; one that was broken off ends with it."""
        truth = await self.probe()
        if self._layers and self._layers[-1].end is None:
            self._layers[-1].end = truth
        self._layers.append(Growing(block.layer, truth))

    def cycle(self) -> None:
        """A whole cycle of it is done."""
        self._layers[-1].cycles += 1

    async def end(self) -> None:
        """It is done."""
        self._layers[-1].end = await self.probe()

    async def film(self) -> Film:
        """Layer by layer, the excess of the first cycles on its own; empty where there is no ground truth."""
        last = await self.probe()
        return Film() if last is None else film_of(self._layers, last, self._before)


def film_of(layers: Iterable[Growing], last: Truth, before: Truth | None = None) -> Film:
    """The film at its end: the excess of the first cycles on its own, layer by layer, then what grew in no layer.

    What lay there `before` is not counted.
    """
    grown = tuple(_layer(growing, last) for growing in layers)
    found = (_nucleation(last, before), *grown, _unnamed(grown, last, before))
    return Film(tuple(layer for layer in found if layer is not None))


def slabs_of(truth: Truth, most: int = MOST_SLABS) -> tuple[Slab, ...]:
    """What a copolymer is made of at every depth, in `most` slabs at the most; nothing of any other film."""
    found = (
        Slab(float(top), {short(name): share for name, share in shares.items()})
        for top, shares in truth.get("profile") or ()
    )
    return merged(tuple(found), most)


def short(name: str) -> str:
    """A substance as people call it: by its first alias, where it has one."""
    return next(iter(substance(name).aliases), name)


def merged(slabs: tuple[Slab, ...], most: int) -> tuple[Slab, ...]:
    """Neighbours as one, weighed by their thickness, so that there are no more than `most`."""
    size = -(-len(slabs) // most)
    if size <= 1:
        return slabs
    borders = [0.0, *(slab.top for slab in slabs)]
    groups = [range(first, min(first + size, len(slabs))) for first in range(0, len(slabs), size)]
    return tuple(_as_one(slabs, borders, group) for group in groups)


def _as_one(slabs: tuple[Slab, ...], borders: list[float], group: range) -> Slab:
    whole = borders[group.stop] - borders[group.start]
    weights = {place: (borders[place + 1] - borders[place]) / whole for place in group} if whole > 0.0 else {}
    shares = {name: sum(weights.get(p, 0.0) * slabs[p].shares[name] for p in group) for name in slabs[0].shares}
    return Slab(borders[group.stop], shares)


def _unnamed(grown: tuple[FilmLayer, ...], last: Truth, before: Truth | None) -> FilmLayer | None:
    """What the layers leave of the steady film, so that the sum is all that grew.

    None when they leave nothing, or nobody knows what lay there before.
    """
    if before is None:
        return None
    (thickness, mass), (lay, weighed) = _steady(last), _steady(before)
    thickness -= lay + sum(layer.thickness for layer in grown)
    mass -= weighed + sum(layer.mass for layer in grown)
    return FilmLayer(UNNAMED, thickness, 0, NAN, mass) if thickness > LEAST else None


def _nucleation(truth: Truth, before: Truth | None) -> FilmLayer | None:
    """What grew beyond the steady film in the first cycles on the substrate."""
    excess, mass = _nucleated(truth)
    if before is not None:
        thickness_before, mass_before = _nucleated(before)
        excess, mass = excess - thickness_before, mass - mass_before
    return FilmLayer(NUCLEATION, excess, 0, NAN, mass) if excess > 0.0 else None


def _layer(growing: Growing, last: Truth) -> FilmLayer:
    """One layer, up to its end or to the end of the run when it was broken off; NaN when its begin is not known."""
    end = _steady(growing.end or last)
    begin = _steady(growing.begin) if growing.begin else (NAN, NAN)
    thickness, cycles = end[0] - begin[0], growing.cycles
    per_cycle = thickness / cycles if cycles else NAN
    mass = end[1] - begin[1]
    return FilmLayer(growing.name, thickness, cycles, per_cycle, mass, turns=growing.turns, metals=growing.metals)


def _steady(truth: Truth) -> tuple[float, float]:
    """Thickness in m and mass in kg/m2 without the excess of nucleation."""
    thickness, mass = _nucleated(truth)
    return float(truth["thickness"]) - thickness, float(truth["mass"]) - mass


def _nucleated(truth: Truth) -> tuple[float, float]:
    """Thickness in m and mass in kg/m2 of the excess of nucleation."""
    grown = [layer for layer in truth["layers"].values() if layer["thickness"] > 0.0]
    mass = sum(layer["mass"] * layer["nucleation"] / layer["thickness"] for layer in grown)
    return float(truth["nucleation"]), float(mass)
