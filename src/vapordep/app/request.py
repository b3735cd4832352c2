"""What is asked for: recipe, reactor, settings, samples - read from the command line, checked before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vapordep.errors import InputError
from vapordep.model.run import SampleOnStage


@dataclass(frozen=True, slots=True)
class Request:
    """One run as a person asks for it; `settings` are texts by parameter name."""

    recipe: Path
    reactor: Path
    history: Path
    operator: str
    settings: Mapping[str, str] = field(default_factory=dict)
    samples: tuple[SampleOnStage, ...] = ()
    seed: int = 0


def settings(written: Sequence[str]) -> dict[str, str]:
    """Parameters from `name=value`; raises InputError for anything else, or a name given twice."""
    found: dict[str, str] = {}
    for text in written:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise InputError(f"--set {text!r} is no setting", remedy="write --set name=value, such as --set cycles=50")
        if name in found:
            raise InputError(f"{name} is set twice", remedy="give it once")
        found[name] = value
    return found


def samples(written: Sequence[str]) -> tuple[SampleOnStage, ...]:
    """Samples from `ID` or `ID@POSITION`; raises InputError for an empty or repeated id."""
    found: dict[str, SampleOnStage] = {}
    for text in written:
        name, _, position = (part.strip() for part in text.partition("@"))
        if not name or name in found:
            raise InputError(f"--sample {text!r} names no new sample", remedy="write --sample ID or --sample ID@POSITION")
        found[name] = SampleOnStage(name, "", position)
    return tuple(found.values())
