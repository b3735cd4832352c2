"""Gas in chamber, lines and bottles: moles by species, solved exactly as long as every open bottle gives.

In moles, so that nothing is lost when temperatures change. With n_i in the chamber (volume V, pumping speed S, gas
temperature T), b_j in bottle j (head space V_j, temperature T_j), q_k the flow of controller k:

    n_i' = sum q_k + inflow_i + sum F_j [i is what j holds] - (S/V) n_i
    b_j' = k_j (b_sat - b_j) - F_j                            evaporation; V_j/(R T_j) k_j (Psat - P_j) in pressures
    F_j  = C_j (P_j - P)/(R T) while valve j is open          so Q = C_v (P_bottle - P) in Pa m3/s of the chamber
    q_k' = (target_k - q_k)/settling_k

The totals (all n together, every b_j behind an open valve) exchange symmetrically, so their rates are real and their
modes orthogonal. Species, surface residues and gauges follow them as first-order systems. Every signal is then a sum
of exponentials, exact at any time. When gas flows back into a bottle, or comes out of one that holds foreign gas, the
composition makes it nonlinear: `backflow` takes over.
"""

from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vapordep.lazy import dataclass
from vapordep_simulators.plant.chamber.expansion import Expansion, Floats

Flags = NDArray[np.bool_]
NOTHING = 1e-12
"""Part of foreign gas in a bottle, and relative back-flow, that do not count."""


class Trajectory(Protocol):
    """Signals over a piece of time; see `Expansion` and `Stepped`."""

    def at(self, tau: Floats) -> Floats:
        """Values (P, R) at instants (P,)."""
        ...

    def integral(self, tau: Floats) -> Floats:
        """Integrals (P, R) from the start to instants (P,)."""
        ...

    def area(self, tau: float) -> Floats:
        """Integrals (R,) from the start to one instant."""
        ...

    def one(self, row: int, tau: float) -> float:
        """One value."""
        ...

    def row(self, row: int, tau: Floats) -> Floats:
        """One signal at instants (P,), to the last bit as `one` gives it."""
        ...


@dataclass(frozen=True, slots=True)
class GasState:
    """Amounts in mol: `moles` (m,) in the chamber, `bottles` (J, m) as vapour, `content` (J,) not yet evaporated.

    `feeds` (K,) are flows in mol/s, `lags` (L,) what surfaces and gauges feel, in mol. `fed` and `pumped` (m,) count
    what came and went, so that the books can be checked.
    """

    moles: Floats
    bottles: Floats
    content: Floats
    feeds: Floats
    lags: Floats
    fed: Floats
    pumped: Floats


@dataclass(frozen=True, slots=True)
class GasNetwork:
    """What does not change: m species, J bottles, K feeds, L lags.

    `volume` in m3; `own` (J,) the species of each bottle; `headspace` (J,) m3; `conductance` (J,) m3/s;
    `evaporation` (J,) 1/s; `feed_rates` (K,) 1/s; `feed_gas` (m, K) part of each species in each feed;
    `lag_weights` (L, m) how each lag sees each species.
    """

    volume: float
    own: NDArray[np.intp]
    headspace: Floats
    conductance: Floats
    evaporation: Floats
    feed_rates: Floats
    feed_gas: Floats
    lag_weights: Floats

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Species, bottles, feeds, lags."""
        return len(self.feed_gas), len(self.own), len(self.feed_rates), len(self.lag_weights)


@dataclass(frozen=True, slots=True)
class Push:
    """Gas that is let into bottles, by bottle: `rates` (1/s, 0 while it is not), `limits` (mol) and `gas` (species)."""

    rates: Floats
    limits: Floats
    gas: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class GasDrive:
    """What holds during a piece.

    `feed_gas` (m, K) replaces the network's where feeds go through bottles; `taken` (J, K) is what they take of those.

    `open` (J,) valves; `pumping` S/V in 1/s; `targets` (K,) mol/s; `inflow` (m,) mol/s; `saturation` (J,) mol;
    `warmth` (J,) bottle over gas temperature; `evaporation` (J,) 1/s, 0 for a bottle that is empty; `lag_rates` (L,).
    """

    open: Flags
    pumping: float
    targets: Floats
    inflow: Floats
    saturation: Floats
    warmth: Floats
    evaporation: Floats
    lag_rates: Floats
    feed_gas: Floats | None = None
    taken: Floats | None = None
    push: Push | None = None


def feed_gas_of(network: GasNetwork, drive: GasDrive) -> Floats:
    """What each feed brings into the chamber (m, K)."""
    return network.feed_gas if drive.feed_gas is None else drive.feed_gas


def pushed_in(network: GasNetwork, state: GasState, drive: GasDrive, tau: float) -> Floats:
    """What was pushed into each shut bottle `tau` s after the start, mol by bottle and species (J, m)."""
    gained = np.zeros_like(state.bottles)
    if drive.push is not None:
        missing = np.maximum(drive.push.limits - state.bottles.sum(axis=1), 0.0)
        gained[np.arange(len(missing)), drive.push.gas] = missing * -np.expm1(-drive.push.rates * tau)
    return gained


def pure(network: GasNetwork, state: GasState, drive: GasDrive) -> bool:
    """Whether no open bottle holds foreign gas, or is being pushed."""
    if drive.push is not None and drive.push.rates[drive.open].any():
        return False
    bottles = state.bottles[drive.open]
    own = bottles[np.arange(len(bottles)), network.own[drive.open]]
    total = bottles.sum(axis=1)
    return bool((total - own <= NOTHING * total).all())


def expanded(network: GasNetwork, state: GasState, drive: GasDrive, duration: float) -> Expansion | None:
    """The exact solution, rows species, bottles, feeds, lags; None when an open bottle would take gas in."""
    base = _relaxing(network, state, drive)
    if not drive.open.any():
        driven, bottles = base, None
    else:
        core = _exchange(network, state, drive, base)
        flows, bottles = _flows(network, drive, core)
        if _flows_back(flows, state, network, duration):
            return None
        driven = base.stacked(flows)
    species = driven.combined(*_supply(network, drive)).followed(np.array([drive.pumping]), state.moles)
    felt = species.combined(network.lag_weights * drive.lag_rates[:, None], np.zeros_like(drive.lag_rates))
    lags = felt.followed(drive.lag_rates, state.lags)
    parts = base.stacked(species, lags) if bottles is None else base.stacked(bottles, species, lags)
    return _ordered(network, drive, parts)


def _relaxing(network: GasNetwork, state: GasState, drive: GasDrive) -> Expansion:
    """Feeds and closed bottles, which nothing else disturbs; open bottles stand still and are replaced later."""
    own = state.bottles[np.arange(len(network.own)), network.own]
    return Expansion.relaxing(
        np.concatenate([network.feed_rates, np.where(drive.open, 0.0, drive.evaporation)]),
        np.concatenate([state.feeds, own]),
        np.concatenate([drive.targets, drive.saturation]),
    )


def _exchange(network: GasNetwork, state: GasState, drive: GasDrive, base: Expansion) -> Expansion:
    """The densities of chamber and open bottles, mol/m3 at the temperature of the gas.

    As capacities C and conductances they obey C x' = -G x + f with symmetric G: modes of C^-1/2 G C^-1/2.
    """
    open_ = drive.open
    capacity = np.concatenate([[network.volume], (network.headspace / drive.warmth)[open_]])
    root = np.sqrt(capacity)
    conductance, evaporation = network.conductance[open_], drive.evaporation[open_]
    matrix = np.diag(np.concatenate([[network.volume * drive.pumping + conductance.sum()], conductance]) / capacity)
    matrix[0, 1:] = matrix[1:, 0] = -conductance / (root[0] * root[1:])
    matrix[np.arange(1, len(root)), np.arange(1, len(root))] += evaporation
    rates, modes = np.linalg.eigh(matrix)
    rates[rates < NOTHING * rates[-1]] = 0.0
    vapour = state.bottles[open_].sum(axis=1)
    amounts = np.concatenate([[state.moles.sum()], vapour])
    forced = np.zeros((len(root), len(base.offset)))
    forced[0, : len(network.feed_rates)] = 1.0
    steady = np.concatenate([[drive.inflow.sum()], evaporation * drive.saturation[open_]])
    into = modes.T / root
    solved = base.combined(into @ forced, into @ steady).followed(rates, into @ amounts)
    return solved.combined(modes / root[:, None], np.zeros(len(root)))


def _flows(network: GasNetwork, drive: GasDrive, core: Expansion) -> tuple[Expansion, Expansion]:
    """From the densities the flow out of each open bottle in mol/s, and what is in it in mol."""
    count = len(core.offset) - 1
    conductance = network.conductance[drive.open]
    difference = np.hstack([-conductance[:, None], np.diag(conductance)])
    capacity = (network.headspace / drive.warmth)[drive.open]
    held = np.hstack([np.zeros((count, 1)), np.diag(capacity)])
    return core.combined(difference, np.zeros(count)), core.combined(held, np.zeros(count))


def _flows_back(flows: Expansion, state: GasState, network: GasNetwork, duration: float) -> bool:
    """Whether gas would enter a bottle at any of the instants looked at, dense at first and then even."""
    fractions = np.array([0.0, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    scale = network.conductance.max() * state.moles.sum() / network.volume
    return bool(flows.at(fractions * duration).min() < -NOTHING * scale)


def _supply(network: GasNetwork, drive: GasDrive) -> tuple[Floats, Floats]:
    """Matrix from feeds, bottles and flows to the supply of each species, and the steady inflow."""
    count, bottles, feeds, _ = network.counts
    sources = network.own[drive.open]
    supply = np.zeros((count, feeds + bottles + len(sources)))
    supply[:, :feeds] = feed_gas_of(network, drive)
    supply[sources, feeds + bottles + np.arange(len(sources))] = 1.0
    return supply, drive.inflow


def _ordered(network: GasNetwork, drive: GasDrive, parts: Expansion) -> Expansion:
    """The rows in the order species, bottles, feeds, lags."""
    rows = _rows(network.counts, tuple(drive.open.tolist()))
    return Expansion(parts.rates, parts.weights[rows], parts.offset[rows], parts.slope[rows])


@lru_cache(maxsize=256)
def _rows(counts: tuple[int, int, int, int], opened: tuple[bool, ...]) -> NDArray[np.intp]:
    """Where these rows are behind each other: feeds, bottles as if closed, open bottles, species, lags."""
    count, bottles, feeds, lags = counts
    first_species = feeds + bottles + sum(opened)
    vapour = np.arange(feeds, feeds + bottles)
    vapour[list(opened)] = np.arange(feeds + bottles, first_species)
    species, after = np.arange(first_species, first_species + count), first_species + count
    return np.concatenate([species, vapour, np.arange(feeds), np.arange(after, after + lags)])
