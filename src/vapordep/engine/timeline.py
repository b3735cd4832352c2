"""The timeline: the absolute instants of a run's timed steps, so that nothing drifts over thousands of cycles."""

from vapordep.clock import Clock

LEAD = 0.2
"""How long before an edge its step begins, in s: time to ask the gate and to keep polls off the line."""
NOTICE = 0.1
"""An edge due sooner than this, in s, can no longer be prepared for its instant; LEAD is that much and a late loop."""
LATE = 0.02
"""A step that ended later than planned by more than this, in s, moves all that follows; less does not add up."""


class Timeline:
    """`due` is the instant, in s on the clock, at which the next timed step begins.

    Timed steps move it by their nominal length, whatever the machine did meanwhile; a step of unknown length restarts
    it at the present.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.due = clock.now()

    def restart(self) -> None:
        """The next timed step begins now."""
        self.due = self.clock.now()

    def edge(self) -> float:
        """The instant of the next edge: when it is due, or as soon as it can be prepared when that is too near.

        A loop that woke a little late does not move it: thousands of such delays would add up.
        """
        if self.due < self.clock.now() + NOTICE:
            self.due = self.clock.now() + LEAD
        return self.due

    def spend(self, duration: float) -> None:
        """Moves on by `duration` s without waiting."""
        self.due += duration

    def ended(self, instant: float) -> None:
        """A timed step really ended at `instant`: one that was late must not shorten the purge after it."""
        if instant > self.due + LATE:
            self.due = instant

    async def wait(self, duration: float) -> None:
        """Moves on by `duration` s and returns just before it is over, in time to prepare an edge."""
        self.due += duration
        await self.clock.sleep_until(self.due - min(LEAD, 0.75 * duration))

    async def reached(self) -> None:
        """Waits until the timed steps so far are wholly over."""
        if self.clock.now() < self.due:
            await self.clock.sleep_until(self.due)
