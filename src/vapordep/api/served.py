"""What the web process serves: one reactor as its file says, where its engine listens, and its history."""

from collections.abc import Mapping
from pathlib import Path

from vapordep.lazy import dataclass
from vapordep.model.reactor import Reactor


@dataclass(frozen=True, slots=True)
class Served:
    """A reactor: `folder` is where its engine and its guardian listen, `sheet` what covers its hazards."""

    folder: Path
    reactor: Reactor
    history: Path
    sheet: Mapping[str, object]
