"""What a driver is foretold to send and to hear is what comes when it is done, and nothing is done before."""

from typing import Any

import pytest

from tests.contract.bench import Bench, Heated
from tests.contract.test_make_safe import COMMANDERS, on_bench
from vapordep.devices import Channel, Device
from vapordep.devices.foretelling import foretold
from vapordep.devices.patterns import Act, Script, content
from vapordep.devices.recording import recording, take
from vapordep.devices.signals import Polled
from vapordep.errors import NotArmed
from vapordep.guardian.tape import found
from vapordep.safety.safe_state.tape_steps import steps

TELL = ["eurotherm", "julabo", "modbus_relay"]
"""Those whose protocol says how a command is answered."""


def turning_off(bench: Bench, channel: Channel) -> Act:
    async def act(device: Device) -> None:
        await device.write(channel, bench.device.signals[channel.name].off, insist=True)

    return act


@pytest.mark.parametrize("name", TELL)
def test_off_is_foretold_as_it_comes(name: str) -> None:
    async def scenario(bench: Bench, world: Heated) -> None:
        for channel in bench.outputs():
            off, before = turning_off(bench, channel), dict(world.inputs)
            exchanges = await foretold(bench.device, off)
            await bench.clock.sleep(2.0)
            assert world.inputs == before, f"{channel}: nothing is done"
            with recording() as recorded, take("off"):
                await off(bench.device)
            done = recorded.takes["off"]
            assert [each.payload for each in exchanges] == [each.payload for each in done]
            for step, came in zip(await steps(script(bench, exchanges, off), "bench"), done, strict=True):
                frame = came.framing.reply_frame(bytes.fromhex(step.data["send"]), came.reply) or b""
                assert found(step.data["reply"], step.data["check"], frame) is not None, frame
            assert all(0.0 <= each.took <= each.within for each in exchanges)

    on_bench(name, scenario)


@pytest.mark.parametrize("name", ["eurotherm", "julabo"])
def test_a_reading_is_foretold_as_it_is_once_off_was_obeyed(name: str) -> None:
    async def scenario(bench: Bench, world: Heated) -> None:
        channel, off = bench.device.signals["setpoint"].channel, bench.device.signals["setpoint"].off  # type: ignore[attr-defined]
        [exchange] = [each for each in bench.device.polls if "setpoint" in bench.device.filled_by(each)]
        commands = script(
            bench, await foretold(bench.device, turning_off(bench, channel)), shows(exchange, off)
        ).commands
        with recording() as recorded, take("reading"):
            await bench.device.read(exchange)
        hot = script(bench, recorded.takes["reading"], shows(exchange, off))
        assert not await content(hot)
        assert await content(hot.after(commands))
        assert not await content(hot.after(commands).judged_by(shows(exchange, off + 1.0)))

    on_bench(name, scenario)


@pytest.mark.parametrize("name", sorted(set(COMMANDERS) - set(TELL)))
def test_what_a_protocol_does_not_tell_is_not_made_up(name: str) -> None:
    async def scenario(bench: Bench, world: Heated) -> None:
        for channel in bench.outputs():
            before = dict(world.inputs)
            with pytest.raises(NotArmed, match=r"how .* will be answered on .* cannot be foretold"):
                await foretold(bench.device, turning_off(bench, channel))
            await bench.clock.sleep(2.0)
            assert world.inputs == before

    on_bench(name, scenario)


def script(bench: Bench, exchanges: Any, act: Act) -> Script:
    return Script(bench.device, exchanges, tuple(each.reply for each in exchanges), act)


def shows(exchange: Polled[Any], off: float) -> Act:
    async def act(device: Device) -> None:
        readings = {str(getattr(each, "channel", each)): value for each, value in (await device.read(exchange)).items()}
        if readings["setpoint"] != pytest.approx(off):
            raise NotArmed("another reading")

    return act
