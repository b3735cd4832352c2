"""Stories: short runs on the shipped reactor, hot at the start, that both samplers must tell alike."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.scenarios.rigs import CARRIER, Faults, Scene, Script, dose, play, purge, repeat
from vapordep.model.plan import Block, Plan, Turn
from vapordep.model.run import RunState, Verb
from vapordep.model.steps import (
    Checkpoint,
    Dose,
    FlowCheck,
    Heat,
    Load,
    Otherwise,
    Pump,
    Purge,
    Set,
    Stabilise,
    Step,
    Unload,
    Until,
    Vent,
    Wait,
)
from vapordep.simulation.faults import FrontPanel, Mute
from vapordep.units import K_per_min, degC, sccm, to_si

S, V = RunState, Verb
STARVED, REFILLED = b"AHC\r", b"AC\r"
"""At the flow controller's panel: valve held shut, and under control again."""


def degrees(**zones: float) -> dict[str, float]:
    """Temperatures of zones, from degC."""
    return {zone: to_si(value, degC) for zone, value in zones.items()}


def heat(**zones: float) -> Heat:
    """Zones to their temperatures in degC."""
    return Heat(targets=degrees(**zones), rate=to_si(5.0, K_per_min), tolerance=2.0, timeout=1800.0)


def cycle(first: float, source: str, width: float, second: float) -> tuple[Step, ...]:
    """TMA and a co-reactant, each with its purge (s)."""
    return dose(), purge(first), dose(source, width), purge(second)


def several(source: str, width: float, pulses: int) -> Dose:
    """A dose of several pulses of `width` s, half a second apart."""
    return Dose(source=source, width=width, pulses=pulses, gap=0.5)


def varying(*purges: tuple[int, float]) -> Block:
    """A layer whose cycles differ by their purges (s): how many with which."""
    turns, done = [], 0
    for count, time in purges:
        turn = Turn(done + 1, sum(count for count, _ in purges), "Al2O3")
        turns.append(Block(name="slower", steps=cycle(time, "H2O", 0.03, time), count=count, turn=turn))
        done += count
    return Block(name="slower", steps=tuple(turns), layer="Al2O3")


def begun(heating: Heat, *steps: Step) -> Plan:
    """Pumped down, under carrier, heated, and purged until the pressure is steady; another purge in the end."""
    first = (Pump(to=1.0, within=300.0), CARRIER, heating, purge(20.0))
    return Plan("story", "ALD", "lithium", (*first, *steps), None, (purge(5.0),))


def asking(*orders: tuple[float, Verb]) -> Script:
    """Somebody who asks for verbs at instants (s)."""

    async def script(scene: Scene) -> None:
        for instant, verb in orders:
            await scene.clock.sleep_until(instant)
            scene.ask(verb)

    return script


@dataclass(frozen=True)
class Story:
    """A plan, what happens to it, and how it must end."""

    plan: Plan
    ends: RunState = RunState.COMPLETE
    trips: Sequence[str] = ()
    """Their ids; in any order, for several may be due at one poll."""
    hot: Mapping[str, float] = field(default_factory=lambda: degrees(stage=100, walls=100, lines=60))
    script: Script | None = None
    faults: Callable[[], Faults] = dict
    attended: bool = True

    def tell(self, seed: int, *, wire: bool) -> Scene:
        """Plays it to its end."""
        return play(
            self.plan, self.script, faults=self.faults(), attended=self.attended, hot=self.hot, check=False,
            within=3600.0, wire=wire, seed=seed,
        )  # fmt: skip


COVER = repeat(2, dose(), purge(20.0), name="nucleation")
CLEARED = Purge(duration=20.0, until=Until(residue=1e-6, longest=90.0))
GLYCOL = degrees(stage=120, walls=120, lines=95, EG=80)
GLYCOL_HEAT = heat(lines=95, walls=120, stage=120, EG=80)
DOSES = begun(heat(walls=100, stage=100), repeat(6, dose(), purge(20.0), layer="TMA"))
STORIES = {
    "R1": Story(
        begun(heat(lines=60, walls=100, stage=100), COVER, repeat(2, *cycle(40.0, "H2O", 0.03, 75.0), layer="Al2O3"))
    ),
    "R3": Story(begun(GLYCOL_HEAT, COVER, repeat(2, *cycle(60.0, "EG", 0.2, 60.0), layer="alucone")), hot=GLYCOL),
    "R4": Story(
        begun(
            GLYCOL_HEAT,
            COVER,
            repeat(2, *cycle(30.0, "H2O", 0.03, 40.0), name="inner", layer="Al2O3"),
            purge(120.0),
            repeat(1, *cycle(60.0, "EG", 0.2, 60.0), name="outer", layer="alucone"),
        ),
        hot=GLYCOL,
    ),
    "a loop that varies": Story(begun(heat(walls=100, stage=100), COVER, varying((1, 20.0), (2, 22.0)))),
    "doses of several pulses": Story(
        begun(
            heat(walls=100, stage=100),
            repeat(1, several("TMA", 0.02, 3), purge(30.0), name="nucleation"),
            repeat(2, several("TMA", 0.03, 2), CLEARED, several("H2O", 0.03, 2), purge(40.0), layer="Al2O3"),
        )
    ),
    "purge until cleared": Story(
        begun(heat(lines=60, walls=100, stage=100), COVER, repeat(3, dose(), CLEARED, dose("H2O", 0.03), CLEARED))
    ),
    "filled and opened": Story(
        begun(
            heat(stage=22),
            FlowCheck(line="carrier", flow=to_si(20.0, sccm), tolerance=0.05, duration=15.0),
            Checkpoint(name="checked"),
            Wait(until="chamber.pressure > 10 kPa", within=3.0, otherwise=Otherwise.CONTINUE),
            Vent(to=5e4, within=900.0),
            Unload(within=60.0),
            Load(within=60.0),
        ),
        hot=degrees(stage=22, walls=22),
    ),
    "a foil too hot": Story(
        begun(
            heat(lines=60),
            Set(output="stage.setpoint", value=to_si(300.0, degC)),
            Stabilise(duration=600.0, tolerance=1e3),
        ),
        S.ABORTED,
        ["T1"],
    ),
    "held by a trip": Story(
        DOSES,
        trips=["F2"],
        faults=lambda: {"carrier_mfc": [FrontPanel(80.5, STARVED), FrontPanel(150.0, REFILLED)]},
        script=asking((160.0, V.RESTART)),
    ),
    "held by a trip, and nobody there": Story(
        DOSES, S.ABORTED, ["F2"], faults=lambda: {"carrier_mfc": [FrontPanel(80.5, STARVED)]}, attended=False
    ),
    "held by a person": Story(DOSES, script=asking((83.0, V.HOLD), (120.0, V.RESTART))),
    "paused and stopped": Story(DOSES, S.STOPPED, script=asking((70.0, V.PAUSE), (110.0, V.RESUME), (125.0, V.STOP))),
    "aborted": Story(DOSES, S.ABORTED, script=asking((83.3, V.ABORT))),
    "a mute thermometer": Story(DOSES, S.ABORTED, ["T1", "T2"], faults=lambda: {"stage_heater": [Mute(start=70.0)]}),
    "a mute gauge": Story(DOSES, S.ABORTED, faults=lambda: {"gauge": [Mute(start=70.0)]}, attended=False),
}
