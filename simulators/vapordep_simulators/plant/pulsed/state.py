"""The frozen state of the plant, and the pieces of time of which a segment is made."""

from dataclasses import dataclass, replace
from functools import cached_property
from operator import itemgetter

import numpy as np

from vapordep_simulators.plant.chamber.backflow import mixed
from vapordep_simulators.plant.chamber.chemistry_of import SurfaceChemistry
from vapordep_simulators.plant.chamber.climate import Climate
from vapordep_simulators.plant.chamber.expansion import Floats
from vapordep_simulators.plant.chamber.exposure import Exposure, Rows, exposed
from vapordep_simulators.plant.chamber.gas import (
    GasDrive,
    GasNetwork,
    GasState,
    Trajectory,
    expanded,
    feed_gas_of,
    pure,
    pushed_in,
)
from vapordep_simulators.plant.chamber.stepping import Stepped
from vapordep_simulators.plant.chamber.thermal import ThermalState
from vapordep_simulators.plant.films.film import FilmState
from vapordep_simulators.plant.films.surface import Coating, Grown, grown

LOOKED_AT = np.linspace(0.0, 1.0, 9)
"""Parts of a piece at which peaks are looked for; valves open and close at its ends."""


@dataclass(frozen=True, slots=True)
class Setpoints:
    """Flow setpoints in mol/s: last `commanded`, now `acting`, and those under way as (instant, row, value)."""

    commanded: tuple[float, ...]
    acting: tuple[float, ...]
    under_way: tuple[tuple[float, int, float], ...] = ()

    def changed(self, wanted: tuple[float, ...], t: float, dead_times: tuple[float, ...]) -> "Setpoints":
        """With every setpoint that differs put on its way at the instant `t` (s)."""
        new = [(t + dead_times[row], row, value) for row, value in enumerate(wanted) if value != self.commanded[row]]
        return (
            Setpoints(wanted, self.acting, tuple(sorted((*self.under_way, *new), key=itemgetter(0)))) if new else self
        )

    def arrived(self, t: float) -> "Setpoints":
        """With those acting that are due at the instant `t` (s)."""
        due = [change for change in self.under_way if change[0] <= t]
        if not due:
            return self
        acting = list(self.acting)
        for _, row, value in due:
            acting[row] = value
        return Setpoints(self.commanded, tuple(acting), self.under_way[len(due) :])

    @property
    def next_arrival(self) -> float:
        """When the next one acts, s on the clock; infinity when none is under way."""
        return self.under_way[0][0] if self.under_way else float("inf")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is kept for the record.

    Highest pressures in Pa, in total (`peak`) and (m,) by species; hottest foil in K; for how many seconds two sources
    that must not meet were open `together`; what lies `condensed` in the line of each source (J,), mol of its content.
    """

    peak: float
    peaks: Floats
    foil: float
    together: float
    condensed: Floats


@dataclass(frozen=True, slots=True)
class AldState:
    """The plant at the instant `t` (s): gas, zones, film, the climate of its cell, setpoints, ledger.

    `filled` (J,) is what each bottle held in the beginning, mol.
    """

    t: float
    gas: GasState
    thermal: ThermalState
    coating: Coating
    climate: Climate
    setpoints: Setpoints
    ledger: Ledger
    filled: Floats
    strengths: tuple[float, ...] = ()
    """What part of its fraction each generator makes."""

    @property
    def film(self) -> FilmState:
        """The film, worked out now."""
        return self.coating.film


@dataclass(frozen=True)
class Piece:
    """A stretch of time in which nothing changes from outside: `duration` s from the instant `t0`."""

    t0: float
    duration: float
    network: GasNetwork
    chemistry: SurfaceChemistry
    gas: GasState
    drive: GasDrive
    climate: Climate
    setpoints: Setpoints
    ledger: Ledger
    forbidden: bool
    trajectory: Trajectory
    coating: Coating

    @cached_property
    def exposure(self) -> Exposure:
        """What the whole piece does to the surface; worked out when asked for, as what follows a cut is not needed."""
        return exposed(self.trajectory, self.rows, self.climate.surface, self.duration)

    @cached_property
    def grown(self) -> Grown:
        """The film over the whole piece."""
        return grown(self.chemistry, self.coating.film, self.exposure)

    @cached_property
    def edges(self) -> Floats:
        """The instants between which the surface was solved for, s since the start."""
        return np.append(0.0, np.cumsum(self.exposure.widths))

    @cached_property
    def sensed(self) -> Floats:
        """What a balance feels at these `edges`, kg/m2."""
        return self.grown.sensed(self.chemistry, self.climate.surface.growth)

    @cached_property
    def rows(self) -> Rows:
        """Where the surface finds what it feels."""
        return felt_rows(self.network, self.chemistry)

    def gas_at(self, tau: float) -> GasState:
        """The gas `tau` s after the start."""
        return gas_after(self.network, self.gas, self.drive, self.trajectory, tau)

    def coating_at(self, tau: float) -> Coating:
        """The film `tau` s after the start, to be worked out."""
        if tau >= self.duration:
            return self.coating.after(self.exposure)
        if tau <= 0.0:
            return self.coating
        return self.coating.after(exposed(self.trajectory, self.rows, self.climate.surface, tau))

    def ledger_at(self, tau: float) -> Ledger:
        """The ledger `tau` s after the start, but for the foil."""
        moles = self.trajectory.at(LOOKED_AT * tau)[:, : self.rows.species]
        highest = moles.max(axis=0) * self.climate.pascal
        total = float(moles.sum(axis=1).max()) * self.climate.pascal
        together = self.ledger.together + (tau if self.forbidden else 0.0)
        return replace(
            self.ledger,
            peak=max(self.ledger.peak, total),
            peaks=np.maximum(self.ledger.peaks, highest),
            together=together,
            condensed=np.clip(self.ledger.condensed + self.climate.distilling * tau, 0.0, self.gas.content),
        )


def felt_rows(network: GasNetwork, chemistry: SurfaceChemistry) -> Rows:
    """Where a trajectory of this network holds what the surface feels."""
    species, bottles, feeds, _ = network.counts
    first = species + bottles + feeds
    return Rows(species, slice(first, first + len(chemistry.reactants)))


def trajectory_of(network: GasNetwork, gas: GasState, drive: GasDrive, duration: float) -> tuple[Trajectory, float]:
    """The gas over up to `duration` s, and for how long it holds: a bottle may become empty before."""
    found: Trajectory | None = expanded(network, gas, drive, duration) if pure(network, gas, drive) else None
    if found is None:
        found = mixed(network, gas, drive, duration)
    if not (_content(network, gas, drive, found.area(duration), duration) < 0.0).any():
        return found, duration
    return found, _emptied(network, gas, drive, found, duration)


def _content(network: GasNetwork, gas: GasState, drive: GasDrive, area: Floats, tau: float) -> Floats:
    """What has not evaporated from each bottle after `tau` s; below 0 when it gave what it did not have.

    `area` is the integral of the trajectory until then.
    """
    species, bottles, _, _ = network.counts
    vapour = area[species : species + bottles]
    content: Floats = gas.content - drive.evaporation * (drive.saturation * tau - vapour)
    if drive.taken is not None:
        content = content - drive.taken @ area[species + bottles : species + bottles + drive.taken.shape[1]]
    return content


def _emptied(network: GasNetwork, gas: GasState, drive: GasDrive, found: Trajectory, duration: float) -> float:
    """When the first bottle becomes empty, s since the start."""
    low, high = 0.0, duration
    for _ in range(60):
        middle = 0.5 * (low + high)
        if (_content(network, gas, drive, found.area(middle), middle) < 0.0).any():
            high = middle
        else:
            low = middle
    return high


def gas_after(network: GasNetwork, gas: GasState, drive: GasDrive, found: Trajectory, tau: float) -> GasState:
    """The gas `tau` s later on its trajectory."""
    species, bottles, feeds, lags = network.counts
    row = found.at(np.array([tau]))[0]
    area = found.area(tau)
    vapour, flows = species + bottles, species + bottles + feeds
    if isinstance(found, Stepped):
        held = row[flows + lags :].reshape(bottles, species).copy()
    else:
        held = gas.bottles + pushed_in(network, gas, drive, tau)
        held[np.arange(bottles), network.own] = row[species:vapour]
    fed = gas.fed + feed_gas_of(network, drive) @ area[vapour:flows] + drive.inflow * tau
    pumped = gas.pumped + drive.pumping * area[:species]
    if drive.push is not None:  # what was pushed in is what is there beside the rest
        gained = row[:species] + held.sum(axis=0) + pumped - (gas.moles + gas.bottles.sum(axis=0) + gas.pumped)
        fed[drive.push.gas] = gas.fed[drive.push.gas] + gained[drive.push.gas]
    return GasState(
        row[:species],
        held,
        np.maximum(_content(network, gas, drive, area, tau), 0.0),
        row[vapour:flows],
        row[flows : flows + lags],
        fed,
        pumped,
    )
