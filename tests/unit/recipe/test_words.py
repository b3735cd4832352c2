"""The words of a recipe: what the check says of each when it stands where it must not, with file and line."""

from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR, place, written
from vapordep.model.plan import Otherwise, Wait
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe import Finding, examine, read_recipe


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(REACTOR)


def found(path: Path, reactor: Reactor, *, refusing: bool = True) -> list[Finding]:
    """All findings that refuse, or else those that do not."""
    return [finding for finding in examine(path, reactor).findings if finding.refuses is refusing]


def told(path: Path, reactor: Reactor) -> list[tuple[str, str]]:
    """Code and place of what refuses."""
    return [(finding.code, finding.where) for finding in found(path, reactor)]


CYCLE = "- repeat: 2\n  name: main\n  steps:\n    - dose: {source: TMA, pulse: 50 ms}\n    - purge: {for: 40 s}\n"


def test_a_wait_says_what_follows_otherwise(reactor: Reactor, tmp_path: Path) -> None:
    wait = "- wait: {until: chamber.pressure < 5 Pa, within: 1 min, otherwise: stop}"
    step = read_recipe(written(tmp_path, wait), reactor).plan.steps[-1]
    assert isinstance(step, Wait)
    assert step.otherwise is Otherwise.STOP
    [finding] = found(written(tmp_path, wait.replace("stop", "cancel")), reactor)
    assert "'hold', 'continue', 'stop' or 'abort'" in finding.message


def test_a_checkpoint_stands_between_cycles_under_its_own_name(reactor: Reactor, tmp_path: Path) -> None:
    good = f"- checkpoint: cold\n{CYCLE}- checkpoint: half\n" + LOOP_AROUND
    assert told(written(tmp_path, good), reactor) == []
    path = written(tmp_path, CYCLE + "    - checkpoint: inside")
    assert told(path, reactor) == [("R-CHECKPOINT", place(path, "checkpoint: inside"))]
    path = written(tmp_path, "- checkpoint: cold\n- checkpoint: cold  # again")
    assert told(path, reactor) == [("R-CHECKPOINT", place(path, "# again"))]
    for section in ("finally:\n  - checkpoint: late", "prime:\n  - checkpoint: late"):
        path = written(tmp_path, "- prime" if "prime" in section else "- purge: {for: 1 s}")
        path.write_text(path.read_text(encoding="utf-8") + section, encoding="utf-8")
        assert told(path, reactor) == [("R-CHECKPOINT", place(path, "checkpoint: late"))]
    assert [finding.code for finding in found(written(tmp_path, '- checkpoint: ""'), reactor)] == ["R-FORM"]


LOOP_AROUND = """\
- repeat: 2
  steps:
    - repeat: 2
      steps:
        - dose: {source: TMA, pulse: 50 ms}
        - purge: {for: 40 s}
    - checkpoint: turn"""
