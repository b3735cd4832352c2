"""`vapordep` whose engine can be wounded by signals; `vapordep serve` of a test starts it in its place."""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable

from vapordep.cli import main
from vapordep.safety.interlocks.interlocks import Interlocks

FOR_EVER = 60
"""s; longer than any guardian waits."""


def hold_the_gil() -> None:
    """As an extension that waits and does not give the interpreter's lock back."""
    threading.Thread(target=ctypes.PyDLL(None).sleep, args=(FOR_EVER,), daemon=True).start()


def block_the_loop() -> None:
    """As a call that waits in the thread of the loop; all other threads go on."""
    time.sleep(FOR_EVER)


def cease_to_evaluate() -> None:
    """Polls and beats go on, but no interlock is evaluated any more."""
    Interlocks.evaluate = lambda *_, **__: None  # type: ignore[assignment, method-assign]


WOUNDS: dict[signal.Signals, Callable[[], None]] = {
    signal.SIGUSR1: hold_the_gil,
    signal.SIGUSR2: block_the_loop,
    signal.SIGWINCH: cease_to_evaluate,
}

if __name__ == "__main__":
    if sys.argv[1] == "engine":
        for number in WOUNDS:
            signal.signal(number, lambda number, _: WOUNDS[signal.Signals(number)]())
    main()
