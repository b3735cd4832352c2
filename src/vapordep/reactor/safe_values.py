"""Safe values: from the words of a reactor file to what an output is driven to."""

from vapordep.errors import ReactorError
from vapordep.model.reactor import LEAVE, SafeValue
from vapordep.reactor.schema import DependentState, SafeValve

STATES = {"open": 1.0, "closed": 0.0}


def safe_valve(written: SafeValve | None, what: str, where: str) -> SafeValue:
    """The safe state of the valve `what`; raises ReactorError when none was written."""
    if written is None:
        raise missing(what, where, "closed")
    if written == "leave":
        return LEAVE
    if isinstance(written, DependentState):
        return SafeValue(1.0, depends_on=written.open_if, otherwise=STATES[written.otherwise])
    return SafeValue(STATES[written])


def safe_zone(written: str | float | None, off: float, what: str, where: str) -> SafeValue:
    """The safe setpoint of a heated zone in K; `off` is the setpoint in K at which its controller does not heat."""
    if written is None:
        raise missing(what, where, "off")
    if written == "leave":
        return LEAVE
    return SafeValue(off if isinstance(written, str) else written)


def missing(what: str, where: str, example: str) -> ReactorError:
    """The refusal of an output that does not say where it goes in the safe state."""
    return ReactorError(f"{what} has no safe value", where=where, remedy=f"write where it goes, such as `{example}`")
