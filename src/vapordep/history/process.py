"""Which process a run belongs to, and whether that one still lives: a number alone is given out again."""

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

PROC = Path("/proc")


def identity() -> dict[str, str | int]:
    """This process as (host, boot, number, start); what the system does not tell is empty."""
    return {"host": platform.node(), "boot": _boot(), "pid": os.getpid(), "start": _start(os.getpid()) or ""}


def here(process: Mapping[str, str | int]) -> bool:
    """Whether that process is, or was, on this computer; of one that does not tell, nobody knows otherwise."""
    return process.get("host") in (platform.node(), "", None)


def gone(process: Mapping[str, str | int]) -> bool:
    """Whether that process certainly no longer runs. One on another host cannot be judged, and counts as alive."""
    if process.get("host") != platform.node():
        return False
    if process.get("boot") != _boot():
        return True
    start = _start(int(process["pid"]))
    return start is None or start != process.get("start")


def _boot() -> str:
    """Changes each time the machine starts; empty where only the start of a process tells them apart."""
    path = PROC / "sys/kernel/random/boot_id"
    return path.read_text().strip() if path.exists() else ""


def _start(pid: int) -> str | None:
    """When a process started, as the system counts it; None when there is none of that number."""
    if sys.platform == "win32":
        return _windows_start(pid)
    stat = PROC / str(pid) / "stat"
    if (PROC / "self" / "stat").exists():
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]  # proc(5): state is field 3, starttime 22
    try:
        os.kill(pid, 0)  # signal 0 only asks
    except ProcessLookupError:
        return None
    except PermissionError:
        return ""
    return ""


def _windows_start(pid: int) -> str | None:
    if sys.platform != "win32":
        raise NotImplementedError
    import ctypes
    from ctypes import wintypes

    query = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
    still_active = 259
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = wintypes.HANDLE
    handle = kernel.OpenProcess(query, False, pid)
    if not handle:
        return None
    try:
        code = wintypes.DWORD()
        times = [wintypes.FILETIME() for _ in range(4)]
        kernel.GetExitCodeProcess(wintypes.HANDLE(handle), ctypes.byref(code))
        kernel.GetProcessTimes(wintypes.HANDLE(handle), *map(ctypes.byref, times))
        if code.value != still_active:
            return None
        return str(times[0].dwHighDateTime << 32 | times[0].dwLowDateTime)
    finally:
        kernel.CloseHandle(wintypes.HANDLE(handle))
