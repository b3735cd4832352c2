"""From when on a rule of a run is judged by its recording."""

import math

import pytest

from vapordep.app.verdict.rules import _heard
from vapordep.model.batches import Batch
from vapordep.model.tags import Tag, TagKind
from vapordep.units import Pa

PRESSURE = Tag("chamber.pressure", Pa, TagKind.READBACK, stale_after=1.0)


@pytest.mark.parametrize(
    ("first", "begins"),
    [
        (9.5, 10.0),
        (10.4, 10.4),  # the one before it, which is not on record, counted until then
        (11.5, 10.0),  # none that was read before the record began would have counted so long
    ],
)
def test_a_record_that_begins_between_two_samples_hides_no_silence(first: float, begins: float) -> None:
    batches = {PRESSURE.name: Batch.one(PRESSURE.name, first, 90.0)}
    assert _heard([PRESSURE], batches, 10.0) == begins


def test_what_never_ages_or_was_never_read_is_judged_from_the_start() -> None:
    ageless = Tag("substrate.trip", Pa, TagKind.DERIVED, stale_after=math.inf)
    assert _heard([ageless, PRESSURE], {ageless.name: Batch.one(ageless.name, 10.4, 1.0)}, 10.0) == 10.0
