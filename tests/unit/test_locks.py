"""The lock files name every dependency, exactly and with a digest, and no registry."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")


def normal(name: str) -> str:
    """Return a distribution's name as packaging compares it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked_names() -> set[str]:
    return {normal(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", LOCK, re.MULTILINE)}


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    # The checks run with every extra, which the development one asks for by the project's own name.
    (whole,) = [text for text in extras["dev"] if text.startswith(project["name"])]
    assert sorted(re.findall(r"[a-z0-9]+", whole.removeprefix(project["name"]))) == sorted(extras.keys() - {"dev"})
    listed = [*project["dependencies"], *(text for extra in extras.values() for text in extra)]
    wanted = [text for text in listed if text != whole]
    names = {normal(match.group()) for text in wanted if (match := re.match(r"[A-Za-z0-9._-]+", text))}
    assert len(names) == len(wanted)
    assert names - locked_names() == set()


def test_every_locked_package_has_one_version_and_digests() -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", LOCK, flags=re.MULTILINE).strip())
    assert len(entries) > 50
    for entry in entries:
        assert re.match(r"[a-z0-9._-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry


def test_every_npm_package_is_locked_with_a_digest() -> None:
    wanted = json.loads((ROOT / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    for path, package in packages.items():
        assert path == "" or package["integrity"].startswith("sha512-"), path


def test_no_lock_names_a_registry() -> None:
    assert "resolved" not in (ROOT / "package-lock.json").read_text("utf-8")
    assert re.search(r"--(extra-)?index-url|--find-links|://", LOCK) is None
