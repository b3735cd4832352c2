"""The coverage sheet of a reactor file: its own interlocks and the hard ones of what is coated in it."""

from collections.abc import Collection, Sequence

from vapordep.chemistry import Substrate, substrate
from vapordep.model.interlocks import InterlockRule
from vapordep.model.reactor import Reactor
from vapordep.reactor import tag_table
from vapordep.safety.coverage import Coverage, coverage
from vapordep.safety.protection import Rules


def coverage_of(
    reactor: Reactor, coated: Sequence[Substrate], guardian: bool, bypassed: Collection[str] = ()
) -> Coverage:
    """What stands against each hazard with these substrates on the stage; `guardian` whether one guards the run.

    What is `bypassed` just now, by id, stands against nothing.
    """
    rules: dict[tuple[str, tuple[str, ...]], InterlockRule] = {}
    lacking: dict[str, InterlockRule] = {}
    for one in coated:
        others = frozenset(f"{name}.covered" for name in reactor.substrates if name != one.name)
        compiled = Rules(reactor, one, tag_table(reactor), lacking=others).compiled
        rules |= {(i.rule.id, i.rule.require): i.rule for i in compiled.interlocks if i.rule.id not in bypassed}
        lacking |= {rule.id: rule for rule in compiled.not_covered}
    return coverage(reactor, tuple(rules.values()), guardian=guardian, not_covered=tuple(lacking.values()))


def coverage_of_file(reactor: Reactor, *, guardian: bool = False, bypassed: Collection[str] = ()) -> Coverage:
    """The same for all that a reactor file says is coated there."""
    return coverage_of(reactor, [substrate(name) for name in reactor.substrates], guardian, bypassed)
