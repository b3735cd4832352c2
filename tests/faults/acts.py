"""Acts: short runs on several reactors that together reach every await of engine and safety core."""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.faults.act_reactors import (
    Slow,
    file,
    guarded,
    made_anew,
    rate,
    seeing_only_vacuum,
    timed_by_the_board,
    told_of_its_pump,
    with_a_bug,
    with_dead_man,
    with_limits,
    with_motor,
    with_plasma,
    with_weak_supply,
)
from tests.faults.act_scripts import (
    capped,
    cut_off,
    dead_man,
    held_as_it_burns,
    held_as_it_grows,
    held_as_it_opens,
    held_for_long,
    held_while_pumped,
    open_as_it_is_held,
    opened_by_hand,
    refused_at_the_second_try,
    stopped_when_held,
    unsteady,
    until_lines_are_cold,
    whole,
)
from tests.recipes.test_icvd import COMPACT, WARM
from tests.scenarios.rigs import (
    CARRIER,
    HOT,
    Faults,
    Notebook,
    Scene,
    Script,
    dose,
    glovebox,
    large,
    plan,
    play,
    purge,
    repeat,
)
from tests.scenarios.stories import COVER, STARVED, STORIES, asking, degrees
from tests.scenarios.test_weak_doses import recipe as weakened
from tests.scenarios.test_weak_doses import spoilt
from vapordep.engine.run import Run
from vapordep.errors import SafetyError, TransitionRefused
from vapordep.model.plan import Branch, OnWeak, Parallel, Plan
from vapordep.model.reactor import Reactor
from vapordep.model.run import RunState, Verb
from vapordep.model.steady_steps import Blind, Deposit, Leg, LetIn, Light, Treat, Zero
from vapordep.model.steps import (
    ChangeOver,
    Cool,
    Dose,
    Flow,
    FlowCheck,
    Heat,
    IfFails,
    LeakCheck,
    Load,
    Otherwise,
    Prompt,
    Pump,
    PumpPurge,
    Ramp,
    Rest,
    Set,
    Stabilise,
    Step,
    Unload,
    Vent,
    Wait,
)
from vapordep.recipe import read_recipe
from vapordep.simulation.faults import FrontPanel, Mute
from vapordep.units import sccm, to_si

S, V = RunState, Verb


@dataclass(frozen=True)
class Act:
    """What is played while an exception is raised somewhere, and how it ends where none is."""

    plan: Plan
    script: Script | None = None
    ends: RunState = S.COMPLETE
    reactor: Callable[[], Reactor] = glovebox
    hot: Any = HOT
    faults: Callable[[], Faults] = dict
    attended: bool = True
    wire: bool = True
    cuttable: bool = False
    prepare: Callable[[Run], None] | None = None
    beside: Script | None = None
    afterwards: Script | None = None
    book: Callable[[], Notebook] = Notebook
    last: bool = False
    """Whether what strikes here ends the program, in its last try to make safe: the guardian does the rest."""

    def play(self, *, whatever_comes: bool = True) -> Scene:
        """To its end, whatever that is; else to the end that it should have."""
        script = tolerant(self.script) if whatever_comes else self.script
        scene = play(
            self.plan, script, check=False, within=7200.0, reactor=self.reactor(), hot=self.hot, faults=self.faults(),
            attended=self.attended, wire=self.wire, cuttable=self.cuttable, prepare=self.prepare, beside=self.beside,
            afterwards=self.afterwards, book=self.book(),
        )  # fmt: skip
        if not whatever_comes:
            assert scene.run.state is self.ends, f"{scene.run.state}: {scene.run.reason}"
            assert scene.error is None
        return scene


def tolerant(script: Script | None) -> Script | None:
    """The script, which ends where the run, struck, has ended before it."""

    async def follow(scene: Scene) -> None:
        with suppress(AssertionError, TransitionRefused, SafetyError):
            await script(scene)  # type: ignore[misc]

    return None if script is None else follow


def told(name: str, script: Script | None = None) -> Act:
    """A story that is known from elsewhere, foretold."""
    story = STORIES[name]
    return Act(
        story.plan, story.script or script, story.ends, hot=story.hot, faults=story.faults, attended=story.attended,
        wire=False,
    )  # fmt: skip


@cache
def grown() -> Plan:
    """A thin film by iCVD, at once."""
    text = COMPACT.replace("  - filament: {temperature", "  - zero: crystal\n  - filament: {temperature")
    text = text.replace("steady: 60 s", "steady: 10 s") + "  - throttle: {position: open}\n"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "compact.yaml"
        path.write_text(text, encoding="utf-8")
        return read_recipe(path, file("icvd")).plan


def led() -> Plan:
    """Vapour through a needle half open, a film while the other flow goes down, and a flow that is proven."""
    *before, _ = (replace(step, places={"DMAMS": 0.5}) if _of_monomer(step) else step for step in grown().steps)
    legs = (Leg(5.0), Leg(10.0, {"TBPO": to_si(0.55, sccm)}))
    return replace(
        grown(),
        steps=(*before, Deposit(thickness=None, duration=20.0, blind=Blind.STOP, legs=legs)),
        finally_steps=(*grown().finally_steps, PROVEN),
    )


def never_hot() -> Plan:
    """The filament does not come near enough in time."""
    hasty = (replace(step, within=1.0, tolerance=1e-6) if isinstance(step, Light) else step for step in grown().steps)
    return replace(grown(), steps=tuple(hasty))


def proven() -> Plan:
    """A flow that is proven while another source stands open."""
    let_in = (step for step in grown().steps if not isinstance(step, Light | Zero | Deposit))
    return replace(grown(), steps=(*let_in, PROVEN))


def _of_monomer(step: Step) -> bool:
    return isinstance(step, LetIn) and "DMAMS" in step.flows


PROVEN = FlowCheck(source="TBPO", flow=to_si(0.6, sccm), tolerance=0.5, duration=10.0)
HEAT = Heat(targets={"stage": HOT + 1.0}, rate=0.1, tolerance=2.0, timeout=60.0)
LAYER = repeat(3, dose(), purge(2.0), layer="Al2O3")
PLAN = plan(
    HEAT, Prompt(text="look"), Wait(until="chamber.pressure < 10 kPa", within=2.0), Set(output="EG.rate", value=0.01),
    LAYER,
)  # fmt: skip
MENDED = Wait(until="chamber.pressure > 10 kPa", within=2.0, if_fails=IfFails(Otherwise.CONTINUE, (purge(1.0),)))
REFILLED = Wait(until="carrier.flow > 15 sccm", within=2.0, if_fails=IfFails(steps=(CARRIER,), again=True))
BESIDE = Parallel(branches=(Branch("heating", (HEAT,)), Branch("purging", (purge(2.0),))))
CAPPED = replace(plan(BESIDE, MENDED, repeat(5, dose(), purge(2.0), layer="Al2O3")), cap=(dose(), purge(2.0)))
SEVERAL_STEPS = plan(
    Pump(to=5.0, within=600.0, soft=True),
    PumpPurge(cycles=1, high=500.0, low=5.0, within=600.0),
    LeakCheck(duration=300.0),
    CARRIER,
    Ramp(output="carrier.flow_setpoint", to=to_si(10.0, sccm), duration=1.0),
    Ramp(output="stage.setpoint", to=HOT + 2.0, duration=30.0),
    Stabilise(duration=2.0, tolerance=50.0),
    Rest(duration=1.0),
    Cool(targets={"stage": HOT + 10.0}, within=60.0),
)
PRIMED = replace(plan(repeat(2, dose(), purge(2.0), name="prime"), LAYER), prime=repeat(1, dose(), purge(2.0)))
COLD = degrees(stage=22, walls=22)
COOLING = degrees(stage=100, walls=100, lines=56, EG=37)
LOADED = Plan("loaded", "ALD", "lithium", (Load(within=60.0),))
OPENED = plan(
    Vent(to=5e4, within=900.0),
    Unload(within=60.0),
    Pump(to=500.0, within=1200.0, soft=True),
    ChangeOver(text="look at walls and wires"),
)
PLASMA = plan(Treat(role="plasma", power=40.0, duration=10.0, warm_up=3.0, tolerance=0.05))
BOOSTED = plan(COVER, Dose(source="EG", width=0.05, boost=0.1), purge(2.0))
EMPTY = Flow(flows={"carrier": 0.0})
THIN = Flow(flows={"carrier": to_si(10.0, sccm)})
WARM_EG = {"stage": HOT, "walls": HOT, "lines": HOT + 20.0, "EG": HOT - 25.0}


def acts() -> Mapping[str, Act]:
    """All of them, by name; what an earlier one reaches, a later one need not strike."""
    icvd = partial(Act, grown(), reactor=partial(file, "icvd"), hot=WARM, wire=False)
    return {
        "whole": Act(PLAN, whole),
        "capped": Act(CAPPED, capped, S.STOPPED),
        "R1": told("R1"),
        "doses of several pulses": told("doses of several pulses"),
        "a foil too hot": told("a foil too hot"),
        "several steps": Act(SEVERAL_STEPS, wire=False),
        "a leak check gone through again": Act(
            plan(Pump(to=2.0, within=1800.0), LeakCheck(duration=300.0)), reactor=large, wire=False
        ),
        "primed again": Act(PRIMED, held_for_long, wire=False),
        "given again": Act(weakened(OnWeak.EXTEND), spoilt(range(5, 8)), wire=False),
        "aborted": Act(PLAN, asking((10.0, V.ABORT)), S.ABORTED),
        "cut off": Act(plan(dose(width=30.0), purge(3.0)), cut_off, S.ABORTED, cuttable=True),
        "a mute thermometer": told("a mute thermometer"),
        "a mute gauge": told("a mute gauge"),
        "filled and opened": told("filled and opened"),
        "guarded": Act(plan(dose(), purge(2.0)), prepare=guarded),
        "guarded, told of its pump": Act(plan(dose(), purge(2.0)), prepare=guarded, reactor=told_of_its_pump),
        "opened": Act(OPENED, held_as_it_opens, hot=COLD, wire=False),
        "plasma": Act(PLASMA, held_as_it_burns, reactor=with_plasma),
        "timed by the board": Act(plan(dose(width=0.1), purge(2.0)), prepare=timed_by_the_board),
        "boosted": Act(BOOSTED, reactor=partial(file, "thermal_ald"), hot=WARM_EG, wire=False),
        "a slow disk": Act(plan(dose(), purge(2.0), dose(), purge(2.0)), book=Slow),
        "a bug at the end": Act(plan(purge(1.0)), ends=S.ABORTED, prepare=with_a_bug, last=True),
        "mended and tried again": Act(plan(THIN, REFILLED)),
        "held without a carrier": Act(plan(EMPTY, Rest(duration=10.0)), held_while_pumped),
        "unsteady": Act(plan(Stabilise(duration=10.0, tolerance=5.0)), unsteady),
        "opened by hand": Act(plan(purge(10.0), dose(), purge(1.0)), opened_by_hand, S.STOPPED, reactor=with_limits),
        "open as it is held": Act(
            plan(purge(20.0)),
            open_as_it_is_held,
            S.STOPPED,
            faults=lambda: {"carrier_mfc": [FrontPanel(7.2, STARVED)]},
        ),
        "refused at the second try": Act(
            plan(purge(10.0)),
            refused_at_the_second_try,
            reactor=with_limits,
            faults=lambda: {"valves": [Mute(start=6.9, end=7.6)]},
        ),
        "tripped by what it reads back": Act(
            plan(Heat(targets={"stage": HOT + 10.0}, rate=1.0, tolerance=2.0, timeout=60.0)),
            ends=S.ABORTED,
            reactor=with_limits,
        ),
        "loaded without a gauge": Act(LOADED, hot=None, reactor=seeing_only_vacuum),
        "a dead man": Act(plan(dose(), purge(5.0)), beside=dead_man, reactor=with_dead_man),
        "a steep ramp put right at arming": Act(
            plan(purge(1.0)),
            prepare=made_anew,
            reactor=with_limits,
            faults=lambda: {"stage_heater": [rate(0.5, 12), rate(2.2, 8)]},
        ),
        "a spoilt reading at arming": Act(plan(purge(1.0)), faults=lambda: {"gauge": [Mute(start=1.8, end=2.3)]}),
        "lines kept warm": Act(
            plan(Heat(targets=degrees(lines=56), rate=0.1, tolerance=2.0, timeout=60.0)),
            prepare=guarded,
            reactor=told_of_its_pump,
            hot=COOLING,
            afterwards=until_lines_are_cold,
            last=True,
        ),
        "iCVD": icvd(),
        "iCVD never hot": replace(icvd(stopped_when_held, S.STOPPED), plan=never_hot()),
        "iCVD by a weak supply": replace(icvd(stopped_when_held, S.STOPPED), reactor=with_weak_supply),
        "iCVD held": icvd(held_as_it_grows, S.STOPPED),
        "iCVD proven": replace(icvd(), plan=proven()),
        "iCVD by a motor, led": Act(led(), reactor=with_motor, hot=WARM, wire=False),
    }


ACTS = acts()
