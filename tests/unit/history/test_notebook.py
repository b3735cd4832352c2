"""What people enter about runs is kept as it was given, in SI beside its unit, or refused with what to do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from vapordep.errors import FileError, HistoryError, InputError, NotThere, TooLarge, UnitError
from vapordep.history.catalogue import attachments, notebook
from vapordep.history.catalogue.catalogue import Catalogue
from vapordep.history.recordings.recorder import Recorder

pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def history(begin: Callable[..., Recorder], tmp_path: Path) -> Path:
    begin().abandon()
    return tmp_path / "history"


def test_a_measurement_is_kept_in_si_with_its_unit(history: Path) -> None:
    with Catalogue.open(history) as catalogue, catalogue.entering() as connection:
        made = notebook.measure(
            connection, "run-1", "thickness", "12.5 nm", "Ada", method="ellipsometry", sample="Si-1",
            uncertainty="0.2 nm", position="centre", measured="2026-11-27", text="Cauchy",
        )  # fmt: skip
        notebook.measure(connection, "run-1", "refractive_index", "1.65", "Ada", method="XRR", sample="Si-1")
        told = notebook.measurements_of(connection, "run-1")
    assert told[0] == made
    assert (made.value, made.uncertainty, made.unit) == (pytest.approx(12.5e-9), pytest.approx(2e-10), "nm")
    assert (told[1].value, told[1].uncertainty, told[1].unit) == (1.65, None, "")


REFUSED = [
    ({"quantity": "length"}, InputError, "no quantity"), ({"value": "12.5"}, UnitError, "unit is missing"),
    ({"value": "nan nm"}, UnitError, "nan"), ({"uncertainty": "-1 nm"}, InputError, "below zero"),
    ({"value": "3 K"}, UnitError, "K"), ({"sample": "X"}, NotThere, "no sample 'X'"),
    ({"sample": ""}, InputError, "several samples"), ({"method": " "}, InputError, "method"),
    ({"measured": "yesterday"}, InputError, "no day"), ({"measured": "2999-01-01"}, InputError, "still to come"),
    ({"value": "-1 nm"}, InputError, "below zero"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "kind", "what"), REFUSED)
def test_a_measurement_that_says_nothing_is_refused(
    history: Path, change: dict[str, str], kind: type[Exception], what: str
) -> None:
    given = {"quantity": "thickness", "value": "12 nm", "method": "XRR", "sample": "Li-1"} | change
    with Catalogue.open(history) as catalogue:
        with pytest.raises(kind, match=what), catalogue.entering() as connection:
            notebook.measure(connection, "run-1", given.pop("quantity"), given.pop("value"), "Ada", **given)  # type: ignore[arg-type]
        with catalogue.entering() as connection:
            assert notebook.measurements_of(connection, "run-1") == []


def test_notes_stay_and_labels_go(history: Path) -> None:
    with Catalogue.open(history) as catalogue:
        with catalogue.entering() as connection:
            notebook.note(connection, "run-1", " a hair ", "Ada", 61.5)
            assert notebook.label(connection, "run-1", ["b", "a", "a"], ["a"], "Ada") == ["b"]
            [note] = notebook.notes_of(connection, "run-1")
            assert (note.text, note.at_s, note.person) == ("a hair", 61.5, "Ada")
        for verb in ("UPDATE notes SET text = 'no hair'", "DELETE FROM notes", "DELETE FROM calibrations"):
            with catalogue.entering() as connection:
                notebook.calibrate(connection, "r", "gauge_zero", "pirani", "-0.3 Pa", "Ada", method="closed valve")
            with pytest.raises((HistoryError, IntegrityError)), catalogue.entering() as connection:
                connection.exec_driver_sql(verb)
        for wrong in ("two words", "", "x" * 65, "a\nb"):
            with pytest.raises(InputError, match="no label"), catalogue.entering() as connection:
                notebook.label(connection, "run-1", [wrong], [], "Ada")
        with pytest.raises(InputError, match="at most 50"), catalogue.entering() as connection:
            notebook.label(connection, "run-1", [f"l{n}" for n in range(50)], [], "Ada")
        with pytest.raises(InputError, match="1 to 10000"), catalogue.entering() as connection:
            notebook.note(connection, "run-1", " ", "Ada")


def test_calibrations_are_told_by_their_day(history: Path) -> None:
    with Catalogue.open(history) as catalogue:
        with catalogue.entering() as connection:
            for day, value in (("2026-11-02", "3.1 K"), ("2026-10-01", "2.7 K")):
                notebook.calibrate(
                    connection, "glovebox-ald", "foil_offset", "stage", value, "Ada", method="indium", measured=day
                )
            notebook.calibrate(connection, "other", "pumping_speed", "pump", "5 L/s", "Ada", method="flow", at="10 Pa")
            told = notebook.calibrations_of(connection, "glovebox-ald")
            assert [each.value for each in told] == [pytest.approx(2.7), pytest.approx(3.1)]
            assert notebook.calibrations_of(connection)[-1].at_pa == 10.0
        for kind, at in (("pumping_speed", ""), ("gauge_zero", "10 Pa"), ("mood", "")):
            with pytest.raises(InputError), catalogue.entering() as connection:
                notebook.calibrate(connection, "r", kind, "x", "1 Pa", "Ada", method="y", at=at)


def test_a_file_is_copied_once_and_told_when_it_was_changed(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"\xff\xd8" * 1000)
    first = attachments.attach(history, "run-1", photo, "Ada", "after")
    attachments.attach(history, "run-1", photo, "Ada")
    with Catalogue.read(history) as catalogue, catalogue.entering() as connection:
        assert len(list((history / "attachments").iterdir())) == 1
        assert attachments.content(history, connection, "run-1", first.number) == (first, photo.read_bytes())
        with pytest.raises(NotThere, match="no file 9"):
            attachments.content(history, connection, "run-1", 9)
        attachments.path_of(history, first.sha256).write_bytes(b"other")
        with pytest.raises(HistoryError, match="was changed"):
            attachments.content(history, connection, "run-1", first.number)
        assert len(list(attachments.damaged(history, connection))) == 2
    attachments.attach(history, "run-1", photo, "Ada", "once more, for the copy was damaged")
    with Catalogue.read(history) as catalogue, catalogue.entering() as connection:
        assert attachments.content(history, connection, "run-1", first.number) == (first, photo.read_bytes())
    with pytest.raises(FileError, match="cannot be read"):
        attachments.attach(history, "run-1", tmp_path / "none", "Ada")
    monkeypatch.setattr(attachments, "LARGEST", 1000)
    with pytest.raises(TooLarge, match="too large"):
        attachments.attach(history, "run-1", photo, "Ada")


def test_who_begins_a_run_does_not_wait_for_a_file_on_a_slow_disk(
    history: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = []

    def slow(path: Path, content: bytes) -> None:
        with Catalogue.open(history) as catalogue, catalogue.entering() as connection:
            entered.append(notebook.note(connection, "run-1", "meanwhile", "Ben"))
        path.write_bytes(content)

    monkeypatch.setattr(attachments, "atomic_write_bytes", slow)
    attachments.keep(history, "run-1", "photo.jpg", b"\xff\xd8", "Ada")
    assert entered == [1]
