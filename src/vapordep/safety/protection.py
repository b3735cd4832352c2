"""Protection: the safety core of one reactor with one substrate, put together and placed in front of the hub."""

from collections.abc import Callable, Container, Mapping, Sequence
from math import inf

from vapordep.chemistry import Substrate
from vapordep.clock import Clock
from vapordep.devices import Device
from vapordep.devices.hub import Hub
from vapordep.devices.rehearsal import Rehearsal
from vapordep.model.batches import Batch, Sample
from vapordep.model.events import Event
from vapordep.model.interlocks import InterlockRule
from vapordep.model.reactor import Reactor
from vapordep.model.tags import Tag
from vapordep.safety.alarms.alarms import Alarms, OutputAlarms
from vapordep.safety.alarms.silence import Silence
from vapordep.safety.arming import Arming
from vapordep.safety.interlocks.bypass import Bypasses
from vapordep.safety.interlocks.compiled import Compiled, compile_rules
from vapordep.safety.interlocks.hard import hard_rules, refuse_gases, refuse_reserved
from vapordep.safety.interlocks.interlocks import Interlocks
from vapordep.safety.interlocks.limits import Limits
from vapordep.safety.monitors import Derivation
from vapordep.safety.monitors.reactor import monitors_of
from vapordep.safety.outputs.elsewhere import Elsewhere
from vapordep.safety.outputs.gate import Gate
from vapordep.safety.outputs.targets import Roles


class Rules:
    """What needs no device and no clock: monitors, all tags, all interlocks. Made anew for a check and for a run.

    Raises ReactorError for interlocks that cannot be compiled or take a reserved id, for a purge or safe gas that
    attacks the substrate, and when the substrate could melt in this reactor.
    """

    def __init__(
        self,
        reactor: Reactor,
        substrate: Substrate,
        tags: Mapping[str, Tag],
        lacking: Container[str] = frozenset(),
    ) -> None:
        """`tags` are those that instruments fill, `lacking` the sensors that this reactor is known not to have."""
        refuse_gases(reactor, substrate)
        refuse_reserved(reactor.interlocks)
        self.reactor = reactor
        self.derivation = Derivation(monitors_of(reactor, substrate, tags))
        self.tags: Mapping[str, Tag] = {**tags, **self.derivation.tags}
        rules = (*hard_rules(reactor, substrate), *reactor.interlocks)
        self.compiled: Compiled = compile_rules(rules, self.tags, reactor.outputs, lacking)

    @property
    def not_covered(self) -> tuple[InterlockRule, ...]:
        """Interlocks whose sensor the reactor lacks: to be shown at arming."""
        return self.compiled.not_covered


class Protection:
    """Gate, interlocks and arming of one reactor. `arming.respond()` must run as a task while anything is armed."""

    def __init__(
        self,
        rules: Rules,
        devices: Mapping[str, Device],
        clock: Clock,
        hub: Hub,
        log: Callable[[Event], None],
    ) -> None:
        """`hub` must know `rules.tags`; from now on monitors and interlocks see every batch first."""
        self.rules = rules
        self.log = log
        self.interlocks = Interlocks(rules.compiled)
        self.alarms = Alarms(self.interlocks, clock.now, log)
        self.bypasses = Bypasses(self.interlocks, clock.now, clock.civil_at, log)
        self.limits = Limits(self.interlocks, clock.now, lambda: self.gate.armed, log)
        self.gate = Gate(
            rules.reactor.outputs,
            devices,
            clock,
            rules.tags,
            self.interlocks,
            rules.derivation.ahead,
            hub.publish,
            log,
            OutputAlarms(log, self.alarms),
            Roles.of(rules.reactor),
        )
        self.elsewhere = Elsewhere(self.gate, self.alarms)
        silence = Silence(rules.reactor.wiring, rules.tags, rules.derivation.monitors)
        self.arming = Arming(self.gate, self.interlocks, devices, clock, silence.behind, self.alarms)
        self.interlocks.standings.react = self.gate.react
        hub.glance = self._glance
        hub.derive = rules.derivation
        hub.judge = self._judge
        hub.rehearse = self._rehearse
        hub.deadline = lambda: self.interlocks.due
        hub.attentive = lambda: self.gate.expectant

    def _glance(self, arrived: Sequence[tuple[str, Sample]]) -> None:
        """Before monitors look: what is bound to trip has its first commands sent."""
        if self.interlocks.foresees(arrived):
            self.gate.react()

    def _judge(self, until: float, batches: Sequence[Batch]) -> None:
        self.interlocks.evaluate(until, batches)
        self._follow(batches)

    def _follow(self, batches: Sequence[Batch]) -> None:
        """What else follows from samples, now that monitors and interlocks have them."""
        self.arming.take_turns()
        self.bypasses.take()
        if batches:
            self.elsewhere.take(batches)
            self.gate.recheck()

    def _rehearse(self, until: float, batches: Sequence[Batch]) -> Rehearsal:
        """Monitors and interlocks over a stretch of samples, on copies."""
        monitors, interlocks = self.rules.derivation.trial(), self.interlocks.trial()
        acting: list[float] = []
        interlocks.standings.on_trip.append(lambda trip: acting.append(trip.time))
        derived = monitors(batches)
        interlocks.evaluate(until, [*batches, *derived])

        def adopt() -> None:
            self.rules.derivation.adopt(monitors)
            self.interlocks.adopt(interlocks)
            self._follow(batches)

        return Rehearsal(derived, min(*acting, self.elsewhere.first(batches), inf), adopt)

    def loaded(self) -> None:
        """A sample was loaded: nothing is known of its surface any more."""
        names = [tag for tag in self.rules.derivation.tags if tag == "surface.saturation" or tag.startswith("bare.")]
        self.rules.derivation.reset(*names)

    def walls_bare(self) -> None:
        """A person has cleaned or lined the walls: nothing is left on them of what was open before."""
        self.rules.derivation.reset(*(tag for tag in self.rules.derivation.tags if tag.endswith(".walls_bare")))
