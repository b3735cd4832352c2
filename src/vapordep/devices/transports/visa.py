"""Bytes over a VISA resource: serial ports, GPIB and USB instruments, through PyVISA."""

import asyncio
import queue
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypedDict

from vapordep.clock import Clock
from vapordep.devices.options import Option, Options
from vapordep.devices.transport import Transport
from vapordep.errors import LineLost

if TYPE_CHECKING:
    from pyvisa.resources import MessageBasedResource

SLICE_MS = 50
"""Longest single read, so that no send ever waits for a slow one."""
PARITIES = ("none", "odd", "even", "mark", "space")
STOP_BITS = {1: 10, 2: 20}
"""Number of stop bits: VISA's name for it (VI_ATTR_ASRL_STOP_BITS)."""
LONGEST_MESSAGE = 4096
Abandoned = Callable[[], bool]
"""Tells, from any thread, that nobody waits for the result any more."""


class PortSettings(TypedDict):
    """How a serial port is set up."""

    baud: int
    data_bits: int
    parity: str
    stop_bits: int


def port_settings(resource: str, options: Mapping[str, Option]) -> PortSettings:
    """What the options say of the port, 9600 8N1 where they say nothing; raises ReactorError."""
    chosen = Options({key: value for key, value in options.items() if key in _SERIAL}, resource, _SERIAL)
    return {
        "baud": chosen.integer("baud", 9600, low=110, high=921_600),
        "data_bits": chosen.integer("data_bits", 8, low=7, high=8),
        "parity": chosen.word("parity", "none", among=PARITIES),
        "stop_bits": chosen.integer("stop_bits", 1, low=1, high=2),
    }


class VisaTransport(Transport):
    """One resource, opened for itself alone, with one thread that reads in slices while somebody waits for bytes.

    PyVISA is imported when the resource is opened. Sends go out from whichever thread calls.
    """

    def __init__(self, resource: str, options: Mapping[str, Option], clock: Clock, *, library: str = "") -> None:
        self.where = resource
        self.clock = clock
        self.library = library
        self.settings = port_settings(resource, options)
        self._resource: MessageBasedResource | None = None
        self._thread: _Thread | None = None

    async def open(self) -> None:
        """Opens the resource exclusively; raises LineLost."""
        self._thread = _Thread(self.where)
        try:
            self._resource = await self._thread.call(self._open)
        except BaseException:
            self._end_thread()
            raise

    def _open(self, abandoned: Abandoned) -> "MessageBasedResource":
        import pyvisa

        try:
            manager = pyvisa.ResourceManager(self.library or _library())
            found: Any = manager.open_resource(self.where, access_mode=pyvisa.constants.AccessModes.exclusive_lock)
            found.timeout = SLICE_MS
            found.read_termination = found.write_termination = None
            if self.where.upper().startswith("ASRL"):
                self._set_up_port(found)
            return found  # type: ignore[no-any-return]
        except _errors() as error:
            remedy = "check the port's name and settings, and that no other program has it open"
            raise LineLost(f"cannot open: {error}", where=self.where, remedy=remedy) from error

    def _set_up_port(self, port: Any) -> None:
        from pyvisa.constants import Parity, SerialTermination, StopBits

        port.baud_rate = self.settings["baud"]
        port.data_bits = self.settings["data_bits"]
        port.parity = Parity[self.settings["parity"]]
        port.stop_bits = StopBits(STOP_BITS[self.settings["stop_bits"]])
        port.end_input = port.end_output = SerialTermination.none  # every byte counts, none ends a reply
        session = getattr(port.visalib, "sessions", {}).get(port.session)
        interface: Any = getattr(session, "interface", None)
        if hasattr(interface, "exclusive"):  # pyvisa-py lets two programs open one port unless pyserial is told
            interface.exclusive = True

    async def close(self) -> None:
        """Closes the resource and ends its thread."""
        resource, self._resource = self._resource, None
        if self._thread is None:
            return
        if resource is not None:
            await self._thread.call(partial(_close, resource))
        self._end_thread()

    def _end_thread(self) -> None:
        if self._thread is not None:
            self._thread.end()
            self._thread = None

    def send(self, data: bytes) -> None:
        """Writes `data` in the calling thread; raises LineLost."""
        if self._resource is None:
            raise LineLost("not open", where=self.where)
        try:
            self._resource.write_raw(data)
        except _errors() as error:
            raise LineLost(f"cannot send: {error}", where=self.where, remedy="check the cable") from error

    async def receive(self, deadline: float) -> bytes:
        """The bytes that have arrived, or b"" at `deadline`, s on the clock; raises LineLost."""
        if self._resource is None or self._thread is None:
            raise LineLost("not open", where=self.where)
        received: bytes = await self._thread.call(partial(self._read_until, self._resource, deadline))
        return received

    def _read_until(self, resource: "MessageBasedResource", deadline: float, abandoned: Abandoned) -> bytes:
        try:
            while True:
                data = _read(resource, waiting=self.clock.now() < deadline)
                if data or abandoned() or self.clock.now() >= deadline:
                    return data
        except _errors() as error:
            raise LineLost(f"cannot receive: {error}", where=self.where, remedy="check the cable") from error


_SERIAL = ("baud", "data_bits", "parity", "stop_bits")


def _library() -> str:
    """The VISA library of the system when there is one, else pyvisa-py."""
    from pyvisa.ctwrapper.highlevel import IVIVisaLibrary

    return "" if IVIVisaLibrary.get_library_paths() else "@py"


def _read(resource: "MessageBasedResource", *, waiting: bool) -> bytes:
    """What has arrived; when there is nothing and `waiting`, the first bytes of the next slice."""
    from pyvisa.constants import InterfaceType, StatusCode
    from pyvisa.errors import VisaIOError

    serial = resource.interface_type is InterfaceType.asrl
    there = resource.bytes_in_buffer if serial else LONGEST_MESSAGE  # type: ignore[attr-defined]
    if not there and not waiting:
        return b""
    try:
        with resource.ignore_warning(StatusCode.success_max_count_read):  # we ask for exactly what is there
            data, _ = resource.visalib.read(resource.session, max(there, 1))
    except VisaIOError as error:
        if error.error_code == StatusCode.error_timeout:
            return b""
        raise
    return bytes(data)


def _close(resource: "MessageBasedResource", abandoned: Abandoned) -> None:
    try:
        resource.close()
    except _errors():  # it is gone: closed all the same
        return


@cache
def _errors() -> tuple[type[Exception], ...]:
    """What a port raises that is gone, or that does not bear its settings: the system's own error is no OSError."""
    from pyvisa.errors import Error

    try:
        return OSError, ValueError, Error, import_module("termios").error
    except ImportError:  # Windows has none
        return OSError, ValueError, Error


class _Thread:
    """One thread that does one thing at a time for a loop; a caller that is cancelled leaves its result behind."""

    def __init__(self, name: str) -> None:
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"visa {name}", daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[Abandoned], Any]) -> Any:
        """What `function` gives, called in the thread; it is told when the caller was cancelled."""
        loop = asyncio.get_running_loop()
        result: asyncio.Future[Any] = loop.create_future()
        self._work.put(partial(_do, function, loop, result))
        return await result

    def end(self) -> None:
        self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()


def _do(function: Callable[[Abandoned], Any], loop: asyncio.AbstractEventLoop, result: asyncio.Future[Any]) -> None:
    try:
        value = function(result.cancelled)
    except Exception as error:  # handed to the caller on the loop
        settle = partial(_settle, result, None, error)
    else:
        settle = partial(_settle, result, value, None)
    try:
        loop.call_soon_threadsafe(settle)
    except RuntimeError:  # the loop is closed: nobody waits any more
        return


def _settle(result: asyncio.Future[Any], value: Any, error: Exception | None) -> None:
    if result.done():
        return
    if error is not None:
        result.set_exception(error)
    else:
        result.set_result(value)
