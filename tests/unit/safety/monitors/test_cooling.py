"""Whether a heated line must stay warm: as long as what it carries could freeze in it."""

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.safety.rig import SHUT, instrument_tags, output, reactor
from vapordep.chemistry import substrate
from vapordep.model.batches import Batch, Sample
from vapordep.model.chamber import Zone
from vapordep.model.columns import Columns
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors.cooling import Needed
from vapordep.safety.monitors.monitor import Monitor
from vapordep.safety.monitors.reactor import monitors_of
from vapordep.units import degC, state, to_si

TAGS = {name: Tag(name, degC, stale_after=2.0) for name in ("line.temperature", "A.temperature", "B.temperature")}
MONITOR = Needed("line", ("A", "B"), to_si(150.0, degC), TAGS)


def needed(*, at: float = 1.0, **celsius: float) -> float:
    latest = {f"{name}.temperature": Sample(0.0, to_si(value, degC), Quality.GOOD) for name, value in celsius.items()}
    _, sample = MONITOR.update(None, at, latest)
    assert (sample.time, sample.quality) == (at, Quality.GOOD)
    return sample.value


def test_its_tag_is_a_state_as_soon_stale_as_its_inputs() -> None:
    assert (MONITOR.tag.name, MONITOR.tag.unit, MONITOR.tag.stale_after) == ("line.needed", state, 2.0)
    assert MONITOR.inputs == ("line.temperature", "A.temperature", "B.temperature")
    assert MONITOR.initial is None


@pytest.mark.parametrize(
    ("line", "a", "b", "expected"),
    [
        (100.0, 90.0, 20.0, 1.0),
        (100.0, 20.0, 90.0, 1.0),
        (100.0, 20.0, 20.0, 0.0),
        (100.0, 79.9, 20.0, 0.0),  # 20 K colder than the line
        (100.0, 80.0, 20.0, 0.0),
        (100.0, 80.1, 20.0, 1.0),
        (40.0, 34.9, 20.0, 0.0),  # no vapour that a cold line would catch
        (40.0, 35.1, 20.0, 1.0),
        (149.0, 140.0, 20.0, 1.0),
        (151.0, 140.0, 20.0, 0.0),  # beyond the highest it is not sound
        (math.nan, 90.0, 90.0, 0.0),
    ],
)
def test_a_warm_source_needs_a_sound_line(line: float, a: float, b: float, expected: float) -> None:
    assert needed(line=line, A=a, B=b) == expected


def test_at_its_highest_it_is_still_sound() -> None:
    assert needed(line=150.0, A=140.0) == 1.0


def test_what_cannot_be_told_keeps_nothing_warm() -> None:
    assert needed(A=90.0) == 0.0
    assert needed(line=100.0) == 0.0
    assert needed(at=2.0, line=100.0, A=90.0) == 0.0, "stale"


def test_a_line_that_carries_vapour_is_watched_up_to_the_highest_of_its_heater() -> None:
    whole = reactor()
    tags = {**instrument_tags(), **{name: Tag(name, degC, stale_after=2.0) for name in TAGS}}
    line = replace(output("stage.setpoint", SHUT), tag="line.setpoint")
    zones = {**whole.zones, "line": Zone("line", 0.1, carries=("A", "B"))}
    whole = replace(whole, zones=zones, outputs={**whole.outputs, "line.setpoint": line})
    [needed] = [each for each in monitors_of(whole, substrate("lithium"), tags) if isinstance(each, Needed)]
    assert (needed.tag.name, needed.highest) == ("line.needed", line.high)
    assert [source.name for source in needed.sources] == ["A.temperature", "B.temperature"]


def test_a_stretch_in_arrays_gives_what_sample_by_sample_does() -> None:
    """Each temperature on either side of what counts, doubtful and missing ones, and silences of just the patience."""
    draw, batches = np.random.default_rng(1), []
    for name in TAGS:
        times = np.cumsum(draw.choice([0.25, 0.5, 1.0, 2.0, 3.0], 200))
        values = to_si(1.0, degC) - 1.0 + draw.choice([35.0, 35.1, 80.0, 80.1, 100.0, 100.1, 150.0, 150.1], 200)
        quality = draw.choice([Quality.GOOD, Quality.UNCERTAIN, Quality.BAD], 200, p=[0.6, 0.3, 0.1]).astype(np.uint8)
        batches.append(Batch(name, times, np.where(quality == Quality.BAD, np.nan, values), quality))
    columns = Columns({}, batches)
    instants = columns.instants(MONITOR.inputs)
    [over, walked] = [how(MONITOR, None, instants, columns)[1] for how in (Needed.over, Monitor.over)]
    assert over is not None
    assert walked is not None
    assert over.values.tolist() == walked.values.tolist()
    assert over.quality.tolist() == walked.quality.tolist()
    assert 0.2 < over.values.mean() < 0.8
