"""Learning where to end a deposition: the dry film afterwards, compared with what the crystal said at its end.

At the end the crystal also bears adsorbed vapour, and the film grows on while the filament cools. How much both make
is seen only once the vapour is gone: the crystal is compared with itself, dry before the first vapour and dry again.
"""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from vapordep.lazy import dataclass
from vapordep.model.events import Kind
from vapordep.model.overshoot import Conditions, Overshoot
from vapordep.units import Dimension, format_si

if TYPE_CHECKING:
    from vapordep.engine.rig import Rig

DRY = 0.01
"""Below this P/Psat of all vapours together a crystal counts as dry: a twentieth of a monolayer."""
AS_WARM = 0.5
"""K. A crystal's frequency goes with its temperature: two readings of it are compared only when it is as warm."""
MOST = 0.1
"""A deposition ends earlier or later by this part of its thickness at most, whatever was learned."""
BELIEVED = 0.25
"""An overshoot beyond this part of the thickness is none: the crystal was zeroed, changed, or has failed."""
LEAST = 5e-11
"""Half an angstrom: less is nothing."""
LAST = 3
"""The median of so many counts."""
VAPOUR = "vapour.saturation"


@dataclass(frozen=True, slots=True)
class _Bare:
    """The crystal before the vapour came: thickness in m, and the stage it lies on in K."""

    thickness: float
    stage: float


@dataclass(frozen=True, slots=True)
class _Ended:
    """A deposition whose film is still wet: what it was to become and had become, in m."""

    place: str
    wanted: float
    grown: float
    conditions: Conditions
    bare: _Bare


class Overshoots:
    """What earlier runs learned, the newest last, and what this one learns."""

    def __init__(self, learned: Sequence[Overshoot] = ()) -> None:
        self.learned = list(learned)
        self._bare: _Bare | None = None
        self._ended: _Ended | None = None

    def vapour_comes(self, rig: "Rig") -> None:
        """Keeps what the dry crystal shows, before vapour is let in; nothing where it is not dry."""
        self.look(rig)
        if self._ended is None and _dry(rig):
            self._bare = _now(rig)

    def expected(self, place: str, thickness: float, conditions: Conditions) -> tuple[float, int]:
        """By how much (m) to end before a `thickness`, and from how many depositions that is known; 0 from none."""
        alike = [known.grown for known in self.learned if known.place == place and known.conditions.alike(conditions)]
        if not alike:
            return 0.0, 0
        found = median(alike[-LAST:])
        return min(max(found, -MOST * thickness), MOST * thickness), len(alike[-LAST:])

    def ended(self, place: str, wanted: float, grown: float, conditions: Conditions) -> None:
        """A deposition was ended by thickness; its film is looked at once it is dry."""
        bare, self._bare = self._bare, None
        if bare is not None:
            self._ended = _Ended(place, wanted, grown, conditions, bare)

    def look(self, rig: "Rig") -> None:
        """Learns from a film that has become dry; called between steps."""
        ended = self._ended
        if ended is None or not _dry(rig):
            return
        now = _now(rig)
        if now is None or abs(now.stage - ended.bare.stage) > AS_WARM:
            return
        self._ended = None
        film = (now.thickness - ended.bare.thickness) / _tooling(rig)
        overshoot = Overshoot(ended.place, film - ended.grown, ended.conditions)
        told = f"the dry film is {_nm(film)}: {_compared(overshoot.grown)} the {_nm(ended.grown)} at which it was ended"
        if abs(overshoot.grown) > BELIEVED * ended.wanted:
            rig.note(Kind.STEP, f"{told}: not believed, nothing is learned from it", film_m=film)
            return
        self.learned.append(overshoot)
        rig.note(Kind.STEP, told, film_m=film, wanted_m=ended.wanted, **overshoot.told())

    def give_up(self, rig: "Rig") -> None:
        """The run is over, and the film never was seen dry, or not as warm as before."""
        self.look(rig)
        if self._ended is not None:
            self._ended = None
            why = f"vapour was there to the end, or the stage not within {AS_WARM:g} K of what it was before"
            rig.note(Kind.STEP, f"nothing is learned about where to end the deposition: {why}")


def _dry(rig: "Rig") -> bool:
    return rig.value(VAPOUR) < DRY


def _now(rig: "Rig") -> _Bare | None:
    balance = rig.reactor.microbalance
    if balance is None:
        return None
    thickness, stage = rig.value(balance.thickness), rig.value(f"{rig.reactor.stage.zone}.temperature")
    return _Bare(thickness, stage) if thickness == thickness and stage == stage else None


def _tooling(rig: "Rig") -> float:
    return 1.0 if rig.reactor.microbalance is None else rig.reactor.microbalance.tooling


def _nm(thickness: float) -> str:
    return format_si(thickness, Dimension.LENGTH)


def _compared(grown: float) -> str:
    if abs(grown) < LEAST:
        return "as much as"
    return f"{_nm(abs(grown))} {'more' if grown > 0.0 else 'less'} than"
