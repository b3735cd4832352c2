"""What a recording of the time between runs is given at its start; there is no recipe, and nobody who began it."""

from collections.abc import Mapping

from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class IdleHeader:
    """Frozen like a run's: which reactor, as its file was, by which versions, and `started`, civil time, ISO 8601."""

    idle_id: str
    reactor_name: str
    reactor_text: str
    reactor_sha256: str
    simulated: bool
    versions: Mapping[str, str]
    started: str
