"""A segment read in an array gives the bits of reading one instant after the other, whatever the gas does."""

import numpy as np
import pytest

from tests.unit.plant.chamber import RUNNING, after, hot, reference_chamber, segment
from vapordep.simulation.plant import Value
from vapordep_simulators.plant import Ald
from vapordep_simulators.plant.chamber.stepping import Stepped
from vapordep_simulators.plant.pulsed.segment import AldSegment

RAMP: dict[str, Value] = {**RUNNING, "walls.power": 1.0, "stage.power": 0.3}
DOSE: dict[str, Value] = {**RUNNING, "TMA.valve": 1.0}
BACK: dict[str, Value] = {"TMA.valve": 1.0, "carrier.valve": 1.0, "carrier.flow_setpoint": 1e-4}


def solved(inputs: dict[str, Value], pressure: float) -> AldSegment:
    plant = Ald(reference_chamber())
    start = after(plant, hot(plant, pressure, kelvin=330.0), RUNNING, 3.1)
    return segment(plant, start, inputs, 17.3)


@pytest.mark.parametrize(("inputs", "pressure"), [(RAMP, 97.0), (DOSE, 97.0), (BACK, 97.0), (RAMP, 101325.0)])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 9, 17, 64, 301])
def test_an_array_holds_the_bits_of_single_reads(inputs: dict[str, Value], pressure: float, count: int) -> None:
    found = solved(inputs, pressure)
    times = np.sort(np.random.default_rng(count).uniform(found.t0, found.t1, count))
    for point, values in found.at(times).items():
        alone = np.array([found.value(point, t) for t in times.tolist()])
        assert np.array_equal(values, alone, equal_nan=True), point


def test_both_ways_of_solving_the_gas_are_read() -> None:
    assert any(isinstance(piece.trajectory, Stepped) for piece in solved(BACK, 97.0).pieces)
    assert not any(isinstance(piece.trajectory, Stepped) for piece in solved(RAMP, 97.0).pieces)
    assert len(solved(RAMP, 97.0).pieces) > 1
