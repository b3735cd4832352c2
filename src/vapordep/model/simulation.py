"""How the simulated plant differs from what a reactor file says of the real one."""

from collections.abc import Mapping
from dataclasses import field

from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """How the simulated plant differs from what the file says of the real one; SI."""

    foil_offset: float | None = None
    """True offset of the foil in K; None takes the stage's."""
    leak: float = 3e-8
    """Air that leaks in, in Pa m3/s."""
    outgassing: float = 1e-8
    """Water that the walls give off at the start, in Pa m3/s, fading with `outgassing_decay` s."""
    outgassing_decay: float = 3600.0
    valve_latency: float = 0.008
    valve_jitter: float = 0.0002
    vapour_pressure_factors: Mapping[str, float] = field(default_factory=dict)
    """By source: the true vapour pressure over the fit's, where an estimate is far off."""
    reactivity: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Reactivity ratios k_ii/k_ij by two sources, i and j, where they are not 1 (Mayo and Lewis)."""
    slow_sites: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    """By source: the share of sites that take its vapour slowly, and at which part of the speed."""
    shut: tuple[str, ...] = ()
    """The sources whose hand valves somebody has left shut."""
