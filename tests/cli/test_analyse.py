"""`runs analyse` in the terminal: rows for people, all of them as JSON, a picture."""

from pathlib import Path

import pytest

from tests.cli.conftest import Done, run


def test_a_run_in_numbers_for_people(done: Done) -> None:
    ended = run("runs", "analyse", "--history", done.history)
    [layer] = [layer for layer in done.ended.json["film"]["layers"] if layer["name"] == "Al2O3"]
    growth = layer["growth_per_cycle_m"]
    assert ended.status == 0
    assert max(map(len, ended.out.splitlines())) <= 80
    assert "…" not in ended.out
    first, second, *lines = ended.out.splitlines()
    assert first.split() == ["width", "delay", "base", "peak", "area", "decay", "left"]
    assert second.split() == ["no", "dose", "in", "at", "s", "s", "Pa", "Pa", "Pa", "s", "s", "%"]
    assert [line.split()[:4] for line in lines[:2]] == [["1", "TMA", "main", "1"], ["2", "H2O", "main", "1"]]
    assert lines[5].split() == ["length", "growth", "TMA", "TMA", "H2O", "H2O"]
    assert lines[7].split()[:2] == ["main", "1"]
    assert float(lines[7].split()[4]) == pytest.approx(growth * 1e9, abs=5e-5)
    assert "growth: the mean of the layer, without a microbalance" in lines
    assert "2 cycles; --json has a row for each" in lines
    assert "TMA 0.05 s: 2 doses are too few to tell a drift" in lines


def test_as_json_with_a_picture(done: Done, tmp_path: Path) -> None:
    picture = tmp_path / "drift.png"
    found = run("runs", "analyse", "--history", done.history, "--json", "--plot", str(picture)).json
    assert picture.read_bytes().startswith(b"\x89PNG")
    first = found["pulses"][0]
    assert (first["source"], first["loop"], first["cycle"]) == ("TMA", "main", 1)
    assert any(row["decay"] is not None and 1.0 < row["decay"] < 4.0 for row in found["pulses"])
    assert [sorted(cycle["areas"]) for cycle in found["cycles"]] == [["H2O", "TMA"]] * 2
    [layer] = [layer for layer in done.ended.json["film"]["layers"] if layer["name"] == "Al2O3"]
    assert [cycle["growth_m"] for cycle in found["cycles"]] == [layer["growth_per_cycle_m"]] * 2
    rising, settled = (cycle["residuals"]["TMA"] for cycle in found["cycles"])
    assert 0.0 <= settled < 0.05 < rising, "the carrier has only begun to flow in the first"
    assert found["drifts"] == []
    assert found["film"]["thickness_m"] == pytest.approx(done.ended.json["film"]["thickness_m"], rel=1e-9)
    assert layer["name"] in [one["name"] for one in found["film"]["layers"]]


def test_a_run_without_pulses_tells_its_film_and_draws_nothing(
    done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As iCVD has none."""
    monkeypatch.setattr("vapordep.app.review.pulse_rows.given", lambda _: ())
    picture = tmp_path / "drift.png"
    ended = run("runs", "analyse", "--history", done.history)
    assert ended.status == 0
    assert "no pulse was given" in ended.out
    assert any(line.startswith("Al2O3") and "nm" in line for line in ended.out.splitlines())
    drawn = run("runs", "analyse", "--history", done.history, "--plot", str(picture))
    assert (drawn.status, picture.exists()) == (2, False)
    assert "no pulse to draw" in drawn.err


def test_a_run_that_is_not_there(done: Done) -> None:
    ended = run("runs", "analyse", "2000", "--history", done.history)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith("error: ")
