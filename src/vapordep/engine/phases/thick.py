"""Waiting until the crystal bears a thickness: by the line through its last readings, and also between two of them."""

from functools import partial

from vapordep.engine.growth import LOOKED_BACK, Line, line
from vapordep.engine.rig import Rig
from vapordep.model.batches import Sample
from vapordep.model.icvd import Microbalance

AHEAD = 1e-9
"""m: so near to its end, or by a twentieth of it, a film is looked at with each reading."""


class Thick:
    """A thickness that the crystal shall show, `wanted` in m of its own reading; it grows since `began` (s)."""

    def __init__(self, rig: Rig, balance: Microbalance, wanted: float, began: float, *, in_vain: bool) -> None:
        """`in_vain`: whether it is over, too, once the crystal says nothing."""
        self.rig, self.tag, self.wanted, self.began, self.in_vain = rig, balance.thickness, wanted, began, in_vain
        start = rig.value(self.tag)
        self.near = wanted - max(AHEAD, 0.05 * (wanted - start) if start == start else 0.0)
        self.enough = False
        """Whether it was reached."""

    @property
    def now(self) -> float:
        """What lies on the crystal just now, in m: by the line where there is one; NaN of a crystal that has failed."""
        found, told = self._line(), self.rig.value(self.tag)
        return told if found is None or told != told else found.now(self.rig.clock.now())

    async def reached(self) -> None:
        """Returns once it is so thick, or nobody can tell any more."""
        hub = self.rig.hub
        while not self.enough:
            await hub.until(self._to_look_at, on=[self.tag])
            sample = hub.latest[self.tag]
            if self._silent():
                return
            due = self._due()
            if due is not None:
                await self.rig.clock.sleep_until(due)
                self.enough = True
                return
            await hub.until(partial(self._told_anew, sample), on=[self.tag])

    def _to_look_at(self) -> bool:
        return self._silent() or self.rig.value(self.tag) >= self.near

    def _told_anew(self, since: Sample) -> bool:
        return self.rig.hub.latest[self.tag] is not since

    def _silent(self) -> bool:
        value = self.rig.value(self.tag)
        return self.in_vain and value != value

    def _due(self) -> float | None:
        """When it is thick enough, if that is before the next reading."""
        found = self._line()
        if found is None:
            return self.rig.clock.now() if self.rig.value(self.tag) >= self.wanted else None
        due = found.when(self.wanted)
        return due if due <= found.at + found.interval else None

    def _line(self) -> Line | None:
        """Through what it said in the last seconds, since it grows."""
        assert self.rig.crystal is not None  # noqa: S101 - for the type checker
        return line(*self.rig.crystal.since(max(self.began, self.rig.clock.now() - LOOKED_BACK)))
