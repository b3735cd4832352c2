"""The film on the crystal: since it was zeroed, by its tooling, alike in arrays."""

from dataclasses import replace

import numpy as np
import pytest

from tests.unit.safety import rig
from tests.unit.safety.monitors.test_monitors import Bench
from vapordep.chemistry import substrate
from vapordep.model.batches import Batch
from vapordep.model.columns import Columns
from vapordep.model.icvd import Microbalance
from vapordep.model.tags import Tag
from vapordep.safety.monitors import Monitor
from vapordep.safety.monitors.crystal import ZERO, Film, of_crystal
from vapordep.safety.monitors.reactor import monitors_of
from vapordep.units import angstrom

KNOWN = {"qcm.thickness": Tag("qcm.thickness", angstrom, stale_after=2.0)}
BALANCE = Microbalance("qcm.thickness", tooling=2.0)


def bench() -> Bench:
    known, made = dict(KNOWN), []
    for monitor in of_crystal(BALANCE, known):
        known[monitor.tag.name] = monitor.tag
        made.append(monitor)
    return Bench(*made)


def test_the_film_counts_from_zero_by_the_tooling() -> None:
    shown = bench().feed(0.0, qcm__thickness=30e-9)
    assert shown.value("crystal.film") == pytest.approx(15e-9)
    shown.feed(1.0, crystal__zero=30e-9).feed(1.5, qcm__thickness=34e-9)
    assert shown.value("crystal.film") == pytest.approx(2e-9)
    shown.feed(2.0, qcm__thickness=float("nan"))
    assert shown.shown["crystal.film"].value != shown.shown["crystal.film"].value


def test_arrays_give_the_same() -> None:
    times = np.arange(0.0, 20.0, 0.5)
    thickness = Batch("qcm.thickness", times, 1e-9 * times, np.zeros(len(times), dtype=np.uint8))
    batches = [thickness, Batch.of(ZERO, (0.0, 9.2), (0.0, 5e-9))]
    film = Film(BALANCE, KNOWN)
    columns = Columns({}, batches)
    whole, walked = film.over(None, times, columns), Monitor.over(film, None, times, columns)
    assert walked[1] is not None
    assert whole[1].values.tolist() == walked[1].values.tolist()


def test_a_reactor_with_a_microbalance_has_both() -> None:
    tags = {**rig.instrument_tags(), **KNOWN}
    made = monitors_of(replace(rig.reactor(), microbalance=BALANCE), substrate("lithium"), tags)
    assert {"crystal.film", ZERO} <= {monitor.tag.name for monitor in made}
    assert ZERO not in {monitor.tag.name for monitor in monitors_of(rig.reactor(), substrate("lithium"), tags)}
