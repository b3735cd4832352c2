"""What a release is made of: all that is needed stands in the lock with its hashes, and what was signed is checked."""

import importlib.util
import re
import shutil
import subprocess
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
LOCK = (PACKAGING / "requirements.lock").read_text(encoding="utf-8")
_spec = importlib.util.spec_from_file_location("parts", PACKAGING / "parts.py")
assert _spec is not None
assert _spec.loader is not None
parts: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(parts)


def test_all_that_is_needed_is_locked_in_a_version_that_will_do() -> None:
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    pinned = parts.locked(LOCK)
    for each in map(Requirement, needed):
        versions = [found.version for found in pinned if found.name == re.sub("[-_.]+", "-", each.name.lower())]
        assert versions, f"{each.name} is not locked: make packaging/requirements.lock anew, as its head says"
        assert all(version in each.specifier for version in versions), each.name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("numpy==2.1.0\n", "without a hash: numpy"),
        ("numpy>=2.1.0 \\\n    --hash=sha256:" + "0" * 64, "neither"),
        ("numpy==2.1.0 \\\n    --hash=md5:" + "0" * 32, "neither"),
        ("https://evil.test/numpy.whl\n", "neither"),
        ("--index-url https://evil.test/\n", "neither"),
    ],
)
def test_what_is_not_pinned_by_its_hash_is_no_lock(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parts.locked(text)


def test_the_list_of_parts_has_every_package_with_its_hashes() -> None:
    listed = parts.parts(LOCK)
    assert (listed["bomFormat"], listed["metadata"]["component"]["name"]) == ("CycloneDX", "vapordep")
    found = [
        (each["name"], each["version"], len(each["externalReferences"][0]["hashes"])) for each in listed["components"]
    ]
    assert found == [(each.name, each.version, len(each.hashes)) for each in sorted(parts.locked(LOCK))]
    assert len({each["bom-ref"] for each in listed["components"]}) == len(found)


@pytest.fixture
def signed(tmp_path: Path) -> tuple[Path, Path]:
    """A folder as `packaging/release` leaves it, and who may sign."""
    if (keygen := shutil.which("ssh-keygen")) is None:
        pytest.skip("there is no ssh-keygen")
    folder, key, signers = tmp_path / "release", tmp_path / "key", tmp_path / "signers"
    folder.mkdir()
    (folder / "vapordep.whl").write_bytes(b"wheel")
    (folder / "SHA256SUMS").write_text(f"{sha256(b'wheel').hexdigest()}  vapordep.whl\n")
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    sign = [keygen, "-q", "-Y", "sign", "-f", key, "-n", "vapordep", "SHA256SUMS"]
    subprocess.run(sign, cwd=folder, check=True, capture_output=True)
    signers.write_text(f"ada@lab.example {key.with_suffix('.pub').read_text()}")
    return folder, signers


def verified(folder: Path, signers: Path) -> "subprocess.CompletedProcess[str]":
    command = [PACKAGING / "verify", folder, signers]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_release_is_as_it_was_signed_or_refused(signed: tuple[Path, Path], tmp_path: Path) -> None:
    folder, signers = signed
    good = verified(folder, signers)
    assert (good.returncode, good.stdout) == (0, "as ada@lab.example signed it\n"), good.stderr
    (folder / "more.whl").write_bytes(b"not signed")
    assert "not signed: more.whl" in verified(folder, signers).stderr
    (folder / "more.whl").unlink()
    (folder / "vapordep.whl").write_bytes(b"other")
    assert verified(folder, signers).returncode != 0
    sums = folder / "SHA256SUMS"
    sums.write_text(f"{sha256(b'other').hexdigest()}  vapordep.whl\n")
    assert verified(folder, signers).returncode != 0, "the sums are not those that were signed"
    signers.write_text("")
    assert verified(folder, signers).returncode != 0
