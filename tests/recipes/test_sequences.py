"""The sequences of the shipped reactors: each passes the check by itself, and runs to its end."""

from pathlib import Path

import pytest

from tests.recipes.dry import ROOT, UNATTENDED
from vapordep.app.check import check
from vapordep.app.dry_run import dry_run
from vapordep.app.request import request
from vapordep.model.run import RunState
from vapordep.reactor import read_reactor

SHIPPED = [
    (path.stem, name) for path in sorted((ROOT / "reactors").glob("*.yaml")) for name in read_reactor(path).sequences
]


@pytest.mark.parametrize(("reactor", "name"), SHIPPED)
def test_each_passes_the_check(reactor: str, name: str, tmp_path: Path) -> None:
    verdict = check(request(name, reactor, history=tmp_path))
    assert (verdict.ok, verdict.findings) == (True, ())


# Those of the large chambers that vent it and wait for a person: half a minute each.
OPENING = [pytest.param(*one, marks=pytest.mark.many) if "crystal" in one[1] else one for one in SHIPPED]


@pytest.mark.parametrize(("reactor", "name"), OPENING)
def test_each_runs_from_the_atmosphere_to_its_end(reactor: str, name: str, tmp_path: Path) -> None:
    assert dry_run(request(name, reactor, history=tmp_path), UNATTENDED).state is RunState.COMPLETE


def test_every_shipped_reactor_has_some() -> None:
    assert {reactor for reactor, _ in SHIPPED} == {path.stem for path in (ROOT / "reactors").glob("*.yaml")}
