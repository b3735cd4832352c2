"""Ground truth of the hybrid plant for reports: one film of cycles and polymers, and what both took."""

from typing import TYPE_CHECKING

import numpy as np

from vapordep.simulation.plant import Truth
from vapordep_simulators.plant.hybrid.state import HybridState
from vapordep_simulators.plant.pulsed.truth import cycled
from vapordep_simulators.plant.steady import truth as icvd_truth

if TYPE_CHECKING:
    from vapordep_simulators.plant.hybrid.hybrid import Hybrid


def truth(plant: "Hybrid", state: HybridState) -> Truth:
    """What `truth` of either half tells, added up where both have a share.

    The composition by depth is that of the polymer, from its own bottom upwards.
    """
    steady = icvd_truth.truth(plant.icvd, state.icvd)
    cycles = cycled(plant.pulsed, state.cycles)
    told = {**cycles, **steady}
    for name in ("thickness", "mass", "nucleation", "soaked", "cycles"):
        told[name] = cycles[name] + steady[name]
    told["layers"] = cycles["layers"] | steady["layers"]
    for name in ("exposures", "bare_attack"):
        told[name] = {gas: amount + cycles[name].get(gas, 0.0) for gas, amount in steady[name].items()}
    places = cycles["condensed"] | steady["condensed"]
    told["condensed"] = {place: sum(half["condensed"].get(place, 0.0) for half in (cycles, steady)) for place in places}
    for name in ("foil_temperature_max", "peak_pressure"):
        told[name] = max(cycles[name], steady[name])
    told["t"] = state.t
    told["bare"] = cycles["bare"] if state.pulsing else steady["bare"]
    told["overlap"] = state.overlap
    told["precursor_use"] = steady["precursor_use"] | _pulsed_use(plant, state)
    return told


def _pulsed_use(plant: "Hybrid", state: HybridState) -> dict[str, float]:
    """What the bottles gave that give pulses, mol; of one that is full, nothing."""
    gas, names = state.cycles.gas, tuple(plant.pulsed.description.sources)
    if state.pulsing:
        own = range(len(names)), plant.pulsed.composition.network.own
        left = gas.content + gas.bottles[own]
    else:
        left = np.array([state.icvd.now.content[place] for place in plant.handover.bottles])
    used = plant.pulsed.delivering.used(state.cycles.filled - left, gas)
    return dict(zip(names, used.tolist(), strict=True))
