"""The course of a run: from when to when it ran, what it was doing at an instant, how long each kind of work took."""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from vapordep.app.bands import Band, bands
from vapordep.lazy import dataclass
from vapordep.model.events import Event, Kind
from vapordep.model.run import RunState
from vapordep.recipe.steps import STEPS

WORK: Mapping[str, str] = {
    **dict.fromkeys(("pump", "pump purge", "leak check", "flow check"), "pumping"),
    **dict.fromkeys(("flow", "heat", "stabilise", "ramp"), "heating"),
    "purge": "purging",
    "cool": "cooling",
    "vent": "venting",
    **dict.fromkeys(("load", "unload"), "loading"),
    **dict.fromkeys(("held", "paused", "prompt", "wait"), "waiting"),
}
"""The kind of work of a band by its name; what is none of `WORDS` is the name of a loop."""
WORDS = frozenset(kind.word for kind in STEPS)
DEPOSITION, OTHER = "deposition", "other"
LEAVING = (RunState.STOPPING, RunState.ABORTING)
IDLE = "before the first step"


@dataclass(frozen=True, slots=True)
class Course:
    """Instants in s on the clock: `t0` when the recording began, `start` and `end` of the run itself."""

    t0: float
    start: float
    end: float
    bands: tuple[Band, ...]
    steps: tuple[tuple[float, str], ...]
    """What was begun when."""
    broken_off: float = math.inf
    """When it began to stop or to abort."""

    @classmethod
    def of(cls, events: Sequence[Event], t0: float) -> "Course":
        """From the events of a run; one that never began starts and ends with its recording."""
        states = [event.time for event in events if event.kind is Kind.RUN]
        leaving = [event.time for event in events if event.kind is Kind.RUN and event.data.get("state") in LEAVING]
        last = events[-1].time if events else t0
        steps = tuple((event.time, text) for event in events if (text := _begun(event)))
        return cls(
            t0,
            states[0] if states else t0,
            states[-1] if len(states) > 1 else last,
            bands(events),
            steps,
            min(leaving, default=math.inf),
        )

    @property
    def length(self) -> float:
        """How long it took from its start to its end, in s."""
        return self.end - self.start

    def step_at(self, time: float) -> str:
        """What the run was doing at an instant, in the words of its recipe, such as `main 12 of 36`."""
        place = bisect_right(self.steps, time, key=lambda step: step[0])
        return self.steps[place - 1][1] if place else IDLE

    @property
    def broken_off_in(self) -> str:
        """What it was doing when it began to stop or to abort; when it did not, what it did last."""
        return self.step_at(self.broken_off)

    def work(self) -> dict[str, float]:
        """How long each kind of work took in all, in s, in the order in which they began."""
        found: dict[str, float] = {}
        for band in self.bands:
            kind = WORK.get(band.name) or (OTHER if band.name.replace(" ", "_") in WORDS else DEPOSITION)
            found[kind] = found.get(kind, 0.0) + band.end - band.start
        return found

    def waited(self) -> tuple[Band, ...]:
        """When it was held or paused."""
        return tuple(band for band in self.bands if band.name in ("held", "paused"))


def _begun(event: Event) -> str:
    if event.kind is Kind.CYCLE or (event.kind is Kind.STEP and "where" in event.data):
        return event.text
    return ""
