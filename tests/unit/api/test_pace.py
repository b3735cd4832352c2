"""The pace of the stream: never more than it may, and not behind the engine's own beat."""

from itertools import count, takewhile

import pytest

from vapordep.api.live.pace import IN_A_ROW, PATIENT, PERIOD, Pace


def sent(arrivals: list[float], spent: int = 0) -> list[tuple[float, float]]:
    """As the stream does it: of each message when it goes out, and when the oldest of its news came."""
    pace, found, left = Pace(arrivals[0]), list[tuple[float, float]](), list(arrivals)
    for _ in range(spent):
        pace.sent(arrivals[0])
    while left:
        goes = left[0] + pace.wait(left[0])
        if pace.joins():
            goes = min([each for each in left if goes < each <= goes + PERIOD] or [goes + PERIOD])
        found.append((goes, left[0]))
        left = [each for each in left if each > goes]
        pace.sent(goes)
    return found


def beat(hz: float, seconds: float = 20.0) -> list[float]:
    return list(takewhile(lambda instant: instant < seconds, (n / hz for n in count())))


@pytest.mark.parametrize("spent", range(4))
def test_what_comes_ten_times_a_second_soon_goes_out_as_it_comes(spent: int) -> None:
    late = [goes - came for goes, came in sent(beat(10.0), spent)]
    assert late[spent + PATIENT + 5 :] == pytest.approx([0.0] * len(late[spent + PATIENT + 5 :]), abs=1e-9)
    assert max(late) < (spent + 1) * PERIOD


@pytest.mark.parametrize("hz", [3.0, 9.9, 10.0, 10.1, 12.0, 50.0, 333.0])
@pytest.mark.parametrize("spent", [0, 2])
def test_no_more_go_out_than_may(hz: float, spent: int) -> None:
    goes = [each for each, _ in sent(beat(hz), spent)]
    for first in goes:
        assert sum(first <= each < first + 1.0 for each in goes) <= 10 + IN_A_ROW - 1
    assert len(goes) / (goes[-1] - goes[0] + PERIOD) <= 10.0 * 1.02
    assert len(goes) >= 0.85 * min(hz, 10.0) * 20.0, "nor are they held back"


def test_after_a_rest_a_few_go_out_at_once() -> None:
    late = [goes - came for goes, came in sent([0.0, 10.0, 10.01, 10.02, 10.03])]
    assert late == pytest.approx([0.0, 0.0, 0.0, 0.0, PERIOD - 0.03])
