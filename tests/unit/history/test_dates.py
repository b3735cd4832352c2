"""Dates that people give: whole or the beginning of one, in UTC, or refused."""

import pytest

from vapordep.errors import InputError
from vapordep.history.dates import instant


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026", "2026-01-01T00:00:00+00:00"),
        ("2026-11", "2026-11-01T00:00:00+00:00"),
        ("2026-11-23", "2026-11-23T00:00:00+00:00"),
        (" 2026-11-23 15 ", "2026-11-23T15:00:00+00:00"),
        ("2026-11-23T15:30", "2026-11-23T15:30:00+00:00"),
        ("2026-11-23T15:30:10.25Z", "2026-11-23T15:30:10+00:00"),
        ("2026-11-23T00:30+01:00", "2026-11-22T23:30:00+00:00"),
    ],
)
def test_a_date_or_its_beginning_is_an_instant(text: str, at: str) -> None:
    assert instant(text) == at


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13", "2026-02-30", "23.11.2026", "2026-11-23T25", "2026-1", "20261123", "٢٠٢٦",
             "0001-01-01T00+14:00", "2026-11-23T10:00+99:00"],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no date"):
        instant(text)
