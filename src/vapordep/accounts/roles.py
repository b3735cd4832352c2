"""Roles of people, and what each role may do. A right is given by name; what is not given is denied."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from vapordep.errors import InputError


class Role(StrEnum):
    """What a person is trusted with; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    """Looks, and may abort."""
    TRAINEE = "trainee"
    """Runs the recipes that are shipped, within their bounds; dry-runs every recipe."""
    OPERATOR = "operator"
    """Runs recipes."""
    ENGINEER = "engineer"
    """Changes recipes and limits."""
    ADMIN = "admin"
    """Keeps the accounts."""


class Right(StrEnum):
    """What a request needs. Every route names one."""

    READ = "read"
    """See the reactor, its values and its history."""
    ABORT = "abort"
    """Drive the safe state now. Everybody who is logged in has it."""
    RUN = "run"
    """Take control, start shipped recipes and steer their runs, hold and stop any run, acknowledge alarms, dry-run."""
    OPERATE = "operate"
    """Start every recipe and steer its run, amend and continue runs, arm, command outputs, reset and shelve alarms."""
    ENGINEER = "engineer"
    """Save recipes, change limits, bypass interlocks, take alarms out of service."""
    ADMINISTER = "administer"
    """See accounts, tokens and what was done with them."""


_VIEWER = frozenset({Right.READ, Right.ABORT})
_TRAINEE = _VIEWER | {Right.RUN}
_OPERATOR = _TRAINEE | {Right.OPERATE}
_ENGINEER = _OPERATOR | {Right.ENGINEER}
RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.VIEWER: _VIEWER,
        Role.TRAINEE: _TRAINEE,
        Role.OPERATOR: _OPERATOR,
        Role.ENGINEER: _ENGINEER,
        Role.ADMIN: frozenset(Right),
    }
)
"""What each role may do."""


def role_from(text: str) -> Role:
    """The role of that name; raises InputError with all names."""
    try:
        return Role(text.strip().lower())
    except ValueError:
        raise InputError(f"there is no role {text!r}", remedy=f"one of {', '.join(Role)}") from None


def scope_from(text: str) -> frozenset[Right]:
    """Rights by name, commas between them; raises InputError with all names, and for none at all."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Right)]
    if unknown or not names:
        what = f"there is no right {unknown[0]!r}" if unknown else "a token needs a scope"
        raise InputError(what, remedy=f"some of {', '.join(Right)}, commas between them")
    return frozenset(Right(name) for name in names)
