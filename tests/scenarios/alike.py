"""How two tellings of one story may differ: by what noise does to numbers, never in what happens."""

import re
from collections.abc import Iterator
from itertools import zip_longest

import pytest

from tests.scenarios.rigs import Scene
from vapordep.model.events import Event, Kind
from vapordep.model.pulses import PulseRecord

ONE_POLL = 1.0
"""s: the period of the slowest poll that a step waits for or an interlock acts on."""
IN_ALL = 3.0 * ONE_POLL
"""s: what ends a poll sooner moves all that follows, and the next two waits may end a poll sooner again."""
FASTEST = 0.5
"""K/s: how fast the stage heats at full power, and so what a poll does to the hottest instant of the foil."""
SEEN = 0.2
"""How much the gauge may see more of one pulse: it looks each 0.2 s, and after a pulse all is gone in some 2 s."""
NOISE = 5 * 2**0.5 * 0.005
"""Five standard deviations between two readings of the noisiest gauge, a Pirani with 0.5 % of its reading."""
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def close(value: float) -> object:
    """A reading, or how long there was none, told at another instant within one poll."""
    return pytest.approx(value, rel=NOISE, abs=0.3, nan_ok=True)


def differences(polled: Scene, foretold: Scene) -> list[str]:
    """All that differs beyond that, in words."""
    return [*_events(polled, foretold), *_pulses(polled, foretold), *_ends(polled, foretold)]


def _events(polled: Scene, foretold: Scene) -> Iterator[str]:
    before = 0.0
    for one, other in zip_longest(polled.book.events, foretold.book.events):
        if one is None or other is None:
            yield f"only one of them: {one or other}"
            continue
        if _wording(one) != _wording(other) or not _numbers_close(one, other):
            yield f"polled {one}, foretold {other}"
        sooner = other.time - one.time
        if abs(sooner - before) > ONE_POLL or abs(sooner) > IN_ALL:
            yield f"{before:+.3f} s, then {sooner:+.3f} s: {one}"
        before = sooner


def _wording(event: Event) -> tuple[Kind, str, list[str]]:
    return event.kind, NUMBER.sub("#", event.text), sorted(event.data)


def _numbers_close(one: Event, other: Event) -> bool:
    texts = [(one.text, other.text)]
    for key, value in one.data.items():
        if isinstance(value, float):
            if other.data[key] != close(value):
                return False
        else:
            texts.append((str(value), str(other.data[key])))
    return all(
        [float(number) for number in NUMBER.findall(second)]
        == [close(float(number)) for number in NUMBER.findall(first)]
        for first, second in texts
    )


def _pulses(polled: Scene, foretold: Scene) -> Iterator[str]:
    if polled.book.pulses.keys() != foretold.book.pulses.keys():
        yield f"pulses {list(polled.book.pulses)} and {list(foretold.book.pulses)}"
    for number in polled.book.pulses.keys() & foretold.book.pulses.keys():
        one, other = polled.book.pulses[number], foretold.book.pulses[number]
        if _kind(one) != _kind(other):
            yield f"polled {one}, foretold {other}"
        if abs(one.intent.planned_open - other.intent.planned_open) > IN_ALL:
            yield f"{other.intent.planned_open - one.intent.planned_open:+.3f} s: {one}"
        if (other.peak, other.area) != pytest.approx((one.peak, one.area), rel=SEEN, nan_ok=True):
            yield f"polled {one}, foretold {other}"


def _kind(pulse: PulseRecord) -> tuple[object, ...]:
    """What of a pulse must be the same to the last bit, but for rounding of instants."""
    intent = pulse.intent
    widths = (intent.planned_close - intent.planned_open, pulse.width)
    return intent.source, intent.step, intent.cycle, pulse.verdict, [f"{width:.9f}" for width in widths]


def _ends(polled: Scene, foretold: Scene) -> Iterator[str]:
    one, other = ([(layer.name, layer.cycles) for layer in scene.film.layers] for scene in (polled, foretold))
    if one != other:
        yield f"layers {one} and {other}"
    else:
        for first, second in zip(polled.film.layers, foretold.film.layers, strict=True):
            if second.thickness != pytest.approx(first.thickness, rel=1e-3, abs=1e-13):
                yield f"{first.name}: {first.thickness} and {second.thickness} m"
    for name, end in (
        ("state", lambda s: s.run.state),
        ("valves", _moves),
        ("overlap", lambda s: s.report()["overlap"]),
    ):
        if end(polled) != end(foretold):
            yield f"{name}: {end(polled)} and {end(foretold)}"
    hottest = [scene.report()["foil_temperature_max"] for scene in (polled, foretold)]
    if abs(hottest[0] - hottest[1]) > 2.0 * ONE_POLL * FASTEST:
        yield f"the foil was at most at {hottest[0]} and {hottest[1]} K"


def _moves(scene: Scene) -> dict[str, list[float]]:
    """How every valve of the plant moved."""
    return {valve: [state for _, state in moves] for valve, moves in scene.report()["valves"].items()}
