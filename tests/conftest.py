"""What all tests share: locks and sockets of their own, in a folder whose name is short enough for sockets."""

import os
from collections.abc import Generator, Iterator
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings

from vapordep.link.place import VARIABLE

settings.register_profile("house", deadline=None)  # a machine that others use must not fail an example
settings.load_profile("house")


@pytest.hookimpl(wrapper=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """One worker more than cores: a test on the wall clock waits half of its time, and leaves its core to another."""
    return (yield) + 1


@pytest.hookimpl(tryfirst=True)  # xdist looks at the groups in a hook of the same name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests on the wall clock stay together by file: they share processes, and side by side find the machine busy."""
    for item in items:
        if item.get_closest_marker("wall") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest.fixture(scope="session", autouse=True)
def runtime() -> Iterator[None]:
    """No test meets an engine of this computer's user, or leaves a lock behind."""
    with TemporaryDirectory(prefix="vd") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, VARIABLE, folder)
        yield
