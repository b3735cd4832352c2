"""What is foretold of several exchanges, however it is cut."""

from vapordep.devices.rehearsal import until_instant
from vapordep.model.batches import Batch

GROUPS = [
    [Batch.of(tag, times, [10.0 * time for time in times]) for tag in tags]
    for tags, times in ((("a", "b"), [0.5, 1.0, 1.5, 2.0]), (("c",), [0.7]), (("d",), [1.0, 3.0]))
]


def test_samples_at_the_instant_belong_to_what_is_up_to_it() -> None:
    assert [[batch.tag for batch in group] for group in until_instant(GROUPS, 0.5)] == [["a", "b"]]
    [first, _] = until_instant(GROUPS, 0.7)
    assert first[0].times.tolist() == [0.5]
    assert first[0].times is first[1].times, "what comes together shares its instants"
