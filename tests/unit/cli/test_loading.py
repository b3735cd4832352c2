"""Loading without a look for garbage: none meanwhile, as usual afterwards, and what was loaded is left out for good."""

import subprocess
import sys

import pytest

LOADED = """
import gc
from vapordep.cli.terminal.loading import loading
before = gc.get_freeze_count()
with loading():
    assert not gc.isenabled()
    import sqlite3, json.tool
assert gc.isenabled()
assert gc.get_freeze_count() > before + 10_000, gc.get_freeze_count()
"""
FAILED = """
import gc
from vapordep.cli.terminal.loading import loading
try:
    with loading():
        import no_such_module
except ImportError:
    assert gc.isenabled()
"""


@pytest.mark.parametrize("program", [LOADED, FAILED], ids=["loaded", "not to be had"])
def test_garbage_is_not_looked_for_while_modules_come_and_they_are_left_out_for_good(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
