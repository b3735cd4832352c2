"""What holds after every step of a walk, whatever was done: latches, melting, the safe state, and a hold."""

import asyncio

from hypothesis.stateful import invariant

from tests.unit.safety.core_model import ICE, SOURCES
from tests.unit.safety.core_people import People
from vapordep.model.alarms import UNANSWERED

MELTS = ICE + 180.5


class CoreAgainstModel(People):
    """The whole safety core, after each of its steps compared with the model."""

    @invariant()
    def latched_and_armed_as_the_model_says(self) -> None:
        if getattr(self, "model", None) is None:
            return
        assert self.model is not None
        trips = self.protection.interlocks.trips
        if self.protection.arming.armed and any(not self.model.watched[trip.id].holds for trip in trips):
            self.do(self.settle())  # tripped by a tick just now: the answer is a task of its own
        found = {trip.id for trip in self.protection.interlocks.trips}
        assert self.model.latched <= found, f"not latched: {self.model.latched - found}"
        assert found <= self.model.latched | self.model.may, f"without a cause: {found - self.model.latched}"
        self.acknowledged_as_the_model_says(found)
        self.model.latched, self.model.may = found, set()
        if any(not self.model.watched[id].holds for id in found):
            self.model.armed = False
        assert self.protection.arming.armed == self.model.armed

    def acknowledged_as_the_model_says(self, latched: set[str]) -> None:
        """Also after a restart; of a cause that may have come back meanwhile that is left open."""
        assert self.model is not None
        told = {id for id in latched if self.protection.alarms[id].state not in UNANSWERED}
        assert told == {id for id in latched if self.protection.interlocks.standings.acknowledged(id)}
        assert told - self.model.may == self.model.acknowledged & latched - self.model.may
        self.model.acknowledged = told

    @invariant()
    def lithium_stays_solid(self) -> None:
        if hasattr(self, "oven") and self.on == "lithium":
            self.oven.go(self.clock.now())
            assert self.oven.true < MELTS

    @invariant()
    def tripped_is_safe(self) -> None:
        if hasattr(self, "boxes") and not self.protection.arming.armed:
            if self.boxes["heater"].registers["setpoint"] != 0.0:
                self.do(self.settle())  # the safe state may be on its way
            assert self.boxes["heater"].registers["setpoint"] == 0.0, "a heater is on although nothing is armed"

    @invariant()
    def held_is_shut(self) -> None:
        """What holds shuts every source, also where no run is there to do it."""
        if hasattr(self, "boxes") and self.open_though_held():
            self.do(self.pass_time(3.0))  # a first try may have been lost
            if self.given_up:
                self.disarm()
            assert not self.open_though_held()

    def open_though_held(self) -> list[str]:
        """Sources that stand open while a hold is latched; what was turned by hand since then is not the hold's."""
        if not self.protection.interlocks.trips or self.boxes["valves"].mute:
            return []
        by_hand = SOURCES[1] if self.by_hand else ""
        return [tag for tag in self.open_sources() if tag != by_hand]

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            assert self.responding is not None
            self.responding.cancel()
            self.loop.run_until_complete(asyncio.gather(self.responding, return_exceptions=True))
            self.loop.close()
