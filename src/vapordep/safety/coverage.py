"""The coverage sheet: for each hazard of a reactor, what stands against it as one thing after the other fails.

Worked out from the reactor file alone. It claims no more than the file does: a watchdog inside an instrument, and
hardware that needs no computer, count only when they are written there.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from vapordep.devices.transports.resource import address
from vapordep.model.interlocks import Action, InterlockRule
from vapordep.model.protection import Failure, Hardware
from vapordep.model.reactor import Reactor
from vapordep.safety.conditions import names_in
from vapordep.safety.substances import incompatible_pairs

NOTHING = "nothing"
TAPE = "guardian's tape"
TITLES = {
    Failure.NONE: "vapordep lives",
    Failure.ENGINE_DEAD: "engine dead",
    Failure.PC_DEAD: "PC dead",
    Failure.COMMUNICATION_LOST: "line lost",
    Failure.STUCK: "relay or valve stuck",
}
"""How each column is headed."""
_HIGHEST = re.compile(r"\s*(?P<tag>\S+?)\s*<=?\s*(?P<limit>.+?)\s*")


@dataclass(frozen=True, slots=True)
class Hazard:
    """One hazard: the outputs that bring it about, and by failure what stands against it; empty when nothing does."""

    name: str
    outputs: tuple[str, ...]
    by: dict[Failure, tuple[str, ...]]

    def gaps(self) -> tuple[Failure, ...]:
        """The failures against which nothing stands."""
        return tuple(failure for failure in Failure if not self.by[failure])

    def as_json(self) -> dict[str, object]:
        """Plain data: by failure, whether it is covered and by what."""
        cells = {f.value: {"covered": bool(self.by[f]), "by": list(self.by[f])} for f in Failure}
        return {"hazard": self.name, "outputs": list(self.outputs), **cells}


@dataclass(frozen=True, slots=True)
class Coverage:
    """The whole sheet; `not_covered` are interlocks whose sensor the reactor lacks."""

    reactor: str
    guardian: bool
    hazards: tuple[Hazard, ...]
    not_covered: tuple[InterlockRule, ...] = ()

    def gaps(self, failure: Failure) -> tuple[str, ...]:
        """The hazards against which nothing stands in this failure."""
        return tuple(hazard.name for hazard in self.hazards if not hazard.by[failure])

    def as_json(self) -> dict[str, object]:
        """Plain data for `--json` and for the record of a run."""
        return {
            "reactor": self.reactor,
            "guardian": self.guardian,
            "hazards": [hazard.as_json() for hazard in self.hazards],
            "interlocks_not_covered": [
                {"id": rule.id, "require": list(rule.require), "protects": rule.protects} for rule in self.not_covered
            ],
        }


def coverage(
    reactor: Reactor, rules: Sequence[InterlockRule], *, guardian: bool, not_covered: Sequence[InterlockRule] = ()
) -> Coverage:
    """The sheet of one reactor with these interlocks in force; `guardian` whether a second process guards the run."""
    sheet = _Sheet(reactor, rules, guardian)
    return Coverage(reactor.name, guardian, tuple(sheet.hazards()), tuple(not_covered))


class _Sheet:
    """Works out one sheet."""

    def __init__(self, reactor: Reactor, rules: Sequence[InterlockRule], guardian: bool) -> None:
        self.reactor = reactor
        self.rules = rules
        self.guardian = guardian

    def hazards(self) -> Iterator[Hazard]:
        stage = self.reactor.stage
        foil = [f"{zone}.setpoint" for zone in (stage.zone, stage.surrounded_by) if zone]
        yield self._hazard("substrate too hot", foil, self._that_read(lambda tag: tag.startswith("foil.")))
        for zone in self.reactor.zones:
            yield self._hazard(f"heater {zone} runs away", [f"{zone}.setpoint"], (), self._over(f"{zone}.temperature"))
        yield from self._sources()
        yield from self._gases()
        yield from self._filament()

    def _sources(self) -> Iterator[Hazard]:
        sources = self.reactor.sources
        for name, source in sources.items():
            yield self._hazard(
                f"{name} flows without vacuum", [source.valve], self._against([source.valve], _reads_pressure)
            )
        for first, second in incompatible_pairs(self.reactor):
            valves = [sources[first].valve, sources[second].valve]
            apart = self._against(valves, lambda tag: tag == "sources.apart" or tag.endswith(".clearance"))
            yield self._hazard(f"{first} meets {second}", valves, apart)
        for rule in self.rules:
            if rule.hard and rule.guards and any(text.endswith(".covered") for text in rule.require):
                yield self._hazard(f"{rule.require[0].partition('.')[0]}, bare, is attacked", rule.guards, [rule])

    def _gases(self) -> Iterator[Hazard]:
        valves = [source.valve for source in self.reactor.sources.values()]
        purge = self.reactor.purge_line
        flows = self._against(valves, lambda tag: tag.startswith(f"{purge}."))
        yield self._hazard(f"purge gas {purge} fails", valves, flows)
        inputs = ("pump.", "exhaust.", "abatement.")
        pump = self._against(valves, lambda tag: tag.startswith(inputs) or _reads_pressure(tag))
        yield self._hazard("pump or exhaust fails", valves, pump)
        for name, line in self.reactor.lines.items():
            if name != purge:
                outputs = [f"{name}.flow_setpoint", *([line.valve] if line.valve else [])]
                yield self._hazard(f"gas {name} flows unwanted", outputs, self._of(outputs, f"{name}."))

    def _filament(self) -> Iterator[Hazard]:
        known = self.reactor.outputs
        outputs = [tag for tag, output in known.items() if tag.startswith("filament.") and output.hazardous]
        if outputs:
            yield self._hazard("filament on without vacuum, flow or cooling", outputs, self._of(outputs, "filament."))

    def _over(self, tag: str) -> tuple[str, ...]:
        """What trips when `tag` is too high, with its limit: one of 450 degC stops few fires."""
        found = [(rule, _HIGHEST.fullmatch(text)) for rule in self._that_read(tag.__eq__) for text in rule.require]
        return tuple(f"{_kind(r)} {r.id} at {m['limit']}" for r, m in found if m and m["tag"] == tag and r.trips)

    def _that_read(self, wanted: Callable[[str], bool]) -> list[InterlockRule]:
        """The interlocks that require something of a wanted tag; a warning stops nothing."""
        return [
            rule
            for rule in self.rules
            if rule.action is not Action.WARN and any(wanted(tag) for text in rule.require for tag in names_in(text))
        ]

    def _against(self, outputs: Iterable[str], wanted: Callable[[str], bool]) -> list[InterlockRule]:
        """Those that trip, and those that guard one of these outputs."""
        mine = set(outputs)
        return [rule for rule in self._that_read(wanted) if rule.trips or mine & set(rule.guards)]

    def _of(self, outputs: Iterable[str], start: str) -> list[InterlockRule]:
        """Those that guard one of these outputs, and trips about tags that begin so, or for the time they speak of."""
        mine = set(outputs)
        return [
            rule
            for rule in self._that_read(lambda tag: True)
            if mine & set(rule.guards)
            or (
                rule.trips
                and any(tag.startswith(start) for text in (rule.when, *rule.require) for tag in names_in(text))
            )
        ]

    def _hazard(
        self, name: str, outputs: Iterable[str], rules: Sequence[InterlockRule], told: Sequence[str] = ()
    ) -> Hazard:
        tags = tuple(dict.fromkeys(outputs))
        watchdogs, hardware = self._watchdogs(tags), self._hardware(tags)
        tape = self._tape(tags) if self.guardian else ()
        return Hazard(name, tags, {
            Failure.NONE: (*_told(rules), *told, *hardware(Failure.NONE)),
            Failure.ENGINE_DEAD: (*tape, *watchdogs, *hardware(Failure.ENGINE_DEAD)),
            Failure.PC_DEAD: (*watchdogs, *hardware(Failure.PC_DEAD)),
            Failure.COMMUNICATION_LOST: (*watchdogs, *hardware(Failure.COMMUNICATION_LOST)),
            Failure.STUCK: hardware(Failure.STUCK),
        })  # fmt: skip

    def _tape(self, tags: Sequence[str]) -> tuple[str, ...]:
        """The guardian's, where it can play all of these outputs, or a person has signed for those it cannot."""
        waived = {waiver.output: waiver for waiver in self.reactor.waivers}
        left = [tag for tag in tags if not self._on_tape(tag)]
        if any(tag not in waived for tag in left):
            return ()
        signed = (f"waived by {waived[tag].signed}: {waived[tag].protected_by}" for tag in left)
        return tuple(dict.fromkeys([*([TAPE] if len(left) < len(tags) else []), *signed]))

    def _on_tape(self, tag: str) -> bool:
        output = self.reactor.outputs[tag]
        instrument = self.reactor.instruments[output.cell.instrument]
        return not output.safe.leave and bool(address(instrument.line, instrument.options))

    def _watchdogs(self, tags: Sequence[str]) -> tuple[str, ...]:
        """Those of the instruments that drive these outputs; of no use when one of them has none."""
        drivers = [self.reactor.instruments[self.reactor.outputs[tag].cell.instrument] for tag in tags]
        named = dict.fromkeys(f"watchdog of {i.name}, {i.watchdog:g} s" for i in drivers if i.watchdog is not None)
        return tuple(named) if all(i.watchdog is not None for i in drivers) else ()

    def _hardware(self, tags: Sequence[str]) -> Callable[[Failure], tuple[str, ...]]:
        """What is written in the file; together it must stand at every one of these outputs."""

        def against(failure: Failure) -> tuple[str, ...]:
            mine = [item for item in self.reactor.hardware if failure in item.covers and set(tags) & set(item.outputs)]
            guarded = {tag for item in mine for tag in item.outputs}
            return tuple(_named(item) for item in mine) if set(tags) <= guarded else ()

        return against


def _named(item: Hardware) -> str:
    return f"{item.what} (tested {item.tested})"


def _told(rules: Sequence[InterlockRule]) -> tuple[str, ...]:
    """`permissive P3`, `trip P1`: what each does."""
    return tuple(f"{_kind(rule)} {rule.id}" for rule in rules)


def _kind(rule: InterlockRule) -> str:
    return "permissive" if not rule.trips else "trip" if rule.action is Action.SAFE else "hold"


def _reads_pressure(tag: str) -> bool:
    return tag.partition(".")[2].partition("[")[0] in ("pressure", "evacuated")
