"""A check opens no database and draws nothing: it must not wait for the libraries that do."""

import subprocess
import sys


def test_a_check_loads_neither_database_nor_plots() -> None:
    look = "import sys, vapordep.cli.recipes.check; print(*({'sqlalchemy', 'matplotlib'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == ""
