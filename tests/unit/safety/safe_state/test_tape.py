"""The tape of the small rig: what is sent, which replies will do, and for what no tape is made."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.safety.rig import (
    LEAVE,
    REGISTERS,
    SHUT,
    Box,
    Boxed,
    Heater,
    Rig,
    Valves,
    doubtful,
    on_rig,
    output,
    reactor,
)
from vapordep.devices import Channel, Frame
from vapordep.devices.framings.terminator import Terminator
from vapordep.devices.recording import LineRecording
from vapordep.errors import InstrumentRefused, NoReply, NotArmed
from vapordep.model.instruments import Instrument
from vapordep.model.outputs import SafeValue
from vapordep.model.protection import Waiver
from vapordep.model.reactor import Reactor
from vapordep.safety.outputs.readback import ReadBack
from vapordep.safety.safe_state.tape import TapeMaker, _same, _too_long
from vapordep.safety.safe_state.tape_steps import Step
from vapordep.units import degC, to_si

OFF = to_si(0.0, degC)
WHERE = {name: f"tcp://127.0.0.1:400{n}" for n, name in enumerate(REGISTERS)}
Tape = dict[str, Any]


def taken(whole: Reactor, lines: Mapping[str, str] = WHERE) -> Reactor:
    """The same on lines that can be taken."""
    return replace(whole, instruments={name: Instrument(name, name, line) for name, line in lines.items()})


def on_lines(rig: Rig) -> list[Tape]:
    """Hands a tape over at each arming; those that were."""
    tapes: list[Tape] = []
    for name, device in rig.devices.items():
        device.line.where = rig.protection.rules.reactor.instruments[name].line

    async def hand_over(recorded: LineRecording) -> None:
        tapes.append(await TapeMaker(rig.protection.rules.reactor, rig.gate, recorded).make())

    rig.protection.arming.hand_over = hand_over
    return tapes


def heated(safe: SafeValue) -> Reactor:
    """On lines that can be taken, the stage with another safe value."""
    whole = reactor()
    return taken(replace(whole, outputs={**whole.outputs, "stage.setpoint": output("stage.setpoint", safe)}))


def steady() -> Reactor:
    """Nothing depends on a state."""
    whole = reactor()
    return replace(whole, outputs={**whole.outputs, "vent.valve": output("vent.valve", SHUT)})


def tape_of(whole: Reactor | None = None, lit: float = 0.0, **how: Any) -> Tape:
    """The tape that arming makes, with the heater found at a setpoint, in degC."""

    async def main(rig: Rig) -> Tape:
        tapes = on_lines(rig)
        rig.boxes["heater"].registers["setpoint"] = lit
        await rig.armed()
        assert rig.protection.arming.armed
        [tape] = tapes
        return tape

    return on_rig(main, whole=whole or taken(reactor()), **how)


def refusal(whole: Reactor | None = None) -> str:
    """Why arming makes none."""

    async def main(rig: Rig) -> str:
        on_lines(rig)
        rig.say_all()
        with pytest.raises(NotArmed) as refused:
            await rig.protection.arming.arm()
        assert not rig.protection.arming.armed
        assert refused.value.remedy.startswith("see docs/how-to/run-unattended.md")
        return refused.value.what

    return on_rig(main, whole=whole or taken(reactor()))


def sent(steps: Sequence[Mapping[str, Any]]) -> list[str]:
    return [bytes.fromhex(step["send"]).decode() for step in steps]


def played(tape: Tape, where: str, **states: bool) -> list[Mapping[str, Any]]:
    [line] = [line for line in tape["lines"] if line["where"] == where]
    named = {name.replace("_", "."): truth for name, truth in states.items()}
    return [step for step in line["steps"] if all(named[name] is truth for name, truth in step["if"].items())]


def test_each_line_says_how_it_is_opened_and_brought_to_silence() -> None:
    tape = tape_of()
    assert (tape["tape"], tape["reactor"]) == (1, "rig")
    assert [line["where"] for line in tape["lines"]] == [WHERE["valves"], WHERE["heater"], WHERE["mfc"]]
    first = tape["lines"][0]
    assert (first["kind"], first["host"], first["port"]) == ("tcp", "127.0.0.1", 4000)
    assert first["quiet"] == Terminator(b"\r").quiet_gap
    assert first["resync"] == Terminator(b"\r").resync().hex()


def test_outputs_are_written_in_the_order_of_the_safe_state_and_read_back() -> None:
    steps = played(tape_of(), WHERE["valves"], pump_valve=True)
    assert sent(steps) == [
        "valves r\r",  # whether the pump's valve is open
        "valves w valve0 0\r", "valves w valve1 0\r", "valves w valve2 0\r", "valves w valve4 1\r",
        "valves r\r",
    ]  # fmt: skip
    driven = ["TMA.valve", "H2O.valve", "EG.valve", "vent.valve"]
    assert [step["for"] for step in steps] == ["pump.valve", *driven, "valves"]
    assert {step["of"] for step in steps} == {"valves"}
    assert all(step["check"] == "" and step["rest"] == 0.0 for step in steps)
    assert all(0.0 < step["within"] <= 1.0 for step in steps)


def test_a_dependent_value_has_both_variants_each_with_its_read_back() -> None:
    tape = tape_of()
    for pump, vent in ((True, "1"), (False, "0")):
        steps = played(tape, WHERE["valves"], pump_valve=pump)
        assert f"valves w valve4 {vent}\r" in sent(steps)
        shows = steps[-1]["reply"]
        for shown in "01":
            assert bool(re.fullmatch(shows, f"valves 0 0 0 1 {shown}\r", re.DOTALL)) is (shown == vent)
        assert re.fullmatch(shows, "valves 0 1 0 1 1\r") is None, "an open valve is not read back as shut"


def test_the_question_tells_a_state_from_its_contrary() -> None:
    [asks] = [step for step in played(tape_of(), WHERE["valves"], pump_valve=True) if "input" in step]
    assert asks["input"] == "pump.valve"
    for pump in "01":
        reply = f"valves 0 0 0 {pump} 1\r"
        assert re.fullmatch(asks["reply"], reply)
        assert bool(re.fullmatch(asks["true"], reply)) is (pump == "1")
    assert re.search(asks["reply"], "not valves 0 0 0 1 1\r") is None, "whole lines only"


def test_a_state_on_a_line_that_cannot_be_taken_is_not_asked() -> None:
    usb = {**WHERE, "valves": "USB0::1::2::A::INSTR"}
    whole = taken(heated(SafeValue(OFF, ("pump.valve",), OFF)), usb)
    signed = tuple(Waiver(tag, "normally closed", "Ada", "2026-10-01") for tag in whole.outputs if ".valve" in tag)
    tape = tape_of(replace(whole, waivers=signed))
    assert [line["where"] for line in tape["lines"]] == [WHERE["heater"], WHERE["mfc"]]
    assert all("input" not in step for line in tape["lines"] for step in line["steps"])
    heater = [step for step in tape["lines"][0]["steps"] if step["for"] == "stage.setpoint"]
    assert [(bytes.fromhex(step["send"]), step["if"]) for step in heater] == [
        (b"heater w setpoint 0\r", {"pump.valve": truth}) for truth in (True, False)
    ]


def test_outputs_that_nobody_else_can_reach_are_all_named() -> None:
    whole = taken(reactor(), {**WHERE, "mfc": "USB0::1::2::A::INSTR", "heater": "memory:heater"})
    told = refusal(whole)
    assert "carrier.flow_setpoint is on USB0::1::2::A::INSTR, a line that no other process can take over" in told
    assert "stage.setpoint is on memory:heater" in told
    assert "valve" not in told


def test_a_watchdog_or_a_signature_stands_for_the_tape() -> None:
    whole = taken(reactor(), {**WHERE, "mfc": "USB0::1::2::A::INSTR", "heater": "memory:heater"})
    watched = {**whole.instruments, "heater": Instrument("heater", "heater", "memory:heater", watchdog=5.0)}
    waiver = Waiver("carrier.flow_setpoint", "an orifice", "Ada", "2026-10-01")
    tape = tape_of(replace(whole, instruments=watched, waivers=(waiver,)))
    assert [line["where"] for line in tape["lines"]] == [WHERE["valves"]]


def test_what_is_left_alone_just_now_cannot_be_foretold() -> None:
    told = refusal(heated(SafeValue(None, ("pump.valve",), OFF)))
    assert "what brings stage.setpoint to its other safe value cannot be foretold" in told
    assert "; arm while it stands there" in told


def test_what_is_left_alone_just_now_is_foretold_and_read_back_where_the_protocol_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The stage stays warm while the pump's valve is open; else it goes off, and must be seen to have done so."""

    def after(self: Terminator, commands: Sequence[bytes], question: bytes, reply: bytes) -> bytes:
        told = [command.split()[3] for command in commands if command.startswith(b"heater w setpoint ")]
        name, _, *others = reply.split()
        return b" ".join((name, told[-1], *others)) if told and question == b"heater r" else reply

    monkeypatch.setattr(Terminator, "asks", lambda self, payload: payload.endswith(b" r"))
    monkeypatch.setattr(Terminator, "acknowledgement", lambda self, command: command.split()[0] + b" ok")
    monkeypatch.setattr(Terminator, "after", after)
    tape = tape_of(heated(SafeValue(None, ("pump.valve",), OFF)), lit=50.0)
    assert sent(played(tape, WHERE["heater"], pump_valve=True)) == []
    write, shows = played(tape, WHERE["heater"], pump_valve=False)
    assert sent((write, shows)) == ["heater w setpoint 0\r", "heater r\r"]
    assert re.fullmatch(shows["reply"], "heater 0 0\r")
    assert re.fullmatch(shows["reply"], "heater 50 0\r") is None


def test_what_is_left_alone_just_now_is_foretold_where_the_protocol_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    def after(_: object, commands: Sequence[bytes], question: bytes, reply: bytes) -> bytes:
        name, *values = reply.split()
        for _, _, register, value in (command.split() for command in commands):
            values[REGISTERS[name.decode()].index(register.decode())] = value
        return b" ".join((name, *values))

    def acknowledgement(_: object, command: bytes) -> bytes | None:
        return command.split()[0] + b" ok" if b" w " in command else None

    monkeypatch.setattr(Terminator, "asks", lambda _, payload: payload.split()[1] == b"r")
    monkeypatch.setattr(Terminator, "acknowledgement", acknowledgement)
    monkeypatch.setattr(Terminator, "after", after)
    tape = tape_of(heated(SafeValue(None, ("pump.valve",), OFF)))
    assert played(tape, WHERE["heater"], pump_valve=True) == [], "left alone: nothing is written, nothing judged"
    steps = played(tape, WHERE["heater"], pump_valve=False)
    assert sent(steps) == ["heater w setpoint 0\r", "heater r\r"]
    assert re.fullmatch(steps[0]["reply"], "heater ok\r", re.DOTALL)
    wanted = [bool(re.search(steps[1]["reply"], f"heater {setpoint} {now}\r", re.DOTALL)) for setpoint, now in (
        ("0", "0"), ("0", "7"), ("9", "0"))]  # fmt: skip
    assert wanted == [True, True, False], steps[1]["reply"]


def test_the_other_value_of_an_output_without_a_frame_cannot_be_foretold() -> None:
    told = refusal(heated(SafeValue(OFF, ("pump.valve",), OFF + 50.0)))
    assert "what brings stage.setpoint to its other safe value cannot be foretold" in told


def test_a_driver_that_sends_the_same_whatever_it_is_told_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(self: Boxed, register: str, value: float) -> Frame:
        return Frame(f"{self.name} w {register} 0".encode(), self.judge)

    monkeypatch.setattr(Heater, "write_frame", deaf)
    assert "nothing was sent that brings stage.setpoint to its safe value" in refusal()


def test_a_framing_that_does_not_mark_its_replies_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Terminator, "reply_frame", lambda self, sent, payload: None)
    told = refusal()
    assert "not made safe in a way that can be repeated" in told or "cannot be told from noise" in told


def test_a_read_back_that_cannot_be_told_from_noise_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Terminator.reply_frame

    def reply_frame(self: Terminator, sent: bytes, payload: bytes) -> bytes | None:
        return None if sent.endswith(b"r\r") else whole(self, sent, payload)

    monkeypatch.setattr(Terminator, "reply_frame", reply_frame)
    assert "Terminator replies on tcp://127.0.0.1:4001 cannot be told from noise" in refusal()


def test_an_instrument_that_falls_silent_meanwhile_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no question of lines and watchdogs."""
    silence = NoReply("no reply to b'r'", where="tcp://127.0.0.1:4001", remedy="check that it is on")

    async def mute(*_: object) -> None:
        raise silence

    async def main(rig: Rig) -> None:
        on_lines(rig)
        rig.say_all()
        monkeypatch.setattr(TapeMaker, "_asked", mute)
        with pytest.raises(NotArmed, match=r"made: tcp://127\.0\.0\.1:4001: no reply to b'r'\. Do") as refused:
            await rig.protection.arming.arm()
        assert refused.value.remedy == "check that it is on"

    on_rig(main, whole=taken(reactor()))


def test_what_to_do_is_told_of_each_instrument_that_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def mute(self: TapeMaker, device: Boxed, *_: object) -> None:
        raise NoReply("no reply", where=device.name, remedy={"mfc": "check that it is on"}.get(device.name, ""))

    async def main(rig: Rig) -> None:
        on_lines(rig)
        rig.say_all()
        monkeypatch.setattr(TapeMaker, "_asked", mute)
        with pytest.raises(NotArmed, match=r"heater: no reply.*mfc: no reply") as refused:
            await rig.protection.arming.arm()
        assert refused.value.remedy == "check that it is on"

    on_rig(main, whole=taken(reactor()))


def test_a_command_that_is_never_answered_is_sent_and_given_time(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Box.answer

    def silent(self: Box, question: str, *how: Any) -> str | None:
        reply = answer(self, question, *how)
        return None if question.startswith("w setpoint") else reply

    def unanswered(self: Terminator, payload: bytes) -> float | None:
        return 0.2 if b"w setpoint" in payload else None

    monkeypatch.setattr(Box, "answer", silent)
    monkeypatch.setattr(Terminator, "unanswered", unanswered)
    monkeypatch.setattr(Heater, "judge", lambda self, reply: None)
    write, shows = played(tape_of(), WHERE["heater"])
    assert (write["reply"], write["check"], write["rest"], write["within"]) == ("", "", 0.2, 0.05)
    assert re.fullmatch(shows["reply"], "heater 0 0\r")


def test_a_line_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Terminator, "rest", 0.7)
    assert re.search(r"the exchanges on tcp://127.0.0.1:4000 take 4\.\d s, more than 3 s", refusal())


def test_outputs_that_no_poll_holds_are_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    read = ReadBack.read

    async def unread(self: ReadBack, *given: Any, **named: Any) -> dict[Channel, float]:
        await read(self, *given, **named)
        return {}

    async def main(rig: Rig) -> Tape:
        tapes = on_lines(rig)
        rig.say_all()
        monkeypatch.setattr(ReadBack, "read", unread)
        await rig.protection.arming.arm()
        return tapes[0]

    steps = [step for line in on_rig(main, whole=taken(steady()))["lines"] for step in line["steps"]]
    assert [step for step in steps if step["for"] == step["of"]] == []
    assert "heater w setpoint 0\r" in sent(steps)


def test_a_frame_of_bits_is_found_wherever_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Terminator, "text", False)
    steps = played(tape_of(taken(steady())), WHERE["heater"])
    assert sent(steps)[0] == "heater w setpoint 0\r"
    assert "?<" not in steps[0]["reply"]
    assert re.fullmatch(steps[0]["reply"], "heater ok\r")
    assert steps[0]["reply"].endswith("\\x0d")


# --- what is left alone, shared, or slow ------------------------------------------------------------------------------


def test_what_the_safe_state_leaves_for_good_may_be_out_of_reach() -> None:
    whole = taken(heated(LEAVE), {**WHERE, "heater": "memory:heater"})
    assert [line["where"] for line in tape_of(whole)["lines"]] == [WHERE["valves"], WHERE["mfc"]]


def test_what_is_left_in_one_state_is_neither_written_nor_asked_there() -> None:
    """The stage goes off while the pump's valve is open, the vent too; else both stay as they are."""
    whole = heated(SafeValue(OFF, ("pump.valve",), None))
    vent = output("vent.valve", SafeValue(0.0, ("pump.valve",), None))
    tape = tape_of(replace(whole, outputs={**whole.outputs, "vent.valve": vent}))
    for where, register in ((WHERE["heater"], "setpoint"), (WHERE["valves"], "valve4")):
        for pump in (True, False):
            written = [question for question in sent(played(tape, where, pump_valve=pump)) if register in question]
            assert bool(written) is pump
    shows = played(tape, WHERE["valves"], pump_valve=False)[-1]["reply"]
    assert all(re.fullmatch(shows, f"valves 0 0 0 1 {vent}\r") for vent in "01")


def test_a_setpoint_that_reads_otherwise_is_not_read_back_as_safe() -> None:
    shows = played(tape_of(), WHERE["heater"])[-1]["reply"]
    assert re.fullmatch(shows, "heater 0 0\r")
    assert re.fullmatch(shows, "heater 5 0\r") is None


def test_a_setpoint_that_was_rounded_is_read_back_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = Box.answer

    def rounding(self: Box, question: str, *how: Any) -> str | None:
        reply = answer(self, question, *how)
        if question.startswith("w flow_setpoint"):
            self.registers["flow_setpoint"] = 19.9
        return reply

    monkeypatch.setattr(Box, "answer", rounding)
    monkeypatch.setattr(Terminator, "acknowledgement", lambda self, command: command.split()[0] + b" ok")
    shows = played(tape_of(), WHERE["mfc"])[-1]["reply"]
    assert re.fullmatch(shows, "mfc 19.9 0\r")
    assert re.fullmatch(shows, "mfc 20 0\r") is None


def test_instruments_of_one_line_are_played_with_the_longest_pause_of_them() -> None:
    one = {**WHERE, "mfc": WHERE["heater"]}

    async def main(rig: Rig) -> Tape:
        for name, gap in (("heater", 0.2), ("mfc", 0.3), ("valves", 0.4)):
            rig.devices[name].framing.quiet_gap = gap
        tapes = on_lines(rig)
        await rig.armed()
        return tapes[0]

    tape = on_rig(main, whole=taken(reactor(), one), together=("heater", "mfc"))
    assert {line["where"]: line["quiet"] for line in tape["lines"]} == {WHERE["valves"]: 0.4, WHERE["heater"]: 0.3}


def test_a_driver_that_takes_the_same_reply_for_wrong_afterwards_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four valves are driven as it is armed."""
    judged = []

    def at_first(self: Valves, reply: bytes) -> None:
        judged.append(reply)
        if len(judged) > 4:
            raise InstrumentRefused("refused", where=self.name)

    monkeypatch.setattr(Valves, "judge", at_first)
    assert "TMA.valve was not made safe in a way that can be repeated; H2O.valve was not made safe" in refusal()


def test_a_driver_that_asks_before_it_writes_is_told_to_insist(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what it asked, and nothing that it wrote, would be on the tape."""

    async def asks_first(self: Heater, value: float) -> None:
        if self.insists or (await self.values())[0] != value:
            await self.obey(self.write_frame("setpoint", value))

    monkeypatch.setattr(Heater.setpoint, "write", asks_first)
    assert sent(played(tape_of(), WHERE["heater"])) == ["heater w setpoint 0\r", "heater r\r"]


def test_while_a_tape_is_made_others_get_their_turn_and_readings_go_first() -> None:
    async def main(rig: Rig) -> None:
        on_lines(rig)
        rig.say_all()
        pauses, sleep = [], rig.clock.sleep
        claims, claimed = [], rig.devices["heater"].line.claimed

        async def noted(duration: float) -> None:
            pauses.append(duration)
            await sleep(duration)

        def claim(*, urgent: bool = False) -> Any:
            claims.append(urgent)
            return claimed(urgent=urgent)

        hand_over = rig.protection.arming.hand_over
        assert hand_over is not None

        async def watched(recorded: LineRecording) -> None:
            rig.clock.sleep = noted  # type: ignore[method-assign]
            rig.devices["heater"].line.claimed = claim  # type: ignore[method-assign]
            await hand_over(recorded)

        rig.protection.arming.hand_over = watched
        await rig.protection.arming.arm()
        assert pauses.count(0.0) == 1 + 6 + 3, "a state that is asked, six outputs, three instruments"
        assert max(pauses) < 0.1
        assert claims
        assert all(claims)

    on_rig(main, whole=taken(reactor()))


@pytest.mark.parametrize(
    ("lasts", "within", "fits"), [((1.0, 1.0), (0.95, 0.1), True), ((1.0, 1.0), (0.1, 0.96), False)]
)
def test_a_line_may_take_as_long_as_its_slowest_case_and_one_lost_reply(
    lasts: tuple[float, float], within: tuple[float, float], fits: bool
) -> None:
    """Three seconds with the connecting; of two variants only one is played."""
    line: Any = SimpleNamespace(where="tcp://127.0.0.1:4000")
    both = [Step({"within": w}, t).under({}) for t, w in zip(lasts, within, strict=True)]
    variants = [Step({"within": 0.1}, t).under({"pump.valve": truth}) for t, truth in ((5.0, True), (0.1, False))]
    assert (_too_long(line, both) == []) is fits
    [told] = _too_long(line, variants)
    assert told.startswith("the exchanges on tcp://127.0.0.1:4000 take 5.1 s") or "5.2 s" in told


@pytest.mark.parametrize(
    ("reading", "wanted", "same"),
    [
        (-1.8e-15, 0.0, True), (50.0, 50.0 + 1e-9, True), (50.0, 50.1, False), (None, 0.0, False), (0.0, None, False),
        (doubtful(0.0), 0.0, False), (doubtful(0.0), doubtful(0.0), True),
    ],
)  # fmt: skip
def test_a_reading_is_the_wanted_one_to_the_last_digits_of_its_unit(reading: Any, wanted: Any, same: bool) -> None:
    assert _same(reading, wanted) is same


def test_an_instrument_that_arming_has_read_is_asked_once_more_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of another one it must first be found out which polls hold its outputs: the tape holds only those."""
    asked: list[str] = []
    read = ReadBack.read

    async def counted(self: ReadBack, device: Any, *given: Any, **named: Any) -> Mapping[Channel, Any]:
        asked.append(f"{device.name} {named.get('urgent')}")
        return await read(self, device, *given, **named)

    async def main(rig: Rig) -> None:
        on_lines(rig)
        made = TapeMaker(rig.protection.rules.reactor, rig.gate, LineRecording())
        monkeypatch.setattr(ReadBack, "read", counted)
        channels = [rig.gate.wires["stage.setpoint"].channel]
        for times in (2, 1):
            asked.clear()
            exchanges, _ = await made._asked(rig.devices["heater"], channels)
            assert len(exchanges) == 1
            assert asked == ["heater True"] * times

    on_rig(main, whole=taken(reactor()))
