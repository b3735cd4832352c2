"""By what an order over the web may be carried out: its giver's control, and what of the news it was decided on."""

from vapordep.lazy import dataclass


@dataclass(frozen=True, slots=True)
class Authority:
    """What an order shows: the token of control, and `epoch:number` of the newest news its giver had seen."""

    token: str
    seen: str


@dataclass(frozen=True, slots=True)
class ControlShown:
    """Who has control: the person, since when (civil time), and how often it was given so far in this epoch."""

    person: str
    since: str
    number: int
    """The fence: an order under an earlier one is refused."""


@dataclass(frozen=True, slots=True)
class TakeControl:
    """Have control; with `force` also where another person has it, which is announced."""

    by: str
    force: bool = False


@dataclass(frozen=True, slots=True)
class KeepControl:
    """Still there: control lapses when its holder is not heard for a minute."""

    by: str


@dataclass(frozen=True, slots=True)
class ReleaseControl:
    """Give control back."""

    by: str


ControlOrder = TakeControl | KeepControl | ReleaseControl
