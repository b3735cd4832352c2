"""The sequences of the shipped reactors: each passes the check by itself, and those of minutes do what they say."""

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


def test_one_runs_by_itself_from_the_atmosphere(tmp_path: Path) -> None:
    asked = request("rough", "icvd", history=tmp_path)
    assert dry_run(asked, UNATTENDED).state is RunState.COMPLETE
