"""The check: a plan against reactor, substrate and chemistry, every step and ramp, before anything is executed."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import field, replace

from vapordep.chemistry import Substrate
from vapordep.errors import InputError
from vapordep.files import KeyPath
from vapordep.lazy import dataclass
from vapordep.model.plan import Block, Plan, Turn
from vapordep.model.reactor import Reactor
from vapordep.model.steady_steps import LetIn
from vapordep.model.steps import Dose, Load, Prompt, Step
from vapordep.reactor.table import tag_table, with_derived
from vapordep.recipe.case import Case
from vapordep.recipe.estimate import estimate
from vapordep.recipe.failing import of_endings, of_failing
from vapordep.recipe.findings import Finding, Severity
from vapordep.recipe.foretold.exposure import of_dose
from vapordep.recipe.foretold.situation import BEGINNING, Situation
from vapordep.recipe.resume.rest import capped
from vapordep.recipe.rules import doses
from vapordep.recipe.rules.checkpoints import of_checkpoints
from vapordep.recipe.rules.doubts import doubts, of_polymers
from vapordep.recipe.schema import LONGEST, MOST_CYCLES, TOGETHER
from vapordep.recipe.steps import after, of_step
from vapordep.safety.substances import attacking_lines, foil_trip
from vapordep.units import Dimension, format_si

Where = Callable[[KeyPath], str]
"""The `file:line` of a part of the recipe file."""


def judge(plan: Plan, reactor: Reactor, substrate: Substrate, where: Where) -> tuple[Finding, ...]:
    """Everything found, each once, in the order of the plan. Its cost does not grow with the counts of the loops."""
    found = list(_whole(plan, reactor, substrate, where))
    try:
        tags = with_derived(tag_table(reactor), reactor, substrate)
        limit = foil_trip(reactor, substrate, tags).highest_setpoint
    except InputError as error:
        return (*found, Finding("T1", error.what, where(("substrate",)), error.remedy))
    walk = Walk(Case.of(reactor, substrate, tags, limit), found)
    situation = walk.steps(plan.steps, BEGINNING)
    walk.steps(plan.finally_steps, situation)
    found += walk.bottles(plan)
    if plan.cap:
        closing = capped(plan)
        walk.steps(closing.finally_steps, walk.steps(closing.steps, BEGINNING))
        found += walk.bottles(closing)
    found += _length(plan, reactor, where)
    return tuple(dict.fromkeys(found))


def _whole(plan: Plan, reactor: Reactor, substrate: Substrate, where: Where) -> Iterator[Finding]:
    """What is wrong before the first step."""
    if not set(plan.process.split(TOGETHER)) <= set(reactor.processes):
        able = ", ".join(reactor.processes)
        what = f"the reactor {reactor.name} does not do {plan.process}"
        yield Finding("R-PROCESS", what, where(("process",)), f"it does {able}: take another reactor")
    if substrate.name not in reactor.substrates:
        able = ", ".join(reactor.substrates)
        what = f"the reactor {reactor.name} is not meant for {substrate.name}"
        yield Finding("R-SUBSTRATE", what, where(("substrate",)), f"it takes {able}: take another reactor")
    if reactor.purge_line in attacking_lines(reactor, substrate):
        gas = reactor.lines[reactor.purge_line].gas
        what = f"the purge gas {gas} attacks {substrate.name}"
        yield Finding("R-GAS", what, where(("substrate",)), "take a reactor that purges with argon")
    yield from of_checkpoints(plan)
    yield from of_endings(plan)
    for steps in (plan.steps, plan.cap, plan.finally_steps):
        yield from _layers(steps)
    if plan.changeover and not _asks(plan.steps):
        what = "after a changeover the walls count as bare, but nobody is asked whether they are"
        yield Finding(
            "R-CHANGE", what, where(("changeover",)), "add a `load` or a `prompt` that says what is to be done"
        )
    if plan.prime is not None and not _calls(plan.steps, plan.prime):
        what = "the section `prime` is never called"
        yield Finding("R-PRIME", what, where(("prime",)), "add the step `- prime` once the stage is hot")


def _layers(steps: tuple[Step, ...], around: str = "") -> Iterator[Finding]:
    """What grows belongs to one layer: a layer holds no other."""
    for block in steps:
        if isinstance(block, Block):
            if block.layer and around:
                what = f"the layer {block.layer!r} lies within the layer {around!r}"
                yield Finding("R-LOOP", what, block.where, "name a `layer` at only one of the two loops")
            yield from _layers(block.steps, around or block.layer)


def _asks(steps: tuple[Step, ...]) -> bool:
    """Whether a person is asked for anything."""
    return any(isinstance(step, Prompt | Load) or (isinstance(step, Block) and _asks(step.steps)) for step in steps)


def _calls(steps: tuple[Step, ...], wanted: Block) -> bool:
    return any(step is wanted or (isinstance(step, Block) and _calls(step.steps, wanted)) for step in steps)


def _length(plan: Plan, reactor: Reactor, where: Where) -> Iterator[Finding]:
    total = estimate(plan, reactor).total
    if total > LONGEST:
        what = (
            f"the run would take {format_si(total, Dimension.TIME)}; {format_si(LONGEST, Dimension.TIME)} is the most"
        )
        yield Finding("R-TIME", what, where(("steps",)), "lower the counts of the loops")


@dataclass(slots=True)
class Walk:
    """Goes through a plan once, through each loop at most twice, and gathers what is found on the way."""

    case: Case
    found: list[Finding]
    amounts: dict[Dose, float] = field(default_factory=dict)
    """What each dose takes from its bottle at most, in mol."""
    doubted: set[str] = field(default_factory=set)
    """Sources whose numbers were looked at: a cap doses them again."""

    def steps(self, steps: tuple[Step, ...], situation: Situation, cycles: int = 1) -> Situation:
        """Judges steps that are done `cycles` times in all; returns the situation after them."""
        for step in steps:
            match step:
                case Block(varies=True):
                    situation = self._varied(step, situation, cycles)
                case Block():
                    situation = self._block(step, situation, cycles)
                case _:
                    situation = self._step(step, situation)
        return situation

    def bottles(self, plan: Plan) -> Iterator[Finding]:
        """What is found over the whole plan: bottles that run empty, numbers that nobody has measured."""
        used: dict[str, float] = {}
        first: dict[str, str] = {}
        for step, times in plan.leaves():
            if isinstance(step, Dose):
                first.setdefault(step.source, step.where)
                used[step.source] = used.get(step.source, 0.0) + times * self.amounts.get(step, 0.0)
        yield from doses.of_bottles(used, first, self.case)
        new = {name: place for name, place in first.items() if name not in self.doubted}
        self.doubted |= new.keys()
        yield from doubts(new, self.case)
        yield from self._polymers(plan)

    def _polymers(self, plan: Plan) -> Iterator[Finding]:
        """How fast the monomers grow that it lets in, told once."""
        where: dict[str, str] = {}
        for step, _ in plan.leaves():
            if isinstance(step, LetIn):
                for name, flow in step.flows.items():
                    if flow != 0.0:
                        where.setdefault(name, step.where)
        new = {name: place for name, place in where.items() if name not in self.doubted}
        self.doubted |= new.keys()
        yield from of_polymers(new, self.case)

    def _step(self, step: Step, situation: Situation) -> Situation:
        self.found += of_step(step, situation, self.case)
        self.found += of_failing(step, situation, self.case)
        if isinstance(step, Dose):
            given = of_dose(step, situation, self.case.reactor)
            self.amounts[step] = max(self.amounts.get(step, 0.0), given.amount if given else 0.0)
        later = after(situation, step, self.case.reactor)
        return doses.with_coverage(later, step, situation, self.case)

    def _block(self, block: Block, before: Situation, cycles: int) -> Situation:
        """Walks a loop again when a cycle leaves the reactor other than it found it; a third time brings no news."""
        total = cycles * block.count
        if total > MOST_CYCLES:
            what = f"the steps of {block.name!r} would be done {total:,} times; {MOST_CYCLES:,} is the most"
            remedy = "lower this count, or that of a loop around it"
            self.found.append(Finding("R-LOOP", what, block.where, remedy))
        situation = self.steps(block.steps, before, total)
        if block.count > 1 and situation != before:
            situation = self.steps(block.steps, situation, total)
        return situation

    def _varied(self, block: Block, situation: Situation, cycles: int) -> Situation:
        """Walks every turn of a loop that varies; what is wrong in several of them is told once, of the first."""
        known, before = self.found, len(self.found)
        first: dict[tuple[str, str, Severity], tuple[Finding, Turn]] = {}
        again: Counter[tuple[str, str, Severity]] = Counter()
        for turn in block.steps:
            if not isinstance(turn, Block) or turn.turn is None:
                continue
            situation = self._block(turn, situation, cycles)
            again.update({(found.code, found.where, found.severity) for found in known[before:]})
            for found in known[before:]:
                first.setdefault((found.code, found.where, found.severity), (found, turn.turn))
            del known[before:]
        known += (_in_cycle(found, block.name, turn, again[key] - 1) for key, (found, turn) in first.items())
        return situation


def _in_cycle(finding: Finding, name: str, turn: Turn, others: int) -> Finding:
    """The finding with the cycle in which it comes up first."""
    more = f", and in {others} later {'ones' if others > 1 else 'one'} that differ" if others else ""
    return replace(finding, message=f"{finding.message} (in cycle {turn.first} of {turn.total} of {name!r}{more})")
