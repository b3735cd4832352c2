"""What all tests share: their order on the cores, passwords that cost little, and locks and sockets of their own."""

import gc
import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import suppress
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from tests import second_try
from tests.second_try import pytest_terminal_summary as pytest_terminal_summary
from vapordep.accounts import passwords
from vapordep.link.place import VARIABLE

settings.register_profile("house", deadline=None)  # a machine that others use must not fail an example
settings.load_profile("house")
passwords._hasher = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Of one round: how strong they really are, 0.3 s of a processor each, has its own test."""


EARLY = (
    "test_kills.py", "test_live_run.py", "test_accepted.py", "test_core_machine.py", "test_lab.py", "test_endurance.py",
    "test_full_disk.py", "test_serve.py", "test_engine_process.py", "test_schemathesis.py", "test_shipped.py",
    "test_abort_anywhere.py", "test_icvd_run.py", "test_every_await.py", "test_systemd.py",
)  # fmt: skip
"""Files with the longest tests: begun late, one of them would go on alone at the end."""
DEAR = ("done", "swept")
"""Fixtures that take seconds: who looks at what they have made stays together."""
YIELDING = 5
"""Niceness of what only computes, a third of the weight: three of its kind must not keep an engine from its time."""
ON_THE_WALL = 300.0
"""s for a test that waits for processes, which on a busy machine get a part of a core each."""
SPREAD = 2 / 3
"""Of all other tests, among so many of the first those on the wall clock are spread."""


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """Two workers more than cores: a test on the wall clock waits most of its time, and leaves its core to another."""
    return (yield) + 2


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Each worker begins elsewhere, so that most files are compiled once, by whom they come first."""
    report = yield
    if isinstance(collector, pytest.Directory) and report.passed:
        worker, workers = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
        cut = len(report.result) * int(worker.removeprefix("gw")) // int(workers)
        report.result = [*report.result[cut:], *report.result[:cut]]
    return report


@pytest.hookimpl(tryfirst=True)  # xdist looks at the groups in a hook of the same name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the wall clock stay together by file: they share processes, and side by side find the machine busy."""
    walled = [item for item in items if on_the_wall(item)]
    for item in walled:
        item.add_marker(pytest.mark.xdist_group("/".join(item.path.parts[-2:])))  # names repeat in other folders
        second_try.give(item)
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(ON_THE_WALL))
    for item in items:
        for name in {*DEAR} & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.xdist_group(name))
    items[:] = in_turn(sorted(items, key=lambda item: item.path), set(walled))


def in_turn(items: list[pytest.Item], walled: set[pytest.Item]) -> list[pytest.Item]:
    """The longest first; then those on the wall clock, file by file, among the others, as few at a time as can be."""
    early = [item for name in EARLY for item in items if item.path.name == name]
    files = defaultdict(list)
    for item in items:
        if item in walled and item.path.name not in EARLY:
            files[item.path].append(item)
    others = [item for item in items if item not in walled and item.path.name not in EARLY]
    for number, file in reversed(list(enumerate(files.values()))):
        at = int(len(others) * SPREAD * number / len(files))
        others[at:at] = file
    return early + others


def pytest_collection_finish() -> None:
    """What is there now stays to the end: whoever looks for garbage later need not look at it."""
    gc.collect()
    gc.freeze()


def on_the_wall(item: pytest.Item) -> bool:
    """Whether it is a test on the wall clock."""
    return any(item.get_closest_marker(mark) for mark in ("wall", "browser"))


if sys.platform != "win32":
    USUAL = os.getpriority(os.PRIO_PROCESS, 0)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(item: pytest.Item) -> None:
        """What computes lets those on the wall clock go first; that is taken back where it may be, as by root in CI."""
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, USUAL if on_the_wall(item) else USUAL + YIELDING)


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """No test meets an engine of this computer's user, or leaves a lock behind."""
    with TemporaryDirectory(prefix="vd") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, VARIABLE, folder)
        yield
