"""`runs analyse --golden`: a run like the golden one, one that is not, and what was different."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Done, run
from vapordep.app.review import golden as app
from vapordep.cli.review import golden as command
from vapordep.history.catalogue.catalogue import CataloguedRun
from vapordep.history.queries import History


@pytest.fixture
def two(done: Done, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The one run of the history under two names, the first of them changed as a test asks for."""
    history = History(Path(done.history))
    [only] = history.runs()
    with history.open_recording(only) as recording:
        was = app.done(recording, only.run_id)

    def found(_: History, name: str) -> CataloguedRun:
        return replace(only, header=replace(only.header, run_id=name))

    def changed(quantity: str = "", key: tuple[str, int] = ("", 0), factor: float = 1.0, without: str = "") -> None:
        def done_of(_: History, name: str) -> app.Done:
            if name != "this":
                return replace(was, run_id=name)
            windows = {place: span for place, span in was.windows.items() if place[0] != without}
            quantities = {name: dict(values) for name, values in was.quantities.items()}
            if quantity:
                quantities[quantity][key] *= factor
            return replace(was, run_id=name, windows=windows, quantities=quantities)

        monkeypatch.setattr(command, "run_called", found)
        monkeypatch.setattr(app, "_done", done_of)

    return changed


def analyse(done: Done, *words: str) -> tuple[int, str]:
    ended = run("runs", "analyse", "this", "--golden", "that", "--history", done.history, *words)
    return ended.status, ended.out


def test_a_run_that_is_alike(done: Done, two: Callable[..., None]) -> None:
    two()
    assert analyse(done) == (0, "this beside that\nas the golden runs in all that was compared\n")


def test_what_left_its_band_is_named_with_where_and_by_how_much(
    done: Done, two: Callable[..., None], tmp_path: Path
) -> None:
    two("chamber.pressure", ("main", 2), 1.2)
    status, out = analyse(done, "--plot", str(tmp_path / "beside.png"))
    assert status == 1
    [row] = [line.split() for line in out.splitlines() if line.startswith("chamber.pressure")]
    assert row[1:4] == ["main", "2", "1"]
    assert (tmp_path / "beside.png").read_bytes().startswith(b"\x89PNG")


def test_a_weaker_pulse_is_named(done: Done, two: Callable[..., None]) -> None:
    two("TMA area", ("main", 1), 0.5)
    status, out = analyse(done)
    assert (status, [line.split()[:3] for line in out.splitlines()[2:3]]) == (1, [["TMA", "area", "main"]])


def test_a_step_that_was_left_out_is_told(done: Done, two: Callable[..., None]) -> None:
    two(without="main")
    status, out = analyse(done)
    assert status == 1
    assert out.splitlines()[1] == "not done: main 1 to 2"


def test_what_cannot_be_compared(done: Done) -> None:
    for other, what in (("last", "compared with itself"), ("nobody", "no run 'nobody'")):
        ended = run("runs", "analyse", "last", "--golden", other, "--history", done.history)
        assert (ended.status, ended.out) == (2, "")
        assert what in ended.err
