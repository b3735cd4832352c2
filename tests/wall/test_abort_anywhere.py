"""ABORT wherever the engine is: arming, armed, in a run, held, paused, ending, bypassed: the plant is safe in time."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.wall.guardian.watched import ring
from tests.wall.killing import RECIPE, Rig, rig, safe_after
from tests.wall.processes import FLOODED, served
from vapordep.app.places import reactor_file
from vapordep.errors import NotArmed
from vapordep.guardian.watch import T_SAFE
from vapordep.history.queries import History
from vapordep.link.orders import Arm, AskRun, PutBack, SetAside
from vapordep.link.place import reactor_folder
from vapordep.model.run import RunState, Verb
from vapordep.reactor import read_reactor

pytestmark = [
    pytest.mark.wall,
    pytest.mark.timeout(600),
    pytest.mark.skipif(sys.platform == "win32", reason="a bell as POSIX knows it"),
]
ENDS = """finally:
  - purge: {for: 60 s}
"""
SLACK = 1.0
"""s that the machine itself may take, of which others want as much."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("abort")
    with (
        served(reactor_file("glovebox_ald"), folder, lasting=900.0) as simulated,
        rig(simulated, folder, recipe=RECIPE + ENDS) as found,
    ):
        yield found


def heating(made: Rig) -> None:
    made.under_way(lambda: made.driven("stage.power") > 0.0)


def armed(made: Rig) -> None:
    made.arm()


def arming(made: Rig) -> None:
    """The safe state that arming begins with is under way."""

    def arm() -> None:
        with suppress(NotArmed):
            made.call(Arm("Ada", "lithium"))

    threading.Thread(target=arm, daemon=True).start()
    time.sleep(0.3)


def held(made: Rig) -> None:
    heating(made)
    made.call(AskRun(Verb.HOLD, "Ada"))
    made.run_reaches(RunState.HELD)


def paused(made: Rig) -> None:
    made.under_way(lambda: made.driven("TMA.valve") > 0.0, every=0.02)
    made.call(AskRun(Verb.PAUSE, "Ada"))
    made.run_reaches(RunState.PAUSED)


def ending(made: Rig) -> None:
    made.under_way(lambda: made.driven("TMA.valve") > 0.0, every=0.02)
    made.call(AskRun(Verb.STOP, "Ada"))
    made.until(lambda: made.shown.run is not None and "purge 60 s" in made.shown.run.step, every=0.05)


def bypassed(made: Rig) -> None:
    made.call(SetAside("P1", "Ada", "a test", 60.0))
    heating(made)


@pytest.mark.parametrize("where", [armed, arming, heating, held, paused, ending, bypassed])
def test_abort_makes_safe_and_the_engine_lives_on(made: Rig, where: Callable[[Rig], None]) -> None:
    before = made.shown.pid
    made.answer()
    where(made)
    began = time.monotonic()
    assert ring(reactor_folder(read_reactor(made.simulated.file)), b"ABORT Bea: a test", 5.0) == b"ABORTING"
    took = safe_after(made, began)
    print(f"{where.__name__}: safe after {took:.2f} s")  # noqa: T201 - with -s
    assert took < T_SAFE + SLACK
    made.until(lambda: not made.shown.armed, within=FLOODED)
    assert made.shown.pid == before, made.log
    if where not in (armed, arming):
        made.run_reaches(RunState.ABORTED)
        run = made.shown.run
        assert run is not None
        assert "ABORT was called by Bea: a test" in run.reason
        made.call(AskRun(Verb.RESET, "Ada"))
        made.until(lambda: History(made.history).run(run.run_id).state is RunState.ABORTED)
    if where is bypassed:
        made.call(PutBack("P1", "Ada"))
    time.sleep(1.0)
    assert made.simulated.is_safe(), "and it stays so"
