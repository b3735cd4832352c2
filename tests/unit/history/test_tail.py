"""A tick's blob gives back what was published, and refuses what is no batch."""

from itertools import count

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vapordep.errors import HistoryError
from vapordep.history.recordings.codec import to_nanoseconds
from vapordep.history.recordings.tail import Publication, decode_tick, encode_tick
from vapordep.model.batches import ONE_GOOD, Batch, Sample
from vapordep.model.tags import Quality


class Numbering(dict[tuple[str, ...], int]):
    """Numbers series in the order in which they are met."""

    def __init__(self) -> None:
        super().__init__()
        self._next = count(1)

    def __call__(self, names: tuple[str, ...]) -> int:
        return self.setdefault(names, next(self._next))


def unpacked(blob: bytes, numbering: Numbering) -> dict[str, list[tuple[int, bytes, int]]]:
    """(instant in ns, bits of the value, quality) of every sample by tag, in order of time."""
    names = {number: tags for tags, number in numbering.items()}
    samples: dict[str, list[tuple[int, bytes, int]]] = {}
    for record in decode_tick(blob):
        for place, tag in enumerate(names[record.series]):
            column = zip(record.chunk.times, record.chunk.values[place], record.chunk.quality[place], strict=True)
            samples.setdefault(tag, []).extend((int(t), v.tobytes(), int(q)) for t, v, q in column)
    return {tag: sorted(column) for tag, column in samples.items()}


def published(publications: list[Publication]) -> dict[str, list[tuple[int, bytes, int]]]:
    samples: dict[str, list[tuple[int, bytes, int]]] = {}
    for batch in (batch for publication in publications for batch in publication):
        column = zip(to_nanoseconds(batch.times), batch.values, batch.quality, strict=True)
        samples.setdefault(batch.tag, []).extend((int(t), v.tobytes(), int(q)) for t, v, q in column)
    return {tag: sorted(column) for tag, column in samples.items() if column}


times = st.lists(st.floats(0, 1e6), max_size=4)


@st.composite
def batches(draw: st.DrawFn, tag: str, instants: list[float]) -> Batch:
    values = draw(st.lists(st.floats(), min_size=len(instants), max_size=len(instants)))
    return Batch.of(tag, instants, values, draw(st.sampled_from(Quality)))


@st.composite
def exchanges(draw: st.DrawFn) -> Publication:
    """Some tags that share their instants, as an exchange gives them, or that do not, as they may not."""
    instants = draw(times)
    tags = draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4))
    shared = draw(st.booleans())
    return [draw(batches(tag, instants if shared else draw(times))) for tag in tags]


@st.composite
def polls(draw: st.DrawFn) -> Publication:
    """One sample of each tag, as an instrument gives them: nearly always GOOD, and of one instant."""
    times = np.array([draw(st.floats(0, 1e6))])
    samples = st.builds(Sample, st.just(times.item()), st.floats(), st.sampled_from([Quality.GOOD, *Quality]))
    tags = draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=4))
    other = draw(st.sampled_from([None, *tags]))
    return [Batch.single(tag, draw(samples), times.copy() if tag == other else times) for tag in tags]


@given(st.lists(exchanges() | polls(), max_size=8))
def test_a_tick_gives_back_every_sample(publications: list[Publication]) -> None:
    numbering = Numbering()
    blob, samples = encode_tick(publications, numbering)
    wanted = published(publications)
    assert unpacked(blob, numbering) == wanted
    assert samples == sum(map(len, wanted.values()))


def test_tags_of_one_exchange_become_one_series() -> None:
    numbering = Numbering()
    ticks = [[Batch.one("a", t, 1.0), Batch.one("b", t, 2.0)] for t in (0.1, 0.2, 0.3)]
    blob, _ = encode_tick(ticks, numbering)
    assert list(numbering) == [("a", "b")]
    (record,) = decode_tick(blob)
    assert record.chunk.values.tolist() == [[1, 1, 1], [2, 2, 2]]


def test_strided_arrays_are_packed_by_their_values() -> None:
    grid = np.arange(12.0).reshape(4, 3)
    batch = Batch("a", np.arange(4.0), grid[:, 1], np.zeros(4, np.uint8))
    (record,) = decode_tick(encode_tick([[batch]], Numbering())[0])
    assert record.chunk.values.tolist() == [[1, 4, 7, 10]]


@pytest.mark.parametrize(
    "batch",
    [
        Batch("a", np.zeros(2), np.zeros(2, np.float32), np.zeros(2, np.uint8)),  # type: ignore[arg-type]
        Batch("a", np.zeros(2), np.zeros(1), np.zeros(2, np.uint8)),
        Batch("a", np.zeros(2), np.zeros(2), np.zeros(3, np.uint8)),
        Batch("a", np.zeros(1), np.zeros(2), ONE_GOOD),
        Batch("a", np.zeros(2), np.zeros(2), ONE_GOOD),
    ],
)
def test_arrays_of_another_type_or_length_are_refused(batch: Batch) -> None:
    with pytest.raises(HistoryError, match="differ in length or type"):
        encode_tick([[batch]], Numbering())


def test_a_cut_tick_is_refused() -> None:
    blob, _ = encode_tick([[Batch.one("a", 0.0, 1.0)]], Numbering())
    with pytest.raises(HistoryError, match="tail"):
        list(decode_tick(blob[:-1]))
