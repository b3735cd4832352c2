"""What is learned of where to end a deposition: from dry crystals only, as warm as before, and within bounds."""

from dataclasses import dataclass, field
from math import nan
from types import SimpleNamespace
from typing import Any, cast

import pytest

from vapordep.engine.overshoot import Overshoots
from vapordep.engine.rig import Rig
from vapordep.model.icvd import Microbalance
from vapordep.model.overshoot import Conditions, Overshoot

HOT = Conditions(20.0, 523.0, 308.0)


@dataclass
class Bench:
    """A crystal with a tooling of two, as a rig shows it."""

    thickness: float = 0.0
    vapour: float = 0.0
    stage: float = 308.0
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    reactor: Any = field(
        default_factory=lambda: SimpleNamespace(
            microbalance=Microbalance("qcm.thickness", tooling=2.0), stage=SimpleNamespace(zone="stage")
        )
    )

    def value(self, tag: str) -> float:
        return {"qcm.thickness": self.thickness, "vapour.saturation": self.vapour, "stage.temperature": self.stage}[tag]

    def note(self, kind: object, text: str, **data: object) -> None:
        self.notes.append((text, data))

    @property
    def rig(self) -> Rig:
        return cast(Rig, self)


def deposited(overshoots: Overshoots, bench: Bench, film: float) -> None:
    """100 nm by the crystal, and `film` m once it is dry, above what lay there before."""
    before = bench.thickness
    overshoots.vapour_comes(bench.rig)
    bench.vapour = 0.4
    overshoots.ended("a.yaml:7", 100e-9, 100e-9, HOT)
    bench.thickness = before + 2.0 * film
    overshoots.look(bench.rig)
    assert bench.notes == []
    bench.vapour = 0.0
    overshoots.look(bench.rig)


def test_the_dry_film_teaches_by_the_tooling() -> None:
    overshoots, bench = Overshoots(), Bench(thickness=50e-9)
    assert overshoots.expected("a.yaml:7", 100e-9, HOT) == (0.0, 0)
    deposited(overshoots, bench, 103e-9)
    early, times = overshoots.expected("a.yaml:7", 100e-9, HOT)
    assert (early, times) == (pytest.approx(3e-9), 1)
    [(text, data)] = bench.notes
    assert "103 nm: 3 nm more than the 100 nm" in text
    assert data["film_m"] == pytest.approx(103e-9)
    assert Overshoot.heard(data) == overshoots.learned[0]


def test_the_median_of_the_last_three_counts() -> None:
    grown = (9e-9, 1e-9, 2e-9, 7e-9)
    overshoots = Overshoots([Overshoot("a.yaml:7", value, HOT) for value in grown])
    assert overshoots.expected("a.yaml:7", 100e-9, HOT) == (2e-9, 3)


@pytest.mark.parametrize(("grown", "early"), [(20e-9, 10e-9), (-20e-9, -10e-9), (-4e-9, -4e-9)])
def test_no_more_than_a_tenth_is_believed(grown: float, early: float) -> None:
    overshoots = Overshoots([Overshoot("a.yaml:7", grown, HOT)])
    assert overshoots.expected("a.yaml:7", 100e-9, HOT)[0] == pytest.approx(early)


@pytest.mark.parametrize(
    "other",
    [Conditions(30.0, 523.0, 308.0), Conditions(20.0, 483.0, 308.0), Conditions(20.0, 523.0, 298.0),
     Conditions(20.0, nan, 308.0), Conditions(nan, 523.0, 308.0)],
)  # fmt: skip
def test_other_conditions_teach_nothing(other: Conditions) -> None:
    overshoots = Overshoots([Overshoot("a.yaml:7", 3e-9, other)])
    assert overshoots.expected("a.yaml:7", 100e-9, HOT) == (0.0, 0)
    assert overshoots.expected("a.yaml:7", 100e-9, other)[1] == 1
    assert overshoots.expected("a.yaml:8", 100e-9, other) == (0.0, 0)


def test_a_crystal_that_was_zeroed_or_changed_teaches_nothing() -> None:
    overshoots, bench = Overshoots(), Bench()
    deposited(overshoots, bench, 3e-9)
    assert overshoots.learned == []
    assert "not believed" in bench.notes[0][0]


@pytest.mark.parametrize(
    ("stage", "vapour", "thickness"), [(309.0, 0.0, 0.0), (308.0, 0.2, 0.0), (308.0, nan, 0.0), (308.0, 0.0, nan)]
)
def test_a_film_that_was_never_seen_dry_and_as_warm_teaches_nothing(
    stage: float, vapour: float, thickness: float
) -> None:
    overshoots, bench = Overshoots(), Bench()
    overshoots.vapour_comes(bench.rig)
    overshoots.ended("a.yaml:7", 100e-9, 100e-9, HOT)
    bench.stage, bench.vapour, bench.thickness = stage, vapour, thickness
    overshoots.give_up(bench.rig)
    assert overshoots.learned == []
    assert "nothing is learned" in bench.notes[0][0]
    overshoots.give_up(bench.rig)
    assert len(bench.notes) == 1


def test_vapour_that_comes_into_vapour_begins_nothing() -> None:
    overshoots, bench = Overshoots(), Bench(vapour=0.3)
    overshoots.vapour_comes(bench.rig)
    overshoots.ended("a.yaml:7", 100e-9, 100e-9, HOT)
    bench.vapour = 0.0
    overshoots.give_up(bench.rig)
    assert (overshoots.learned, bench.notes) == ([], [])
