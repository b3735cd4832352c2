"""The list of parts of a release: every package of the lock with its hashes, as CycloneDX 1.6, on standard output.

python3 packaging/parts.py packaging/requirements.lock
"""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^ ;\\]+)(?: *; *([^\\]+?))? *\\?$")
HASH = re.compile(r"^    --hash=sha256:([0-9a-f]{64})(?: \\)?$")


class Pinned(NamedTuple):
    """One version of a package, where it is for (empty for everywhere), and the SHA-256 of its files."""

    name: str
    version: str
    where: str
    hashes: list[str]


def locked(text: str) -> list[Pinned]:
    """What a lock pins; raises ValueError for a line that is neither package nor hash, and for one without a hash."""
    found: list[Pinned] = []
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if (pinned := PINNED.match(line)) is not None:
            found.append(Pinned(pinned[1], pinned[2], pinned[3] or "", []))
        elif (hashed := HASH.match(line)) is not None and found:
            found[-1].hashes.append(hashed[1])
        else:
            raise ValueError(f"neither a pinned package nor a hash: {line!r}")
    bare = [each.name for each in found if not each.hashes]
    if bare:
        raise ValueError(f"without a hash: {', '.join(bare)}")
    return found


def parts(text: str) -> dict[str, Any]:
    """The list of parts of vapordep with these packages."""
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        "bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
        "metadata": {"component": _component(own["name"], own["version"], "application")},
        "components": [
            _component(each.name, each.version, "library")
            | {"externalReferences": [
                {"type": "distribution", "url": f"https://pypi.org/project/{each.name}/{each.version}/",
                 "hashes": [{"alg": "SHA-256", "content": sha256} for sha256 in each.hashes]},
            ]}
            | ({"properties": [{"name": "vapordep:only-where", "value": each.where}]} if each.where else {})
            for each in sorted(locked(text))
        ],
    }  # fmt: skip


def _component(name: str, version: str, kind: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name}@{version}"
    return {"type": kind, "bom-ref": purl, "name": name, "version": version, "purl": purl}


if __name__ == "__main__":
    json.dump(parts(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.stdout, indent=1)
