"""A sweep's values, its points, and how it ends: what is refused, what is kept, what Ctrl-C leaves."""

import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.recipes.dry import REACTOR, ROOT
from vapordep.app import sweep
from vapordep.app.request import Request
from vapordep.app.sweep import performing
from vapordep.app.sweep.values import same, values
from vapordep.errors import HistoryError, InputError, RecipeError, UnitError
from vapordep.reactor import read_reactor

RECIPE = ROOT / "recipes" / "al2o3_saturation_on_silicon.yaml"


def test_a_range_and_a_list() -> None:
    assert values("dose", "10ms..40ms/4") == ("10 ms", "20 ms", "30 ms", "40 ms")
    assert values("dose", "500 ms .. 2 s / 4") == ("500 ms", "1000 ms", "1500 ms", "2000 ms")
    assert values("stage", "-10 degC..30 degC/3") == ("-10 degC", "10 degC", "30 degC")
    assert values("cycles", "10..30/3") == ("10", "20", "30")
    assert values("dose", "10ms, 25ms,60ms") == ("10ms", "25ms", "60ms")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("10ms..200ms", "does not say how many values"),
        ("10ms..200ms/", "does not say how many values"),
        ("10ms..200ms/2.5", "does not say how many values"),
        ("10ms..200ms/1", "1 values make no range"),
        ("10ms..200ms/1001", "1001 values make no range"),
        ("10..200ms/8", "the unit of 10 is missing"),
        ("10ms..200/8", "the unit of 200 is missing"),
        ("10ms..10ms/8", "is an empty range"),
        ("10ms..0.01s/8", "is an empty range"),
        ("nan..200ms/8", "'nan' does not begin with a finite number"),
        ("10ms..1e999ms/8", "does not begin with a finite number"),
        ("..200ms/8", "'' does not begin with a finite number"),
        ("10ms..2Pa/8", "not units of the same kind"),
        ("10ms,,20ms", "has an empty value"),
        ("10ms,10ms", "has a value twice"),
    ],
)
def test_what_is_no_range(text: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        values("dose", text)


def test_an_unknown_unit_is_told_with_a_hint() -> None:
    with pytest.raises(UnitError, match="unknown unit"):
        values("dose", "10ms..2sec/8")


def test_several_make_a_grid() -> None:
    points = sweep.grid(["a=1,2", "b=3", "c=5..6/2"])
    assert [tuple(point.values()) for point in points] == [
        ("1", "3", "5"), ("1", "3", "6"), ("2", "3", "5"), ("2", "3", "6"),
    ]  # fmt: skip
    assert sweep.swept(points) == ("a", "c")
    for wrong, what in ((["a=1"], "nothing is swept"), (["a=1..9/50", "b=1..9/50"], "2500 points"), ([], "nothing")):
        with pytest.raises(InputError, match=what):
            sweep.grid(wrong)


def asked(history: Path) -> Request:
    return Request(RECIPE, REACTOR, history, "test")


def points_of(history: Path, *settings: str) -> tuple[sweep.Point, ...]:
    return sweep.checked(asked(history), read_reactor(REACTOR), sweep.grid(settings))


def test_points_are_checked_one_by_one(tmp_path: Path) -> None:
    refused, *accepted = points_of(tmp_path, "water=10ms..40ms/3")
    assert (refused.recipe, [finding.code for finding in refused.refusals]) == (None, ["R-PULSE"])
    assert [point.planned.pulses["H2O"] for point in accepted] == pytest.approx([0.025, 0.04])
    assert accepted[0].planned.purges == {"TMA": 40.0, "H2O": 75.0}
    assert [work.number for work in sweep.works((refused, *accepted), read_reactor(REACTOR), "s")] == [2, 3]


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (("wter=10ms..40ms/3",), "no parameter 'wter'"),
        (("water=10..40/3",), "the unit is missing"),
        (("water=1ms..4ms/3",), "is out of bounds"),
        (("cycles=1..2/3", "cycles=3"), "set twice"),
    ],
)
def test_where_no_point_may_run_it_is_said_why(tmp_path: Path, settings: tuple[str, ...], what: str) -> None:
    with pytest.raises((RecipeError, InputError), match=what):
        points_of(tmp_path, *settings)


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        (("cycles=2,3",), "changes no pulse and no purge"),
        (("tma=20ms,30ms", "tma_purge=40s,50s"), "change in one sweep"),
        (("water_purge=70s,80s", "tma_purge=40s,50s"), "two purges change"),
    ],
)
def test_what_cannot_be_fitted(tmp_path: Path, settings: tuple[str, ...], what: str) -> None:
    with pytest.raises(InputError, match=what):
        sweep.check_fit(points_of(tmp_path, *settings))


class Slow(Executor):
    """Work that is done when the test says so; of what was submitted the first two are under way."""

    def __init__(self) -> None:
        self.futures: list[Future[sweep.Gave]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.futures.append(Future())
        if len(self.futures) <= 2:
            self.futures[-1].set_running_or_notify_cancel()
        return self.futures[-1]


def performed(tmp_path: Path, pool: Slow, presses: Callable[[], int]) -> list[int]:
    works = sweep.works(points_of(tmp_path, "water=20ms..40ms/4"), read_reactor(REACTOR), "s")
    told: list[int] = []
    sweep.perform(pool, works, tmp_path, lambda gave: told.append(gave.number), presses)
    return told


def test_ctrl_c_finishes_what_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performing, "LOOK_EVERY", 0.0)
    pool, looks = Slow(), [0]

    def presses() -> int:
        looks[0] += 1
        if looks[0] == 4:
            for number, future in enumerate(pool.futures[:2], 1):
                future.set_result(sweep.Gave(number, failure="as asked"))
        return 1

    assert sorted(performed(tmp_path, pool, presses)) == [1, 2]
    assert [future.cancelled() for future in pool.futures] == [False, False, True, True]


def test_a_second_one_gives_them_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(performing, "LOOK_EVERY", 0.0)
    pool, ended = Slow(), []

    class Process:
        def terminate(self) -> None:
            ended.append(self)

    monkeypatch.setattr(performing.multiprocessing, "active_children", lambda: [Process(), Process()])
    assert performed(tmp_path, pool, lambda: 2) == []
    assert len(ended) == 2


def test_a_disk_that_refuses_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise HistoryError("no space left")

    monkeypatch.setattr(performing, "_kept", full)
    pool = Slow()
    original = pool.submit

    def submit(*words: Any, **more: Any) -> Future[Any]:
        future = original(*words, **more)
        if len(pool.futures) == 1:
            future.set_result(sweep.Gave(1, failure="whatever"))
        return future

    pool.submit = submit  # type: ignore[method-assign]
    with pytest.raises(HistoryError):
        performed(tmp_path, pool, lambda: 0)
    assert all(future.cancelled() for future in pool.futures[2:])


def test_a_cluster_needs_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="not installed") as refused, sweep.on_cluster("tcp://127.0.0.1:1"):
        pass
    assert "vapordep[dask]" in refused.value.remedy


def test_a_scheduler_that_is_silent_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()
    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=lambda *words, **more: never.wait()))
    monkeypatch.setattr(performing, "ANSWERS_WITHIN", 0.01)
    with (
        pytest.raises(InputError, match=r"it takes the connection and is silent for 0\.02 s") as refused,
        sweep.on_cluster("tcp://lab:1"),
    ):
        pass
    assert refused.value.where == "tcp://lab:1"
    never.set()


@pytest.mark.parametrize("error", [OSError("nobody there"), TimeoutError("too slow"), ValueError("missing port")])
def test_a_scheduler_that_does_not_answer_is_told(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def client(*words: object, **more: object) -> None:
        raise error

    monkeypatch.setitem(sys.modules, "distributed", SimpleNamespace(Client=client))
    with pytest.raises(InputError, match=f"no Dask scheduler answers: {error}"), sweep.on_cluster("tcp://lab:1"):
        pass


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("75s", "75 s", True), ("75 s", "1.25 min", True), ("75 s", "76 s", False), ("1e-9 m", "2e-9 m", False),
     ("1 K", "1 Pa", False), ("linear", "linear", True), ("linear", "s_curve", False), (3, 3, True), (3, "3", False)],
)  # fmt: skip
def test_values_are_the_same_however_they_are_spelt(one: str | int, other: str | int, alike: bool) -> None:
    assert same("purge", one, other) is alike
