"""The rules of the house that no linter knows: names, docstrings, clocks, pairs of files, documents, and the wheel."""

import ast
import re
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from vapordep.model.run import RunState, Verb

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {
    "vapordep": ROOT / "src" / "vapordep",
    "vapordep_drivers": ROOT / "drivers" / "vapordep_drivers",
    "vapordep_simulators": ROOT / "simulators" / "vapordep_simulators",
}
DRIVERS = PACKAGES["vapordep_drivers"]
INSTRUMENTS = PACKAGES["vapordep_simulators"] / "instruments"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/**/*.md")])

pytestmark = pytest.mark.xdist_group("test_house.py")  # every module is parsed once, the wheel is built once
VAGUE = {"util", "common", "helper", "manager", "handler", "service"}
POSIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
CLOCK = PACKAGES["vapordep"] / "clock"


def modules(*folders: Path) -> list[Path]:
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def shipped() -> list[Path]:
    return modules(*PACKAGES.values())


@pytest.fixture(scope="module", autouse=True)
def forgotten() -> Iterator[None]:
    """All that was parsed is of no use to other tests."""
    yield
    tree.cache_clear()
    calls.cache_clear()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def place(path: Path, node: ast.stmt | ast.expr | ast.ExceptHandler | None = None) -> str:
    name = path.relative_to(ROOT).as_posix()
    return f"{name}:{node.lineno}" if node is not None else name


def imported(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.stmt, str]]:
    """Each import statement with the top-level name of what it imports."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node, node.module.partition(".")[0]


@cache
def calls(path: Path) -> list[tuple[ast.Call, str]]:
    """Each call with its dotted name, `asyncio.sleep`; calls of anything but a plain dotted name are left out."""
    found = [(node, ast.unparse(node.func)) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    return [(node, name) for node, name in found if re.fullmatch(r"[\w.]+", name)]


def test_every_module_says_in_one_sentence_what_it_is() -> None:
    silent = []
    for path in modules(*PACKAGES.values(), ROOT / "tests", ROOT / "bench"):
        first = (ast.get_docstring(tree(path)) or "").partition("\n\n")[0]
        if len(first) < 12 or first[-1] not in ".:!?":
            silent.append(place(path))
    assert silent == []


def test_names_tell_what_a_thing_is() -> None:
    vague = []
    for path in shipped():
        words = set(re.split(r"[_/.]", path.relative_to(ROOT).as_posix().lower()))
        words |= {
            word.lower()
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ClassDef)
            for word in re.findall(r"[A-Z][a-z]+", node.name)
        }
        vague += [f"{place(path)}: {word}" for word in words if word.removesuffix("s") in VAGUE]
    assert vague == []


def test_only_the_clock_knows_time() -> None:
    guardian = PACKAGES["vapordep"] / "guardian"  # imports nothing of vapordep, so it keeps its own
    found = []
    for path in shipped():
        if path.parent in (CLOCK, guardian):
            continue
        found += [place(path, node) for node, name in imported(ast.walk(tree(path))) if name == "time"]
        found += [
            f"{place(path, node)}: {name}"
            for node, name in calls(path)
            if re.search(r"(^|\.)(now|utcnow|today)$", name) and re.search(r"(^|\.)date(time)?\.", name)
        ]
    assert found == []


def test_nobody_sleeps_outside_the_clock() -> None:
    sleepers = []
    for path in shipped():
        if path.parent == CLOCK:
            continue
        names = {
            alias.asname or alias.name
            for node in ast.walk(tree(path))
            if isinstance(node, ast.ImportFrom) and node.module == "asyncio"
            for alias in node.names
            if alias.name == "sleep"
        }
        sleepers += [place(path, node) for node, name in calls(path) if name in {"asyncio.sleep", *names}]
    assert sleepers == []


def test_every_task_has_an_owner() -> None:
    orphans = {"asyncio.create_task", "asyncio.ensure_future", "loop.create_task", "create_task", "ensure_future"}
    assert [place(path, node) for path in shipped() for node, name in calls(path) if name in orphans] == []


def test_no_error_is_swallowed() -> None:
    swallowed = []
    for path in shipped():
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = {"BaseException"} if node.type is None else set(re.findall(r"\w+", ast.unparse(node.type)))
            broad = bool(caught & {"Exception", "BaseException"})
            if broad and all(isinstance(statement, ast.Pass | ast.Continue) for statement in node.body):
                swallowed.append(place(path, node))
    assert swallowed == []


def test_nothing_posix_only_is_imported_at_import() -> None:
    found = [
        f"{place(path, node)}: {name}"
        for path in shipped()
        for node, name in imported(tree(path).body)
        if name in POSIX_ONLY
    ]
    assert found == []


def families(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py") if not path.stem.startswith("_")}


def test_every_driver_has_a_simulator_of_its_name() -> None:
    assert families(DRIVERS) == families(INSTRUMENTS)


def test_drivers_and_simulators_name_their_manual_first() -> None:
    silent = []
    for path in (*DRIVERS.glob("*.py"), *INSTRUMENTS.glob("*.py")):
        if path.stem.startswith("_"):
            continue
        first = (ast.get_docstring(tree(path)) or "").partition("\n\n")[0]
        if not re.search(r"\b(manual|handbook|wiki|data ?sheet)s?\b", first, flags=re.IGNORECASE):
            silent.append(place(path))
    assert silent == []


def test_a_driver_and_its_simulator_share_no_code() -> None:
    crossed = [
        place(path, node)
        for folder, other in ((DRIVERS, "vapordep_simulators"), (PACKAGES["vapordep_simulators"], "vapordep_drivers"))
        for path in modules(folder)
        for node, name in imported(ast.walk(tree(path)))
        if name == other
    ]
    assert crossed == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAPORDEP_WEB", "skip")  # the pages that are there, if any: none are built by a test
        [built] = WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        yield archive


def test_the_wheel_holds_every_module_and_every_data_file(wheel: zipfile.ZipFile) -> None:
    expected = {f"{name}/py.typed" for name in PACKAGES}
    for folder in PACKAGES.values():
        expected |= {path.relative_to(folder.parent).as_posix() for path in modules(folder)}
    for kind in ("reactors", "recipes"):
        data = {f"vapordep/_data/{path.relative_to(ROOT).as_posix()}" for path in ROOT.glob(f"{kind}/**/*.yaml")}
        assert data, f"no {kind} to ship"
        expected |= data
    expected |= {path.relative_to(ROOT / "src").as_posix() for path in ROOT.glob("src/vapordep/_web/**/*.*")}
    assert expected - set(wheel.namelist()) == set()


def test_the_wheel_is_pure_python(wheel: zipfile.ZipFile) -> None:
    assert Path(wheel.filename or "").name.endswith("-py3-none-any.whl")
    kinds = {Path(name).suffix for name in wheel.namelist() if ".dist-info/" not in name}
    assert kinds <= {".py", ".typed", ".yaml", ".mako", ".css", ".js", ".svg", ".html", ""}, "only source and data"


def test_the_wheel_names_packages_that_exist(wheel: zipfile.ZipFile) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = project["entry-points"]
    assert {"vapordep.drivers", "vapordep.simulators"} <= set(groups)
    for package in (name for group in groups.values() for name in group.values()):
        spec = find_spec(package)
        assert spec is not None, package
        assert spec.submodule_search_locations, f"{package} is not a package"
        assert f"{package.replace('.', '/')}/__init__.py" in wheel.namelist()


def test_the_readme_sets_up_with_two_commands() -> None:
    commands = re.findall(r"^python3 -m venv .*$", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert [command.rpartition("/")[2] for command in commands] == ["vapordep demo", "pytest"]
    assert "'.[test]'" in commands[1]


def test_the_readme_promises_no_safety() -> None:
    text = re.sub(r"[\s>*]+", " ", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert "not a safety system" in text
    assert "must exist in hardware that does not need this computer" in text


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_in_documents_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


def test_the_glossary_has_every_state_and_verb_of_a_run() -> None:
    words = set(re.findall(r"\w+", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")))
    assert {*RunState, *Verb} - words == set()
