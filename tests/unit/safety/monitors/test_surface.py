"""The surface: only a dose that the gauge saw and that saturates covers it, until the chamber is opened."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from vapordep.chemistry import kinetics
from vapordep.model.batches import Batch, Sample
from vapordep.model.columns import Columns
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors import Derivation
from vapordep.safety.monitors.dose import Dose
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


def test_that_a_new_sample_is_bare_is_told_with_the_next_reading_of_anything() -> None:
    chamber = Chamber().run(3.0).dose().run(30.0)
    chamber.derivation.reset("surface.saturation")
    chamber.publish(Batch.one("foil.temperature", chamber.now + 0.05, HOT))
    assert chamber.covered == 0.0


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
    tags = Chamber().derivation.tags.values()
    assert {(tag.low, tag.high, tag.stale_after) for tag in tags} == {(0.0, 1.0, math.inf)}


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


# --- one dose by itself -----------------------------------------------------------------------------------------------

PULSE = Dose("TMA.valve", 0.5, opened=0.0, baseline=100.0, least_peak=2.0, time=0.0)


def test_an_exposure_is_the_area_above_the_baseline() -> None:
    one = PULSE.with_pressure(1.0, 110.0)
    assert one is not None
    two = one.with_pressure(2.0, 104.0)
    assert two is not None
    assert (two.time, two.excess, two.peak, two.exposure) == (2.0, 4.0, 10.0, 5.0 + 7.0)
    below = two.with_pressure(3.0, 90.0)
    assert below is not None
    assert (below.excess, below.exposure) == (0.0, 14.0), "what is below the baseline takes nothing away"
    assert below.saturation == pytest.approx(1.0 - math.exp(-0.5 * 14.0))


def test_a_dose_is_given_up_after_a_silence_or_when_it_never_ends() -> None:
    assert PULSE.with_pressure(1.0, 101.0) is not None
    assert PULSE.with_pressure(1.001, 101.0) is None
    late = replace(PULSE, time=119.5)
    assert late.with_pressure(120.0, 101.0) is not None
    assert late.with_pressure(120.001, 101.0) is None


@pytest.mark.parametrize(
    ("time", "peak", "excess", "over"),
    [(1.1, 2.0, 0.2, True), (1.0, 2.0, 0.2, False), (1.1, 1.99, 0.1, False), (1.1, 2.0, 0.21, False)],
)
def test_a_dose_is_over_when_it_was_seen_and_has_fallen_after_the_valve_had_shut(
    time: float, peak: float, excess: float, over: bool
) -> None:
    assert replace(PULSE, shut=1.0, time=time, peak=peak, excess=excess).over is over


@pytest.mark.parametrize("shut", [math.inf, 0.4, 1.5])
@pytest.mark.parametrize("step", [0.25, 1.0, 1.25])
@pytest.mark.parametrize("opened", [0.0, -118.0])
def test_a_dose_in_arrays_is_that_sample_by_sample(shut: float, step: float, opened: float) -> None:
    dose = replace(PULSE, shut=shut, opened=opened)
    times = np.cumsum(np.array([0.25, 0.25, step, 0.25, 1.0, 0.5, 0.25]))
    pressures = np.array([112.0, 102.0, 101.0, 130.0, 99.0, 103.0, 100.5])
    single: Dose | None = dose
    count = 0
    for time, pressure in zip(times.tolist(), pressures.tolist(), strict=True):
        assert single is not None
        single, count = single.with_pressure(time, pressure), count + 1
        if single is None or single.over:
            break
    assert dose.with_pressures(times, pressures) == (single, count)


def test_a_peak_begins_at_nothing() -> None:
    dose = PULSE.with_pressure(1.0, 100.5)
    assert dose is not None
    assert dose.peak == 0.5


def test_a_dose_in_arrays_may_be_just_seen_and_just_fallen() -> None:
    dose = replace(PULSE, baseline=0.0, shut=0.1)
    times, pressures = np.array([0.5, 1.0, 1.5]), np.array([2.0, 0.2, 0.2])
    found, count = dose.with_pressures(times, pressures)
    assert found is not None
    assert (found.over, found.peak, found.excess, count) == (True, 2.0, 0.2, 2)


def begun(*before: tuple[float, float], opened: float = 10.0) -> Dose | None:
    """The dose that an opening at 10 s begins after these pressures (s, Pa)."""
    chamber = Chamber()
    chamber.publish(Batch.one("foil.temperature", 9.5, HOT))
    for time, pressure in before:
        chamber.publish(Batch.one("chamber.pressure", time, pressure))
    chamber.publish(Batch.one("TMA.valve", opened, 1.0))
    found: Dose | None = chamber.derivation._states[0].dose
    return found


def test_the_baseline_is_the_mean_of_the_two_seconds_before_the_opening() -> None:
    dose = begun((7.9, 500.0), (8.0, 96.0), (9.0, 97.0), (9.9, 98.0))
    assert dose is not None
    assert dose.baseline == pytest.approx(97.0)
    assert dose.least_peak == pytest.approx(5.0 * math.sqrt(2.0 / 3.0)), "five standard deviations"
    assert begun((9.0, 97.0), (9.9, 97.0)) is None, "two samples are no baseline"
    calm = begun((8.5, 97.0), (9.0, 97.0), (9.9, 97.0))
    assert calm is not None
    assert calm.least_peak == pytest.approx(0.02 * 97.0)


def test_what_was_read_since_an_opening_that_becomes_known_late_belongs_to_the_dose() -> None:
    dose = begun((8.5, 97.0), (9.0, 97.0), (9.9, 97.0), (10.0, 107.0), (10.5, 107.0), opened=10.0)
    assert dose is not None
    assert (dose.baseline, dose.peak, dose.time) == (97.0, 10.0, 10.5)
    assert dose.exposure == pytest.approx(5.0)


@pytest.mark.parametrize(("again", "goes_on"), [(12.5, True), (12.51, False)])
def test_a_valve_that_opens_again_within_two_seconds_goes_on_with_its_dose(again: float, goes_on: bool) -> None:
    chamber = Chamber()
    chamber.publish(Batch.one("foil.temperature", 9.5, HOT))
    for n in range(30):
        chamber.publish(Batch.one("chamber.pressure", 8.5 + n / 10.0, 97.0 if n < 15 else 130.0))
    chamber.publish(Batch.of("TMA.valve", (10.0, 10.5), (1.0, 0.0)))
    chamber.publish(Batch.one("foil.temperature", 11.5, HOT), Batch.one("chamber.pressure", 11.6, 120.0))
    chamber.publish(Batch.one("chamber.pressure", 12.4, 120.0))
    chamber.publish(Batch.one("TMA.valve", again, 1.0))
    dose = chamber.derivation._states[0].dose
    assert dose is not None
    assert dose.opened == (10.0 if goes_on else again)
    assert dose.shut == math.inf


def test_from_a_hundredth_of_an_atmosphere_on_the_chamber_is_open() -> None:
    chamber = Chamber().run(3.0).dose().run(30.0)
    assert chamber.run(0.1, base=9.99e3).covered == 1.0
    chamber.publish(Batch.one("chamber.pressure", chamber.now + 0.05, 1.0e4))
    assert chamber.covered == 0.0


def test_pressures_are_remembered_for_five_seconds_at_least() -> None:
    chamber = Chamber()
    for half in range(21):
        chamber.publish(Batch.one("chamber.pressure", half / 2.0, BASELINE))
    assert chamber.derivation._states[0].recent[0] == (0.0, BASELINE), "forgotten now and then, not at every sample"
    chamber.publish(Batch.one("chamber.pressure", 10.5, BASELINE))
    assert chamber.derivation._states[0].recent[0] == (6.0, BASELINE)


def test_a_valve_of_which_nothing_valid_is_heard_begins_no_dose() -> None:
    chamber = Chamber().run(4.0)
    chamber.publish(Batch.of("TMA.valve", [4.0], [math.nan]))
    assert chamber.derivation._states[0].dose is None
    assert chamber.derivation._states[0].seen is None


@pytest.mark.parametrize(("saturation", "covered"), [(0.95, 1.0), (0.9499, 0.0)])
def test_from_95_percent_on_it_is_covered(saturation: float, covered: float) -> None:
    monitor = Covered("lithium.covered", Chamber().derivation.tags["surface.saturation"])
    sample = Sample(1.0, saturation, Quality.GOOD)
    assert monitor.update(None, 1.0, {"surface.saturation": sample})[1].value == covered
    instants = np.array([1.0])
    over = monitor.over(None, instants, Columns({"surface.saturation": sample}, []))[1]
    assert over.values.tolist() == [covered]


# --- long stretches in which valves say little ----------------------------------------------------------------------


def gauge(begin: float, seconds: float, peak: float = 0.0, opened: float = 0.0) -> Batch:
    times = begin + np.arange(1, round(seconds * 10) + 1) / 10.0
    rise = np.where(times > opened, peak * np.exp(-(times - opened) / DECAY), 0.0)
    return Batch.of("chamber.pressure", times.tolist(), (BASELINE + rise).tolist())


FOIL = Batch.one("foil.temperature", 3.9, HOT)
OPENED = 4.01
PULSED = gauge(0.0, 30.0, 26.0, OPENED)
STRONG = gauge(0.0, 30.0, 9e3, OPENED)
AT_THE_LIMIT = Batch.of("chamber.pressure", [30.0 + n / 10 for n in range(1, 41)], [*[97.0] * 20, 1e4, *[97.0] * 19])
H2O_LATER = Batch.of("H2O.valve", (12.0, 12.5), (1.0, 0.0))
SPARSE: dict[str, tuple[float, list[list[Batch]]]] = {
    "two edges": (0.95, [[FOIL, PULSED, Batch.of("TMA.valve", (OPENED, OPENED + 0.05), (1.0, 0.0))]]),
    "an opening alone, then the shutting": (
        0.95,
        [
            [FOIL, gauge(0.0, 6.0, 26.0, OPENED), Batch.one("TMA.valve", OPENED, 1.0)],
            [gauge(6.0, 24.0, 26.0, OPENED), Batch.one("TMA.valve", 6.05, 0.0)],
        ],
    ),
    "another source after it": (
        0.95, [[FOIL, PULSED, Batch.of("TMA.valve", (OPENED, OPENED + 0.05), (1.0, 0.0)), H2O_LATER]]
    ),
    "no pressure while a dose is under way": (
        0.95,
        [
            [FOIL, gauge(0.0, 4.5, 26.0, OPENED), Batch.of("TMA.valve", (OPENED, OPENED + 0.05), (1.0, 0.0))],
            [Batch.of("H2O.valve", [4.5 + n / 100 for n in range(1, 41)], [0.0] * 40)],
            [gauge(5.0, 25.0, 26.0, OPENED)],
        ],
    ),
    "opened after a dose that left no site": (
        0.0,
        [
            [FOIL, STRONG, Batch.of("TMA.valve", (OPENED, OPENED + 0.05), (1.0, 0.0))],
            [AT_THE_LIMIT],
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SPARSE)
def test_a_stretch_with_few_edges_gives_what_a_walk_gives(what: str) -> None:
    least, parts = SPARSE[what]
    leaping, walking = Chamber().derivation, Chamber().derivation
    best = 0.0
    for part in parts:
        leaping(part)
        walking.walk(part)
        assert repr(leaping._states) == repr(walking._states)
        best = max(best, leaping.latest["surface.saturation"].value)
    assert best >= 0.95
    assert (leaping.latest["surface.saturation"].value >= 0.95) == (least > 0.0)
    if not least:
        assert best == 1.0, "to the last bit"
