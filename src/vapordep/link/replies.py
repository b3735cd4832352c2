"""What came of an order."""

from vapordep.lazy import dataclass
from vapordep.link.judged import InterlockShown, VerdictShown
from vapordep.link.news import Snapshot
from vapordep.model.hand_valves import HandValve


@dataclass(frozen=True, slots=True)
class Done:
    """The order was carried out."""

    number: str
    text: str = ""
    run_id: str = ""
    snapshot: Snapshot | None = None
    interlocks: tuple[InterlockShown, ...] = ()
    verdict: VerdictShown | None = None
    hand_valve: HandValve | None = None
    sheet: str = ""
    """The coverage sheet as JSON."""
    token: str = ""
    """Of control, for who has taken it."""
    seen: str = ""
    """The newest news as this was told, `epoch:number`: who has heard them sees what came of the order."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The order was not carried out: the error by its name in `vapordep.errors`, and what it says.

    `interlocks` are the ids of those that stand against it.
    """

    number: str
    error: str
    what: str
    where: str = ""
    remedy: str = ""
    interlocks: tuple[str, ...] = ()


Reply = Done | Refused
