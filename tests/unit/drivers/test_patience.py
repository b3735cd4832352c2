"""The option `reply_within` of every driver: how long a reply may take."""

import pkgutil

import pytest

import vapordep_drivers
from tests.unit.drivers.captured import Capture, on_capture
from vapordep.errors import NoReply, ReactorError

DRIVERS = sorted(module.name for module in pkgutil.iter_modules(vapordep_drivers.__path__) if module.name[0] != "_")

QUESTIONS = {"mks651": b"R5", "scpi_supply": b"OUTP?"}
"""What is sure to be answered, where not everything is."""


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.parametrize(("options", "patience"), [({}, 0.5), ({"reply_within": "2 s"}, 2.0)])
def test_so_long_it_waits(name: str, options: dict[str, str], patience: float) -> None:
    @on_capture(name, {}, **options)
    async def scenario(capture: Capture) -> None:
        began = capture.clock.now()
        with pytest.raises(NoReply):
            await capture.device.ask(QUESTIONS.get(name, b"\x03\x00\x01\x00\x01"))
        assert capture.clock.now() - began == pytest.approx(patience)

    scenario()


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.parametrize("given", ["0 s", "-1 s", "1 min", "2", "2 K"])
def test_what_is_no_such_time_is_refused(name: str, given: str) -> None:
    @on_capture(name, {}, reply_within=given)
    async def scenario(capture: Capture) -> None:
        raise AssertionError

    with pytest.raises(ReactorError, match="reply_within"):
        scenario()
