"""The standing of an interlock at which nobody has looked yet."""

from vapordep.safety.interlocks.standing import CALM, Standing


def test_what_is_calm_has_not_tripped_and_nobody_has_acknowledged_it() -> None:
    assert Standing() == CALM == (0, float("-inf"), None, False, False, None)
