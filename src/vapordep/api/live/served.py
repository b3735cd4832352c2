"""What the web process serves: one reactor as its file says, where its engine listens, and its history."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from vapordep.errors import InputError
from vapordep.files import Document
from vapordep.history.queries import History
from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor


@dataclass(frozen=True, slots=True)
class Served:
    """A reactor: `folder` is where its engine and its guardian listen."""

    folder: Path
    reactor: Reactor
    history: Path
    sheet: Callable[[frozenset[str]], Mapping[str, object]]
    """What covers its hazards while the interlocks of those ids are bypassed."""
    check: Callable[[Document, Mapping[str, str]], Mapping[str, object]]
    """Judges a recipe with parameters, as `vapordep check --json` does."""
    refusal: Callable[[InputError], Mapping[str, object]]
    """The same of what could not be read."""
    broken_off: Callable[[str], Mapping[str, object]]
    """The state of a run that ended before its plan, by its id; raises InputError where nothing is to be decided."""
    beside_golden: Callable[[History, str, Sequence[str], str], Mapping[str, object]]
    """A run of a history beside golden ones, by their ids, with the bands of one tag; raises InputError."""
