"""`vapordep.guardian` whose clocks signals can move on, as those of a computer that stood still or slept."""

import signal
from functools import partial

import vapordep.guardian.__main__ as program
from vapordep.guardian.clocks import Times, clocks
from vapordep.guardian.watch import Guardian

STALLS: dict[signal.Signals, Times] = {
    signal.SIGUSR1: (16.0, 0.0),
    signal.SIGUSR2: (60.0, 0.0),
    signal.SIGWINCH: (600.0, 0.0),
    signal.SIGVTALRM: (0.0, 600.0),
}
"""s without sleep, and asleep."""


def main() -> None:
    """The program itself, its clocks ahead by what the signals said.

    They are taken as the time is asked for: a handler may run a moment after it, when what stood still goes on.
    """
    stood = slept = 0.0
    signal.pthread_sigmask(signal.SIG_BLOCK, STALLS)  # in its threads too

    def moved() -> Times:
        nonlocal stood, slept
        while (came := signal.sigtimedwait(STALLS, 0.0)) is not None:
            more = STALLS[signal.Signals(came.si_signo)]
            stood, slept = stood + more[0], slept + more[1]
        now, boot = clocks()
        return now + stood, boot + stood + slept

    program.Guardian = partial(Guardian, clock=moved)  # type: ignore[misc, assignment]
    raise SystemExit(program.main())


if __name__ == "__main__":
    main()
