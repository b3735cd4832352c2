"""Locks and places: one reactor, one owner, in a folder of this user alone."""

import os
import stat
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from vapordep.errors import LinkError, ReactorInUse
from vapordep.link import place
from vapordep.link.locks import ENGINE, GUARDIAN, Lock, reactor_lock, take_all
from vapordep.link.place import line_folders
from vapordep.model.reactor import Reactor
from vapordep.reactor import read_reactor

ROOT = Path(__file__).resolve().parents[3]
posix = pytest.mark.skipif(sys.platform == "win32", reason="rights of files as POSIX knows them")


@pytest.fixture
def ald1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reactor:
    monkeypatch.setenv(place.VARIABLE, str(tmp_path))
    return replace(read_reactor(ROOT / "reactors" / "glovebox_ald.yaml"), simulated=False, name="ald1")


def test_the_second_is_told_who_has_the_reactor(ald1: Reactor) -> None:
    with reactor_lock(ald1, "an engine"):
        with pytest.raises(ReactorInUse, match=rf"ald1 is controlled already, .* of ald1 \(pid {os.getpid()}"):
            take_all(ald1, ENGINE, "another")
        assert ReactorInUse.exit_status == 3


def test_a_lock_that_was_given_back_can_be_taken(ald1: Reactor) -> None:
    for _ in range(3):
        with reactor_lock(ald1, "an engine"):
            pass
    for lock in take_all(ald1, ENGINE, "another"):
        lock.release()


def test_a_guarded_engine_needs_only_its_own_locks(ald1: Reactor) -> None:
    guardian = take_all(ald1, GUARDIAN, "`vapordep serve`")
    with reactor_lock(ald1, "an engine", guarded=True):
        pass
    with pytest.raises(ReactorInUse, match="serve"), reactor_lock(ald1, "an engine"):
        pass
    for lock in guardian:
        lock.release()


def test_another_name_does_not_lead_to_the_same_instruments(ald1: Reactor) -> None:
    twin = replace(ald1, name="twin")
    carrier = replace(ald1.instruments["carrier_mfc"], line="tcp://127.0.0.1:9")
    shares_a_line = replace(twin, instruments={"carrier_mfc": carrier, "gauge": ald1.instruments["gauge"]})
    apart = replace(twin, instruments={"carrier_mfc": carrier})
    with reactor_lock(ald1, "an engine"):
        for other in (twin, shares_a_line):
            with pytest.raises(ReactorInUse, match=r"the line .* of twin is controlled .*engine of ald1 \(pid"):
                take_all(other, GUARDIAN, "`vapordep serve`")
        with reactor_lock(apart, "an engine"):  # what it took before it was refused was given back
            pass


SPELT = [
    ("tcp://192.168.0.31:4001", "TCPIP0::192.168.0.31::4001::socket"),
    ("modbus+tcp://localhost:502", "tcp://127.0.0.1:502/"),
    ("tcp://[0:0:0:0:0:0:0:1]:9", "tcp://[::1]:9"),
    ("tcp://Reactor.lab:4001", "tcp://reactor.LAB:4001"),
    ("ASRL3::INSTR", "asrl3"),
]


@pytest.mark.parametrize(("one", "other"), SPELT)
def test_a_line_is_the_same_however_it_is_spelt(ald1: Reactor, one: str, other: str) -> None:
    def on(line: str) -> set[Path]:
        instrument = replace(ald1.instruments["gauge"], line=line)
        return set(line_folders(replace(ald1, instruments={"gauge": instrument})).values())

    assert on(one) == on(other)
    assert on(one) != on("tcp://192.168.0.31:4002")


@posix
def test_a_port_is_the_same_by_whatever_link(ald1: Reactor, tmp_path: Path) -> None:
    (tmp_path / "by-id").symlink_to(tmp_path / "ttyUSB0")
    ports = [replace(ald1.instruments["gauge"], line=f"ASRL{tmp_path / name}::INSTR") for name in ("by-id", "ttyUSB0")]
    assert len(line_folders(replace(ald1, instruments=dict(zip("ab", ports, strict=True))))) == 1


def test_nobody_is_named_who_is_dead(tmp_path: Path) -> None:
    held = Lock.take(tmp_path / ENGINE, "ald1", "an engine")
    text = (tmp_path / ENGINE).read_text(encoding="utf-8")
    (tmp_path / ENGINE).write_text(text.replace(str(os.getpid()), "999999999"), encoding="utf-8")
    with pytest.raises(ReactorInUse, match="just starting"):
        Lock.take(tmp_path / ENGINE, "ald1", "another")
    held.release()


@posix
def test_the_folder_is_for_this_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True, mode=0o777)
    folder.chmod(0o777)
    place.claim(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(LinkError, match="not a folder of this user"):
        place.claim(tmp_path / "link")


@posix
def test_a_name_too_long_for_sockets_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match="too long"):
        place.local_address(tmp_path / ("x" * 120), "ald1")


def test_each_simulated_reactor_is_another_one_and_a_real_one_is_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(place.VARIABLE, "/run/elsewhere")
    real = replace(read_reactor(ROOT / "reactors" / "glovebox_ald.yaml"), simulated=False, name="ald1")
    carrier = replace(real.instruments["carrier_mfc"], line="tcp://127.0.0.1:9")
    moved = replace(real, instruments={**real.instruments, "carrier_mfc": carrier})
    assert place.reactor_folder(real) == place.reactor_folder(moved) == Path("/run/elsewhere/ald1")
    copies = [replace(reactor, simulated=True) for reactor in (real, moved)]
    assert len({place.reactor_folder(reactor) for reactor in (real, *copies)}) == 3


def test_names_that_differ_only_in_odd_letters_have_folders_of_their_own() -> None:
    real = replace(read_reactor(ROOT / "reactors" / "glovebox_ald.yaml"), simulated=False)
    names = ["ald/1", "ald 1", "../ald", "ald_1", "ä" * 60]
    folders = {place.reactor_folder(replace(real, name=name)) for name in names}
    assert len(folders) == len(names)
    assert all(folder.parent == place.runtime_folder() for folder in folders)


def test_a_damaged_address_counts_as_none(tmp_path: Path) -> None:
    place.publish(tmp_path, place.Address("ald1", "ipc://o", "ipc://n"))
    assert place.read_address(tmp_path) == place.Address("ald1", "ipc://o", "ipc://n")
    (tmp_path / place.ADDRESS).write_text('{"reactor": "ald1"', encoding="utf-8")
    assert place.read_address(tmp_path) is None
