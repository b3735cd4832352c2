"""Drivers without their instruments: what a driver makes of its options, learnt before anything is connected."""

from collections.abc import Mapping
from typing import NoReturn

from vapordep.clock import WallClock
from vapordep.devices.device import Device
from vapordep.devices.line import Line
from vapordep.devices.options import Option
from vapordep.devices.transport import Transport
from vapordep.errors import LineLost


class Nowhere(Transport):
    """A wire that leads nowhere."""

    def __init__(self, where: str) -> None:
        self.where = where

    async def open(self) -> None:
        """Raises LineLost."""
        self._refuse()

    async def close(self) -> None:
        """Nothing is open."""

    def send(self, data: bytes) -> None:
        """Raises LineLost."""
        self._refuse()

    async def receive(self, deadline: float) -> bytes:
        """Raises LineLost."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise LineLost("this line is not connected", where=self.where)


def offline(kind: type[Device], name: str, line: str, options: Mapping[str, Option]) -> Device:
    """The instrument `name` with its options; raises ReactorError for an option that its driver refuses."""
    return kind(name, Line(Nowhere(line), WallClock()), options)
