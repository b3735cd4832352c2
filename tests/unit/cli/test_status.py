"""What `run status` tells of a run."""

from io import StringIO

import pytest
from rich.console import Console

from vapordep.cli.operate import status
from vapordep.link.news import RunShown
from vapordep.model.run import Mode, RunState


@pytest.mark.parametrize(
    ("state", "left", "said"),
    [
        (RunState.RUNNING, 600.0, "time      0:20:00, about 0:10:00 left"),
        (RunState.ABORTED, 0.0, "time      0:20:00"),
    ],
)
def test_of_a_run_that_is_over_no_time_left_is_told(state: RunState, left: float, said: str) -> None:
    run = RunShown("r", "Short", Mode.DRY_RUN, "silicon", "anna", "", state, "", (), elapsed=1200.0, left=left)
    out = StringIO()
    status._run(Console(file=out, width=80), run)
    assert said in out.getvalue().splitlines()
