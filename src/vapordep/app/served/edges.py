"""The edges of states between two news: a valve that opened and closed meanwhile would else never be seen open."""

from collections import deque
from collections.abc import Iterable, Iterator

from vapordep.model.batches import Batch, Sample
from vapordep.model.tags import Quality

MOST = 64
"""Of one tag between two news; of more the oldest are left out. The recording has them all."""
_QUALITIES = tuple(Quality)


class Edges:
    """Notes where a state is another than it was, until it is asked for them."""

    def __init__(self) -> None:
        """Of no state yet."""
        self._held: dict[str, float | None] = {}
        self._found: dict[str, deque[Sample]] = {}

    def follow(self, states: Iterable[str]) -> None:
        """These tags from now on, and no other."""
        self._held = {tag: self._held.get(tag) for tag in states}

    def take(self, batch: Batch) -> None:
        """Looks at what came; batches of other tags are passed over."""
        if batch.tag not in self._held:
            return
        for sample in (batch.last,) if len(batch) == 1 else _samples(batch):
            value = sample.value if sample.usable else None
            if value != self._held[batch.tag]:
                self._held[batch.tag] = value
                self._found.setdefault(batch.tag, deque(maxlen=MOST)).append(sample)

    def due(self) -> list[tuple[str, Sample]]:
        """Those since it was asked last, of each tag in their order."""
        found, self._found = self._found, {}
        return [(tag, sample) for tag, samples in found.items() for sample in samples]


def _samples(batch: Batch) -> Iterator[Sample]:
    for time, value, mark in zip(batch.times.tolist(), batch.values.tolist(), batch.quality.tolist(), strict=True):
        yield Sample(time, value, _QUALITIES[mark])
