"""Interlocks compiled against the tag table: their conditions parsed, and what stands against each at an instant."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

from vapordep.errors import ReactorError
from vapordep.model.interlocks import InterlockRule
from vapordep.model.tags import Tag
from vapordep.safety.conditions import (
    FALSE,
    TRUE,
    UNKNOWN,
    Condition,
    Latest,
    Truth,
    names_in,
    parse_condition,
    with_deadband,
)

CHECK_SILENT = "check cable, power and sensor of what is silent"


@dataclass(frozen=True, slots=True)
class Unmet:
    """One condition that is not true: its text, whether it is false or unknown, and what was measured."""

    term: str
    truth: Truth
    text: str


def measured(unmet: Iterable[Unmet]) -> str:
    """What was not true, each thing once: two limits of a silent tag say the same."""
    return "; ".join(dict.fromkeys(each.text for each in unmet))


@dataclass(frozen=True, slots=True)
class Interlock:
    """A rule with its conditions parsed; `tags` are all that it reads."""

    rule: InterlockRule
    when: Condition | None
    require: tuple[Condition, ...]
    tags: tuple[Tag, ...]
    release: tuple[Condition, ...] = ()
    """What must be true again before its cause counts as gone; empty where that is `require`."""

    def satisfied(self, latest: Latest, now: float, *, released: bool) -> bool:
        """Whether nothing stands against it at the instant `now` (s): it does not apply, or all of it is true.

        With `released`, all of it by its deadband.
        """
        if self.when is not None and self.when.judge(latest, now) is FALSE:
            return True
        # a plain loop: this runs on every sample, and a generator costs as much as the comparison
        for condition in (self.release or self.require) if released else self.require:
            if condition.judge(latest, now) is not TRUE:
                return False
        return True

    def unmet(self, latest: Latest, now: float) -> tuple[Unmet, ...]:
        """The conditions that are not true; none when the interlock does not apply at the instant `now` (s)."""
        if self.when is not None and self.when.judge(latest, now) is FALSE:
            return ()
        judged = [(condition, condition.judge(latest, now)) for condition in self.require]
        return tuple(Unmet(c.text, truth, c.explain(latest, now)) for c, truth in judged if truth is not TRUE)

    def remedy(self, unmet: Iterable[Unmet]) -> str:
        """What to do about these of its conditions; where nothing is heard, its own remedy would mislead."""
        return CHECK_SILENT if all(term.truth is UNKNOWN for term in unmet) else self.rule.remedy


@dataclass(frozen=True, slots=True)
class Trip:
    """An interlock that acted at the instant `time` (s), and what was not true then."""

    rule: InterlockRule
    time: float
    unmet: tuple[Unmet, ...]

    @property
    def id(self) -> str:
        """The interlock's id."""
        return self.rule.id

    @property
    def measured(self) -> str:
        """What was not true, in words."""
        return measured(self.unmet)


@dataclass(frozen=True, slots=True)
class Compiled:
    """All interlocks of a reactor: those that can be evaluated, and those whose sensor the reactor lacks."""

    interlocks: tuple[Interlock, ...]
    not_covered: tuple[InterlockRule, ...] = ()
    guards: Mapping[str, tuple[Interlock, ...]] = field(default_factory=dict)
    """The permissives of each output, by its tag."""


def compile_rules(
    rules: Iterable[InterlockRule],
    tags: Mapping[str, Tag],
    outputs: Container[str],
    lacking: Container[str] = frozenset(),
) -> Compiled:
    """Parses every condition.

    A rule that reads a tag of `lacking`, the sensors that the reactor is known not to have, is not covered; a hard
    rule never is. Raises ReactorError for an unknown tag, what is no condition, and a guarded output that is none.
    """
    compiled, not_covered = [], []
    for rule in rules:
        if not rule.hard and any(name in lacking for name in _names(rule)):
            not_covered.append(rule)
        else:
            compiled.append(_compiled(rule, tags, outputs))
    guarded = dict.fromkeys(tag for interlock in compiled for tag in interlock.rule.guards)
    guards = {tag: tuple(i for i in compiled if tag in i.rule.guards) for tag in guarded}
    return Compiled(tuple(compiled), tuple(not_covered), guards)


def _names(rule: InterlockRule) -> list[str]:
    return [name for text in (rule.when, *rule.require) for name in names_in(text)]


def _compiled(rule: InterlockRule, tags: Mapping[str, Tag], outputs: Container[str]) -> Interlock:
    for tag in rule.guards:
        if tag not in outputs:
            raise ReactorError(
                f"interlock {rule.id} guards {tag!r}, which is no output", where=rule.where, remedy="guard an output"
            )
    if not rule.require:
        raise ReactorError(
            f"interlock {rule.id} requires nothing", where=rule.where, remedy="say under `require` what must be true"
        )
    when = parse_condition(rule.when, tags, where=rule.where) if rule.when else None
    require = tuple(parse_condition(text, tags, where=rule.where) for text in rule.require)
    names = dict.fromkeys(name for c in (*require, *([when] if when else [])) for name in c.tags)
    release = with_deadband(require, rule.deadband, where=rule.where) if rule.deadband else ()
    return Interlock(rule, when, require, tuple(tags[name] for name in names), release)
