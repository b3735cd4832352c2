"""Where a run broke off, from its record alone: whole cycles, the last dose, and the place from which it can go on."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

from vapordep.errors import HistoryError, RecipeError
from vapordep.history.database.rows import PlannedPulse
from vapordep.lazy import dataclass
from vapordep.model.events import Event, Kind, Value
from vapordep.model.place import BEGINNING, Cursor, Place, Section, levels, no_resume, read, written
from vapordep.model.plan import Block, Plan
from vapordep.model.pulses import PulseIntent, PulseRecord, Verdict
from vapordep.model.run import Decision, RunState
from vapordep.model.steps import Dose, Purge, Step
from vapordep.recipe.resume.amend import amend, amendment_of
from vapordep.recipe.resume.rest import capped, going_on, grew_steadily

Pulse = PulseRecord | PlannedPulse
LINKS = "links"
"""The note of a run in which `link` stands."""
NOT_TAKEN_UP = "film and chamber are not what they were as it grew; make a new run for what is missing"
AGAIN = " again"
"""How the step of a dose ends that was given once more because it was weak."""


@dataclass(frozen=True, slots=True)
class LayerDone:
    """A loop that deposits: how many of its cycles are whole, of how many."""

    name: str
    whole: int
    planned: int


@dataclass(frozen=True, slots=True)
class LastDose:
    """The last dose of a run; `half` is which of its cycle's it is, `dose 1 of 2`."""

    source: str
    step: str
    half: str


@dataclass(frozen=True, slots=True)
class BrokenOff:
    """The state of a run that ended before its plan. `plan` has every amendment; `place` is where it goes on."""

    plan: Plan
    place: Cursor
    section: Section
    layers: tuple[LayerDone, ...]
    last: LastDose | None
    """Given whole for sure."""
    perhaps: LastDose | None
    """After that one, and nobody knows whether it was given, or how much of it."""
    checkpoints: tuple[str, ...]
    doses: int
    """How many were given for sure."""
    growing: bool = False
    """Whether it broke off as a film grew steadily, or after that."""

    @property
    def complete(self) -> bool:
        """Whether every step of the plan was done; `finally` may still be missing."""
        return self.place == (Place(len(self.plan.steps)),)

    @property
    def no_resume(self) -> str:
        """Why it cannot go on where it broke off; empty where it can."""
        return NOT_TAKEN_UP if self.growing else no_resume(self.plan.steps, self.place)


def broken_off(plan: Plan, events: Sequence[Event], pulses: Sequence[Pulse]) -> BrokenOff:
    """The state of a run of `plan`, also of one whose process was killed at any instant.

    An intent without its end counts as perhaps given, unless the run went on to announce the dose after it. A cycle
    is whole when every dose of it was given and only purges come after the last: what follows purges longer.
    """
    now, section = as_amended(plan, events), Section.STEPS
    given = tuple(_given(pulses))
    place, reached = BEGINNING, -math.inf
    for event in events:
        part, cursor = _placed(event)
        if part in (Section.CAP, Section.FINALLY):
            section = part
        elif part is Section.STEPS:
            place, reached = cursor, event.time
    growing = not _done(events) and grew_steadily(now, place)
    if place:
        place = _beyond(now, place, [pulse for pulse in given if pulse.planned_open >= reached])
    if _done(events):
        place = (Place(len(now.steps)),)
    marks = tuple(str(event.data["checkpoint"]) for event in events if event.kind is Kind.CHECKPOINT)
    layers = tuple(layers_done(now.steps, place))
    last = given[-1] if given else None
    later = [p.intent for p in pulses if not _refused(p) and (last is None or p.intent.number > last.number)]
    perhaps = later[-1] if later else None
    return BrokenOff(now, place, section, layers, _told(now, last), _told(now, perhaps), marks, len(given), growing)


def as_amended(plan: Plan, events: Sequence[Event]) -> Plan:
    """A plan with all that was amended while it ran."""
    return _with(plan, _amendments(events))


def link(notes: Mapping[str, str], events: Sequence[Event], decision: Decision, place: Cursor) -> str:
    """What a run that goes on keeps of the one before it, so that its own plan can be made from the recipe again."""
    amended = [[written(position), dict(data)] for position, data in _amendments(events)]
    one = {"amended": amended, "decision": str(decision), "place": written(place)}
    return json.dumps([*json.loads(notes.get(LINKS, "[]")), one])


def begun_with(plan: Plan, notes: Mapping[str, str]) -> Plan:
    """The plan with which a run began: that of its recipe, or what the runs before it had left of that.

    Raises HistoryError when the notes of the run cannot be read.
    """
    try:
        for one in json.loads(notes.get(LINKS, "[]")):
            plan = _with(plan, [(read(position), data) for position, data in one["amended"]])
            plan = capped(plan) if one["decision"] == Decision.CAP else going_on(plan, read(one["place"]))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise HistoryError(f"where the run went on cannot be read ({error!r})", remedy="see `runs verify`") from error
    return plan


def _amendments(events: Sequence[Event]) -> Iterator[tuple[Cursor, Mapping[str, Value]]]:
    """Each amendment with the place at which the run was."""
    position = BEGINNING
    for event in events:
        part, cursor = _placed(event)
        if part is Section.STEPS:
            position = cursor
        if event.kind is Kind.AMENDMENT and amendment_of(event.data) is not None:
            yield position, event.data


def _with(plan: Plan, amendments: Iterable[tuple[Cursor, Mapping[str, Value]]]) -> Plan:
    for position, data in amendments:
        amendment = amendment_of(data)
        if amendment is not None:
            plan = amend(plan, amendment, position, under_way=False).plan
    return plan


def _placed(event: Event) -> tuple[Section | None, Cursor]:
    """The place that an event tells of: what began there."""
    text = event.data.get("place")
    if not isinstance(text, str) or event.kind not in (Kind.CYCLE, Kind.STEP):
        return None, BEGINNING
    part, _, cursor = text.partition(" ")
    try:
        return Section(part), read(cursor)
    except ValueError:
        raise RecipeError(
            f"the record tells of {text!r}, which is no place in a plan", remedy="see `vapordep runs verify`"
        ) from None


def _given(pulses: Sequence[Pulse]) -> Iterator[PulseIntent]:
    """The doses that were given whole for sure."""
    last = max((pulse.intent.number for pulse in pulses), default=0)
    for pulse in pulses:
        known = isinstance(pulse, PulseRecord) and math.isfinite(pulse.commanded_close)
        went_on = isinstance(pulse, PlannedPulse) and pulse.intent.number < last
        if known or went_on:
            yield pulse.intent


def _refused(pulse: Pulse) -> bool:
    """Whether it was surely not given."""
    return isinstance(pulse, PulseRecord) and pulse.verdict is Verdict.REFUSED


def _beyond(plan: Plan, place: Cursor, given: Sequence[PulseIntent]) -> Cursor:
    """Past the cycle that began last if it is whole, else its beginning; any other step is done again."""
    *_, (block, steps, here) = levels(plan.steps, place)
    if block is None or not (block.innermost and block.deposits):
        return place
    doses = [step for step in steps if isinstance(step, Dose)]
    last = max(index for index, step in enumerate(steps) if isinstance(step, Dose))
    sources = iter([pulse.source for pulse in given if not pulse.step.endswith(AGAIN)])
    wanted = [dose.source for dose in doses for _ in range(dose.pulses)]
    every = all(source in sources for source in wanted)  # each after the one before it
    whole = every and all(isinstance(step, Purge) for step in steps[last + 1 :])
    return (*place[:-1], Place(0, here.cycle + whole))


def _done(events: Sequence[Event]) -> bool:
    """Whether a run came to `finally` because its steps were done, not because it was stopped."""
    for event in events:
        if _placed(event)[0] is Section.FINALLY:
            return True
        if event.kind is Kind.RUN and event.data.get("state") in (RunState.STOPPING, RunState.ABORTING):
            return False
    return False


def _told(plan: Plan, intent: PulseIntent | None) -> LastDose | None:
    return None if intent is None else LastDose(intent.source, intent.step, _half(plan, intent))


def _half(plan: Plan, intent: PulseIntent) -> str:
    """Which dose of its cycle it is, for people."""
    name = intent.step.partition("[")[0]
    for block in _blocks(plan):
        sources = [step.source for step in block.steps if isinstance(step, Dose)]
        if block.name == name and intent.source in sources:
            return f"dose {sources.index(intent.source) + 1} of {len(sources)}"
    return ""


def _blocks(plan: Plan) -> Iterator[Block]:
    pending: list[Step] = [*plan.steps, *plan.cap]
    while pending:
        step = pending.pop(0)
        if isinstance(step, Block):
            yield step
            pending = [*step.steps, *pending]


def layers_done(steps: tuple[Step, ...], place: Cursor, done: int = 0, turns: int = 1) -> Iterator[LayerDone]:
    """Every loop that deposits and holds no other, for a run at `place`; of what is around it `done` of `turns`.

    Whole cycles are those before the one in which `place` lies.
    """
    for index, step in enumerate(steps):
        if not isinstance(step, Block) or not step.deposits:
            continue
        passed = bool(place) and index < place[0].step
        inside = place[1:] if place and index == place[0].step else BEGINNING
        cycles = step.count * (done + passed) + (inside[0].cycle if inside else 0)
        if step.varies:
            yield from _summed(layers_done(step.steps, inside, cycles, step.count * turns))
        elif step.innermost:
            yield LayerDone(step.name, cycles, step.count * turns)
        else:
            yield from layers_done(step.steps, inside, cycles, step.count * turns)


def _summed(layers: Iterator[LayerDone]) -> Iterator[LayerDone]:
    """Loops of one name as one: the cycles of a loop that varies are in several."""
    sums: dict[str, LayerDone] = {}
    for layer in layers:
        so_far = sums.get(layer.name, LayerDone(layer.name, 0, 0))
        sums[layer.name] = LayerDone(layer.name, so_far.whole + layer.whole, so_far.planned + layer.planned)
    yield from sums.values()
