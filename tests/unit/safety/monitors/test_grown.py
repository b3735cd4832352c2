"""The polymer on bare metal by the crystal: only what grows counts, an opened chamber begins anew, alike in arrays."""

import math
from collections.abc import Mapping
from dataclasses import replace
from math import nan

import numpy as np
import pytest

from tests.unit.safety.monitors.test_ledger import PUMPED
from tests.unit.safety.monitors.test_ledger import TAGS as BOOKS
from tests.unit.safety.monitors.test_monitors import Bench
from tests.unit.safety.monitors.test_vapour import DMAMS, TBPO, WIRES, reactor
from vapordep.chemistry import substrate
from vapordep.model.batches import Batch
from vapordep.model.chamber import PumpLine
from vapordep.model.columns import Columns
from vapordep.model.icvd import Microbalance
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Quality, Tag
from vapordep.safety.monitors import Monitor
from vapordep.safety.monitors.grown import CLOSED, FILM, Grown, Growth
from vapordep.safety.monitors.ledger import Exposure, ledger_of
from vapordep.units import Pa, angstrom, state

BALANCE = Microbalance("qcm.thickness", tooling=2.0)
TAGS = {
    tag.name: tag
    for tag in (
        Tag("qcm.thickness", angstrom, stale_after=2.0),
        Tag("chamber.pressure", Pa, stale_after=0.5),
        Tag("filament.on", state, stale_after=2.0),
        Tag("DMAMS.valve", state, stale_after=2.0),
        Tag("other.valve", state, stale_after=2.0),
    )
}
GROWING = {"chamber.pressure": 20.0, "filament.on": 1.0, "DMAMS.valve": 1.0, "other.valve": 0.0}


def grown() -> Grown:
    return Grown(BALANCE, WIRES, ("DMAMS.valve", "other.valve"), TAGS)


def shown(*rows: tuple[float, Mapping[str, float]]) -> list[float | None]:
    """What the film is after each second, by the thickness in nm and what else is not as while it grows."""
    bench, found = Bench(grown()), []
    for second, (nanometres, changes) in enumerate(rows):
        values = GROWING | {tag.replace("__", "."): value for tag, value in changes.items()}
        bench.publish(
            [*(Batch.one(tag, float(second), value) for tag, value in values.items()),
             Batch.one("qcm.thickness", float(second), 1e-9 * nanometres)]
        )  # fmt: skip
        found.append(bench.value(FILM))
    return found


def test_what_grows_counts_by_the_tooling() -> None:
    nanometre = 1e-9
    assert shown((500.0, {}), (504.0, {}), (503.0, {}), (523.0, {})) == pytest.approx(
        [0.0, 2.0 * nanometre, 1.5 * nanometre, 11.5 * nanometre]
    )


@pytest.mark.parametrize("still", [{"filament.on": 0.0}, {"DMAMS.valve": 0.0}, {"filament.on": nan}])
def test_what_the_crystal_shows_while_nothing_grows_does_not_count(still: dict[str, float]) -> None:
    """It warms, or vapour settles on it; and what it grew until the next look is not known to be growth."""
    assert shown((0.0, {}), (4.0, {}), (90.0, still), (95.0, {}), (97.0, {})) == pytest.approx(
        [0.0, 2e-9, 2e-9, 2e-9, 3e-9]
    )


def test_any_monomer_will_do() -> None:
    swap = {"DMAMS.valve": 0.0, "other.valve": 1.0}
    assert shown((0.0, swap), (4.0, swap))[-1] == pytest.approx(2e-9)


def test_a_crystal_that_says_nothing_for_a_while_gains_nothing_meanwhile() -> None:
    assert shown((0.0, {}), (4.0, {}), (nan, {}), (80.0, {}), (82.0, {}))[-1] == pytest.approx(3e-9)


@pytest.mark.parametrize(("pressure", "left"), [(1e4, 1e-9), (9.99e3, 4e-9)])
def test_an_opened_chamber_begins_anew(pressure: float, left: float) -> None:
    opened = {"chamber.pressure": pressure}
    assert shown((0.0, {}), (4.0, {}), (6.0, opened), (6.0, {}), (8.0, {}))[-1] == pytest.approx(left)


def test_a_gauge_that_says_nothing_opens_no_chamber() -> None:
    assert shown((0.0, {}), (4.0, {"chamber.pressure": nan}), (6.0, {}))[-1] == pytest.approx(3e-9)


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("lit", [(), (8.0, 45.0), (-1.0, 61.0)])
@pytest.mark.parametrize("before", [Growth(), Growth(1e-9, 3e-9, 3e-9), Growth(nan, 3e-9, 3e-9)])
def test_arrays_give_the_same_to_the_last_bit(lit: tuple[float, ...], opened: bool, before: Growth) -> None:
    """Never lit, for a while, and all along."""
    times = np.arange(0.0, 60.0, 0.7)
    since, until = lit or (math.inf, math.inf)
    course = {
        "qcm.thickness": 1e-9 * times**1.1,
        "chamber.pressure": np.where((times > 50.0) & opened, 1e5, 20.0),
        "filament.on": ((times > since) & (times < until)).astype(float),
        "DMAMS.valve": (times < 40.0).astype(float),
        "other.valve": np.zeros(len(times)),
    }
    good = np.zeros(len(times), dtype=np.uint8)
    monitor, columns = grown(), Columns({}, [Batch(tag, times, values, good) for tag, values in course.items()])
    state, said = monitor.over(before, times, columns)
    walked, told = Monitor.over(monitor, before, times, columns)
    assert state == walked
    assert (said is None) is (told is None) is (not lit and not opened and before.film == before.told)
    if said is not None and told is not None:
        assert (said.times.tolist(), said.values.tolist()) == (told.times.tolist(), told.values.tolist())


def whole(*, balance: Microbalance | None = BALANCE) -> Reactor:
    made = reactor(DMAMS, TBPO, filament=WIRES)
    return replace(made, pump=PumpLine("pump.valve"), microbalance=balance)


def books(made: Reactor) -> list[Monitor[object]]:
    known, found = {**BOOKS, **TAGS}, []
    del known["lithium.covered"], known["other.valve"]
    for monitor in ledger_of(made, substrate("lithium"), known):
        known[monitor.tag.name] = monitor.tag
        found.append(monitor)
    return found


def counted(film: float) -> float | None:
    """What bare lithium saw of water after 100 s under a film of so many m."""
    bench = Bench(*(monitor for monitor in books(whole()) if isinstance(monitor, Exposure)))
    bench.publish([Batch.one(FILM, 0.0, film), Batch.one("chamber.leak", 0.0, 2e-7)])
    for second in range(101):
        told = [Batch.one(tag, float(second), value) for tag, value in PUMPED.items() if tag != "lithium.covered"]
        bench.publish([*told, Batch.one("stage.temperature", float(second), 310.0)])
    return bench.value("bare.H2O")


def test_the_ledger_of_bare_metal_ends_as_a_polymer_closes() -> None:
    assert counted(CLOSED) == 0.0
    assert counted(0.99 * CLOSED) == counted(0.0) != 0.0


def test_without_a_crystal_no_polymer_is_known() -> None:
    assert FILM in {monitor.tag.name for monitor in books(whole())}
    assert FILM not in {monitor.tag.name for monitor in books(whole(balance=None))}
    assert FILM not in {monitor.tag.name for monitor in books(replace(whole(), filament=None))}
    assert FILM not in {monitor.tag.name for monitor in books(replace(whole(), sources={"TBPO": TBPO}))}


def test_what_is_doubtful_counts_as_it_is() -> None:
    bench = Bench(grown())
    for second, thickness in enumerate((0.0, 4e-9)):
        bench.publish([Batch.one(tag, float(second), value) for tag, value in GROWING.items()])
        bench.publish([Batch.one("qcm.thickness", float(second), thickness, Quality.UNCERTAIN)])
    assert bench.value(FILM) == pytest.approx(2e-9)
