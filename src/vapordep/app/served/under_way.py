"""A run in the engine: from the order to its report, with what may be asked of it and what is to be seen of it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from vapordep.app.request import Request
from vapordep.app.running.execute import Surroundings, perform
from vapordep.app.running.growing import Foretold, grown
from vapordep.app.running.keeping import Record
from vapordep.app.running.outside import Outside, Snapshot
from vapordep.app.running.report import RunReport
from vapordep.app.running.session import Session
from vapordep.engine.run import Run
from vapordep.errors import InputError, TransitionRefused, VapordepError
from vapordep.history.recordings.recorder import Recorder
from vapordep.link.film import FilmShown
from vapordep.link.news import RunShown
from vapordep.link.orders import AskRun
from vapordep.model.questions import Answer, Question, Wanted
from vapordep.model.run import ENDED, RunHeader, RunState, Verb, verbs


@dataclass
class UnderWay:
    """One run of the engine; it stays after its end until the next one or a reset."""

    header: RunHeader
    session: Session
    foretold: Foretold | None = None
    """The film that its plan is foretold to give."""
    shipped: bool = False
    """Whether its recipe is one of those shipped."""
    state: RunState = RunState.IDLE
    reason: str = "about to begin"
    report: RunReport | None = None
    snapshot: Snapshot | None = None
    film: FilmShown | None = None
    on_record: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it is in the history: before that nobody is told of it."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    _waits_since: float = 0.0
    """Since when, in s of the run, it waits for what it waits for."""
    _run: Run | None = None
    _early: AskRun | None = None
    _question: Question | None = None
    _answer: asyncio.Future[Answer] | None = None

    @property
    def active(self) -> bool:
        """Whether it is not over yet."""
        return not self.over.is_set()

    @contextmanager
    def steer(self, run: Run) -> Iterator[None]:
        """Within it the run takes orders; those that came earlier are given now."""
        self._run = run
        if self._early is not None:
            early = self._early
            self._give(run, early, f"before it began: {early.by}{f': {early.reason}' if early.reason else ''}")
        yield

    async def go(self, request: Request, surroundings: Surroundings) -> None:
        """From the first reading to the sealed record; raises nothing: how it went, state and reason say."""
        outside = Outside(self._show, lambda: None, self._ask, attended=True)

        def record(recorder: Recorder) -> Record:
            self.on_record.set()
            return surroundings.record(recorder)

        told = replace(surroundings, record=record)
        try:
            report = await perform(self.session, self.header, request, told, outside, nullcontext())
        except VapordepError as error:
            self.state, self.reason = RunState.ABORTED, str(error)
        except BaseExceptionGroup as several:
            self.state, self.reason = RunState.ABORTED, f"internal error: {several!r}"
            raise
        else:
            why = f"{report.reason}; {report.unfinished}" if report.unfinished else report.reason
            self.report, self.state, self.reason = report, report.state, why
        finally:
            self._look_at_film()
            self._run = None
            self.on_record.set()  # or it never will be, and state and reason say why
            self.over.set()

    def ask(self, order: AskRun) -> str:
        """Asks for a verb, and tells what came of it; raises TransitionRefused when it is not to be had just now."""
        verb = order.verb
        if not self.active:
            raise TransitionRefused(
                f"the run is over, it cannot {verb}", remedy="start another one; see `vapordep run status`"
            )
        told = f"asked for by {order.by}{f': {order.reason}' if order.reason else ''}"
        if self._run is not None:
            return self._give(self._run, order, told)
        if verb not in (Verb.STOP, Verb.ABORT):
            raise TransitionRefused(f"the run is about to begin, it cannot {verb} yet", remedy="try again in a moment")
        self._early = order
        return "it ends as soon as it has begun"

    def answer(self, text: str) -> None:
        """What the recipe asked for is done, or known as `text`.

        Raises TransitionRefused when it asks for nothing, InputError when it asks for something to be known.
        """
        if self._question is None or self._answer is None:
            raise TransitionRefused("the run waits for nobody", remedy="see `vapordep run status`")
        if self._question.wanted is Wanted.TEXT and not text.strip():
            raise InputError(f"the recipe wants to know: {self._question.text}", remedy="give the answer as well")
        if not self._answer.done():
            self._answer.set_result(Answer(text.strip()))

    def interrupt(self) -> None:
        """Ctrl-C: once stops at the end of the cycle, twice aborts."""
        if self._run is not None:
            self._run.interrupt()
        else:
            self._early = AskRun(Verb.ABORT if self._early else Verb.STOP, "Ctrl-C")

    def terminate(self, reason: str) -> None:
        """The engine is to end: aborts."""
        if self._run is not None:
            self._run.terminate(reason)
        else:
            self._early = AskRun(Verb.ABORT, reason)

    def lose(self, reason: str) -> None:
        """Nobody guards the engine any more: aborts, and the run counts as INTERRUPTED."""
        self.session.interrupted = reason
        self.terminate(reason)

    def shown(self) -> RunShown:
        """The run as it is to be seen."""
        run, seen, header = self._run, self.snapshot, self.header
        state, reason = (run.state, run.reason) if run is not None else (self.state, self.reason)
        shown = RunShown(
            run_id=header.run_id,
            recipe=header.recipe_name,
            mode=header.mode,
            substrate=self.session.recipe.substrate.name,
            operator=header.operator,
            started=header.started,
            state=state,
            reason=reason or state.value,
            verbs=self._allowed(),
            refused=run.refused if run is not None else {},
            prompt=self._question.text if self._question else "",
            shipped=self.shipped,
        )
        return shown if seen is None else self._with_progress(shown, seen)

    def _with_progress(self, shown: RunShown, seen: Snapshot) -> RunShown:
        return replace(
            shown,
            step=seen.step,
            block=seen.block,
            cycle=seen.cycle,
            cycles=seen.cycles,
            doses=seen.doses,
            waiting_for=seen.waiting_for if self.active else "",
            waiting=round(seen.simulated - self._waits_since, 1) if self.active and seen.waiting_for else 0.0,
            elapsed=round(seen.simulated, 1),
            left=round(seen.left, 1) if self.active else 0.0,
            film=self.film,
        )

    def _allowed(self) -> tuple[Verb, ...]:
        if self._run is not None:
            return self._run.allowed
        return (Verb.STOP, Verb.ABORT) if self.active else tuple(v for v in verbs(self.state) if self.state in ENDED)

    def _give(self, run: Run, order: AskRun, told: str) -> str:
        verb = order.verb
        if run.state is RunState.IDLE and verb is Verb.ABORT:
            run.terminate(told)
        elif run.state is RunState.IDLE and verb is Verb.STOP:
            run.interrupt()
        elif verb is Verb.SKIP:
            return f"skipped {run.skip(order.reason or told, order.by)}"
        elif verb is Verb.AMEND and order.amendment is not None:
            amended, doubts = run.amend(order.amendment, order.reason or told, order.by)
            return "\n".join((str(amended), *map(str, doubts)))
        else:
            run.ask(verb, told, order.by)
        return f"the run is {run.state}"

    def _show(self, snapshot: Snapshot) -> None:
        before = self.snapshot
        if before is None or not before.waiting_for or before.step != snapshot.step:
            self._waits_since = snapshot.simulated
        self.snapshot = snapshot
        self._look_at_film()

    def _look_at_film(self) -> None:
        run = self._run
        if run is not None and self.foretold is not None:
            self.film = grown(
                self.foretold, run.plan, self.session.book.cycles, run.rig.deposited, run.rig.under_filament
            )

    async def _ask(self, question: Question) -> Answer:
        self._question, self._answer = question, asyncio.get_running_loop().create_future()
        try:
            return await self._answer
        finally:
            self._question = self._answer = None
