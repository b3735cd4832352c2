"""The types of the pages are really checked: an error that is put in is found, in a script and in a component."""

import gzip
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.described import FILE, GENERATOR, WEB, node, types
from vapordep.api import built
from vapordep.model.alarms import AlarmState

CHECK = WEB / "node_modules" / "svelte-check" / "bin" / "svelte-check"
pytest.importorskip("playwright")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHECK.exists(), reason="npm ci was not called in web/")]
PLANTED = 'export const planted: number = "a text";\n'
MOST = 150_000
"""Bytes of JavaScript, compressed, before the first view."""


def test_an_error_of_types_is_found(tmp_path: Path) -> None:
    for name in ("package.json", "tsconfig.json", "svelte.config.js"):
        shutil.copy(WEB / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(WEB / "node_modules")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "one.ts").write_text(PLANTED)
    inside = PLANTED.removeprefix("export ")
    (tmp_path / "src" / "Two.svelte").write_text(f'<script lang="ts">\n  {inside}</script>\n{{planted}}\n')
    command = [node(), CHECK, "--tsconfig", "./tsconfig.json", "--output", "machine"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 1
    found = {line.split('"')[1] for line in done.stdout.splitlines() if " ERROR " in line}
    assert found == {"src/one.ts", "src/Two.svelte"}


@pytest.mark.skipif(not GENERATOR.exists(), reason="npm ci was not called in web/")
def test_the_types_of_the_api_are_those_of_its_description(tmp_path: Path) -> None:
    assert FILE.read_text(encoding="utf-8") == types(tmp_path), "call python -m tests.browser.described"


def test_the_states_of_alarms_are_called_alike_by_pages_and_server() -> None:
    table = re.search(r"ALARM_STATES[^{]*\{(.*?)\};", (WEB / "src" / "words.ts").read_text(encoding="utf-8"), re.DOTALL)
    assert table is not None
    assert dict(re.findall(r'(\w+): "([^"]+)"', table[1])) == {str(state): state.in_words for state in AlarmState}


def test_the_pages_load_fast() -> None:
    """What the first view needs: the script that the page names, and all that this imports at once."""
    assets = built._assets()
    found = {name.rpartition("/")[2] for name in re.findall(r'"(/assets/[^"]+\.js)"', built._page())}
    assert found
    for name in (wanted := list(found)):
        at_once = re.findall(r'(?:from|import)"\./([^"]+\.js)"', assets[name].decode())
        wanted += [each for each in at_once if each not in wanted]
    assert sum(len(gzip.compress(assets[name])) for name in wanted) < MOST
    assert len(wanted) < len([name for name in assets if name.endswith(".js")]), "the editor comes only where one edits"
