"""Dry runs for tests of recipes: the report beside the ground truth at the end, which no report tells."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from vapordep.app.places import reactor_file, written_for
from vapordep.app.request import Hot, Request
from vapordep.app.running.dry_run import dry_run
from vapordep.app.running.outside import Outside, assumed
from vapordep.app.running.report import RunReport
from vapordep.files import read_yaml
from vapordep.recipe import examination
from vapordep.simulation.world import World

ROOT = Path(__file__).resolve().parents[2]
REACTOR = ROOT / "reactors" / "glovebox_ald.yaml"


def _in_cycles(path: Path) -> bool:
    """Whether a recipe deposits in cycles; those of a steady process have tests of their own."""
    return "iCVD" not in str(read_yaml(path).data["process"])


RECIPES = [path for path in sorted((ROOT / "recipes").glob("*.yaml")) if _in_cycles(path)]
REFUSED = [path for path in sorted((ROOT / "recipes" / "refused").glob("*.yaml")) if _in_cycles(path)]


UNATTENDED = Outside(lambda snapshot: None, lambda: None, assumed, attended=False)


def reactor_of(recipe: Path) -> Path:
    """The reactor that a recipe is written for."""
    return written_for(recipe) or reactor_file(None)


@contextmanager
def truths() -> Iterator[list[Any]]:
    """Every ground truth that is asked for meanwhile, the last one at the end of a dry run."""
    told: list[Any] = []
    original = World.truth

    def listening(world: World, t: float) -> Any:
        told.append(original(world, t))
        return told[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(World, "truth", listening)
        yield told


def dry(
    recipe: Path, history: Path, settings: Mapping[str, str], hot: Hot | None = None, *, wire: bool = False
) -> tuple[RunReport, Any]:
    """Runs a recipe on the simulated reactor; `hot` (K, or by zone) starts it evacuated and warm, `wire` polls."""
    with truths() as told:
        request = Request(recipe, reactor_of(recipe), history, "test", settings, hot=hot)
        report = dry_run(request, UNATTENDED, wire=wire)
    return report, told[-1]


def past_the_check(patch: pytest.MonkeyPatch) -> None:
    """Lets any recipe through that can be compiled: what stands behind the check must refuse it then."""
    patch.setattr(examination, "judge", lambda *case: ())
    patch.setattr(examination, "_unexpected", lambda *case: iter(()))
