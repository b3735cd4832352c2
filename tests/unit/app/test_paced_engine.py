"""An engine at a pace is for simulated reactors only."""

from pathlib import Path

import pytest

from vapordep.app.places import reactor_file
from vapordep.app.served.engine_process import Serving
from vapordep.app.served.paced_engine import serve_paced
from vapordep.cli.operate.demo import _simulated
from vapordep.errors import InputError
from vapordep.reactor import read_reactor


def test_a_real_reactor_has_no_pace(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only a simulated reactor has a pace"):
        serve_paced(Serving(read_reactor(reactor_file("glovebox_ald")), tmp_path, print), 20.0)


def test_the_reactor_of_the_demonstration_is_a_simulation_whose_lines_lead_nowhere_else(tmp_path: Path) -> None:
    real = read_reactor(reactor_file("glovebox_ald"))
    file = tmp_path / "glovebox_ald.yaml"
    file.write_text(_simulated(real), encoding="utf-8")
    made = read_reactor(file)
    assert made.simulated
    assert all("127.0.0.1" in instrument.line for instrument in made.instruments.values())
    shared = {n: i.line for n, i in real.instruments.items()}
    assert all(
        (made.instruments[one].line == made.instruments[other].line) == (shared[one] == shared[other])
        for one in shared
        for other in shared
    )
