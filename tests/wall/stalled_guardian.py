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
    """The program itself, its clocks ahead by what the signals said."""
    stood = slept = 0.0

    def move_on(number: int, _: object) -> None:
        nonlocal stood, slept
        more = STALLS[signal.Signals(number)]
        stood, slept = stood + more[0], slept + more[1]

    def moved() -> Times:
        now, boot = clocks()
        return now + stood, boot + stood + slept

    for number in STALLS:
        signal.signal(number, move_on)
    program.Guardian = partial(Guardian, clock=moved)  # type: ignore[misc, assignment]
    raise SystemExit(program.main())


if __name__ == "__main__":
    main()
