"""Monitors of a steady process: flows, residence time, saturation with the doubt of the vapour pressure, the wires."""

from collections.abc import Mapping
from dataclasses import replace
from math import exp, inf, nan
from typing import Any

import numpy as np
import pytest

from tests.unit.safety.monitors.test_monitors import Bench
from vapordep.chemistry import substance
from vapordep.model.batches import Batch, Sample
from vapordep.model.chamber import Chamber, GasLine, PumpLine, Stage
from vapordep.model.columns import Columns
from vapordep.model.deliveries import Bubbler, Motor
from vapordep.model.icvd import Filament, MeasuredPressure, Surface, Throttle
from vapordep.model.reactor import Reactor
from vapordep.model.sources import BUBBLER, MOTOR_NEEDLE, NEEDLE, VAPOUR_DRAW, VAPOUR_MFC, SourceLine
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors import Monitor
from vapordep.safety.monitors.filament import OPEN_CIRCUIT
from vapordep.safety.monitors.quality import worst, worsts
from vapordep.safety.monitors.vapour import NOTHING, Share, of_vapours
from vapordep.safety.vapour import expected, lowest, needle_conductance, needle_flow, proven
from vapordep.units import GAS_CONSTANT, A, Pa, V, degC, percent, sccm, state, to_si

CELSIUS = 273.15
DMAMS = SourceLine(
    "DMAMS",
    "4-(dimethylaminomethyl)styrene",
    NEEDLE,
    "DMAMS.valve",
    0.0,
    CELSIUS + 50,
    "DMAMS",
    flow=float(to_si(1.2, sccm)),
    against=20.0,
)
TBPO = SourceLine("TBPO", "di-tert-butyl peroxide", VAPOUR_MFC, "TBPO.valve", 0.0, CELSIUS + 25)
WIRES = Filament(
    "filament.on", "filament.voltage", "filament.current", "", "", 12.0, 1e-4, (38.4, 523.15), "filament.temperature"
)
TAGS = {
    tag.name: tag
    for tag in (
        Tag("chamber.pressure", Pa, stale_after=0.5),
        Tag("DMAMS.valve", state, stale_after=2.0),
        Tag("carrier.flow", sccm, stale_after=1.0),
        Tag("TBPO.flow", sccm, stale_after=1.0),
        *(Tag(f"{zone}.temperature", degC, stale_after=2.0) for zone in ("stage", "walls", "DMAMS", "filament")),
        Tag("throttle.position", percent, stale_after=1.0),
        Tag("filament.voltage", V, stale_after=1.0),
        Tag("filament.current", A, stale_after=1.0),
    )
}
EGDA = {"EGDA.flow": Tag("EGDA.flow", sccm, stale_after=1.0), "EGDA.valve": Tag("EGDA.valve", state, stale_after=2.0)}
VOLUME = 6.25e-3


def reactor(*sources: SourceLine, filament: Filament | None = None) -> Reactor:
    window = Surface("window", "walls", 5e-3, -5.0)
    return Reactor(
        name="icvd", text="", sha256="", file="", processes=("iCVD",), substrates=("lithium",),
        chamber=Chamber(VOLUME, 0.1, 5e-3, 0.1, {}, ("gauge.pressure",), "walls", 0.02, {"window": window}),
        pump=PumpLine("pump.valve"), lines={"carrier": GasLine("carrier", "argon")}, purge_line="carrier",
        sources={source.name: source for source in sources}, zones={},
        stage=Stage("stage", 4.0, 4.0, 0.5, 3.0, "", ""), instruments={}, wiring={}, outputs={}, interlocks=(),
        filament=filament, throttle=Throttle("throttle.position", "", ""),
    )  # fmt: skip


def monitors(tags: Mapping[str, Tag], *sources: SourceLine, filament: Filament | None = None) -> list[Monitor[Any]]:
    known, made = dict(tags), []
    for monitor in of_vapours(reactor(*sources, filament=filament), known):
        known[monitor.tag.name] = monitor.tag
        made.append(monitor)
    return made


def bench(*sources: SourceLine, filament: Filament | None = None) -> Bench:
    return Bench(*monitors(TAGS, *sources, filament=filament))


R8 = {
    "chamber__pressure": 20.0, "DMAMS__valve": 1.0, "carrier__flow": 0.0, "TBPO__flow": float(to_si(0.6, sccm)),
    "stage__temperature": CELSIUS + 35, "walls__temperature": CELSIUS + 50, "DMAMS__temperature": CELSIUS + 50,
}  # fmt: skip
SURE = replace(DMAMS, vapour_pressure=MeasuredPressure(1.0, 0.0, "2026-10-01"))


def fed(time: float = 0.0, *sources: SourceLine, **changes: float) -> Bench:
    return bench(*(sources or (SURE, TBPO))).feed(time, **{**R8, **changes})


def test_a_process_of_pulses_has_none_of_them() -> None:
    pulses = replace(reactor(replace(DMAMS, delivery=VAPOUR_DRAW)), throttle=None)
    assert list(of_vapours(pulses, TAGS)) == []


@pytest.mark.parametrize(("position", "passes"), [(0.0021, 1.0), (0.002, 0.0), (0.0, 0.0), (nan, None)])
def test_a_throttle_passes_gas_or_is_shut(position: float, passes: float | None) -> None:
    assert bench().feed(0.0, throttle__position=position).value("throttle.open") == passes


def test_the_flow_of_r8_and_how_long_it_stays() -> None:
    shown = fed()
    assert shown.value("chamber.flow") == pytest.approx(float(to_si(1.8, sccm)))
    stays = shown.value("chamber.residence_time")
    assert stays == pytest.approx(20.0 * VOLUME / (GAS_CONSTANT * (CELSIUS + 50) * float(to_si(1.8, sccm))))
    assert stays == pytest.approx(35.0, abs=1.0)


def test_r8_is_at_0_44_of_its_saturation_on_the_stage_which_is_the_coldest_surface() -> None:
    assert fed().value("DMAMS.saturation") == pytest.approx(0.44, abs=0.005)
    assert fed().value("vapour.saturation") == fed().value("DMAMS.saturation")
    wall = fed(walls__temperature=CELSIUS + 30).value("vapour.saturation")
    assert wall == pytest.approx(13.333 / substance("DMAMS").fit().value(CELSIUS + 25), rel=1e-3), (
        "the window is colder"
    )


def test_until_it_is_measured_the_lowest_vapour_pressure_counts() -> None:
    doubtful = fed(0.0, DMAMS, TBPO).value("DMAMS.saturation")
    assert doubtful == pytest.approx(0.44 / 0.4, abs=0.015)
    measured = replace(DMAMS, vapour_pressure=MeasuredPressure(0.8, 0.1, "2026-10-01"))
    assert lowest(measured)(300.0) == pytest.approx(0.72 * substance("DMAMS").fit().value(300.0))
    assert expected(measured)(300.0) == pytest.approx(0.8 * substance("DMAMS").fit().value(300.0))


def test_n4_would_condense_whatever_the_flows() -> None:
    shown = fed(0.0, chamber__pressure=40.0, stage__temperature=CELSIUS + 20, TBPO__flow=float(to_si(0.4, sccm)))
    assert (shown.value("vapour.saturation") or 0.0) > 2.0


def test_a_monomer_that_is_shut_leaves_with_the_residence_time_and_not_at_once() -> None:
    shown = fed()
    before, tau = shown.value("vapour.saturation"), shown.value("chamber.residence_time")
    assert before
    assert tau
    shown.feed(0.1, **{**R8, "DMAMS__valve": 0.0})
    assert shown.value("vapour.saturation") == pytest.approx(before, rel=0.01)
    slower = 3.0 * tau  # a third of the flow is left
    shown.feed(0.1 + slower, **{**R8, "DMAMS__valve": 0.0})
    assert shown.value("vapour.saturation") == pytest.approx(before * exp(-1.0), rel=0.02)


def test_in_a_shut_chamber_the_vapour_stays() -> None:
    shown = fed()
    before = shown.value("vapour.saturation")
    shown.feed(900.0, **{**R8, "DMAMS__valve": 0.0, "TBPO__flow": 0.0})
    assert shown.value("vapour.saturation") == pytest.approx(before)
    assert shown.value("chamber.flow") == 0.0
    assert shown.value("chamber.residence_time") is None


@pytest.mark.parametrize("lost", list(R8))
def test_what_cannot_be_told_has_no_value(lost: str) -> None:
    assert fed(**{lost: nan}).value("vapour.saturation") is None


def test_where_no_vapour_ever_flowed_there_is_none_whatever_the_pressure() -> None:
    shown = bench(SURE, TBPO).feed(0.0, DMAMS__valve=0.0, carrier__flow=0.0, TBPO__flow=0.0, chamber__pressure=nan)
    assert shown.value("vapour.saturation") == 0.0
    shown = bench(SURE, TBPO).feed(0.0, carrier__flow=0.0, TBPO__flow=0.0, chamber__pressure=nan)
    assert shown.value("vapour.saturation") is None, "nobody knows whether the valve is shut"


def test_doubtful_readings_make_doubtful_values() -> None:
    shown = bench(SURE, TBPO).feed(0.0, Quality.UNCERTAIN, **R8)
    assert shown.shown["vapour.saturation"].quality is Quality.UNCERTAIN
    assert shown.shown["chamber.flow"].quality is Quality.UNCERTAIN


def test_one_doubtful_reading_is_enough_for_a_doubtful_value_and_one_without_value_was_not_needed() -> None:
    latest = {
        "a": Sample(0.0, 1.0, Quality.GOOD),
        "b": Sample(0.0, 1.0, Quality.UNCERTAIN),
        "c": Sample(0.0, nan, Quality.BAD),
    }
    assert worst(("a", "b", "c", "never seen"), latest) is Quality.UNCERTAIN
    assert worst(("a", "c"), latest) is Quality.GOOD
    assert worst(("c",), latest) is Quality.GOOD
    columns = Columns(latest, ())
    assert worsts(("a", "b", "c"), columns, np.array([1.0])).tolist() == [Quality.UNCERTAIN]
    assert worsts(("a", "c"), columns, np.array([1.0])).tolist() == [Quality.GOOD]


def test_a_needle_gives_what_it_was_proven_to_give_and_nothing_against_more_than_its_bottle() -> None:
    gives = needle_flow(DMAMS)
    assert gives(CELSIUS + 50, 20.0, 1.0) == pytest.approx(DMAMS.flow)
    assert gives(CELSIUS + 50, 100.0, 1.0) == 0.0
    assert gives(CELSIUS + 55, 20.0, 1.0) > 1.2 * gives(CELSIUS + 50, 20.0, 1.0)
    assert needle_conductance(replace(DMAMS, against=500.0)) > 0.0


def test_a_needle_that_was_never_proven_gives_nothing_and_one_proven_at_its_limit_gives_as_into_vacuum() -> None:
    pressure = expected(DMAMS)(DMAMS.temperature)
    assert DMAMS.flow is not None
    given = DMAMS.flow * GAS_CONSTANT * DMAMS.temperature
    assert needle_conductance(replace(DMAMS, flow=None)) == 0.0
    assert needle_conductance(replace(DMAMS, against=pressure)) == pytest.approx(given / pressure)
    assert needle_conductance(replace(DMAMS, against=pressure - 0.5)) == pytest.approx(given / 0.5)


def test_a_crosslinker_and_a_monomer_count_together_and_the_initiator_does_not() -> None:
    cross = SourceLine("EGDA", "EGDA", VAPOUR_MFC, "EGDA.valve", 0.0, CELSIUS + 60)
    tags = {**TAGS, **EGDA}
    shown = Bench(*monitors(tags, SURE, cross, TBPO)).feed(
        0.0, **R8, EGDA__valve=1.0, EGDA__flow=float(to_si(0.2, sccm))
    )
    parts = [shown.value(f"{name}.saturation") for name in ("DMAMS", "EGDA")]
    assert all(part is not None and part > 0.0 for part in parts)
    assert shown.value("vapour.saturation") == pytest.approx(sum(part or 0.0 for part in parts))
    assert "TBPO.saturation" not in shown.shown


HOT: Mapping[str, float] = {"filament__temperature": 523.15}


@pytest.mark.parametrize(
    ("voltage", "current", "ratio"),
    [
        (38.4, 38.4 / 12.276, 1.0),
        (38.4, 38.4 / 12.276 * 11 / 12, 12 / 11),
        (38.4, 0.0, OPEN_CIRCUIT),
        (0.0, 0.0, 1.0),
        (0.99, 0.0, 1.0),
        (1.0, 0.0, 1000.0),
        (38.4, 0.1, 31.28),
    ],
)
def test_the_resistance_of_the_wires_shows_one_that_has_burnt_through(
    voltage: float, current: float, ratio: float
) -> None:
    shown = bench(filament=WIRES).feed(0.0, filament__voltage=voltage, filament__current=current, **HOT)
    assert shown.value("filament.resistance_ratio") == pytest.approx(ratio, rel=1e-3)


def test_at_room_temperature_the_wires_have_the_resistance_of_their_file() -> None:
    shown = bench(filament=WIRES)
    shown.feed(0.0, filament__voltage=24.0, filament__current=2.0, filament__temperature=293.15)
    assert shown.value("filament.resistance_ratio") == pytest.approx(1.0, rel=1e-9)


def test_without_its_thermocouple_nothing_is_said_of_the_wires_that_has_one() -> None:
    shown = bench(filament=WIRES).feed(0.0, filament__voltage=38.4, filament__current=3.1)
    assert shown.value("filament.resistance_ratio") is None
    blind = replace(WIRES, temperature="")
    shown = bench(filament=blind).feed(0.0, filament__voltage=38.4, filament__current=3.128)
    assert shown.value("filament.resistance_ratio") == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("thermocouple", ["filament.temperature", ""])
@pytest.mark.parametrize("seed", range(6))
def test_arrays_give_the_bits_of_single_samples(seed: int, thermocouple: str) -> None:
    """Every monitor over a stretch of random samples, some missing, doubtful, or too old."""
    random = np.random.default_rng(seed)
    cross = SourceLine("EGDA", "EGDA", VAPOUR_MFC, "EGDA.valve", 0.0, CELSIUS + 60)
    tags = {**TAGS, **EGDA}
    known = {
        **R8,
        "EGDA__flow": float(to_si(0.2, sccm)),
        "EGDA__valve": 1.0,
        "throttle__position": 0.002,
        "filament__temperature": 500.0,
        "filament__voltage": 30.0,
    }
    values = {tag.replace("__", "."): value for tag, value in {**known, "filament__current": 2.5}.items()}
    batches = []
    for tag, value in values.items():
        times = np.sort(random.uniform(0.0, 20.0, 40))
        shown = value * random.uniform(0.9, 1.1, 40) if "valve" not in tag else random.integers(0, 2, 40).astype(float)
        shown[::7] = value  # the throttle is just shut there
        shown[random.uniform(size=40) < 0.1] = nan
        batches.append(Batch.of(tag, times.tolist(), shown.tolist()))
        batches[-1].quality[random.uniform(size=40) < 0.1] = Quality.BAD
    columns = Columns({}, batches)
    for monitor in monitors(tags, SURE, cross, TBPO, filament=replace(WIRES, temperature=thermocouple)):
        instants = columns.instants(monitor.inputs)
        state, found = monitor.over(monitor.initial, instants, columns)
        walked, single = Monitor.over(monitor, monitor.initial, instants, columns)
        assert state == walked, monitor.tag.name
        assert found is not None
        assert single is not None
        assert np.array_equal(found.values, single.values, equal_nan=True), monitor.tag.name
        assert np.array_equal(found.quality, single.quality), monitor.tag.name
        columns.add(found)


def test_a_source_of_pulses_beside_steady_ones_adds_no_steady_flow() -> None:
    pulses = replace(DMAMS, name="TMA", delivery=VAPOUR_DRAW, valve="TMA.valve")
    shown = fed(0.0, SURE, TBPO, pulses)
    assert shown.value("chamber.flow") == fed().value("chamber.flow")


def test_the_gas_of_a_bubbler_which_goes_past_the_chamber_adds_no_flow() -> None:
    bubbled = replace(DMAMS, name="TMA", delivery=BUBBLER, valve="TMA.valve", bubbler=Bubbler("carrier", 1e4))
    flowing = {"carrier__flow": float(to_si(10.0, sccm))}
    plain, past = fed(0.0, SURE, TBPO, **flowing), fed(0.0, SURE, TBPO, bubbled, **flowing)
    assert past.value("chamber.flow") == fed().value("chamber.flow") < plain.value("chamber.flow")
    assert past.value("DMAMS.saturation") > plain.value("DMAMS.saturation")


def test_without_walls_of_their_own_temperature_stage_and_surfaces_count() -> None:
    whole = reactor(SURE, TBPO)
    whole = replace(whole, chamber=replace(whole.chamber, walls="", surfaces={}))
    known, made = dict(TAGS), []
    for monitor in of_vapours(whole, known):
        known[monitor.tag.name] = monitor.tag
        made.append(monitor)
    shown = Bench(*made).feed(0.0, **{**R8, "walls__temperature": CELSIUS + 10})
    assert shown.value("DMAMS.saturation") == pytest.approx(0.44, abs=0.005), "the stage alone"


def test_a_needle_gives_where_it_was_proven_what_was_proven() -> None:
    assert proven(DMAMS) == pytest.approx(DMAMS.flow)


def test_a_needle_without_a_zone_is_as_warm_as_its_file_says_over_a_stretch_too() -> None:
    bare = replace(SURE, zone="")
    times = [n / 10.0 for n in range(1, 41)]
    values = {tag.replace("__", "."): value for tag, value in R8.items()}
    batches = [Batch.of(tag, times, [value] * 40) for tag, value in values.items()]
    columns = Columns({}, batches)
    flow = monitors(TAGS, bare, TBPO)[0]
    _, found = flow.over(flow.initial, columns.instants(flow.inputs), columns)
    assert found is not None
    assert found.values.tolist()[-1] == pytest.approx(float(to_si(1.8, sccm)))


def test_a_shut_monomer_flows_not_whatever_its_controller_reads_at_zero() -> None:
    """Else, at a pressure that no gauge shows, a zero that is off would have no P/Psat, and nothing could be armed."""
    metered = replace(SURE, delivery=VAPOUR_MFC)
    tags = {**TAGS, "DMAMS.flow": Tag("DMAMS.flow", sccm, stale_after=1.0)}
    shut = Bench(*monitors(tags, metered)).feed(
        0.0, **{**R8, "DMAMS__valve": 0.0, "DMAMS__flow": 1e-9, "chamber__pressure": nan}
    )
    assert shut.value("DMAMS.saturation") == 0.0
    flowing = Bench(*monitors(tags, metered)).feed(0.0, **{**R8, "DMAMS__flow": float(to_si(1.2, sccm))})
    assert flowing.value("DMAMS.saturation") == pytest.approx(0.44 * 1.5, abs=0.01)
    unknown = Bench(*monitors(tags, metered)).feed(0.0, **{**R8, "DMAMS__valve": nan, "DMAMS__flow": 0.0})
    assert unknown.value("DMAMS.saturation") is None


# --- at the borders, one by one and in arrays -------------------------------------------------------------------------


def over(monitor: Monitor[Any], values: Mapping[str, float], state: Any = None) -> tuple[Any, Batch]:
    """What a monitor says of one instant in arrays, which must be what it says of single samples."""
    latest = {tag.replace("__", "."): Sample(1.0, value, Quality.GOOD) for tag, value in values.items()}
    columns = Columns({}, [Batch.one(tag, 1.0, sample.value) for tag, sample in latest.items()])
    state = monitor.initial if state is None else state
    after, found = monitor.over(state, columns.instants(monitor.inputs), columns)
    walked, single = monitor.update(state, 1.0, latest)
    assert found is not None
    assert single is not None
    assert repr((after, found.last)) == repr((walked, single))
    return after, found


@pytest.mark.parametrize("metered", [False, True])
def test_a_valve_that_is_half_open_counts_as_shut(metered: bool) -> None:
    source = replace(SURE, delivery=VAPOUR_MFC) if metered else SURE
    tags = {**TAGS, "DMAMS.flow": Tag("DMAMS.flow", sccm, stale_after=1.0)}
    flow = monitors(tags, source, TBPO)[0]
    values = {**R8, "DMAMS__flow": 1e-6, "TBPO__flow": 0.0, "carrier__flow": 0.0}
    assert over(flow, {**values, "DMAMS__valve": 0.5})[1].values.tolist() == [0.0]
    assert over(flow, {**values, "DMAMS__valve": 0.51})[1].values.item() > 0.0


def test_a_flow_below_zero_counts_as_none_and_one_without_value_as_unknown() -> None:
    flow = monitors(TAGS, SURE, TBPO)[0]
    shut = {**R8, "DMAMS__valve": 0.0}
    assert over(flow, {**shut, "TBPO__flow": -1e-6, "carrier__flow": 2e-6})[1].values.tolist() == [2e-6]
    assert np.isnan(over(flow, {**shut, "TBPO__flow": nan})[1].values.item())


def test_gas_that_does_not_flow_has_no_residence_time_and_one_at_no_pressure_stays_for_none() -> None:
    stays = monitors(TAGS, SURE, TBPO)[1]
    shut = {**R8, "DMAMS__valve": 0.0, "carrier__flow": 0.0}
    assert np.isnan(over(stays, {**shut, "TBPO__flow": 0.0})[1].values.item())
    assert over(stays, {**shut, "chamber__pressure": 0.0})[1].values.tolist() == [0.0]


def crowding(source: SourceLine = SURE) -> Monitor[Any]:
    [found] = [monitor for monitor in monitors(TAGS, source, TBPO) if monitor.tag.name == "DMAMS.saturation"]
    return found


SHUT_OFF = {**R8, "DMAMS__valve": 0.0, "TBPO__flow": 0.0, "carrier__flow": 0.0}


def test_one_surface_that_is_unknown_is_enough_to_know_nothing() -> None:
    assert np.isnan(over(crowding(), {**R8, "walls__temperature": nan})[1].values.item())
    whole, known = reactor(SURE, TBPO), dict(TAGS)
    lit = replace(whole, chamber=replace(whole.chamber, surfaces={"window": Surface("window", "filament", 5e-3, -5.0)}))
    for monitor in of_vapours(lit, known):
        known[monitor.tag.name] = monitor.tag
        if monitor.tag.name == "DMAMS.saturation":
            assert over(monitor, {**R8, "filament__temperature": CELSIUS + 90})[1].values.item() > 0.0
            assert np.isnan(over(monitor, {**R8, "filament__temperature": nan})[1].values.item())


def test_before_the_first_look_no_vapour_was_there_however_short_ago_it_is() -> None:
    assert crowding().initial == Share(-inf, 0.0)


def test_without_any_flow_the_share_stays_and_without_any_gas_it_is_gone() -> None:
    """Half of the gas was vapour a second ago."""
    was = Share(0.0, 0.5)
    assert over(crowding(), SHUT_OFF, was)[0] == Share(1.0, 0.5)
    assert over(crowding(), {**SHUT_OFF, "chamber__pressure": 0.0}, was)[0] == Share(1.0, 0.5)
    flowing = {**SHUT_OFF, "carrier__flow": 1e-6}
    share, found = over(crowding(), {**flowing, "chamber__pressure": 0.0}, was)
    assert (share, found.values.tolist()) == (NOTHING, [0.0]), "what there was has been pumped away"
    share, found = over(crowding(), {**flowing, "chamber__pressure": -0.5}, was)
    assert (share, found.values.tolist()) == (NOTHING, [0.0]), "a gauge whose zero is off"
    below = over(crowding(), {**flowing, "chamber__pressure": 0.5}, was)[0]
    held = 0.5 * VOLUME / (GAS_CONSTANT * (CELSIUS + 50.0))
    assert below.part == pytest.approx(0.5 * exp(-1e-6 / held))


def test_a_look_at_the_same_instant_or_before_it_lets_nothing_leave() -> None:
    for time in (1.0, 7.0):
        assert over(crowding(), {**SHUT_OFF, "carrier__flow": 1e-6}, Share(time, 0.5))[0] == Share(1.0, 0.5)


def test_the_walls_count_as_they_are_and_the_window_by_how_much_colder_it_is() -> None:
    surfaces = [(tag.name, offset) for tag, offset in crowding().surfaces]  # type: ignore[attr-defined]
    assert surfaces == [("stage.temperature", 0.0), ("walls.temperature", 0.0), ("walls.temperature", -5.0)]


def test_a_sum_of_which_a_part_is_unknown_has_no_value() -> None:
    [total] = [monitor for monitor in monitors(TAGS, SURE, TBPO) if monitor.tag.name == "vapour.saturation"]
    assert over(total, {"DMAMS.saturation": 0.4})[1].values.tolist() == [0.4]
    assert np.isnan(over(total, {"DMAMS.saturation": nan})[1].values.item())


MOVED = replace(
    SURE, delivery=MOTOR_NEEDLE, motor=Motor("DMAMS_needle.position", "DMAMS_needle.position_setpoint", 0.5)
)
PLACED = {**TAGS, "DMAMS_needle.position": Tag("DMAMS_needle.position", percent, stale_after=1.0)}


@pytest.mark.parametrize(
    ("place", "sccm_of_it"), [(0.5, 1.2), (0.25, 0.6), (1.0, 2.4), (0.0, 0.0), (-0.01, 0.0), (nan, None)]
)
def test_a_needle_that_a_motor_moves_gives_by_its_place(place: float, sccm_of_it: float | None) -> None:
    made = monitors(PLACED, MOVED, TBPO)
    shown = Bench(*made).feed(0.0, DMAMS_needle__position=place, **R8)
    flow = None if sccm_of_it is None else pytest.approx(float(to_si(0.6 + sccm_of_it, sccm)), rel=1e-3)
    assert shown.value("chamber.flow") == flow
    latest = {
        tag: Batch.one(tag.replace("__", "."), 0.0, value)
        for tag, value in {**R8, "DMAMS_needle__position": place}.items()
    }
    columns = Columns({}, tuple(latest.values()))
    _, over = made[0].over(None, np.array([0.0]), columns)
    assert over is not None
    assert np.array_equal(over.values, np.array([shown.shown["chamber.flow"].value]), equal_nan=True)
