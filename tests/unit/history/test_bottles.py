"""The record of bottles: entered, weighed, used, taken away; torn and changed lines, and what is refused."""

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.reactor.files import REACTOR
from vapordep.chemistry import substance
from vapordep.clock import utc_now
from vapordep.errors import HistoryError, InputError, NotThere
from vapordep.history import bottles
from vapordep.reactor import read_reactor

ALD = read_reactor(REACTOR)
TMA = substance("TMA").molar_mass


def installed(folder: Path, mass: float = 0.025) -> None:
    bottles.install(folder, ALD, "TMA", mass, "Ada", lot="4711")


def lines(folder: Path) -> list[bytes]:
    return bottles.file_of(folder, ALD.name).read_bytes().splitlines()


def test_a_bottle_is_entered_used_weighed_and_taken_away(tmp_path: Path) -> None:
    assert bottles.shelf(tmp_path, ALD.name).bottles == ()
    installed(tmp_path)
    bottles.use(tmp_path, ALD.name, "run-1", {"TMA": 0.1, "H2O": 0.2, "EG": 0.0})
    bottle = bottles.shelf(tmp_path, ALD.name).at("TMA")
    assert bottle is not None
    assert (bottle.substance, bottle.lot, bottle.person, bottle.filled) == ("trimethylaluminium", "4711", "Ada", 0.025)
    assert bottle.left(TMA) == pytest.approx(0.025 / TMA - 0.1)
    weighed = bottles.weigh(tmp_path, ALD, "TMA", 0.010, "Ada", day="2026-10-01")
    assert (weighed.left(TMA), weighed.used, weighed.weighed) == (pytest.approx(0.010 / TMA), 0.0, "2026-10-01")
    bottles.use(tmp_path, ALD.name, "run-2", {"TMA": 1.0})
    empty = bottles.shelf(tmp_path, ALD.name).at("TMA")
    assert empty is not None
    assert empty.left(TMA) == 0.0, "never less than nothing"
    assert bottles.remove(tmp_path, ALD, "TMA", "Ada").removed
    assert bottles.shelf(tmp_path, ALD.name).at("TMA") is None
    installed(tmp_path)
    new = bottles.shelf(tmp_path, ALD.name).at("TMA")
    assert new is not None
    assert (new.number, new.used) == (2, 0.0)


def test_a_run_is_entered_once_and_only_where_a_bottle_stands(tmp_path: Path) -> None:
    bottles.use(tmp_path, ALD.name, "run-1", {"TMA": 0.1})
    assert not bottles.file_of(tmp_path, ALD.name).exists()
    installed(tmp_path)
    for _ in range(2):
        bottles.use(tmp_path, ALD.name, "run-2", {"TMA": 0.1})
    assert len(lines(tmp_path)) == 2
    bottle = bottles.shelf(tmp_path, ALD.name).at("TMA")
    assert bottle is not None
    assert bottle.used == 0.1


def test_reactors_whose_names_look_alike_have_files_of_their_own(tmp_path: Path) -> None:
    names = ("a/b", "a:b", "a_b")
    assert len({bottles.file_of(tmp_path, name) for name in names}) == len(names)
    assert {bottles.file_of(tmp_path, name).parent for name in names} == {tmp_path / "bottles"}


@pytest.mark.parametrize("spoilt", [b'{"entry": {"do": "we', b"[1]", b'{"entry": 3, "sha256": "x"}', b"\xff\xfe"])
def test_a_line_that_is_not_whole_does_not_count_and_is_told(spoilt: bytes, tmp_path: Path) -> None:
    installed(tmp_path)
    with bottles.file_of(tmp_path, ALD.name).open("ab") as file:
        file.write(spoilt)  # killed in the midst of it: no end of the line
    assert bottles.shelf(tmp_path, ALD.name).damaged == (2,)
    bottles.use(tmp_path, ALD.name, "run-1", {"TMA": 0.1})
    found = bottles.shelf(tmp_path, ALD.name)
    assert found.damaged == (2,)
    assert found.bottles[0].used == 0.1, "what comes after a torn line counts"


def test_what_somebody_changed_does_not_count(tmp_path: Path) -> None:
    installed(tmp_path)
    bottles.use(tmp_path, ALD.name, "run-1", {"TMA": 0.1})
    path = bottles.file_of(tmp_path, ALD.name)
    path.write_bytes(path.read_bytes().replace(b'"TMA": 0.1', b'"TMA": 0.0'))
    found = bottles.shelf(tmp_path, ALD.name)
    assert (found.damaged, found.bottles[0].used) == ((2,), 0.0)


def test_a_whole_line_about_a_bottle_that_is_not_there_is_damage(tmp_path: Path) -> None:
    installed(tmp_path)
    entry = {"do": "weigh", "bottle": 7, "mass_kg": 0.0, "day": "2026-10-01"}
    whole = {"entry": entry, "sha256": bottles._digest(entry)}
    with bottles.file_of(tmp_path, ALD.name).open("a") as file:
        file.write(json.dumps(whole) + "\n")
    assert bottles.shelf(tmp_path, ALD.name).damaged == (2,)


def test_a_disk_that_takes_half_a_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tmp_path)
    original = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: original(descriptor, data[: len(data) // 2]))
    with pytest.raises(HistoryError, match="half a line"):
        bottles.weigh(tmp_path, ALD, "TMA", 0.0, "Ada")
    monkeypatch.undo()
    bottle = bottles.weigh(tmp_path, ALD, "TMA", 0.005, "Ada")
    assert (bottle.mass, bottles.shelf(tmp_path, ALD.name).damaged) == (0.005, (2,))


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "bottles").write_text("a file where the folder would be")
    with pytest.raises(HistoryError, match="cannot be"):
        installed(tmp_path)


def test_what_cannot_be_is_refused_and_nothing_is_entered(tmp_path: Path) -> None:
    tomorrow = (utc_now() + timedelta(days=2)).date().isoformat()
    for mass, day in ((0.0, ""), (-1.0, ""), (float("nan"), ""), (1e3, ""), (0.1, "yesterday"), (0.1, tomorrow)):
        with pytest.raises(InputError):
            bottles.install(tmp_path, ALD, "TMA", mass, "Ada", day=day)
    with pytest.raises(InputError, match="no source 'TMX'"):
        bottles.install(tmp_path, ALD, "TMX", 0.1, "Ada")
    with pytest.raises(InputError, match="too long"):
        bottles.install(tmp_path, ALD, "TMA", 0.1, "Ada", lot="4" * 300)
    with pytest.raises(NotThere, match="no bottle stands at TMA"):
        bottles.weigh(tmp_path, ALD, "TMA", 0.1, "Ada")
    with pytest.raises(NotThere, match="no bottle stands at TMA"):
        bottles.remove(tmp_path, ALD, "TMA", "Ada")
    assert not bottles.file_of(tmp_path, ALD.name).exists()
    installed(tmp_path)
    with pytest.raises(InputError, match="stands at TMA already"):
        installed(tmp_path)
    assert len(lines(tmp_path)) == 1
