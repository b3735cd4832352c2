"""Signals: Ctrl-C and SIGTERM as orders on the loop, never as exceptions in the middle of something."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any

from vapordep.engine.run import Run

TERMINATING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name))
"""Signals that end a program; which exist depends on the system."""


@contextmanager
def steering(run: Run) -> Iterator[None]:
    """Within it, Ctrl-C stops the run, a second one aborts it, and what ends a program aborts it too."""
    end = partial(run.terminate, "the program was asked to end")
    with taking({signal.SIGINT: run.interrupt} | dict.fromkeys(TERMINATING, end)):
        yield


@contextmanager
def taking(orders: Mapping[int, Callable[[], None]]) -> Iterator[None]:
    """Within it each of these signals gives its order on the running loop; one that this process ignores stays so.

    In another thread than the main one, as on a cluster, nothing is taken: signals are for whoever has that one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    wanted = {number: order for number, order in orders.items() if signal.getsignal(number) is not signal.SIG_IGN}
    before = {number: _install(number, loop, order) for number, order in wanted.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _install(number: int, loop: asyncio.AbstractEventLoop, order: Callable[[], None]) -> Any:
    def handle(_: int, __: FrameType | None) -> None:
        loop.call_soon_threadsafe(order)

    return signal.signal(number, handle)
