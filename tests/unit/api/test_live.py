"""What the web process knows of the engine: who gave an order, and then looks, sees what came of it."""

import threading
from dataclasses import replace

import pytest

from tests.unit.api.asking import live
from tests.unit.link.test_codec import ENGINE, SNAPSHOT
from vapordep.api.live import live as module
from vapordep.api.live.live import Live
from vapordep.link.news import EngineChanged, News

FOR_EVER = 60.0
NEXT = SNAPSHOT.number + 1
CHANGED = News(SNAPSHOT.epoch, NEXT, SNAPSHOT.now, EngineChanged(replace(ENGINE, armed=False)))


def test_who_waits_for_news_goes_on_when_they_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARD_WITHIN", FOR_EVER)
    made, found = live(), list[bool]()

    def order() -> None:
        made.hear(f"{SNAPSHOT.epoch}:{NEXT}")
        with made.lock:
            found.append(made.heard().engine.armed)

    waiting = threading.Thread(target=order)
    waiting.start()
    waiting.join(0.1)  # who does not wait has looked by then
    made.take(CHANGED)
    waiting.join(FOR_EVER)
    assert found == [False]


@pytest.mark.parametrize("seen", ["", f"{SNAPSHOT.epoch}:{SNAPSHOT.number}", f"{SNAPSHOT.epoch}:1", "another:99"])
def test_nobody_waits_for_what_is_there_or_will_not_come(seen: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARD_WITHIN", FOR_EVER)
    begun = module.perf()
    live().hear(seen)
    live(None).hear(f"{SNAPSHOT.epoch}:{NEXT}")
    assert module.perf() - begun < FOR_EVER / 2


def test_news_that_were_lost_are_not_waited_for_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARD_WITHIN", 0.01)
    made: Live = live()
    made.hear(f"{SNAPSHOT.epoch}:{NEXT}")
    assert made.picture is not None
    assert made.picture.number < NEXT
