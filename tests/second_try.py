"""A second try, once and told, for a test on the wall clock that failed; none where protection is promised."""

from pathlib import Path

import pytest

LATER = 5.0
"""s until the second try: what kept the machine busy may be over by then."""
HUNG = "Timeout"
"""What pytest-timeout says: its time counts for both tries, so that a second one would have no end."""
PROMISES = {
    "app/test_memory.py": "latches and bypasses outlive a kill",
    "browser/test_frame.py": "ABORT stays at its place, whatever comes up",
    "browser/test_keyboard.py": "ABORT is at hand, whatever stands before it",
    "browser/test_lost.py": "nobody takes an old value for a new one",
    "cli/test_keyboard.py": "Ctrl-C ends a run with its outputs safe",
    "guardian/": "the guardian and its tape",
    "history/test_kill.py": "what was told to be durable outlives a kill",
    "history/test_live.py": "no recorder makes the engine wait",
    "unit/test_clock.py": "an edge that closes a valve comes in time",
    "wall/test_abort_anywhere.py": "ABORT, wherever the engine is",
    "wall/test_engine_process.py": "one engine a reactor, safe at its end",
    "wall/test_found_hot.py": "hot lines after a power cut",
    "wall/test_full_disk.py": "the reactor is secured on a full disk",
    "wall/test_guarded_reactor.py": "the guardian and the plant's own truth",
    "wall/test_kills.py": "kills at random instants",
    "wall/test_link.py": "no order twice, late, or from a stranger",
    "wall/test_live_run.py": "valves shut when a run is broken off or its lines are lost",
    "wall/test_mute.py": "a mute instrument keeps no other waiting",
    "wall/test_other_users.py": "another user gives no orders",
    "wall/test_serve.py": "engine, guardian and page: safe when one is killed",
    "wall/test_systemd.py": "the service manager's watchdog",
    "wall/test_whole_run.py": "a run over processes that are killed",
}
"""Files by folder and name, or folders, with what they promise: one failure in many is what they look for."""
STORIES = {"browser/test_lab.py"}
"""Here each test goes on where the one before it ended, in one laboratory: a second try would begin elsewhere."""


def places(path: Path) -> set[str]:
    """How a file may be listed: by its folder and its name, or with all of its folder."""
    folder, name = path.parts[-2:]
    return {f"{folder}/", f"{folder}/{name}"}


def give(item: pytest.Item) -> None:
    """Lets this test, on the wall clock, be tried a second time, unless its file holds a promise, or is one story."""
    if not places(item.path) & (PROMISES.keys() | STORIES):
        item.add_marker(pytest.mark.flaky(reruns=1, reruns_delay=LATER, rerun_except=[HUNG]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The first failure of each test that was tried again, whole: what passed then is to be mended all the same."""
    repeated = terminalreporter.getreports("rerun")
    if repeated:
        terminalreporter.write_sep("=", "TRIED AGAIN, to be mended", yellow=True, bold=True)
    for report in repeated:
        terminalreporter.write_sep("_", f"first try of {report.nodeid}, {report.when}", yellow=True)
        for part in (report.longreprtext, *(f"{name}\n{text}" for name, text in report.sections)):
            terminalreporter.write_line(part)
