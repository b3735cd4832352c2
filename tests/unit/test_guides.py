"""What the how-to guides show is code and data that works."""

import asyncio
import pkgutil
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import vapordep_drivers
from vapordep.devices import Device, Framing
from vapordep.devices.catalogue import driver as find
from vapordep.errors import InstrumentRefused, ProtocolError, WrongInstrument
from vapordep.simulation.instrument import SimInstrument
from vapordep.units import sccm, to_si

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "how-to"


class ScriptedLine:
    """A line that answers each question with the reply written down for it."""

    def __init__(self, **replies: str) -> None:
        self.replies = replies
        self.began = 0.0
        self.clock = SimpleNamespace(now=lambda: 0.0)

    @asynccontextmanager
    async def claimed(self, **how: object) -> AsyncIterator[None]:
        yield

    async def ask(self, payload: bytes, framing: Framing, **how: object) -> bytes:
        return self.replies[payload.decode("ascii")[:2]].encode("ascii")


def in_the_guide(number: int, base: type) -> Any:
    """The class below `base` in the guide's piece of code of that number."""
    text = (GUIDES / "add-a-driver.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "mf1"}
    code = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)[number]
    exec(compile(code, "add-a-driver.md", "exec"), names)  # noqa: S102 - our own document
    [found] = [item for item in names.values() if isinstance(item, type) and base in item.__bases__]
    return found


@pytest.fixture(scope="module")
def driver() -> Any:
    return in_the_guide(0, Device)


def device(driver: Any, **replies: str) -> Any:
    return driver("mfc", ScriptedLine(**replies), {})


def test_the_guides_driver_reads_what_its_instrument_says(driver: Any) -> None:
    [exchange] = driver.polls
    readings = asyncio.run(device(driver, FL="FL=12.50 14.6 13.00").read(exchange))
    assert readings == {driver.flow: 12.5, driver.pressure: 14.6, driver.flow_setpoint: 13.0}


def test_the_guides_driver_takes_no_part_of_a_reply_for_a_number(driver: Any) -> None:
    [exchange] = driver.polls
    whole = "FL=12.50 14.6 13.00"
    for length in range(len(whole)):
        with pytest.raises(ProtocolError):
            asyncio.run(device(driver, FL=whole[:length]).read(exchange))


def test_the_guides_driver_knows_its_instrument(driver: Any) -> None:
    assert asyncio.run(device(driver, ID="MF-1 0815").identify()).serial == "0815"
    with pytest.raises(WrongInstrument):
        asyncio.run(device(driver, ID="MF-2 0815").identify())


def test_the_guides_driver_tells_when_it_is_refused(driver: Any) -> None:
    asyncio.run(device(driver, SP="OK").write(driver.flow_setpoint.channel, 5.0))
    with pytest.raises(InstrumentRefused):
        asyncio.run(device(driver, SP="LOCKED").write(driver.flow_setpoint.channel, 5.0))


def test_the_guides_simulator_answers_the_guides_driver(driver: Any) -> None:
    """With the flow that the world has, in halves of commands too; what it is told moves the world."""
    driven: dict[str, float] = {}
    world = SimpleNamespace(
        read=lambda point, t: to_si(12.5, sccm), drive=lambda point, value, t: driven.update({point: value})
    )
    wiring = {"flow": "carrier.flow", "flow_setpoint": "carrier.flow_setpoint"}
    simulator = in_the_guide(1, SimInstrument)("mfc", world, wiring, {}, 1)

    class Wire(ScriptedLine):
        async def ask(self, payload: bytes, framing: Framing, **how: object) -> bytes:
            halves = payload[:2], payload[2:] + b"\r"
            [(_, said)] = [reply for half in halves for reply in simulator.feed(half, 0.0)]
            return said.removesuffix(b"\r")  # type: ignore[no-any-return]

    thing = driver("mfc", Wire(), {})
    assert asyncio.run(thing.identify()).serial == "4711"
    asyncio.run(thing.write(driver.flow_setpoint.channel, 20.0))
    assert driven == {"carrier.flow_setpoint": pytest.approx(to_si(20.0, sccm))}
    [exchange] = driver.polls
    assert asyncio.run(thing.read(exchange)) == {driver.flow: 12.5, driver.pressure: 14.6, driver.flow_setpoint: 20.0}


def test_the_table_of_instruments_is_that_of_the_drivers() -> None:
    table = (GUIDES / "instruments.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|([^|]*)\|", table, flags=re.MULTILINE)
    told = {name: tuple(sorted(words.replace(",", " ").split()) for words in columns) for name, *columns in rows}
    drivers = [module.name for module in pkgutil.iter_modules(vapordep_drivers.__path__) if module.name[0] != "_"]
    assert told == {
        name: tuple(sorted(n for n, s in find(name).signals.items() if s.writable is obeys) for obeys in (False, True))
        for name in drivers
    }
