"""Loading what a process that stays needs: no look for garbage meanwhile, nor at what was loaded ever after."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """For imports: a thousand modules are looked through again and again as they come, an eighth of the time they take.

    They stay to the end: left out of every later look, of which a whole one takes some 50 ms and keeps all threads.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
    gc.freeze()
