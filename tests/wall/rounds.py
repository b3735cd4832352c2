"""Many kills: one after the other on one plant, on several plants at once, and what must be true of all of them."""

import math
import os
import random
import signal
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context
from operator import attrgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from tests.wall.killing import Killed, Occasion, kill, rig
from tests.wall.processes import served
from vapordep.link.place import VARIABLE

SAFE_WITHIN, MOSTLY_WITHIN = 3.0, 2.0
"""s from any kill to a plant that is safe: always, and of a hundred kills in 99."""
SAMPLES_LOST = 1.0
"""s before a kill of which samples that were told may be lost."""
A_PLANT = 25
"""Kills that one simulated plant goes through: its heaters are off most of the time."""
A_ROUND = 60.0
"""s that a kill with all around it may take on a machine that is busy."""


@dataclass(frozen=True)
class Turn:
    """One kill: when, by which signal, and the seed of the instant."""

    occasion: Occasion
    way: signal.Signals
    seed: str


def turns(occasions: Sequence[Occasion], ways: Sequence[signal.Signals]) -> list[Turn]:
    """One kill each; what is drawn by chance follows from their number and place alone, whatever goes on beside."""
    of = enumerate(zip(occasions, ways, strict=True))
    return [Turn(occasion, way, f"{number} of {len(occasions)}") for number, (occasion, way) in of]


def killed(file: Path, folder: Path, turns: Sequence[Turn], plants: int = 1) -> list[Killed]:
    """So many plants at once, each with an engine of its own in front; a new plant every so often."""
    size = min(A_PLANT, math.ceil(len(turns) / plants))
    parts = [turns[first : first + size] for first in range(0, len(turns), size)]
    places = [folder / str(number) for number in range(len(parts))]
    of = [file] * len(parts)
    if plants == 1:
        return _gathered(map(one_plant, of, places, parts))
    with ProcessPoolExecutor(plants, get_context("spawn")) as pool:  # a thread's instants would wait for another's
        return _gathered(pool.map(one_plant, of, places, parts))


def _gathered(parts: Iterator[list[Killed]]) -> list[Killed]:
    found: list[Killed] = []
    for part in parts:
        found += part
        sys.stderr.write(f"\n{len(found)} killed")
    return found


def one_plant(file: Path, folder: Path, turns: Sequence[Turn]) -> list[Killed]:
    """One kill after the other, among locks and sockets of their own."""
    folder.mkdir()
    lasting = A_PLANT * A_ROUND
    with ExitStack() as within:
        runtime = within.enter_context(TemporaryDirectory(prefix="vd"))
        within.enter_context(patch.dict(os.environ, {VARIABLE: runtime}))
        simulated = within.enter_context(served(file, folder, lasting))
        serving = within.enter_context(rig(simulated, folder))
        serving.make_safe()
        return [kill(serving, turn.occasion, random.Random(turn.seed), turn.way) for turn in turns]  # noqa: S311


def quantile(times: list[float], part: float) -> float:
    return sorted(times)[min(int(part * len(times)), len(times) - 1)]


def summary(killed: list[Killed]) -> str:
    """How long it took, and what was lost, for a person."""
    took = [one.safe_after for one in killed]
    most = max(killed, key=attrgetter("samples_lost"))
    p50, p99 = quantile(took, 0.5), quantile(took, 0.99)
    lines = [
        f"{len(killed)} kills: safe after p50 {p50:.2f} s, p99 {p99:.2f} s, longest {max(took):.2f} s; "
        f"samples lost at most {most.samples_lost:.2f} s ({most.occasion}: {most.lost_of}), events lost "
        f"{sum(one.events_lost for one in killed)}",
    ]
    for name in dict.fromkeys(one.occasion for one in killed):
        mine = [one.safe_after for one in killed if one.occasion == name]
        lines.append(f"  {name}: {len(mine)}, p50 {quantile(mine, 0.5):.2f} s, longest {max(mine):.2f} s")
    return "\n".join(lines + [f"  {n}: {one}" for n, one in enumerate(killed) if one.wrong or one.events_lost])


def judge(killed: list[Killed]) -> None:
    """All that must be true of every kill; with `-s` it tells how long they took."""
    told = summary(killed)
    sys.stderr.write(f"\n{told}\n")
    took = [one.safe_after for one in killed]
    assert max(took) <= SAFE_WITHIN, told
    assert quantile(took, 0.99) <= MOSTLY_WITHIN, told
    assert max(one.samples_lost for one in killed) <= SAMPLES_LOST, told
    assert not any(one.wrong or one.events_lost for one in killed), told
