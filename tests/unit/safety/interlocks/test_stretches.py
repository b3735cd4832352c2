"""A few streams, always the same: whole stretches in arrays give what sample by sample does, to the last bit."""

from typing import Any

import numpy as np
import pytest

from tests.unit.safety.monitors.test_monitors import TAGS, shown
from tests.unit.safety.test_chunks import LASTS, Readings, doses, followed, whole
from vapordep.model.batches import Batch, Sample
from vapordep.model.columns import Columns
from vapordep.model.tags import Quality
from vapordep.safety.monitors import Monitor
from vapordep.safety.monitors.readings import Commanded, Evacuated, FirstUsable, FlowRatio, Offset
from vapordep.safety.monitors.valves import AnyOpen, Apart, Clearance, NeverOpen

VALVES = ("TMA.valve", "H2O.valve", "DEZ.valve")
BORDERS = {
    "cdg.pressure": (90.0, 1e3, 999.0, 5e3, 1e4, 2e4), "pirani.pressure": (80.0, 1e5),
    "stage.temperature": (373.15, 433.0), "carrier.flow": (0.0, 20.0),
    "carrier.flow_setpoint": (0.0, 20.0, -1.0), **dict.fromkeys(VALVES, (0.0, 0.5, 1.0)),
}  # fmt: skip
MONITORS: tuple[Monitor[Any], ...] = (
    FirstUsable("chamber.pressure", ("cdg.pressure", "pirani.pressure"), TAGS),
    Offset("foil.temperature", "stage.temperature", 3.0, TAGS),
    FlowRatio("carrier", TAGS),
    Commanded("carrier", TAGS),
    Commanded("carrier", TAGS, "TMA.valve"),
    Evacuated("chamber.evacuated", "cdg.pressure", 1e3, 1e4, TAGS),
    Evacuated("chamber.evacuated", "cdg.pressure", 1e4, 1e3, TAGS),
    AnyOpen("sources.open", VALVES, TAGS),
    Apart("sources.apart", VALVES, (("TMA.valve", "H2O.valve"), ("TMA.valve", "DEZ.valve")), TAGS),
    Clearance("TMA.clearance", VALVES[1:], 0.97, TAGS),  # and 0.03 s to move: on the grid
    NeverOpen("TMA.walls_bare", VALVES[1:], TAGS),
)


@pytest.mark.parametrize("seed", range(8))
def test_a_stretch_in_arrays_gives_what_sample_by_sample_does(seed: int) -> None:
    stream = Readings(seed).stream()
    assert whole(stream, [LASTS / 2]).standing == whole(stream, [], walking=True).standing


@pytest.mark.parametrize("seed", range(12))
def test_doses_in_arrays_give_the_surface_that_sample_by_sample_does(seed: int) -> None:
    stream = doses(seed)
    assert followed(stream, [80.0], walking=False) == followed(stream, (), walking=True)


@pytest.mark.parametrize("known", [None, 1.0, 0.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_monitor_gives_the_same_in_arrays_at_its_borders_and_with_silences(seed: int, known: float | None) -> None:
    """Values on the limits, doubtful and BAD ones, holes of just the patience; twice, so that it remembers."""
    draw = np.random.default_rng(seed)
    before = {} if known is None else {tag: Sample(-0.5, known, Quality.GOOD) for tag in TAGS}
    state: dict[int, Any] = {n: monitor.initial for n, monitor in enumerate(MONITORS)}
    if before:
        state = {n: monitor.update(state[n], -0.5, before)[0] for n, monitor in enumerate(MONITORS)}
    for begin, count in ((0.0, 30), (100.0, 30), (200.0, 1), (210.0, 1), (220.0, 2)):
        batches = [_at_borders(tag, begin, count, draw) for tag in TAGS]
        for n, monitor in enumerate(MONITORS):
            columns = Columns(before, batches)
            instants = columns.instants(monitor.inputs)
            after, over = monitor.over(state[n], instants, columns)
            walked, single = Monitor.over(monitor, state[n], instants, columns)
            assert repr(after) == repr(walked), monitor.tag.name
            assert over is not None
            assert single is not None
            assert shown([over]) == shown([single]), monitor.tag.name
            state[n] = after
        before = {batch.tag: batch.last for batch in batches}


def _at_borders(tag: str, begin: float, count: int, draw: np.random.Generator) -> Batch:
    times = begin + np.cumsum(draw.choice([0.25, 0.25, 0.5, 1.0, 2.0], count))
    quality = draw.choice([Quality.GOOD, Quality.GOOD, Quality.UNCERTAIN, Quality.BAD], count).astype(np.uint8)
    values = draw.choice(BORDERS[tag], count)
    return Batch(tag, times, np.where(quality == Quality.BAD, np.nan, values), quality)
