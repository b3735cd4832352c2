"""Lines: deadlines, late replies, urgent commands, reserved edges, and closings that always go out."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.unit.devices.scripted import Answer, Scripted
from vapordep.clock import VirtualClock, run_virtual
from vapordep.devices import Frame, Line, Preempted
from vapordep.devices.framings import Terminator
from vapordep.devices.line import LONGEST_TOGETHER
from vapordep.devices.replies import SLICE
from vapordep.errors import InstrumentRefused, LineLost, NoReply, ProtocolError

CR = Terminator(b"\r")
DELAY = 0.004


def echo(data: bytes) -> list[tuple[float, bytes]]:
    return [(DELAY, b"<" + data)]


def on_line(
    answer: Answer,
) -> Callable[[Callable[[Line, Scripted, VirtualClock], Awaitable[None]]], Callable[[], None]]:
    """A test in virtual time on a line that answers so."""

    def decorate(scenario: Callable[[Line, Scripted, VirtualClock], Awaitable[None]]) -> Callable[[], None]:
        def test() -> None:
            async def main(clock: VirtualClock) -> None:
                wire = Scripted(clock, answer)
                line = Line(wire, clock)
                await line.open()
                await scenario(line, wire, clock)

            run_virtual(main)

        test.__doc__ = scenario.__doc__
        return test

    return decorate


def obeyed(reply: bytes) -> None:
    if reply.startswith(b"<!"):
        raise InstrumentRefused(f"{reply!r}")


OPEN, CLOSE = Frame(b"open", obeyed), Frame(b"close", obeyed)


@on_line(echo)
async def test_an_exchange_takes_as_long_as_its_reply(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    assert await line.ask(b"Q", CR) == b"<Q"
    assert clock.now() == pytest.approx(DELAY)
    assert wire.sent == [(0.0, b"Q\r")]


@on_line(echo)
async def test_an_instrument_that_needs_rest_is_not_asked_too_soon(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    slow = Terminator(b"\r")
    slow.rest = 0.02
    await line.ask(b"Q", slow)
    await line.ask(b"Q", slow)
    assert [at for at, _ in wire.sent] == pytest.approx([0.0, DELAY + 0.02])


@on_line(lambda data: [])
async def test_silence_ends_at_the_deadline(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    with pytest.raises(NoReply):
        await line.ask(b"Q", CR, within=0.3)
    assert clock.now() == pytest.approx(0.3)


@on_line(lambda data: [(DELAY, b"<Q")])
async def test_half_a_reply_is_told_from_silence(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    with pytest.raises(ProtocolError, match="only b'<Q'"):
        await line.ask(b"Q", CR)


@on_line(lambda data: [(DELAY, b"nonsense")] if data == b"Q\r" else echo(data))
async def test_what_came_unasked_answers_nothing(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    wire.say((0.01, b"<stream\r"))
    await clock.sleep(0.02)
    assert await line.ask(b"R", CR) == b"<R"


@on_line(lambda data: [(0.7 if data == b"slow\r" else DELAY, b"<" + data)])
async def test_after_a_time_out_nothing_is_sent_before_the_line_is_quiet(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    with pytest.raises(NoReply):
        await line.ask(b"slow", CR)
    await clock.sleep_until(0.69)
    assert await line.ask(b"next", CR) == b"<next"
    assert wire.sent[-1][0] >= 0.7 + CR.quiet_gap, "sent while the late reply was still to come"


@on_line(lambda data: [(0.6 if data == b"slow\r" else DELAY, b"<" + data)])
async def test_a_late_reply_within_the_next_question_is_passed_over(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    with pytest.raises(NoReply):
        await line.ask(b"slow", CR)
    wire.answer = lambda data: [(0.061, b"<" + data)]  # in order: behind the late one
    assert await line.ask(b"next", CR) == b"<next"


@on_line(echo)
async def test_a_line_that_never_falls_silent_is_told(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    wire.answer = lambda data: []
    with pytest.raises(NoReply):
        await line.ask(b"Q", CR)
    wire.say(*((0.01 * n, b"frame\r") for n in range(1000)))
    with pytest.raises(ProtocolError, match="silent"):
        await line.ask(b"Q", CR)


@on_line(lambda data: [] if data == b"slow\r" else echo(data))
async def test_an_urgent_command_interrupts_a_slow_reading(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_expect(Preempted, line.ask(b"slow", CR, within=5.0)))
        await clock.sleep(0.2)
        assert await line.ask(b"safe", CR, urgent=True) == b"<safe"
        await reading
    sent = dict((data, at) for at, data in wire.sent)
    assert sent[b"safe\r"] <= 0.2 + SLICE


@on_line(lambda data: [(SLICE / 2, b"<" + data)])
async def test_an_urgent_command_passes_the_queue(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(line.ask(b"poll%d" % number, CR))
        await clock.sleep(0.01)
        group.create_task(line.ask(b"safe", CR, urgent=True))
    assert [data for _, data in wire.sent].index(b"safe\r") == 1
    assert len(wire.sent) == 6


@on_line(lambda data: [(0.2, b"<" + data)])
async def test_a_write_is_carried_through(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    async with asyncio.TaskGroup() as group:
        write = group.create_task(line.ask(b"write", CR, preemptible=False))
        await clock.sleep(0.01)
        group.create_task(line.ask(b"safe", CR, urgent=True))
    assert write.result() == b"<write"


async def _expect(error: type[Exception], operation: Awaitable[object]) -> None:
    with pytest.raises(error):
        await operation


@on_line(echo)
async def test_a_pulse_is_exact_and_both_edges_are_acknowledged(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    edges = await line.pulse(OPEN, CLOSE, CR, at=1.0, width=0.05)
    assert wire.sent == [(1.0, b"open\r"), (1.05, b"close\r")]
    assert (edges.commanded_open, edges.commanded_close) == (1.0, 1.05)
    assert edges.acknowledged_open == pytest.approx(1.0 + DELAY)
    assert edges.acknowledged_close == pytest.approx(1.05 + DELAY)


@on_line(echo)
async def test_polls_keep_away_from_an_edge_and_go_on_after_it(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    async def poll() -> None:
        while clock.now() < 1.5:
            await line.ask(b"poll", CR)

    async with asyncio.TaskGroup() as group:
        group.create_task(poll())
        edges = await line.pulse(OPEN, CLOSE, CR, at=1.0, width=0.05)
    assert (edges.commanded_open, edges.commanded_close) == (1.0, 1.05)
    polls = [at for at, data in wire.sent if data == b"poll\r"]
    assert not [at for at in polls if 1.0 - DELAY <= at <= 1.05]
    assert [at for at in polls if at < 0.95]
    assert [at for at in polls if at > 1.06]


@on_line(lambda data: [] if data == b"mute\r" else echo(data))
async def test_a_mute_instrument_does_not_delay_an_edge(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    async with asyncio.TaskGroup() as group:
        await clock.sleep(0.85)
        group.create_task(_expect(Preempted, line.ask(b"mute", CR, within=2.0)))
        edges = await line.pulse(OPEN, CLOSE, CR, at=1.0, width=0.02)
    assert edges.commanded_open == 1.0
    assert edges.commanded_close == 1.02


@on_line(echo)
async def test_a_long_pulse_leaves_the_line_to_polls(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    width = 4 * LONGEST_TOGETHER
    async with asyncio.TaskGroup() as group:
        pulse = group.create_task(line.pulse(OPEN, CLOSE, CR, at=1.0, width=width))
        await clock.sleep_until(1.0 + width / 2)
        assert await line.ask(b"poll", CR) == b"<poll"
        edges = await pulse
    assert edges.commanded_close == 1.0 + width


@on_line(lambda data: [(0.3, b"<" + data)])
async def test_an_edge_that_comes_too_late_keeps_its_width(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(line.ask(b"other", CR, urgent=True))
        await clock.sleep(0.01)
        edges = await line.pulse(OPEN, CLOSE, CR, at=0.02, width=0.1)
    assert edges.commanded_open == pytest.approx(0.3)
    assert edges.commanded_close - edges.commanded_open == pytest.approx(0.1)


@pytest.mark.parametrize("width", [0.2, 2.0])
@pytest.mark.parametrize("when", [1.001, 1.1, 1.19])
def test_the_closing_goes_out_at_once_when_a_pulse_is_cancelled(when: float, width: float) -> None:
    async def main(clock: VirtualClock) -> None:
        wire = Scripted(clock, echo)
        line = Line(wire, clock)
        await line.open()
        async with asyncio.TaskGroup() as group:
            pulse = group.create_task(line.pulse(OPEN, CLOSE, CR, at=1.0, width=width))
            await clock.sleep_until(when)
            pulse.cancel()
        await clock.sleep(5.0)
        assert wire.sent == [(1.0, b"open\r"), (when, b"close\r")]
        assert await line.ask(b"poll", CR) == b"<poll", "the line is free and in step"

    run_virtual(main)


@on_line(echo)
async def test_a_pulse_cancelled_long_before_sends_nothing(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    async with asyncio.TaskGroup() as group:
        pulse = group.create_task(line.pulse(OPEN, CLOSE, CR, at=1.0, width=0.1))
        await clock.sleep_until(0.5)
        pulse.cancel()
    await clock.sleep(5.0)
    assert wire.sent == []


@on_line(lambda data: [(DELAY, b"<!no\r")] if data == b"open\r" else echo(data))
async def test_the_closing_goes_out_at_once_when_the_opening_is_refused(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    with pytest.raises(InstrumentRefused):
        await line.pulse(OPEN, CLOSE, CR, at=1.0, width=0.2)
    await clock.sleep(1.0)
    assert wire.sent == [(1.0, b"open\r"), (1.0 + DELAY, b"close\r")]


@on_line(lambda data: [])
async def test_an_opening_without_reply_is_closed_twice(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    """At its instant, and again once the silence is certain."""
    with pytest.raises(NoReply):
        await line.pulse(OPEN, CLOSE, CR, at=1.0, width=0.2)
    assert [data for _, data in wire.sent] == [b"open\r", b"close\r", b"close\r"]
    assert wire.sent[1][0] == 1.2


@on_line(echo)
async def test_a_wire_that_is_lost_in_a_pulse_says_what_could_not_be_done(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    async def unplug() -> None:
        await clock.sleep_until(1.1)
        wire.lost = True

    async with asyncio.TaskGroup() as group:
        group.create_task(unplug())
        with pytest.raises(LineLost) as lost:
            await line.pulse(OPEN, CLOSE, CR, at=1.0, width=0.2)
    assert "closing of a valve" in "".join(lost.value.__notes__)


@on_line(echo)
async def test_only_one_of_many_reconnects_a_line(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    epoch = line.epoch
    await asyncio.gather(*(line.reopen(epoch) for _ in range(4)))
    assert wire.opened == 2
    assert line.epoch == epoch + 1


class Terse(Terminator):
    """Commands in capitals are answered, others only obeyed."""

    def unanswered(self, payload: bytes) -> float | None:
        return 0.25 if payload.islower() else None


@on_line(lambda data: [] if data.islower() else echo(data))
async def test_a_command_that_is_not_answered_takes_no_time_but_the_rest(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    terse = Terse(b"\r")
    assert await line.ask(b"set", terse) == b""
    assert clock.now() == 0.0
    assert await line.ask(b"ASK", terse) == b"<ASK"
    assert wire.sent == [(0.0, b"set\r"), (pytest.approx(0.25), b"ASK\r")]


@on_line(echo)
async def test_what_belongs_together_is_not_torn_apart(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    async def selected(name: bytes) -> None:
        async with line.together():
            await line.ask(b"select " + name, CR)
            await line.ask(b"ask " + name, CR)

    async with asyncio.TaskGroup() as group:
        for name in (b"1", b"2", b"3"):
            group.create_task(selected(name))
    order = [data.decode().split()[1] for _, data in wire.sent]
    assert order == ["1", "1", "2", "2", "3", "3"]


@on_line(lambda data: [] if data.startswith(b"slow") else echo(data))
async def test_an_urgent_command_breaks_in_where_readings_belong_together(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    async def reading() -> None:
        with pytest.raises(Preempted):
            async with line.together():
                await line.ask(b"slow", CR)

    async with asyncio.TaskGroup() as group:
        group.create_task(reading())
        await clock.sleep(0.1)
        assert await line.ask(b"close", CR, urgent=True) == b"<close"
    assert clock.now() < 0.1 + 2 * SLICE


# --- what is sent at once -----------------------------------------------------------------------------------------


@on_line(echo)
async def test_what_is_sent_at_once_has_its_reply_before_anything_else_is_sent(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    sent = line.send_at_once(CLOSE, CR)
    assert wire.sent == [(0.0, b"close\r")], "without any await"
    assert sent is not None
    assert await line.ask(b"Q", CR) == b"<Q"
    assert [at for at, _ in wire.sent] == pytest.approx([0.0, DELAY])
    await line.obeyed(sent)
    assert clock.now() == pytest.approx(2 * DELAY)


@on_line(echo)
async def test_nothing_is_sent_at_once_into_an_exchange(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    reading = asyncio.ensure_future(line.ask(b"Q", CR))
    await clock.sleep(DELAY / 2)
    assert line.send_at_once(CLOSE, CR) is None
    await reading
    assert line.send_at_once(CLOSE, CR) is not None
    assert line.send_at_once(CLOSE, CR) is None, "one that waits for its reply is an exchange too"
    assert [data for _, data in wire.sent] == [b"Q\r", b"close\r"]


@on_line(lambda data: [] if data == b"Q\r" else echo(data))
async def test_nothing_is_sent_at_once_to_who_owes_a_reply_or_needs_rest(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    slow = Terminator(b"\r")
    slow.rest = 0.02
    await line.ask(b"R", slow)
    assert line.send_at_once(CLOSE, CR) is None, "it rests"
    await clock.sleep(slow.rest)
    with pytest.raises(NoReply):
        await line.ask(b"Q", CR)
    assert line.send_at_once(CLOSE, CR) is None, "its late reply would be taken for the answer"
    assert [data for _, data in wire.sent] == [b"R\r", b"Q\r"]


@on_line(echo)
async def test_what_is_not_answered_is_not_sent_at_once(line: Line, wire: Scripted, clock: VirtualClock) -> None:
    class Silent(Terminator):
        def unanswered(self, payload: bytes) -> float | None:
            return 0.1

    assert line.send_at_once(CLOSE, Silent(b"\r")) is None
    assert wire.sent == []


@on_line(lambda data: [(DELAY, b"<!" + data)] if data == b"close\r" else echo(data))
async def test_a_refusal_of_what_was_sent_at_once_is_told_to_who_asks_and_to_nobody_else(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    sent = line.send_at_once(CLOSE, CR)
    assert sent is not None
    assert await line.ask(b"Q", CR) == b"<Q"
    with pytest.raises(InstrumentRefused):
        await line.obeyed(sent)
    assert await line.ask(b"Q", CR) == b"<Q", "the line is free again"


@on_line(lambda data: [] if data == b"close\r" else echo(data))
async def test_silence_after_what_was_sent_at_once_ends_at_the_deadline(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    sent = line.send_at_once(CLOSE, CR)
    assert sent is not None
    with pytest.raises(NoReply):
        await line.obeyed(sent)
    assert clock.now() == pytest.approx(CR.reply_within)
    assert line.send_at_once(CLOSE, CR) is None, "it owes a reply"
    assert await line.ask(b"Q", CR) == b"<Q"


@on_line(lambda data: [] if data == b"close\r" else echo(data))
async def test_who_is_cancelled_while_it_waits_for_that_reply_leaves_the_line_free(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    sent = line.send_at_once(CLOSE, CR)
    assert sent is not None
    reading = asyncio.ensure_future(line.ask(b"Q", CR))
    await clock.sleep(DELAY)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    with pytest.raises(NoReply, match="nobody waited"):
        await line.obeyed(sent)
    assert await line.ask(b"Q", CR) == b"<Q"


@on_line(echo)
async def test_a_line_that_is_opened_anew_knows_nothing_of_what_was_sent_before(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    sent = line.send_at_once(CLOSE, CR)
    assert sent is not None
    await line.reopen(line.epoch)
    with pytest.raises(NoReply, match="nobody waited"):
        await line.obeyed(sent)
    wire.lost = True
    with pytest.raises(LineLost):
        line.send_at_once(CLOSE, CR)
    wire.lost = False
    assert line.send_at_once(CLOSE, CR) is not None, "nothing went out, so nothing is waited for"


@on_line(echo)
async def test_an_urgent_one_that_waits_for_that_reply_passes_the_queue(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    sent = line.send_at_once(CLOSE, CR)
    assert sent is not None
    readings = [asyncio.ensure_future(line.ask(b"Q", CR, preemptible=False)) for _ in range(3)]
    await clock.sleep(0.0)
    await line.obeyed(sent, urgent=True)
    assert clock.now() == pytest.approx(2 * DELAY), "only the one that had the line already is carried through"
    await asyncio.gather(*readings)


ALIKE = Terminator(b"\r", alike=True)


@pytest.mark.parametrize("again", [0.001, 0.039])
def test_a_reply_that_comes_twice_is_not_taken_for_the_next_one(again: float) -> None:
    """Both questions are answered with a number; the first reply comes again while the second question waits."""

    def answer(data: bytes) -> list[tuple[float, bytes]]:
        return [(DELAY, b"1\r"), (DELAY + again, b"1\r")] if data == b"A\r" else [(0.04, b"2\r")]

    @on_line(answer)
    async def scenario(line: Line, wire: Scripted, clock: VirtualClock) -> None:
        assert [await line.ask(question, ALIKE) for question in (b"A", b"B")] == [b"1", b"2"]

    scenario()


@on_line(lambda data: [(DELAY, b"7\r")])
async def test_who_are_answered_alike_wait_until_nothing_follows(
    line: Line, wire: Scripted, clock: VirtualClock
) -> None:
    assert [await line.ask(question, ALIKE) for question in (b"A", b"A")] == [b"7", b"7"]
    assert clock.now() == pytest.approx(2 * DELAY), "the same question may well have the same answer"
    assert await line.ask(b"B", ALIKE) == b"7"
    assert clock.now() == pytest.approx(3 * DELAY + ALIKE.quiet_gap)
    assert await line.ask(b"B", ALIKE) == await line.ask(b"C", ALIKE, urgent=True) == b"7"
    assert clock.now() == pytest.approx(5 * DELAY + ALIKE.quiet_gap), "nor who has told so before, nor what is urgent"
