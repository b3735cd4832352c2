"""What all tests share: locks and sockets of their own, in a folder whose name is short enough for sockets."""

import os
from collections.abc import Iterator
from tempfile import TemporaryDirectory

import pytest

from vapordep.link.place import VARIABLE


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """No test meets an engine of this computer's user, or leaves a lock behind."""
    with TemporaryDirectory(prefix="vd") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, VARIABLE, folder)
        yield
