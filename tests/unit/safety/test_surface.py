"""The surface: only a dose that the gauge saw and that saturates covers it, until the chamber is opened."""

import math
from collections.abc import Iterator

import pytest

from vapordep.chemistry import kinetics
from vapordep.model.batches import Batch
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors import Derivation
from vapordep.safety.monitors.surface import Covered, Saturation
from vapordep.units import Pa, degC, one

TAGS = {
    tag.name: tag
    for tag in (
        Tag("chamber.pressure", Pa, stale_after=0.5),
        Tag("foil.temperature", degC, stale_after=2.0),
        Tag("TMA.valve", one, stale_after=2.0),
        Tag("H2O.valve", one, stale_after=2.0),
    )
}
BASELINE, DECAY = 97.0, 2.0
HOT = 373.15


class Chamber:
    """A chamber with a flow of carrier, a gauge read ten times a second, and pulses that decay."""

    def __init__(self) -> None:
        saturation = Saturation(
            "surface.saturation",
            {"TMA.valve": lambda t: kinetics("TMA").adsorption_constant(t).value},
            ("H2O.valve",),
            TAGS,
        )
        self.derivation = Derivation([saturation, Covered("lithium.covered", saturation.tag)])
        self.step = 0
        self.pulses: list[tuple[float, float]] = []
        self.noise: Iterator[float] | None = None
        self.shown: dict[str, float] = {}
        self.temperature = HOT

    @property
    def now(self) -> float:
        return self.step / 10

    def publish(self, *batches: Batch) -> None:
        self.shown |= {batch.tag: batch.last.value for batch in self.derivation(batches)}

    def run(self, duration: float, *, base: float = BASELINE, gauge: Quality = Quality.GOOD) -> "Chamber":
        for _ in range(round(duration * 10)):
            self.step += 1
            rise = sum(peak * math.exp(-(self.now - t) / DECAY) for t, peak in self.pulses if self.now > t)
            pressure = base + rise + (next(self.noise) if self.noise else 0.0)
            self.publish(
                Batch.one("foil.temperature", self.now, self.temperature),
                Batch.one("chamber.pressure", self.now, pressure, gauge),
            )
        return self

    def dose(self, peak: float = 26.0, valve: str = "TMA.valve", width: float = 0.05, late: float = 0.1) -> "Chamber":
        """A pulse whose edges become known `late` s after it; the gauge is read meanwhile."""
        opened = self.now + 0.01
        self.pulses.append((opened, peak))
        self.run(late)
        self.publish(Batch.of(valve, (opened, opened + width), (1.0, 0.0)))
        return self

    @property
    def covered(self) -> float:
        return self.shown["lithium.covered"]

    @property
    def saturation(self) -> float:
        return self.shown["surface.saturation"]


def test_a_bare_surface_is_known_to_be_bare() -> None:
    chamber = Chamber().run(1.0)
    assert (chamber.saturation, chamber.covered) == (0.0, 0.0)


def test_a_saturating_dose_covers_and_the_estimate_is_near_the_closed_form() -> None:
    chamber = Chamber().run(3.0).dose(peak=4.0).run(30.0)
    exposure = 4.0 * DECAY
    exact = 1.0 - math.exp(-kinetics("TMA").adsorption_constant(HOT).value * exposure)
    assert chamber.saturation == pytest.approx(exact, abs=0.04)
    assert chamber.saturation < exact, "what lies below a tenth of the peak is not counted"
    assert chamber.covered == 0.0
    assert chamber.dose(peak=26.0).run(30.0).covered == 1.0


def test_a_weaker_dose_afterwards_takes_nothing_away() -> None:
    assert Chamber().run(3.0).dose().run(30.0).dose(peak=4.0).run(30.0).covered == 1.0


def test_it_counts_only_when_the_rise_has_fallen_again() -> None:
    chamber = Chamber().run(3.0).dose().run(2.0)
    assert chamber.covered == 0.0
    assert chamber.run(4.0).covered == 1.0


def test_small_doses_do_not_add_up() -> None:
    chamber = Chamber().run(3.0)
    for _ in range(5):
        chamber.dose(peak=3.0).run(20.0)
    assert 0.0 < chamber.saturation < 0.95


def test_pulses_with_short_gaps_are_one_dose() -> None:
    """Five that are too small alone, the gauge still high between them: what each gives adds up."""
    chamber = Chamber().run(3.0)
    for _ in range(5):
        chamber.dose(peak=3.0).run(0.4)
    assert chamber.run(30.0).covered == 1.0
    exposure = 5 * 3.0 * DECAY
    exact = 1.0 - math.exp(-kinetics("TMA").adsorption_constant(HOT).value * exposure)
    assert chamber.saturation == pytest.approx(exact, abs=0.02)


def test_a_pulse_that_comes_later_begins_a_dose_of_its_own() -> None:
    """Though the pressure has not fallen meanwhile: it may be the baseline that rose."""
    chamber = Chamber().run(3.0).dose(peak=3.0).run(2.2, base=BASELINE + 3.0)
    for _ in range(4):
        chamber.dose(peak=3.0).run(2.2, base=BASELINE + 3.0)
    assert chamber.run(30.0).saturation < 0.95


def test_an_empty_bottle_covers_nothing() -> None:
    assert Chamber().run(3.0).dose(peak=0.0).run(130.0).covered == 0.0


def test_a_rise_that_stays_is_no_pulse() -> None:
    chamber = Chamber().run(3.0).dose(peak=0.0)
    assert chamber.run(130.0, base=BASELINE + 30.0).covered == 0.0


def test_noise_is_no_pulse() -> None:
    chamber = Chamber()
    chamber.noise = iter(4.0 * math.sin(1.7 * n) for n in range(10_000))
    assert chamber.run(3.0).dose(peak=0.0).run(60.0).saturation == 0.0


def test_another_substance_covers_nothing_and_ends_the_dose_before_it() -> None:
    assert Chamber().run(3.0).dose(valve="H2O.valve").run(30.0).covered == 0.0
    assert Chamber().run(3.0).dose().run(1.0).dose(valve="H2O.valve").run(30.0).covered == 0.0


def test_a_dose_without_a_baseline_is_not_judged() -> None:
    assert Chamber().run(0.1).dose(late=0.0).run(30.0).covered == 0.0


def test_a_dose_at_unknown_temperature_is_not_judged() -> None:
    chamber = Chamber()
    chamber.temperature = math.nan
    assert chamber.run(3.0).dose().run(30.0).covered == 0.0


def test_a_gap_in_the_pressure_spoils_the_dose() -> None:
    chamber = Chamber().run(3.0).dose()
    assert chamber.run(1.5, gauge=Quality.BAD).run(30.0).covered == 0.0
    short = Chamber().run(3.0).dose()
    assert short.run(0.5, gauge=Quality.BAD).run(30.0).covered == 1.0


def test_a_doubtful_gauge_may_show_a_pulse() -> None:
    chamber = Chamber().run(3.0, gauge=Quality.UNCERTAIN)
    assert chamber.dose().run(30.0, gauge=Quality.UNCERTAIN).covered == 1.0


def test_an_opened_chamber_makes_it_bare_again() -> None:
    chamber = Chamber().run(3.0).dose().run(30.0)
    assert chamber.run(0.1, base=9.0e3).covered == 1.0, "a pump-purge opens nothing"
    assert chamber.run(0.1, base=1.1e4).covered == 0.0


def test_a_new_sample_on_the_stage_is_bare() -> None:
    chamber = Chamber().run(3.0).dose().run(30.0)
    chamber.derivation.reset("surface.saturation")
    assert chamber.run(0.1).covered == 0.0
    assert chamber.run(3.0).dose().run(30.0).covered == 1.0


def test_a_valve_that_is_polled_while_open_is_one_dose() -> None:
    """A long pulse leaves the line to polls between its edges; the edges come afterwards."""
    chamber = Chamber().run(3.0)
    opened = chamber.now + 0.01
    chamber.pulses.append((opened, 26.0))
    for _ in range(4):
        chamber.run(0.1)
        chamber.publish(Batch.one("TMA.valve", chamber.now, 1.0))
    chamber.publish(Batch.of("TMA.valve", (opened, chamber.now + 0.01), (1.0, 0.0)))
    assert chamber.run(0.1).run(30.0).covered == 1.0


def test_a_rise_that_falls_while_the_valve_is_open_counts_once_it_is_shut() -> None:
    chamber = Chamber().run(3.0)
    chamber.pulses.append((chamber.now + 0.01, 26.0))
    chamber.publish(Batch.one("TMA.valve", chamber.now + 0.01, 1.0))
    assert chamber.run(8.0).covered == 0.0
    chamber.publish(Batch.one("TMA.valve", chamber.now + 0.01, 0.0))
    assert chamber.run(0.1).covered == 1.0


def test_what_is_known_does_not_age() -> None:
    assert {tag.stale_after for tag in Chamber().derivation.tags.values()} == {math.inf}


def test_a_stretch_in_which_no_pressure_is_read_changes_nothing_of_what_was_seen() -> None:
    chamber = Chamber()
    chamber.run(3.0)
    derivation = chamber.derivation
    before = derivation._states[0]
    seconds = [3.0 + n / 10.0 for n in range(1, 41)]
    quiet = [Batch.of("TMA.valve", seconds, [0.0] * 40), Batch.of("H2O.valve", seconds, [0.0] * 40)]
    derivation(quiet)
    after = derivation._states[0]
    assert after.recent == before.recent
    assert (after.dose, after.best) == (None, 0.0)
    assert after.seen["TMA.valve"].time == seconds[-1]
