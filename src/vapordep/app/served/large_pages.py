"""Large pages for this process's memory, where the system lends them (Linux): cold code finds its data sooner."""

import sys
from contextlib import suppress
from ctypes import CDLL, c_int, c_size_t, c_void_p
from pathlib import Path

MAPS = Path("/proc/self/maps")
HUGEPAGE, COLLAPSE = 14, 25
"""Advice of madvise(2): may be large, and shall be so now, as far as there is memory (since Linux 6.1)."""
LARGE = 2 << 20
"""Bytes of a large page; less of a mapping cannot become one."""


def ask_for_large_pages() -> None:
    """Has the memory that is there lie in large pages, as far as the system grants it; elsewhere it does nothing.

    A trip runs code that has not run for ms: a good part of its time is for finding pages. It keeps
    the caller waiting for up to some 0.1 s.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # no such system: it goes as well without
        madvise = CDLL(None).madvise
        madvise.argtypes, madvise.restype = (c_void_p, c_size_t, c_int), c_int
        for start, size in _own_memory(MAPS.read_text(encoding="utf-8")):
            madvise(start, size, HUGEPAGE)
            madvise(start, size, COLLAPSE)


def _own_memory(maps: str) -> list[tuple[int, int]]:
    """Start and bytes of each mapping that is no file's, can be written, and is large enough."""
    found = []
    for line in maps.splitlines():
        addresses, permissions, *rest = line.split(maxsplit=5)
        start, end = (int(address, 16) for address in addresses.split("-"))
        if permissions.startswith("rw") and rest[3:] in ([], ["[heap]"]) and end - start >= LARGE:
            found.append((start, end - start))
    return found
