"""The report of a run: one object with all that `--json` prints, in SI."""

from collections.abc import Mapping
from dataclasses import field

from vapordep.app.plain import film_as_json, number, slabs_as_json
from vapordep.lazy import dataclass
from vapordep.model.alarms import AlarmView
from vapordep.model.film import Film, Slab
from vapordep.model.run import Mode, RunState
from vapordep.wire import alarm_as_json


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run gave: s, m, kg/m2, mol, and peaks in the SI unit of each tag."""

    run_id: str
    recipe: str
    reactor: str
    mode: Mode
    state: RunState
    reason: str
    simulated: float
    wall: float
    steps: int
    doses: int
    dose_width_error: float
    """Largest difference between a pulse's planned width and the one at the plant's valve, in s; NaN if not known."""
    peak: Mapping[str, float]
    film: Film
    trips: tuple[str, ...]
    alarms: tuple[str, ...]
    standing: tuple[AlarmView, ...]
    """The alarms that still wait for an answer, for their cause to go or for a reset, the most urgent first."""
    samples: int
    precursor_use: Mapping[str, float]
    history: str
    profile: tuple[Slab, ...] = ()
    """What a copolymer is made of at every depth."""
    conversion: Mapping[str, float] = field(default_factory=dict)
    """The share of each polymer's groups that vapour has converted, 0 to 1."""
    unfinished: str = ""
    """Why the record could not be closed; empty when it was."""

    def summary(self) -> dict[str, object]:
        """What the catalogue keeps of it beside film, state and times."""
        kept = ("steps", "doses", "dose_width_error_s", "peak", "trips", "alarms", "standing_alarms", "samples",
                "precursor_use_mol", "profile", "conversion")  # fmt: skip
        return {key: value for key, value in self.as_json().items() if key in kept}

    def as_json(self) -> dict[str, object]:
        """Plain data for `--json`; what is not known is null."""
        return {
            "run_id": self.run_id,
            "recipe": self.recipe,
            "reactor": self.reactor,
            "mode": self.mode.value,
            "state": self.state.value,
            "reason": self.reason,
            "simulated_s": self.simulated,
            "wall_s": self.wall,
            "steps": self.steps,
            "doses": self.doses,
            "dose_width_error_s": number(self.dose_width_error),
            "peak": {tag: number(value) for tag, value in sorted(self.peak.items())},
            "film": film_as_json(self.film),
            "trips": list(self.trips),
            "alarms": list(self.alarms),
            "standing_alarms": [alarm_as_json(view) for view in self.standing],
            "samples": self.samples,
            "precursor_use_mol": {name: number(value) for name, value in self.precursor_use.items()},
            "profile": slabs_as_json(self.profile),
            "conversion": dict(self.conversion),
            "history": self.history,
            "unfinished": self.unfinished or None,
        }
