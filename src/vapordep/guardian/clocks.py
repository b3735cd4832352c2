"""The guardian's clocks: one that stands while the computer sleeps, and one that goes on."""

import time

Times = tuple[float, float]


def clocks() -> Times:
    """Seconds without and with the time this computer slept."""
    now = time.monotonic()
    return now, time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else now
