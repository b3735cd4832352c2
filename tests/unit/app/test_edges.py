"""The edges of states between two news: none is lost, and nothing else is told."""

import numpy as np

from vapordep.app.served.edges import MOST, Edges
from vapordep.model.batches import Batch
from vapordep.model.tags import Quality


def told(edges: Edges) -> list[tuple[str, float, float]]:
    return [(tag, sample.time, sample.value) for tag, sample in edges.due()]


def following(*states: str) -> Edges:
    edges = Edges()
    edges.follow(states)
    return edges


def test_a_pulse_that_is_over_is_told_and_what_only_goes_on_is_not() -> None:
    edges = following("TMA.valve", "H2O.valve")
    for time, value in ((1.0, 0.0), (1.1, 0.0), (1.2, 1.0), (1.25, 0.0), (1.3, 0.0)):
        edges.take(Batch.one("TMA.valve", time, value))
        edges.take(Batch.one("chamber.pressure", time, time))
    assert told(edges) == [("TMA.valve", 1.0, 0.0), ("TMA.valve", 1.2, 1.0), ("TMA.valve", 1.25, 0.0)]
    edges.take(Batch.one("TMA.valve", 1.5, 0.0))
    assert told(edges) == []


def test_edges_within_one_batch_are_told() -> None:
    edges = following("TMA.valve")
    edges.take(Batch.of("TMA.valve", [1.0, 1.2, 1.25], [0.0, 1.0, 0.0]))
    assert told(edges) == [("TMA.valve", 1.0, 0.0), ("TMA.valve", 1.2, 1.0), ("TMA.valve", 1.25, 0.0)]


def test_a_state_that_is_not_known_any_more_is_an_edge_once() -> None:
    edges = following("TMA.valve")
    for time, quality in ((1.0, Quality.GOOD), (1.1, Quality.BAD), (1.2, Quality.BAD)):
        edges.take(Batch.one("TMA.valve", time, 0.0, quality))
    [(_, known), (_, lost)] = edges.due()
    assert (known.value, lost.time) == (0.0, 1.1)
    assert np.isnan(lost.value)


def test_what_is_followed_anew_keeps_what_it_held() -> None:
    edges = following("TMA.valve")
    edges.take(Batch.one("TMA.valve", 1.0, 1.0))
    edges.follow(["TMA.valve"])
    edges.take(Batch.one("TMA.valve", 1.1, 1.0))
    assert told(edges) == [("TMA.valve", 1.0, 1.0)]


def test_of_more_than_there_is_room_for_the_latest_are_told() -> None:
    edges = following("TMA.valve")
    for n in range(2 * MOST):
        edges.take(Batch.one("TMA.valve", float(n), float(n % 2)))
    assert [time for _, time, _ in told(edges)] == [float(n) for n in range(MOST, 2 * MOST)]
