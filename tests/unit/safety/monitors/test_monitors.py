"""Monitors: derived tags from readings, flows and valves, exact at any instant."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.safety import rig
from vapordep.chemistry import substrate
from vapordep.model.batches import Batch, Sample
from vapordep.model.columns import Columns
from vapordep.model.icvd import Throttle
from vapordep.model.tags import Quality, Tag
from vapordep.safety.conditions import Latest
from vapordep.safety.monitors import Derivation, Monitor
from vapordep.safety.monitors.reactor import monitors_of
from vapordep.safety.monitors.readings import Commanded, Constant, FirstUsable, FlowRatio, Offset
from vapordep.safety.monitors.valves import LATENCY, AnyOpen, Apart, Clearance, History, NeverOpen
from vapordep.units import Pa, degC, one, percent, sccm

TAGS = {
    tag.name: tag
    for tag in (
        Tag("cdg.pressure", Pa, stale_after=0.5),
        Tag("pirani.pressure", Pa, stale_after=2.0),
        Tag("stage.temperature", degC, stale_after=2.0),
        Tag("carrier.flow", sccm, stale_after=1.0),
        Tag("carrier.flow_setpoint", sccm, stale_after=1.0),
        *(Tag(f"{name}.valve", one, stale_after=2.0) for name in ("TMA", "DEZ", "H2O")),
    )
}


class Bench:
    """Feeds samples and remembers the last of every derived tag."""

    def __init__(self, *monitors: Monitor[Any]) -> None:
        self.derivation = Derivation(monitors)
        self.shown: dict[str, Sample] = {}

    def feed(self, time: float, quality: Quality = Quality.GOOD, **values: float) -> "Bench":
        self.publish([Batch.one(tag.replace("__", "."), time, value, quality) for tag, value in values.items()])
        return self

    def publish(self, batches: Sequence[Batch]) -> None:
        self.shown |= {batch.tag: batch.last for batch in self.derivation(batches)}

    def value(self, tag: str) -> float | None:
        """None when the monitor says BAD."""
        sample = self.shown[tag]
        assert (sample.quality is Quality.BAD) == math.isnan(sample.value)
        return None if sample.quality is Quality.BAD else sample.value


def test_the_first_usable_gauge_is_believed() -> None:
    bench = Bench(FirstUsable("chamber.pressure", ("cdg.pressure", "pirani.pressure"), TAGS))
    bench.feed(0.0, pirani__pressure=90.0)
    assert bench.value("chamber.pressure") == 90.0
    bench.feed(0.1, cdg__pressure=97.0)
    assert bench.value("chamber.pressure") == 97.0
    bench.feed(0.2, Quality.UNCERTAIN, cdg__pressure=99.0)
    assert bench.value("chamber.pressure") == 90.0, "a good second is better than a doubtful first"
    bench.feed(0.2, Quality.UNCERTAIN, pirani__pressure=80.0)
    assert bench.shown["chamber.pressure"] == Sample(0.2, 99.0, Quality.UNCERTAIN)
    bench.feed(0.3, cdg__pressure=math.nan)
    assert bench.value("chamber.pressure") == 80.0
    bench.feed(0.4, pirani__pressure=math.nan)
    assert bench.value("chamber.pressure") is None


def test_a_gauge_that_fell_silent_is_not_believed() -> None:
    bench = Bench(FirstUsable("chamber.pressure", ("cdg.pressure", "pirani.pressure"), TAGS))
    bench.feed(0.0, cdg__pressure=97.0, pirani__pressure=90.0).feed(0.5, pirani__pressure=91.0)
    assert bench.value("chamber.pressure") == 91.0


def test_the_foil_is_hotter_than_the_stage_reads_and_may_be_hotter_still() -> None:
    bench = Bench(
        Offset("foil.temperature", "stage.temperature", 3.0, TAGS),
        Offset("foil.maximum", "foil.temperature", 2.0, {**TAGS, "foil.temperature": TAGS["stage.temperature"]}),
        Constant(Tag("substrate.trip", degC, stale_after=math.inf), 433.15),
    )
    bench.feed(1.0, Quality.UNCERTAIN, stage__temperature=373.15)
    assert bench.shown == {
        "foil.temperature": Sample(1.0, 376.15, Quality.UNCERTAIN),
        "foil.maximum": Sample(1.0, 378.15, Quality.UNCERTAIN),
        "substrate.trip": Sample(1.0, 433.15, Quality.GOOD),
    }
    bench.shown.clear()
    bench.feed(2.0, stage__temperature=math.nan)
    assert bench.value("foil.maximum") is None
    assert "substrate.trip" not in bench.shown, "a constant is said once"


def test_a_derived_tag_is_as_impatient_as_its_inputs() -> None:
    assert FlowRatio("carrier", TAGS).tag.stale_after == 1.0
    assert FirstUsable("p", ("pirani.pressure", "cdg.pressure"), TAGS).tag.stale_after == 0.5
    assert Clearance("TMA.clearance", (), 1.0, TAGS).tag.stale_after == math.inf


@pytest.mark.parametrize(
    ("flow", "setpoint", "ratio", "commanded"),
    [
        (16.0, 20.0, 0.8, 1.0),
        (0.0, 20.0, 0.0, 1.0),
        (1.0, 0.0, None, 0.0),
        (math.nan, 20.0, None, 1.0),
        (20.0, math.nan, None, None),
    ],
)
def test_a_flow_is_compared_with_what_is_commanded(
    flow: float, setpoint: float, ratio: float | None, commanded: float | None
) -> None:
    bench = Bench(FlowRatio("carrier", TAGS), Commanded("carrier", TAGS))
    bench.feed(0.0, carrier__flow=flow, carrier__flow_setpoint=setpoint)
    assert bench.value("carrier.flow_ratio") == ratio
    assert bench.value("carrier.commanded") == commanded


@pytest.mark.parametrize(("valve", "commanded"), [(0.0, 0.0), (0.5, 0.0), (1.0, 1.0), (math.nan, 1.0)])
def test_nothing_is_commanded_to_flow_through_a_valve_that_is_shut(valve: float, commanded: float) -> None:
    """As in the safe state of a vented chamber, whose setpoint stays; what is not known of a valve hides no lack."""
    bench = Bench(Commanded("carrier", TAGS, "TMA.valve"))
    bench.feed(0.0, carrier__flow=0.0, carrier__flow_setpoint=20.0, TMA__valve=valve)
    assert bench.value("carrier.commanded") == commanded


def test_the_ratio_is_as_doubtful_as_the_worse_of_both() -> None:
    bench = Bench(FlowRatio("carrier", TAGS))
    bench.feed(0.0, Quality.UNCERTAIN, carrier__flow=10.0).feed(0.0, carrier__flow_setpoint=10.0)
    assert bench.shown["carrier.flow_ratio"].quality is Quality.UNCERTAIN


GAP = 18.4


def clearance(*valves: str) -> Bench:
    return Bench(Clearance("H2O.clearance", valves or ("TMA.valve",), GAP, TAGS))


def at(bench: Bench, time: float) -> float | None:
    sample = bench.derivation.ahead(time, time)["H2O.clearance"]
    return None if sample.quality is Quality.BAD else sample.value


def test_a_source_that_never_was_open_is_clear() -> None:
    bench = clearance().feed(0.0, TMA__valve=0.0)
    assert bench.value("H2O.clearance") == 1.0


def test_a_source_that_no_other_harms_is_always_clear() -> None:
    bench = Bench(Clearance("H2O.clearance", (), GAP, TAGS))
    bench.feed(0.0, TMA__valve=1.0)
    assert bench.value("H2O.clearance") == 1.0
    assert bench.derivation.ahead(1e9, 1e9)["H2O.clearance"].value == 1.0


def test_walls_remember_a_source_that_was_open_once() -> None:
    bench = Bench(NeverOpen("H2O.walls_bare", ("TMA.valve", "DEZ.valve"), TAGS)).feed(0.0, TMA__valve=0.0)
    assert bench.value("H2O.walls_bare") is None, "nobody has seen the other valve"
    bench.feed(0.1, DEZ__valve=0.0)
    assert bench.value("H2O.walls_bare") == 1.0
    bench.feed(1.0, TMA__valve=1.0).feed(1.1, TMA__valve=0.0, DEZ__valve=0.0)
    assert bench.value("H2O.walls_bare") == 0.0
    bench.feed(2.5, TMA__valve=0.0, DEZ__valve=0.0)
    assert bench.value("H2O.walls_bare") == 0.0


@pytest.mark.parametrize("opening", [None, 10, 55])
def test_walls_remember_the_same_in_long_stretches(opening: int | None) -> None:
    """Whole stretches are a faster way to what counts sample by sample; one valve falls silent for a while."""
    times = [n / 10 for n in range(100)]
    opens = [float(n == opening) for n in range(100)]
    quiet = [n / 10 for n in range(100) if not 30 <= n < 60]
    batches = [Batch.of("TMA.valve", times, opens), Batch.of("DEZ.valve", quiet, [0.0] * len(quiet))]
    valves = ("TMA.valve", "DEZ.valve")
    walked, leapt = (Derivation([NeverOpen("H2O.walls_bare", valves, TAGS)]) for _ in range(2))
    for derivation in (walked, leapt):
        derivation([Batch.of(valve, [-0.1], [0.0]) for valve in valves])
    [one], [other] = walked.walk(batches), leapt(batches)
    assert one.times.tolist() == other.times.tolist()
    assert one.quality.tolist() == other.quality.tolist()
    known = [(value, far) for value, far in zip(one.values, other.values, strict=True) if value == value]
    assert [value for value, _ in known] == [far for _, far in known]
    assert {value for value, _ in known} == {0.0, 1.0}, "what was unseen for long may have been open"


def test_clearance_comes_exactly_when_the_purge_is_over_without_any_sample() -> None:
    bench = clearance()
    bench.publish([Batch.of("TMA.valve", (10.0, 10.05), (1.0, 0.0))])
    assert bench.value("H2O.clearance") == 0.0
    done = 10.05 + GAP + 0.03
    for k in range(1, 20):
        bench.feed(10.0 + k, TMA__valve=0.0)
    assert at(bench, math.nextafter(done, 0.0)) == 0.0
    assert at(bench, done) == 1.0
    assert bench.value("H2O.clearance") == 1.0, "29.0 s is after it"


def test_an_open_valve_is_never_clear_and_an_unseen_one_unknown() -> None:
    bench = clearance("TMA.valve", "DEZ.valve").feed(0.0, TMA__valve=1.0)
    assert bench.value("H2O.clearance") is None, "nobody has seen the other valve"
    bench.feed(0.1, DEZ__valve=0.0)
    assert (bench.value("H2O.clearance"), at(bench, 1.9)) == (0.0, 0.0)
    assert at(bench, 2.0) is None, "by then the first one has been silent for too long"
    assert bench.derivation.ahead(2.0, 1.9)["H2O.clearance"].value == 0.0, "but at 1.9 s nobody can know that"
    bench.feed(0.2, TMA__valve=math.nan)
    assert bench.value("H2O.clearance") is None


def test_one_lost_reply_does_not_begin_the_purge_anew_but_a_long_silence_does() -> None:
    bench = clearance().feed(0.0, TMA__valve=1.0)
    for k in range(1, 20):
        bench.feed(float(k), TMA__valve=0.0)
    bench.feed(19.5, TMA__valve=math.nan).feed(20.0, TMA__valve=0.0)
    assert bench.value("H2O.clearance") == 1.0
    bench.feed(22.0, TMA__valve=0.0)
    assert bench.value("H2O.clearance") == 0.0, "2 s unseen: it may have been open"
    assert at(bench, 22.0 + 1.9) == 0.0


def test_any_open_valve_is_told_even_when_others_are_unseen() -> None:
    bench = Bench(AnyOpen("sources.open", ("TMA.valve", "H2O.valve"), TAGS))
    bench.feed(0.0, TMA__valve=0.0)
    assert bench.value("sources.open") is None
    bench.feed(0.1, H2O__valve=0.0)
    assert bench.value("sources.open") == 0.0
    bench.feed(0.2, TMA__valve=1.0).feed(0.3, H2O__valve=math.nan)
    assert bench.value("sources.open") == 1.0


def apart() -> Bench:
    valves = ("TMA.valve", "H2O.valve", "DEZ.valve")
    bench = Bench(Apart("sources.apart", valves, (("TMA.valve", "H2O.valve"), ("TMA.valve", "DEZ.valve")), TAGS))
    return bench.feed(0.0, TMA__valve=0.0, H2O__valve=0.0, DEZ__valve=0.0)


def test_incompatible_valves_open_together_are_told_at_once() -> None:
    bench = apart().feed(1.0, TMA__valve=1.0)
    assert bench.value("sources.apart") == 1.0
    bench.feed(1.5, H2O__valve=1.0)
    assert bench.value("sources.apart") == 0.0
    bench.feed(1.6, H2O__valve=0.0).feed(1.7, TMA__valve=1.0, H2O__valve=0.0, DEZ__valve=0.0)
    assert bench.value("sources.apart") == 1.0


def test_compatible_valves_may_be_open_together() -> None:
    assert apart().feed(1.0, H2O__valve=1.0).feed(1.1, DEZ__valve=1.0).value("sources.apart") == 1.0


@pytest.mark.parametrize(("opened", "value"), [(1.12, 0.0), (1.14, 1.0)])
def test_valves_may_move_later_than_they_are_told(opened: float, value: float) -> None:
    bench = apart()
    bench.publish([Batch.of("TMA.valve", (1.0, 1.1), (1.0, 0.0))])
    bench.feed(opened, H2O__valve=1.0)
    assert bench.value("sources.apart") == value


def test_pulses_that_overlapped_are_told_although_they_become_known_afterwards() -> None:
    bench = apart()
    bench.publish([Batch.of("H2O.valve", (1.02, 1.05), (1.0, 0.0))])
    found = bench.derivation([Batch.of("TMA.valve", (1.0, 1.1), (1.0, 0.0))])
    assert found[0].values.tolist() == [0.0, 1.0]


def test_a_single_lost_reply_is_no_overlap_but_a_long_silence_is_unknown() -> None:
    bench = apart().feed(1.0, TMA__valve=math.nan, H2O__valve=0.0, DEZ__valve=0.0)
    assert bench.value("sources.apart") == 1.0
    bench.feed(2.0, H2O__valve=0.0)
    assert bench.value("sources.apart") is None


def test_valves_that_come_back_from_a_long_silence_may_have_met_until_they_are_seen_once_more() -> None:
    bench = apart().feed(1.0, TMA__valve=0.0, H2O__valve=0.0, DEZ__valve=0.0)
    bench.feed(3.0, TMA__valve=0.0, H2O__valve=0.0, DEZ__valve=0.0)
    assert bench.value("sources.apart") == 0.0, "2 s unseen: both may have been open up to now"
    bench.feed(3.1, TMA__valve=0.0, H2O__valve=0.0, DEZ__valve=0.0)
    assert bench.value("sources.apart") == 1.0


def test_a_reactor_with_a_throttle_gets_the_monitors_of_a_steady_process() -> None:
    whole = replace(rig.reactor(), throttle=Throttle("throttle.position", "", ""))
    tags = {**rig.instrument_tags(), "throttle.position": Tag("throttle.position", percent, stale_after=1.0)}
    names = [monitor.tag.name for monitor in monitors_of(whole, substrate("lithium"), tags)]
    assert "throttle.open" in names
    assert "filament.clearance" not in names, "there are pulses, and no filament that they could meet"
    assert len(names) == len(set(names)), "each tag is derived once"


def test_monitors_must_stand_in_the_order_of_their_dependence() -> None:
    foil = Offset("foil.temperature", "stage.temperature", 3.0, TAGS)
    above = Offset("foil.maximum", "foil.temperature", 2.0, {"foil.temperature": foil.tag})
    with pytest.raises(ValueError, match="derived after it"):
        Derivation([above, foil])


def test_only_a_monitor_can_be_reset() -> None:
    with pytest.raises(KeyError):
        Derivation([]).reset("surface.saturation")


VALVES = ("TMA.valve", "H2O.valve", "DEZ.valve")
VALVE_ROWS = st.lists(
    st.tuples(st.integers(0, 80), st.sampled_from(VALVES), st.sampled_from([0.0, 0.0, 1.0, math.nan])),
    max_size=40,
    unique_by=lambda row: row[:2],
)


@given(VALVE_ROWS, st.lists(st.integers(0, 80), unique=True, max_size=8))
def test_derived_tags_do_not_depend_on_how_a_stream_is_cut(rows: list[tuple[int, str, float]], cuts: list[int]) -> None:
    def run(ends: Sequence[int]) -> dict[str, list[tuple[float, float | None]]]:
        valves = ("TMA.valve", "H2O.valve", "DEZ.valve")
        derivation = Derivation(
            [
                Clearance("H2O.clearance", valves[:1], 1.0, TAGS),
                NeverOpen("H2O.walls_bare", valves[:1], TAGS),
                AnyOpen("sources.open", valves, TAGS),
                Apart("sources.apart", valves, (("TMA.valve", "H2O.valve"),), TAGS),
            ]
        )
        found: dict[str, list[tuple[float, float | None]]] = {}
        begin = -1
        for end in [*sorted(ends), 90]:
            part = sorted(row for row in rows if begin < row[0] <= end)
            by_tag = [(tag, [(t / 10, v) for t, name, v in part if name == tag]) for tag in valves]
            for batch in derivation([Batch.of(tag, [t for t, _ in s], [v for _, v in s]) for tag, s in by_tag]):
                values = [None if math.isnan(value) else value for value in batch.values.tolist()]
                found.setdefault(batch.tag, []).extend(zip(batch.times.tolist(), values, strict=True))
            begin = end
        return found

    assert run(cuts) == run(range(81))


def test_valves_that_follow_each_other_by_just_the_time_to_move_meet_also_in_arrays() -> None:
    apart = Apart("sources.apart", VALVES[:2], (VALVES[:2],), TAGS)
    opens = Batch.of("H2O.valve", (-1.0, LATENCY), (0.0, 1.0))
    columns = Columns({}, [Batch.of("TMA.valve", (-1.0, 0.0), (1.0, 0.0)), opens])
    instants = np.array((-1.0, 0.0, LATENCY))
    (first, second), told = apart.over(apart.initial, instants, columns)
    assert told.values.tolist()[1:] == [1.0, 0.0]
    assert first.meets(second, LATENCY), "as for single samples"


def test_an_opening_that_becomes_known_late_still_begins_the_purge() -> None:
    bench = clearance().feed(0.0, TMA__valve=0.0).feed(11.0, TMA__valve=0.0)
    bench.publish([Batch.of("TMA.valve", (10.0, 10.05), (1.0, 0.0))])
    assert at(bench, 11.1) == 0.0
    for k in range(12, 31):
        bench.feed(float(k), TMA__valve=0.0)
    assert at(bench, 11.0 + GAP + 0.02) == 0.0, "counted from when it was seen shut"
    assert at(bench, 11.0 + GAP + 0.03) == 1.0


NEVER = -math.inf
SHUT_SINCE_8 = History(10.0, 8.0, 5.0)
OPEN_SINCE_1 = History(4.0, math.inf, 1.0)


@pytest.mark.parametrize(
    ("before", "time", "value", "after"),
    [
        (History(), 1.0, 0.0, History(1.0, NEVER, NEVER)),
        (History(), 1.0, 1.0, History(1.0, math.inf, 1.0)),
        (History(1.0, NEVER, NEVER), 1.0, 1.0, History(1.0, math.inf, 1.0)),  # of one instant the last counts
        (History(0.0, NEVER, NEVER), 1.99, 0.0, History(1.99, NEVER, NEVER)),
        (History(0.0, NEVER, NEVER), 2.0, 0.0, History(2.0, 2.0, NEVER)),  # unseen for 2 s: it may have been open
        (OPEN_SINCE_1, 5.0, 1.0, History(5.0, math.inf, 1.0)),
        (OPEN_SINCE_1, 6.0, 1.0, History(6.0, math.inf, 6.0)),  # it may have been shut meanwhile
        (OPEN_SINCE_1, 5.0, 0.0, History(5.0, 5.0, 1.0)),
        (SHUT_SINCE_8, 11.0, 0.0, History(11.0, 8.0, 5.0)),
        (SHUT_SINCE_8, 9.9, 1.0, SHUT_SINCE_8),  # older than what is known
        (SHUT_SINCE_8, 11.0, math.nan, SHUT_SINCE_8),
    ],
)
def test_what_is_known_of_a_valve_after_it_was_seen(before: History, time: float, value: float, after: History) -> None:
    assert before.after(Sample(time, value, Quality.GOOD), 2.0) == after
    assert before.after(None, 2.0) == before


@pytest.mark.parametrize(
    ("before", "time", "value", "after"),
    [
        (History(10.0, NEVER, NEVER), 5.0, 1.0, History(10.0, 10.0, 5.0)),
        (SHUT_SINCE_8, 6.0, 1.0, History(10.0, 10.0, 6.0)),
        (SHUT_SINCE_8, 5.0, 1.0, SHUT_SINCE_8),  # known already
        (SHUT_SINCE_8, 4.0, 1.0, SHUT_SINCE_8),
        (SHUT_SINCE_8, 6.0, 0.0, SHUT_SINCE_8),
        (SHUT_SINCE_8, 6.0, math.nan, SHUT_SINCE_8),
        (OPEN_SINCE_1, 3.0, 1.0, OPEN_SINCE_1),
    ],
)
def test_what_becomes_known_late_of_a_valve(before: History, time: float, value: float, after: History) -> None:
    assert before.recalling(Sample(time, value, Quality.GOOD)) == after


def test_two_valves_meet_up_to_the_time_that_they_take_to_move() -> None:
    shut = History(2.0, 1.0, 0.5)
    for opened, meets in ((1.03, True), (1.031, False)):
        other = History(2.0, math.inf, opened)
        assert shut.meets(other, 0.9) is other.meets(shut, 0.9) is meets
    assert OPEN_SINCE_1.meets(OPEN_SINCE_1, 100.0)
    assert not History(1.0, NEVER, NEVER).meets(OPEN_SINCE_1, 100.0)


def test_an_opening_that_becomes_known_late_leaves_the_other_valves_as_they_were() -> None:
    bench = apart().feed(1.0, TMA__valve=0.0, H2O__valve=0.0, DEZ__valve=1.0)
    bench.publish([Batch.of("H2O.valve", (0.5, 0.55), (1.0, 0.0))])
    bench.feed(1.2, TMA__valve=1.0)
    assert bench.value("sources.apart") == 0.0, "DEZ still stands open"


def test_what_a_monitor_does_not_foresee_stays_as_it_was_said() -> None:
    class Unsure(Commanded):
        def ahead(self, state: None, time: float, now: float, latest: Latest) -> Sample | None:
            return super().ahead(state, time, now, latest)

    bench = Bench(Unsure("carrier", TAGS)).feed(1.0, carrier__flow_setpoint=20.0)
    assert bench.derivation.ahead(5.0, 1.0)["carrier.commanded"] == Sample(1.0, 1.0, Quality.GOOD)


def test_a_late_sample_of_anything_else_changes_nothing() -> None:
    bench = Bench(Commanded("carrier", TAGS)).feed(1.0, carrier__flow_setpoint=20.0)
    assert bench.derivation([Batch.one("carrier.flow_setpoint", 0.5, 0.0)]) == []
    assert bench.derivation([Batch.one("nobody.reads", 0.5, 0.0), Batch.one("nobody.reads", 0.4, 0.0)]) == []
    valve = clearance().feed(1.0, TMA__valve=1.0).feed(0.5, TMA__valve=1.0)
    assert at(valve, 1.0) == 0.0


def test_what_a_trial_saw_counts_once_it_is_adopted() -> None:
    derivation = Derivation([Clearance("TMA.clearance", ("H2O.valve",), 18.4, TAGS)])
    derivation([Batch.of("H2O.valve", [float(n) for n in range(31)], [0.0] * 31)])
    trial = derivation.trial()
    trial([Batch.of("H2O.valve", [31.0, 32.0], [1.0, 0.0])])
    untouched = derivation.ahead(31.0, 31.0)["TMA.clearance"]
    derivation.adopt(trial)
    adopted = derivation.ahead(33.0, 33.0)["TMA.clearance"]
    assert (untouched.value, adopted.value) == (1.0, 0.0), "the valve was open within the gap"
    assert derivation.latest["H2O.valve"].time == 32.0
    with pytest.raises(KeyError):
        derivation.reset("nobody.knows")


def shown(batches: Sequence[Batch]) -> list[str]:
    """To the last bit, NaN too."""
    return [repr((b.tag, b.times.tolist(), b.values.tolist(), b.quality.tolist())) for b in batches]


@pytest.mark.parametrize("values", [[math.nan] * 40, []])
def test_valves_that_show_nothing_leave_their_history_as_it_was(values: list[float]) -> None:
    times = [n / 10.0 for n in range(1, 41)]
    stretch = [
        Batch.of("TMA.valve", times, [0.0] * 40),
        Batch.of("H2O.valve", times[: len(values)], values),
    ]
    apart = Apart("sources.apart", ("TMA.valve", "H2O.valve"), (("TMA.valve", "H2O.valve"),), TAGS)
    clear = Clearance("TMA.clearance", ("H2O.valve",), 18.4, TAGS)
    leaping, walking = Derivation([apart, clear]), Derivation([apart, clear])
    for each in (leaping, walking):
        each([Batch.one("TMA.valve", 0.0, 0.0), Batch.one("H2O.valve", 0.0, 0.0)])
    over, walked = leaping(stretch), walking.walk(stretch)
    assert shown(over) == shown(walked)
    assert repr(leaping._states) == repr(walking._states)
