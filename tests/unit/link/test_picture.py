"""A picture of an engine: kept up by the news, and honest about the age of every value."""

import math
from collections.abc import Callable

import pytest

from vapordep.link import picture as module
from vapordep.link.news import EngineShown, EventTold, News, Snapshot, TagsChanged, TagShown, Value, ValuesRead
from vapordep.link.picture import Picture, Row, Standing
from vapordep.model.events import Event, Kind
from vapordep.model.tags import Quality

ENGINE = EngineShown("ald1", False, 1, "", False, True, "lithium", "/h")
TAGS = (
    TagShown("chamber.pressure", "Pa", "pressure", False, 2.0),
    TagShown("TMA.valve", "state", "state", True, 2.0),
    TagShown("substrate.trip", "degC", "temperature", False, None),
)
HERE = 1000.0
"""What this computer's clock shows when the snapshot comes; the engine's shows 50 s."""


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock of this computer, in s after the snapshot."""

    def show(later: float) -> None:
        monkeypatch.setattr(module, "perf", lambda: HERE + later)

    show(0.0)
    return show


def drawn(*values: Value) -> Picture:
    return Picture(Snapshot("e", 7, 50.0, ENGINE, TAGS, values))


def row(picture: Picture, tag: str) -> Row:
    return next(row for row in picture.rows() if row.tag.name == tag)


def news(number: int, body: ValuesRead | TagsChanged | EventTold, now: float = 51.0) -> News:
    return News("e", number, now, body)


def test_an_output_is_unknown_until_it_is_read(here: Callable[[float], None]) -> None:
    picture = drawn()
    assert row(picture, "TMA.valve").standing is Standing.UNKNOWN
    assert row(picture, "TMA.valve").text == "UNKNOWN"
    picture.take(news(8, ValuesRead((Value("TMA.valve", 50.9, 0.0, Quality.GOOD),))))
    assert row(picture, "TMA.valve").text == "closed"


def test_an_output_that_fell_silent_is_unknown_and_never_zero(here: Callable[[float], None]) -> None:
    silent = row(drawn(Value("TMA.valve", 49.5, math.nan, Quality.BAD)), "TMA.valve")
    assert (silent.value, silent.text, silent.standing) == (None, "UNKNOWN", Standing.BAD)


def test_what_a_surface_saw_is_told_in_langmuir_and_a_dose_in_pascal_seconds(here: Callable[[float], None]) -> None:
    tags = tuple(TagShown(name, unit, "exposure", False, None) for name, unit in (("b", "langmuir"), ("d", "Pa s")))
    picture = Picture(Snapshot("e", 7, 50.0, ENGINE, tags, tuple(Value(tag, 50.0, 2.0, Quality.GOOD) for tag in "bd")))
    assert [row(picture, tag).text for tag in "bd"] == ["15000 langmuir", "2 Pa s"]


def test_values_age_while_nothing_comes(here: Callable[[float], None]) -> None:
    picture = drawn(
        Value("chamber.pressure", 49.5, 3.5, Quality.UNCERTAIN), Value("substrate.trip", 1.0, 433.15, Quality.GOOD)
    )
    assert row(picture, "chamber.pressure").age == pytest.approx(0.5)
    assert row(picture, "chamber.pressure").standing is Standing.UNCERTAIN
    here(1.6)
    assert row(picture, "chamber.pressure").standing is Standing.STALE
    assert row(picture, "chamber.pressure").value == 3.5
    assert row(picture, "substrate.trip").standing is Standing.GOOD
    assert picture.silence == pytest.approx(1.6)


def test_the_clock_of_this_computer_need_not_be_the_engines(here: Callable[[float], None]) -> None:
    picture = drawn(Value("chamber.pressure", 50.0, 1.0, Quality.GOOD))
    here(1.0)
    picture.take(news(8, EventTold(Event(51.0, Kind.STEP, "pump"))))
    assert row(picture, "chamber.pressure").age == pytest.approx(1.0)
    assert [event.text for event in picture.events] == ["pump"]


def test_another_substrate_brings_other_tags(here: Callable[[float], None]) -> None:
    picture = drawn()
    picture.take(news(8, TagsChanged(TAGS[:1])))
    assert [row.tag.name for row in picture.rows()] == ["chamber.pressure"]
    assert picture.number == 8
