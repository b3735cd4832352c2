"""Large pages: which memory is asked for, and that asking changes none of it."""

from typing import NoReturn

import pytest

from vapordep.app.served import large_pages
from vapordep.app.served.large_pages import _own_memory, ask_for_large_pages

MAPS = """\
55d000000000-55d000800000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000400000 rw-p 00000000 00:00 0
7f0001000000-7f0001100000 rw-p 00000000 00:00 0
7f0002000000-7f0002800000 r-xp 00000000 08:01 1234                       /usr/lib/libpython3.11.so.1.0
7f0003000000-7f0003800000 rw-p 00000000 08:01 1235                       /home/Ada Lovelace/a file
7ffc00000000-7ffc00800000 rw-p 00000000 00:00 0                          [stack]
"""


def test_heap_and_memory_without_a_file_are_asked_for_where_a_large_page_fits() -> None:
    assert _own_memory(MAPS) == [(0x55D000000000, 8 << 20), (0x7F0000000000, 4 << 20)]


def test_what_is_in_memory_stays_as_it_was() -> None:
    kept = bytearray(range(256)) * (5 << 12)
    ask_for_large_pages()
    assert kept == bytes(range(256)) * (5 << 12)


@pytest.mark.parametrize("trouble", [OSError("no such file"), AttributeError("no madvise")])
def test_a_system_that_lends_none_is_no_error(trouble: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(name: None) -> NoReturn:
        raise trouble

    monkeypatch.setattr(large_pages, "CDLL", refused)
    ask_for_large_pages()
