"""A few streams, always the same: whole stretches in arrays give what sample by sample does, to the last bit."""

import pytest

from tests.unit.safety.test_chunks import LASTS, Readings, doses, followed, whole


@pytest.mark.parametrize("seed", range(8))
def test_a_stretch_in_arrays_gives_what_sample_by_sample_does(seed: int) -> None:
    stream = Readings(seed).stream()
    assert whole(stream, [LASTS / 2]).standing == whole(stream, [], walking=True).standing


@pytest.mark.parametrize("seed", range(12))
def test_doses_in_arrays_give_the_surface_that_sample_by_sample_does(seed: int) -> None:
    stream = doses(seed)
    assert followed(stream, [80.0], walking=False) == followed(stream, (), walking=True)
