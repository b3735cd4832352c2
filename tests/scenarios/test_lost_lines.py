"""A line lost while a valve is open: by ground truth it is shut as soon as the line is back, or a person is told."""

import pytest

from tests.scenarios.rigs import SETTLING, Scene, dose, plan, play, purge
from vapordep.errors import TransitionRefused
from vapordep.model.events import Kind
from vapordep.model.run import RunState, Verb
from vapordep.safety.arming import TRY_ON_FOR
from vapordep.safety.safe_state.safe_state import T_SAFE

S, V = RunState, Verb
LONG_DOSE = plan(dose(width=30.0), purge(3.0))
VALVES = {"TMA.valve", "H2O.valve", "EG.valve"}


async def cut_while_open(scene: Scene) -> float:
    """Resets the connection to the relay board 0.3 s after TMA opened; the instant."""
    await scene.until(lambda: scene.truth("TMA.valve") == 1.0)
    await scene.clock.sleep(0.3)
    scene.wires["valves"].break_off()
    return scene.clock.now()


def closed_at(scene: Scene) -> float:
    """When the plant's TMA valve moved shut; infinity when it never did."""
    moves = scene.report()["valves"]["TMA.valve"]
    return float(moves[1][0]) if len(moves) > 1 else float("inf")


def alarms(scene: Scene) -> list[str]:
    return [event.text for event in scene.kind(Kind.ALARM)]


def lost(back_after: float | None, attended: bool = True) -> tuple[Scene, float]:
    """The scene of a lost relay board, and the instant at which its line was lost."""
    at: list[float] = []

    async def script(scene: Scene) -> None:
        at.append(await cut_while_open(scene))
        if back_after is not None:
            await scene.clock.sleep(back_after)
            scene.wires["valves"].mend()

    scene = play(LONG_DOSE, script, cuttable=True, check=back_after is not None, attended=attended)
    return scene, at[0]


@pytest.mark.parametrize("attended", [True, False])
def test_a_line_that_is_back_soon_costs_no_more_than_its_absence(attended: bool) -> None:
    scene, at = lost(2.0, attended)
    assert scene.run.state is S.ABORTED
    assert closed_at(scene) - at < 2.0 + 0.3
    assert "safe" not in scene.run.reason
    assert scene.warned == [], "all was safe before the run had to wait for it"


def test_a_line_that_is_back_late_is_waited_for_by_the_run() -> None:
    scene, at = lost(4.0 + T_SAFE)
    assert scene.run.state is S.ABORTED
    assert closed_at(scene) - at < 4.0 + T_SAFE + 1.5
    assert scene.over_at >= closed_at(scene)
    assert "safe only late: TMA.valve" in scene.run.reason
    assert any("is at its safe value after all" in event.text for event in scene.kind(Kind.COMMAND))


def test_a_line_that_never_comes_back_is_given_up_in_the_end_and_a_person_told() -> None:
    scene, at = lost(None)
    scene.assert_consistent()
    assert scene.run.state is S.ABORTED
    assert TRY_ON_FOR <= scene.over_at - at < TRY_ON_FOR + 3 * T_SAFE
    assert scene.truth("TMA.valve", SETTLING) == 1.0, "nobody could shut it"
    told = scene.run.reason.rpartition("not known to be safe: ")[2]
    assert set(told.partition(":")[0].split(", ")) >= VALVES
    assert told.endswith("cut the power or shut its hand valve")
    powers = {zone: scene.truth(f"{zone}.power", SETTLING) for zone in scene.reactor.zones}
    assert powers == dict.fromkeys(scene.reactor.zones, 0.0), "all else is safe"


def test_what_is_tried_on_is_visible_and_told_once() -> None:
    scene, _ = lost(None)
    assert len(scene.warned) == 1
    assert "TMA.valve" in scene.warned[0]
    waits = {shown.waiting_for for shown in scene.shown if "to be safe" in shown.waiting_for}
    assert waits, "the progress says what the run waits for"
    for tag in VALVES:
        assert sum(text.startswith(f"{tag} is not known") for text in alarms(scene)) == 1
    assert sum("tried on for" in text for text in alarms(scene)) == 1


def test_interlocks_that_cannot_be_judged_name_the_silent_instrument() -> None:
    scene, _ = lost(None)
    trips = {str(event.data["id"]): event.text for event in scene.kind(Kind.TRIP)}
    assert "C1" in trips, "a board that cannot be seen is no board in order"
    assert "TMA.valve" in trips["C1"]
    assert trips["C1"].endswith("Check cable and power of valves")
    assert "two valves were open" not in trips["C1"]


@pytest.mark.parametrize("how", ["abort", "Ctrl-C", "terminate"])
def test_only_a_further_abort_gives_up(how: str) -> None:
    gave_up: list[float] = []

    async def script(scene: Scene) -> None:
        await cut_while_open(scene)
        await scene.until(lambda: scene.run.striving.under_way)
        assert scene.run.allowed == (V.ABORT,)
        for verb in (V.HOLD, V.STOP, V.RESTART):
            with pytest.raises(TransitionRefused):
                scene.ask(verb)
        order = {
            "abort": lambda: scene.ask(V.ABORT),
            "Ctrl-C": scene.run.interrupt,
            "terminate": lambda: scene.run.terminate("asked to end"),
        }[how]
        if how != "abort":
            order()
            await scene.clock.sleep(5.0)
            assert scene.run.striving.under_way, "one may have been pressed too often on the way here"
        order()
        gave_up.append(scene.clock.now())

    scene = play(LONG_DOSE, script, cuttable=True, check=False)
    scene.assert_consistent()
    assert scene.run.state is S.ABORTED
    assert scene.over_at - gave_up[0] < T_SAFE + 1.0, "the try under way ends, and no other begins"
    assert "not known to be safe: TMA.valve" in scene.run.reason
