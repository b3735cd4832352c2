"""The numbers of a run: a row a dose, a row a cycle, drifts with their cause."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

from vapordep.app.review.analysed import analyse, drifts_in
from vapordep.app.review.golden import done
from vapordep.app.review.pulse_rows import PulseRow
from vapordep.history.recordings.recording import Samples
from vapordep.model.events import Event, Kind
from vapordep.model.film import Film, FilmLayer
from vapordep.model.pulses import PulseIntent, PulseRecord, Verdict
from vapordep.units import Pa, Unit

TAU = 2.0


@dataclass
class Recorded:
    """A recording of pulses that decay with `TAU` on a steady pressure, read five times a second."""

    given: list[PulseRecord]
    t0: float = 100.0
    begun: tuple[Event, ...] = ()
    layers: tuple[FilmLayer, ...] = ()

    def pulses(self) -> list[PulseRecord]:
        return self.given

    def tags(self) -> tuple[str, ...]:
        return ("chamber.pressure",)

    def events(self) -> tuple[Event, ...]:
        return self.begun

    def units(self) -> dict[str, Unit]:
        return {"chamber.pressure": Pa}

    def film(self) -> Film:
        return Film(self.layers)

    def samples(self, tag: str) -> Samples:
        times = np.arange(self.t0, self.given[-1].commanded_open + 60.0, 0.2)
        values = np.full(len(times), 100.0)
        for pulse in self.given:
            since = times - pulse.commanded_open
            values += np.where(since > 0.0, 20.0 * np.exp(-np.maximum(since, 0.0) / TAU), 0.0)
        return Samples(times, values, np.zeros(len(times), dtype=np.uint8))


def pulse(number: int, at: float, step: str, cycle: int, verdict: Verdict = Verdict.GOOD) -> PulseRecord:
    intent = PulseIntent(number, step.split()[-1], step, cycle, at, at + 0.05)
    return PulseRecord(intent, at, at + 0.05, at, at + 0.05, 100.0, 20.0, 40.0, verdict)


def test_each_dose_is_measured_on_the_gauge() -> None:
    given = [pulse(1, 110.0, "main[1].dose TMA", 1), pulse(2, 140.0, "main[1].dose H2O", 1)]
    given += [pulse(3, 180.0, "main[2].dose TMA", 2), pulse(4, 210.0, "main[2].dose H2O", 2)]
    found = analyse(Recorded(given))  # type: ignore[arg-type]
    first = found.pulses[0]
    assert (first.source, first.loop, first.cycle, first.opened) == ("TMA", "main", 1, 10.0)
    assert (first.baseline, first.decay) == (pytest.approx(100.0), pytest.approx(TAU, rel=0.01))
    assert first.area == pytest.approx(20.0 * TAU, rel=0.1)
    assert first.residual == pytest.approx(0.0, abs=1e-4)
    cycles = [(row.cycle, row.began, row.length, set(row.areas)) for row in found.cycles]
    assert cycles[0] == (1, 10.0, 70.0, {"TMA", "H2O"})
    assert math.isnan(cycles[1][2])
    assert found.drifts == ()
    assert found.unjudged == {"TMA 0.05 s": 2, "H2O 0.05 s": 2}


@dataclass
class Weighed(Recorded):
    """With a crystal that gains 0.2 nm at the first dose of a cycle, less 0.08 nm at the second."""

    def tags(self) -> tuple[str, ...]:
        return ("chamber.pressure", "crystal.thickness")

    def samples(self, tag: str) -> Samples:
        if tag == "chamber.pressure":
            return super().samples(tag)
        times = np.arange(self.t0, self.given[-1].commanded_open + 60.0, 0.2)
        values = np.zeros(len(times))
        for each in self.given:
            gain = 2e-10 if each.intent.source == "TMA" else -8e-11
            values += np.where(times > each.commanded_open, gain, 0.0)
        return Samples(times, values, np.zeros(len(times), dtype=np.uint8))


def test_growth_is_weighed_from_cycle_to_cycle() -> None:
    given = [
        pulse(2 * n + k + 1, 110.0 + 70.0 * n + 30.0 * k, f"main[{n + 1}].dose {source}", n + 1)
        for n in range(3)
        for k, source in enumerate(("TMA", "H2O"))
    ]
    found = analyse(Weighed(given)).cycles  # type: ignore[arg-type]
    assert [(row.growth, row.weighed) for row in found[:2]] == [(pytest.approx(1.2e-10), True)] * 2
    assert (math.isnan(found[2].growth), found[2].weighed) == (True, False)


def test_a_dose_of_several_pulses_is_one_row_and_one_in_the_shut_chamber_has_no_area() -> None:
    given = [
        pulse(1, 110.0, "dose TMA", 0, Verdict.PART),
        pulse(2, 110.5, "dose TMA", 0),
        pulse(3, 150.0, "dose TMA", 0, Verdict.ISOLATED),
    ]
    both, isolated = analyse(Recorded(given)).pulses  # type: ignore[arg-type]
    assert (both.number, both.opened, both.width) == (2, 10.0, pytest.approx(0.1))
    assert both.area == pytest.approx(40.0 * TAU, rel=0.1)
    assert math.isnan(isolated.area)
    assert analyse(Recorded(given)).cycles == (), "outside of any loop"  # type: ignore[arg-type]


def in_turns(*turns: tuple[str, int], layers: tuple[tuple[str, int], ...] = ()) -> Recorded:
    """Loops gone through one after another, by name and cycles, within a supercycle; layer n grows n pm a cycle."""
    given, begun, at = [], [], 110.0
    for turn, (loop, cycles) in enumerate(turns):
        for cycle in range(1, cycles + 1):
            data = {"block": loop, "cycle": cycle, "place": f"steps 3:0/0:{turn}/0:{cycle - 1}"}
            begun.append(Event(at - 0.1, Kind.CYCLE, f"{loop} {cycle} of {cycles}", data))
            for source in ("TMA", "EG"):
                given.append(pulse(len(given) + 1, at, f"{loop}[{cycle}].dose {source}", cycle))
                at += 30.0
    begun = [Event(109.9, Kind.RUN, "RUNNING"), *begun, Event(at, Kind.RUN, "COMPLETE")]
    grew = [FilmLayer(name, 0.0, count, 1e-12 * (n + 1), 0.0) for n, (name, count) in enumerate(layers)]
    return Recorded(given, begun=tuple(begun), layers=tuple(grew))


def rows_of(recorded: Recorded) -> list[tuple[str, int, int, float]]:
    found = analyse(recorded).cycles  # type: ignore[arg-type]
    assert all(set(row.areas) == {"TMA", "EG"} for row in found)
    assert [row.length for row in found[:-1]] == pytest.approx([60.0] * (len(found) - 1))
    return [(row.loop, row.cycle, row.turn, round(1e12 * row.growth, 3)) for row in found]


def test_a_loop_that_is_gone_through_again_at_once_has_its_own_rows() -> None:
    """A supercycle of one loop of one cycle: four cycles, each with its layer, not one."""
    found = rows_of(in_turns(*[("one", 1)] * 4, layers=(("Al2O3", 1),) * 4))
    assert found == [("one", 1, turn, turn) for turn in (1, 2, 3, 4)]


def test_the_turns_of_a_gradient_have_the_growth_of_their_layers() -> None:
    turns = [("Zn", 2), ("Al", 1), ("Zn", 1), ("Al", 2)]
    layers = (("zincone", 2), ("alucone", 1), ("zincone", 1), ("alucone", 2))
    growth = [row[3] for row in rows_of(in_turns(("nucleation", 3), *turns, layers=layers)) if row[0] != "nucleation"]
    assert growth == [1.0, 1.0, 2.0, 3.0, 4.0, 4.0]


def test_a_cycle_that_is_not_whole_takes_no_growth_away_from_the_others() -> None:
    assert [row[3] for row in rows_of(in_turns(("main", 4), layers=(("alucone", 3),)))] == [1.0] * 4


@pytest.mark.parametrize(
    ("turns", "layers"),
    [
        ([("prime", 3), ("main", 3)], (("alucone", 3),)),  # either may have made it
        ([("main", 5)], (("alucone", 3),)),
    ],
)
def test_what_may_have_grown_in_either_loop_or_in_none_is_not_told(
    turns: list[tuple[str, int]], layers: tuple[tuple[str, int], ...]
) -> None:
    assert all(math.isnan(row[3]) for row in rows_of(in_turns(*turns, layers=layers)))


def test_beside_a_golden_run_each_turn_has_its_place() -> None:
    """They shared one by their number, and only the last was compared."""
    found = done(in_turns(("Zn", 2), ("Al", 1), ("Zn", 1), ("Zn", 1)), "run")  # type: ignore[arg-type]
    cycles = [("Zn", 1), ("Zn", 2), ("Al", 1), ("Zn", 3), ("Zn", 4)]
    assert list(found.windows) == cycles
    assert list(found.quantities["TMA area"]) == cycles
    assert list(found.quantities["chamber.pressure"]) == cycles
    assert [begin for begin, _ in found.windows.values()] == pytest.approx([0.0, 60.0, 120.0, 180.0, 240.0])


def test_a_layer_without_doses_beside_it_hides_nothing() -> None:
    """Polymer on alucone, in a chamber for both."""
    found = rows_of(in_turns(("main", 2), layers=(("alucone", 2), ("pDMAMS", 1))))
    assert [row[3] for row in found] == [1.0, 1.0]


ROW = PulseRow(1, "TMA", "main", 1, 0.0, 0.05, 0.1, 100.0, 20.0, 40.0, 2.0, 0.0, "good")


def rows(**changed: np.ndarray) -> list[PulseRow]:
    """A hundred pulses, some of their numbers as given."""
    noise = np.random.default_rng(3).normal(0.0, 0.002, 100)
    made = [replace(ROW, number=n + 1, cycle=n + 1, area=40.0 * (1.0 + noise[n])) for n in range(100)]
    return [replace(row, **{key: float(values[n]) for key, values in changed.items()}) for n, row in enumerate(made)]


CALM = np.full(60, 1.0)
FALLING = np.concatenate((CALM, 1.0 - 0.01 * np.arange(40)))
RISING = np.concatenate((CALM, 1.0 + 0.01 * np.arange(40)))


@pytest.mark.parametrize(
    ("quantity", "values", "words"),
    [
        ("area", 40.0 * FALLING, "runs empty"),
        ("area", 40.0 * RISING, "warmer"),
        ("decay", 2.0 * RISING, "condenses"),
        ("delay", 0.1 + 2.0 * (RISING - 1.0), "sticks"),
        ("baseline", 100.0 * RISING, "leak"),
    ],
)
def test_a_drift_is_told_with_its_cause(quantity: str, values: np.ndarray, words: str) -> None:
    [drift] = drifts_in(rows(**{quantity: values}))
    assert (drift.source, drift.quantity) == ("TMA", quantity)
    assert words in drift.cause
    assert 60 < drift.since.number < 75


def test_what_a_gauge_cannot_tell_is_no_drift() -> None:
    assert list(drifts_in(rows())) == []
    assert list(drifts_in(rows(delay=0.1 + 0.5 * (RISING - 1.0) * 0.3))) == []
