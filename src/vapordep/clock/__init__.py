"""The only room that imports time: the wall clock, the virtual loop and its pace, and acts at exact instants.

Instants are seconds on the clock that gave them; everything waits *until* an instant, never *for* a rest of one, so
that nothing drifts.
"""

from vapordep.clock.edges import Edge, EdgePlay
from vapordep.clock.face import Clock, one_turn, perf, utc_now
from vapordep.clock.running import run_virtual, run_wall
from vapordep.clock.virtual import VirtualClock, VirtualLoop, World
from vapordep.clock.wall import WallClock, ask_for_fifo

__all__ = [
    "Clock",
    "Edge",
    "EdgePlay",
    "VirtualClock",
    "VirtualLoop",
    "WallClock",
    "World",
    "ask_for_fifo",
    "one_turn",
    "perf",
    "run_virtual",
    "run_wall",
    "utc_now",
]
