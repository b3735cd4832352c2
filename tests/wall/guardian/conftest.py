"""Guardians that leave nothing behind, and a board with one heater for them."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.wall.guardian.boards import Board, board
from tests.wall.guardian.watched import Watched


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Any]:
    """Makes guardians, and kills what they leave."""
    made: list[Watched] = []

    def make(code: str, played: dict[str, Any], **more: Any) -> Watched:
        made.append(Watched(code, played, tmp_path / "own", **more))
        return made[-1]

    yield make
    for each in made:
        for left in (each.guardian.engine, each.guardian.web):
            if left is not None:
                left.process.send_signal(signal.SIGCONT)
                left.kill()


@pytest.fixture
def heater() -> Iterator[Board]:
    with board(heater=1) as made:
        yield made
