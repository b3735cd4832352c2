"""Room for a record: foreseen from the plan and what the drivers read, refused with numbers and what to do."""

import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from tests.cli.conftest import run as vapordep
from vapordep.app.request import request
from vapordep.app.running import room
from vapordep.app.running.room import foreseen, require_room, samples_a_second
from vapordep.errors import FileError
from vapordep.history.folder import MEBIBYTE
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor
from vapordep.recipe import Recipe, read_recipe

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def reactor() -> Reactor:
    return read_reactor(request("al2o3_on_lithium").reactor)


@pytest.fixture(scope="module")
def long(reactor: Reactor) -> Recipe:
    asked = request("al2o3_on_lithium", set_=["cycles=500"])
    return read_recipe(asked.recipe, reactor, asked.settings)


def free(monkeypatch: pytest.MonkeyPatch, mebibytes: float) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, int(mebibytes * MEBIBYTE)))


def test_what_is_foreseen_is_more_than_a_run_takes_and_not_by_far(reactor: Reactor) -> None:
    """A dry run of R1 with 3 cycles kept 85.1 samples/s over 4277 s, and its sealed file had 311 296 bytes."""
    assert 85.1 < samples_a_second(reactor) < 1.6 * 85.1
    assert 311_296 < room.BYTES_A_SAMPLE * 4277 * samples_a_second(reactor) < 2 * 311_296


def test_a_sample_counts_more_until_it_is_compacted() -> None:
    assert foreseen(100.0, 10.0) == 1000 * (1 + 2 * 10)
    assert foreseen(1e6, 100.0) == 1e8 + 2 * room.COMPACT_AT * 10


def test_a_run_whose_record_would_not_fit_is_refused_with_what_to_do(
    reactor: Reactor, long: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free(monkeypatch, 20)
    with pytest.raises(
        FileError, match=r"would not fit the disk: about \d+ MiB for \d+:\d\d:\d\d h .* 20 MiB are free"
    ) as no:
        require_room(tmp_path / "not" / "there" / "yet", long, reactor)
    assert "history prune" in no.value.remedy
    assert "--history" in no.value.remedy
    free(monkeypatch, 130)
    assert "nearly fill" in require_room(tmp_path, long, reactor)
    free(monkeypatch, 10_000)
    assert require_room(tmp_path, long, reactor) == ""


def test_a_dry_run_that_is_refused_has_written_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free(monkeypatch, 600)
    monkeypatch.setattr(room, "BYTES_A_SAMPLE", 1e4)
    ended = vapordep("dry-run", "al2o3_on_lithium", "--history", str(tmp_path / "history"))
    assert ended.status == 2
    assert "would not fit the disk" in ended.err
    assert not (tmp_path / "history").exists()
