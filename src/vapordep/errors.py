"""The whole exception tree: every error says what is wrong, where, and what to do.

VapordepError                 exit status 1
├── InputError                exit status 2: what the user wrote is refused, nothing was done
│   ├── FileError             a file cannot be read, is not the YAML we take, or breaks its schema
│   ├── NotThere              no run, file or page is called that
│   ├── TooLarge              a file is larger than what is kept
│   ├── UnitError             a quantity without, or with the wrong, unit
│   ├── UnknownName           no substance, substrate or film is called that
│   ├── RecipeError           a recipe that the reactor, the substrate or the chemistry forbids
│   └── ReactorError          a reactor file that is incomplete or contradicts itself
├── InstrumentError           `where` names the instrument or the tag
│   ├── LineLost              the port or socket is gone
│   ├── NoReply               silence until the deadline
│   │   └── InstrumentBusy    the instrument says that it cannot answer now
│   ├── ProtocolError         bytes that the manual does not allow
│   ├── InstrumentRefused     the instrument understood and said no
│   ├── WrongInstrument       another model, address or unit than the reactor file names
│   └── ReadbackMismatch      a setpoint reads back as something else than was written
├── SafetyError
│   ├── CommandRefused        the gate denied a command
│   ├── NotArmed              outputs may not be driven yet
│   └── Tripped               a latched interlock stands
├── RunError
│   ├── TransitionRefused     a verb that this run state does not know
│   ├── NotInControl          somebody else has control over the web, or nobody has
│   └── StaleOrder            decided on what is not so any more
├── LinkError                 the engine cannot be reached, or was asked something that is no message
│   ├── NoEngine              nobody serves this reactor
│   │   └── NoEngineYet       its guardian is there, and starts an engine
│   └── ReactorInUse          exit status 3: another process has this reactor
├── AccessError               who asks the web process may not have that
│   ├── NotLoggedIn           nobody is logged in, or the session or token is over
│   ├── NotAllowed            the role or the token does not give the right
│   │   └── NotConfirmed      the password must be shown once more for this
│   └── TooMany               it was tried too often, or by too many at once
│       ├── TooManyTries      passwords were tried too often
│       └── TooManyListeners  the live stream has no room for one more
├── HistoryError              a recording or the catalogue cannot be written or read
└── SimulationError           virtual time or a simulated instrument was used in a way that cannot work
"""

# ruff: noqa: N818 - errors are named by what happened

from collections.abc import Sequence
from typing import ClassVar, Self


def _sentence(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else text + "."


class VapordepError(Exception):
    """Base of all: `what` is wrong, `where` (tag or "file:line"), and the `remedy`: what to do about it."""

    exit_status: ClassVar[int] = 1

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    @property
    def told(self) -> str:
        """What is wrong and where, without the remedy; a place that the words begin with is not told twice."""
        named = not self.where or self.what == self.where or self.what.startswith(f"{self.where} ")
        return self.what if named else f"{self.where}: {self.what}"

    def __str__(self) -> str:
        advice = f" Do: {_sentence(self.remedy)}" if self.remedy else ""
        return f"{_sentence(self.told)}{advice}"


class InputError(VapordepError):
    """What the user wrote is refused before anything is done; may gather several findings."""

    exit_status = 2
    _gathered: tuple["InputError", ...] = ()

    @classmethod
    def gather(cls, findings: Sequence["InputError"]) -> Self:
        """Make one error of `findings` (at least one) that prints each on its own line."""
        if not findings:
            raise ValueError("an error needs at least one finding")
        first = findings[0]
        error = cls(first.what, where=first.where, remedy=first.remedy)
        error._gathered = tuple(part for finding in findings for part in finding.findings)
        return error

    @property
    def findings(self) -> tuple["InputError", ...]:
        """The single findings, in the order in which they were found; an error alone is its own finding."""
        return self._gathered or (self,)

    def __str__(self) -> str:
        if len(self._gathered) < 2:
            return super().__str__()
        return "\n".join([f"{len(self._gathered)} findings.", *(str(finding) for finding in self._gathered)])


class FileError(InputError):
    """A file cannot be read or written, is not the YAML we take, or breaks its schema."""


class NotThere(InputError):
    """No run, file or page is called that."""


class TooLarge(InputError):
    """A file is larger than what is kept."""


class UnitError(InputError):
    """A quantity has no unit, an unknown one, or one of another dimension."""


class UnknownName(InputError):
    """No entry of a table of chemistry has this name; the remedy names near spellings."""


class RecipeError(InputError):
    """The reactor, the substrate or the chemistry forbids what a recipe asks."""


class ReactorError(InputError):
    """A reactor file is incomplete or contradicts itself."""


class InstrumentError(VapordepError):
    """An instrument did not do, or did not say, what it must; `where` names it."""


class LineLost(InstrumentError):
    """The port or socket is gone."""


class NoReply(InstrumentError):
    """No complete reply came before the deadline."""


class InstrumentBusy(NoReply):
    """It, or the gateway before it, says that it cannot answer now: it has done nothing, and may be asked again."""


class ProtocolError(InstrumentError):
    """The bytes received are none that the manual allows."""


class InstrumentRefused(InstrumentError):
    """The instrument understood the request and answered with an error of its own."""


class WrongInstrument(InstrumentError):
    """What answers is another model, address or unit than the reactor file names."""


class ReadbackMismatch(InstrumentError):
    """A setpoint reads back as something else than was written."""


class SafetyError(VapordepError):
    """The safety core refused or stopped something; `interlocks` are the ids of those that stand against it."""

    def __init__(self, what: str, *, where: str = "", remedy: str = "", interlocks: Sequence[str] = ()) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.interlocks = tuple(interlocks)


class CommandRefused(SafetyError):
    """The gate denied a command; `what` names the interlock and its terms."""


class NotArmed(SafetyError):
    """Outputs may not be driven before arming."""


class Tripped(SafetyError):
    """A latched interlock stands until it is acknowledged, its cause gone, and it is reset."""


class RunError(VapordepError):
    """A run cannot go on, or cannot be asked for."""


class TransitionRefused(RunError):
    """The run state does not know this verb."""


class NotInControl(RunError):
    """Who gives an order over the web does not have control: somebody else has it, or nobody."""


class StaleOrder(RunError):
    """An order was decided on something that has changed since, or is too old."""


class LinkError(VapordepError):
    """The engine cannot be reached, did not answer in time, or was asked something that is no message."""


class NoEngine(LinkError):
    """Nobody serves this reactor."""


class NoEngineYet(NoEngine):
    """No engine serves this reactor just now; its guardian is there and will start one."""


class ReactorInUse(LinkError):
    """Another process has this reactor: one reactor, one engine."""

    exit_status = 3


class AccessError(VapordepError):
    """Who asks the web process may not have that."""


class NotLoggedIn(AccessError):
    """Nobody is logged in, the session or the token is over, or name or password is wrong."""


class NotAllowed(AccessError):
    """The role of the person, or the scope of the token, does not give the right; or a foreign page asks."""


class NotConfirmed(NotAllowed):
    """What takes protection away, or says who may do what, needs the password once more; a token does not do it."""


class TooMany(AccessError):
    """It was tried too often, or by too many at once; `wait` s later it may be tried again."""

    def __init__(self, what: str, *, wait: float = 0.0, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.wait = wait


class TooManyTries(TooMany):
    """Passwords were tried too often."""


class TooManyListeners(TooMany):
    """The live stream has no room for one more."""


class HistoryError(VapordepError):
    """A recording or the catalogue cannot be written or read."""


class SimulationError(VapordepError):
    """Virtual time or a simulated instrument was used in a way that cannot work."""
