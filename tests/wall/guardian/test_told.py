"""What the guardian tells a service manager and its log, which may be busy, full or gone."""

import errno
import socket
import threading
import time
from pathlib import Path
from typing import Any

from tests.wall.guardian.boards import Board, line, safe, soon, tape
from tests.wall.guardian.watched import POSIX, process
from tests.wall.service_manager import ServiceManager, service_manager
from vapordep.guardian import watch
from vapordep.guardian.log import Log
from vapordep.guardian.systemd import notify

pytestmark = POSIX


def end_once_it_was_heard_twice(manager: ServiceManager, inbox: Any) -> None:
    manager.hears("WATCHDOG=1", times=2)
    inbox.put(("signal", 15))


def test_systemd_is_told_the_end_the_latest_news_and_of_a_tape_that_fails(
    watched: Any, heater: Board, tmp_path: Path, monkeypatch: Any
) -> None:
    """As long as not all is safe, whatever is wrong, its watchdog must not end the guardian."""
    monkeypatch.setattr(watch, "GIVE_UP", 0.5)
    monkeypatch.setattr(watch, "AGAIN", 0.1)
    heater.answer = lambda reply: None
    with service_manager(tmp_path, monkeypatch.setenv) as manager:
        made = watched("arm(); beats(1, 0.2); os.abort()", tape(line(heater.port, *safe("heater"))))
        threading.Thread(target=end_once_it_was_heard_twice, args=(manager, made.guardian.inbox)).start()
        assert made.end() == watch.UNSAFE
        made.guardian.ending = False
        made.guardian._end("signal 15")
        soon(lambda: len(manager.heard("STOPPING=1")) == 1)
        Log(tmp_path / "guardian.log")("armed, with a tape of 6 lines")
        soon(lambda: manager.told[-1][1] == "STATUS=armed, with a tape of 6 lines")


def test_a_service_manager_that_is_busy_or_gone_holds_nobody_up(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as busy:
        busy.bind(str(tmp_path / "notify"))
        for _ in range(10_000):  # more than wait in any queue
            notify("WATCHDOG=1")
        assert busy.recv(100) == b"WATCHDOG=1"
    notify("WATCHDOG=1")


def test_the_log_is_appended_and_bounded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "guardian.log"
    log = Log(path, most=1000)
    for number in range(100):
        log(f"line {number}")
        log.flush()
    assert "line 99" in path.read_text()
    assert path.stat().st_size < 1200
    assert path.with_suffix(".1.log").exists()
    log(" again \udcff")
    log.flush()
    assert "again \\udcff" in path.read_text()


def test_a_full_disk_holds_nothing_up(tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "guardian.log"
    log = Log(path)

    def full(*_: object, **__: object) -> Any:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        began = time.monotonic()
        log("lost?")
        assert time.monotonic() - began < 1.0, "the thread that writes meets the disk, not the caller"
        time.sleep(0.05)
    log("not lost")
    log.flush()
    assert path.read_text().count("lost") == 2


def test_where_no_log_can_be_written_the_rest_goes_on(heater: Board, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    code = "arm(); beats(1, 0.5); os.abort()"
    with process(code, tape(line(heater.port, *safe("heater"))), tmp_path / "own", blocked / "guardian.log"):
        soon(lambda: heater.state == {"heater": 0})
