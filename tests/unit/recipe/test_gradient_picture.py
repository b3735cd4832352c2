"""The picture of a gradient: what is wanted, what whole cycles or straight flows give, and the error between them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

from vapordep.cli import app

CYCLES = ["gradient", "zincone", "alucone", "--profile", "0 nm: 100 %, 7.5 nm: 20 %"]
FLOWS = ["gradient", "DMAMS", "PFDA", "-r", "icvd_copolymer", "--profile", "0 nm: 95 %, 120 nm: 15 %", "--legs", "2"]

Lines = dict[str, tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]


def drawn(monkeypatch: pytest.MonkeyPatch, path: Path, ask: list[str]) -> Lines:
    """The lines by their labels, in nm and per cent or points, as they went into the file."""
    lines: Lines = {}
    original = Figure.savefig

    def listening(figure: Figure, *args: Any, **options: Any) -> None:
        for axis in figure.axes:
            for line in axis.get_lines():
                x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
                lines[str(line.get_label())] = (x, y)
        original(figure, *args, **options)

    monkeypatch.setattr(Figure, "savefig", listening)
    ended = CliRunner().invoke(app, [*ask, "--plot", str(path)])
    assert ended.exit_code == 0, ended.output
    assert path.read_bytes()[1:4] == b"PNG"
    return lines


def test_whole_cycles_are_stairs_around_the_straight_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = drawn(monkeypatch, tmp_path / "cycles.png", CYCLES)
    depth, given = lines["given"]
    assert set(np.round(given)) == {100.0, 80.0, 60.0, 40.0, 20.0}
    assert depth[0] == 0.0
    assert depth[-1] == pytest.approx(7.5, abs=0.2)
    assert lines["wanted"][1][[0, -1]] == pytest.approx([100.0, 20.0], abs=1.0)
    off = lines["given less wanted"][1]
    assert off == pytest.approx(given - np.interp(depth, *lines["wanted"]), abs=0.1)
    assert 9.0 < np.abs(off).max() < 15.0


def test_straight_flows_bow_between_the_ends_of_their_legs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = drawn(monkeypatch, tmp_path / "flows.png", FLOWS)
    depth, off = lines["given less wanted"]
    ends = np.isin(np.round(depth, 6), (0.0, 60.0, 120.0))
    assert off[ends] == pytest.approx(0.0, abs=1e-6)
    assert 1.0 < np.abs(off).max() < 2.0


def test_a_place_that_takes_no_picture_is_told(tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, [*CYCLES, "--plot", str(tmp_path / "gradient.gif")])
    assert ended.exit_code != 0
