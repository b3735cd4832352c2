"""Assembly: the parts of a reactor file joined into wiring and outputs, each checked against the driver it names."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

from vapordep.clock import WallClock
from vapordep.devices.catalogue import driver
from vapordep.devices.device import Device
from vapordep.devices.line import Line
from vapordep.devices.signals import Setpoint, Signal
from vapordep.devices.transports import open_transport
from vapordep.errors import InputError, ReactorError
from vapordep.files import Document
from vapordep.model.instruments import Cell
from vapordep.model.outputs import LEAVE, Output, SafeValue
from vapordep.reactor.safe_values import missing, safe_valve, safe_zone
from vapordep.reactor.schema.heated import ZonePart
from vapordep.reactor.schema.quantities import CELL
from vapordep.reactor.schema.reactor import ReactorPart
from vapordep.reactor.schema.vessel import SafeValve
from vapordep.units import Dimension, format_si, to_si

FLOW = ("flow", "flow_setpoint")
ZONE = ("temperature", "setpoint", "power", "working_setpoint", "rate")
"""Signals that the driver of a flow controller, and of a heater, must have."""
CHILLER = {"external_temperature": "temperature", "setpoint": "setpoint"}
"""Those of a chiller, which holds a sensor outside of it, and what they are of the zone."""
SWITCH = "running"
"""The signal that tells a chiller from a heater: whether its bath circulates."""
SWITCHED = {"on": SafeValue(1.0), "off": SafeValue(0.0), "leave": LEAVE}


class Assembly:
    """Collects outputs, wiring and findings; every finding names the line of the file that asks for what cannot be."""

    def __init__(self, document: Document, parts: ReactorPart) -> None:
        self.document = document
        self.parts = parts
        self.findings: list[InputError] = []
        self.wiring: dict[Cell, str] = {}
        self.outputs: dict[str, Output] = {}
        self.devices: dict[str, Device] = {}
        for name in parts.instruments:
            with self.gathering():
                self.devices[name] = self._device(name)
        self.refuse()

    def where(self, *path: str | int) -> str:
        """`file:line` of the part at `path`."""
        return self.document.where(path)

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Keeps what is refused within, so that the next part is looked at too."""
        try:
            yield
        except InputError as error:
            self.findings.extend(error.findings)

    def refuse(self) -> None:
        """Raises ReactorError with every finding so far, if there is any."""
        if self.findings:
            raise ReactorError.gather(self.findings)

    def channel(self, reference: str, signal: str, tag: str, *path: str | int) -> Cell:
        """Wires `instrument[n]` of the file to `tag`, as that instrument's signal `signal[n]`."""
        found = CELL.fullmatch(reference)
        if found is None:
            raise ReactorError(f"{reference!r} is not a channel", where=self.where(*path), remedy="write valves[0]")
        return self.wire(Cell(found["instrument"], signal, int(found["index"])), tag, *path)

    def output(
        self, tag: str, cell: Cell, safe: SafeValue, *path: str | int, hazardous: bool = True, most: float = math.inf
    ) -> None:
        """Declares `tag` as something the engine may command: over its instrument's range, up to `most` (SI)."""
        signal, where = self._signal(cell, *path), self.where(*path)
        if not signal.writable:
            raise ReactorError(f"{cell.instrument}.{cell.key} cannot be commanded", where=where, remedy="wire another")
        channel = signal.channels()[cell.index or 0]
        low, high = (to_si(limit, signal.unit) for limit in self.devices[cell.instrument].range(channel))
        high = min(high, most)
        for value in (safe.value, safe.otherwise):
            if value is not None and not low <= value <= high:
                reach = " to ".join(format_si(limit, signal.unit.dimension) for limit in (low, high))
                raise ReactorError(f"the safe value of {tag} is out of its range", where=where, remedy=f"it is {reach}")
        off = to_si(signal.off, signal.unit)
        self.outputs[tag] = Output(tag, cell, signal.unit, low, high, safe, hazardous, where, off)

    def valve(self, owner: str, reference: str, safe: SafeValve | None, *path: str | int, word: str = "valve") -> str:
        """A valve of `owner`; gives its tag."""
        tag = f"{owner}.{word}"
        cell = self.channel(reference, "valve", tag, *path, word)
        self.output(tag, cell, safe_valve(safe, tag, self.where(*path, word)), *path, word)
        return tag

    def timed_relay(self, tag: str, reference: str, holds: float, *path: str | int) -> None:
        """A relay that its board itself lets go again, off in the safe state; raises ReactorError where it cannot."""
        cell = self.channel(reference, "valve", tag, *path, "relay")
        signal = self._signal(cell, *path)
        step = signal.pulse_resolution if isinstance(signal, Setpoint) else None
        if not step or abs(holds / step - round(holds / step)) > 1e-6:
            what = f"{reference} cannot let go by itself after {format_si(holds, Dimension.TIME)}"
            raise ReactorError(what, where=self.where(*path), remedy="use a board that times pulses, in its steps")
        self.output(tag, cell, SafeValue(0.0), *path, "relay")

    def gas_line(self, name: str) -> str:
        """A flow controller and maybe its shut-off valve; gives the valve's tag, empty without one."""
        part, path = self.parts.lines[name], ("lines", name)
        if part.safe is None:
            raise missing(f"{name}.flow_setpoint", self.where(*path), "safe: {flow: 20 sccm, valve: open}")
        self.flow(name, part.flow, part.safe.flow, *path, "flow", at="safe")
        return self.valve(name, part.valve, part.safe.valve, *path) if part.valve else ""

    def flow(self, name: str, controller: str, safe: float, *path: str | int, at: str = "") -> None:
        """A flow controller: its setpoint is an output, `safe` in mol/s; what is wrong with that stands `at`."""
        for signal in FLOW:
            self.wire(Cell(controller, signal), f"{name}.{signal}", *path)
        place = (*path[:-1], at) if at else path
        self.output(f"{name}.flow_setpoint", Cell(controller, "flow_setpoint"), SafeValue(safe), *place)

    def zone(self, name: str, part: ZonePart, *path: str | int) -> str:
        """A heater or a chiller: its setpoint is an output with a safe value, its rate only a setting.

        Gives the tag of what makes a chiller circulate, empty for a heater.
        """
        chills = part.heater in self.devices and SWITCH in self.devices[part.heater].signals
        for word, quantity in CHILLER.items() if chills else zip(ZONE, ZONE, strict=True):
            self.wire(Cell(part.heater, word), f"{name}.{quantity}", *path, "heater")
        setpoint, tag = Cell(part.heater, "setpoint"), f"{name}.setpoint"
        signal = self._signal(setpoint, *path)
        safe = safe_zone(part.safe, to_si(signal.off, signal.unit), name, self.where(*path))
        self.output(tag, setpoint, safe, *path, "safe", most=part.max_temperature or math.inf)
        if chills:
            return self._circulation(part, *path)
        self.output(f"{name}.rate", Cell(part.heater, "rate"), LEAVE, *path, "heater", hazardous=False)
        return ""

    def _circulation(self, part: ZonePart, *path: str | int) -> str:
        """The switch of a chiller; gives its tag."""
        tag = f"{part.heater}.{SWITCH}"
        if part.safe_running is None:
            raise missing(tag, self.where(*path), "safe_running: on")
        cell = self.wire(Cell(part.heater, SWITCH), tag, *path, "heater")
        self.output(tag, cell, SWITCHED[part.safe_running], *path, "safe_running")
        return tag

    def rest(self) -> None:
        """What no part of the reactor claims keeps its instrument's name: `carrier_mfc.pressure`."""
        for name, device in self.devices.items():
            for signal in device.signals.values():
                cell = Cell(name, signal.name)
                if signal.count is None and cell not in self.wiring:
                    self.wiring[cell] = f"{name}.{signal.name}"

    def state_tags(self) -> list[str]:
        """Tags of instruments that are either on or off."""
        return [
            tag
            for cell, tag in self.wiring.items()
            if self.devices[cell.instrument].signals[cell.signal].unit.dimension is Dimension.STATE
        ]

    def _device(self, name: str) -> Device:
        """The instrument with its options, on a line that is never opened: its driver tells signals and ranges."""
        part, path, clock = self.parts.instruments[name], ("instruments", name), WallClock()
        options = dict(part.model_extra or {})
        kind = driver(part.driver, self.where(*path, "driver"))
        try:
            return kind(name, Line(open_transport(part.line, options, clock), clock), options)
        except InputError as error:
            raise ReactorError(f"{name}: {error.what}", where=self.where(*path), remedy=error.remedy) from None

    def wire(self, cell: Cell, tag: str, *path: str | int) -> Cell:
        """Gives a channel its tag; raises ReactorError for one that is not there, or is something else already."""
        channels = len(self._signal(cell, *path).channels())
        if cell in self.wiring:
            raise self._refuse(f"{cell.instrument}.{cell.key} already is {self.wiring[cell]}", *path)
        if tag in self.wiring.values():
            raise self._refuse(f"{tag} is there twice", *path)
        if cell.index is not None and cell.index >= channels:
            raise ReactorError(
                f"{cell.instrument} has no {cell.key}",
                where=self.where(*path),
                remedy=f"its channels run from 0 to {channels - 1}",
            )
        self.wiring[cell] = tag
        return cell

    def _refuse(self, what: str, *path: str | int) -> ReactorError:
        return ReactorError(what, where=self.where(*path), remedy="give each channel to one thing, each thing one name")

    def _signal(self, cell: Cell, *path: str | int) -> Signal:
        where = self.where(*path)
        if cell.instrument not in self.devices:
            known = ", ".join(self.devices)
            raise ReactorError(
                f"no instrument is called {cell.instrument!r}", where=where, remedy=f"instruments: {known}"
            )
        signals = self.devices[cell.instrument].signals
        signal = signals.get(cell.signal)
        if signal is None or (cell.index is None) != (signal.count is None):
            raise ReactorError(
                f"the driver of {cell.instrument} has no {cell.key} to wire here",
                where=where,
                remedy=f"it has: {', '.join(signals)}",
            )
        return signal
