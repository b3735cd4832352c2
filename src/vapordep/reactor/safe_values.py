"""Safe values: from the words of a reactor file to what an output is driven to."""

from vapordep.errors import ReactorError
from vapordep.model.outputs import LEAVE, SafeValue
from vapordep.reactor.schema.vessel import DependentState, SafeValve

STATES = {"open": 1.0, "closed": 0.0}


def safe_valve(written: SafeValve | None, what: str, where: str) -> SafeValue:
    """The safe state of the valve `what`; raises ReactorError when none was written."""
    if written is None:
        raise missing(what, where, "closed")
    if written == "leave":
        return LEAVE
    if isinstance(written, DependentState):
        names = (written.open_if,) if isinstance(written.open_if, str) else tuple(written.open_if)
        return SafeValue(1.0, depends_on=names, otherwise=STATES[written.otherwise])
    return SafeValue(STATES[written])


def safe_zone(written: str | float | None, off: float, zone: str, where: str) -> SafeValue:
    """The safe setpoint of a heated zone in K; `off` is the setpoint in K at which its controller does not heat."""
    if written is None:
        raise missing(f"{zone}.setpoint", where, "off")
    if written == "leave":
        return LEAVE
    if written == "until_cold":
        return SafeValue(None, depends_on=(f"{zone}.needed",), otherwise=off)
    return SafeValue(off if isinstance(written, str) else written)


def missing(what: str, where: str, example: str) -> ReactorError:
    """The refusal of an output that does not say where it goes in the safe state."""
    return ReactorError(f"{what} has no safe value", where=where, remedy=f"write where it goes, such as `{example}`")
