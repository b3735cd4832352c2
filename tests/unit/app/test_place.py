"""The place of a picture: one that cannot be written is found before."""

from pathlib import Path

import pytest

from vapordep.app.plots import check_plot
from vapordep.errors import FileError


@pytest.mark.parametrize("name", ["run.png", "run.PDF", "run.svg"])
def test_a_plot_may_be_written_where_there_is_room(tmp_path: Path, name: str) -> None:
    check_plot(tmp_path / name)
    assert list(tmp_path.iterdir()) == [], "it only looked"


@pytest.mark.parametrize("name", ["run", "run.jpg", "missing/run.png", "folder.png", "file.png/run.png"])
def test_a_plot_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file.png").touch()
    with pytest.raises(FileError) as caught:
        check_plot(tmp_path / name)
    assert caught.value.remedy
