"""Civil time that people give, whole or its beginning, in the form in which the catalogue keeps it; and days."""

import re
from datetime import UTC, date, datetime, timedelta

from vapordep.clock import utc_now
from vapordep.errors import InputError

_FORM = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)(?:[T ](?P<hour>\d\d)(?::(?P<minute>\d\d)"
    r"(?::(?P<second>\d\d)(?:[.,]\d+)?)?)?(?P<zone>Z|[+-]\d\d:?\d\d)?)?)?)?",
    re.ASCII,
)


def instant(text: str) -> str:
    """`2026-11`, `2026-11-23` or `2026-11-23T15:00+01:00` as the instant at which it begins, ISO 8601 in UTC.

    UTC where no offset is given. Raises InputError for what is no such time.
    """
    found = _FORM.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        at = found["zone"] or "+00:00"
        head = f"{found['year']}-{found['month'] or '01'}-{found['day'] or '01'}"
        clock = ":".join(found[part] or "00" for part in ("hour", "minute", "second"))
        return datetime.fromisoformat(f"{head}T{clock}{at}").astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        remedy = "write 2026-11, 2026-11-23 or 2026-11-23T15:00, UTC unless it ends in an offset"
        raise InputError(f"{text[:40]!r} is no date", remedy=remedy) from None


def day(text: str) -> str:
    """The day on which something was done, as `2026-11-27`; today without one.

    East of this computer it may be tomorrow already. Raises InputError for what is no day, or still to come.
    """
    today = utc_now().astimezone().date()
    try:
        found = date.fromisoformat(text) if text else today
    except ValueError:
        raise InputError(f"{text[:40]!r} is no day", remedy="write one such as 2026-11-27") from None
    if found > today + timedelta(days=1):
        raise InputError(f"{found} is still to come", remedy="enter what was done, on its day or later")
    return found.isoformat()
