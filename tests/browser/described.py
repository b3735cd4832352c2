"""The types of the API for the pages, made of its description: `python -m tests.browser.described` writes them anew."""

import json
import subprocess
from pathlib import Path
from typing import Any

from tests.unit.api.asking import asked

WEB = Path(__file__).resolve().parents[2] / "web"
FILE = WEB / "src" / "api" / "described.d.ts"
GENERATOR = WEB / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
OPTIONS = ("--root-types", "--root-types-no-schema-prefix", "--root-types-keep-casing", "--default-non-nullable=false")


def node() -> str:
    """The Node that playwright brings along."""
    from playwright._impl._driver import compute_driver_executable

    return compute_driver_executable()[0]


def types(folder: Path) -> str:
    """As they should be; the description goes through a file in `folder`."""
    told: dict[str, Any] = asked("/api/openapi.json").json
    schemas = {name: told["components"]["schemas"][name] for name in sorted(told["components"]["schemas"])}
    given, made = folder / "openapi.json", folder / "described.d.ts"
    text = {"openapi": told["openapi"], "info": told["info"], "paths": {}, "components": {"schemas": schemas}}
    given.write_text(json.dumps(text), encoding="utf-8")
    command = [node(), str(GENERATOR), str(given), *OPTIONS, "--output", str(made)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    return made.read_text(encoding="utf-8")


if __name__ == "__main__":
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        FILE.write_text(types(Path(name)), encoding="utf-8")
