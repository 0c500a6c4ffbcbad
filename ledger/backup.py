"""
Backups of a home, made while it runs.

Everything is copied as of one moment each, in an order in which what is copied later knows at least as much as what was
copied before:

    operational store ──► projection ──► chain ──► documents, policies, keys

A command that the copied outbox still has under way may be on the copied chain: the relay then finds it there. The
other way round a command could be confirmed in a block that the copy does not have, and would be lost. The projection
is never ahead of the chain, and what documents prove is on the chain after they were kept.

Numbers that signers drew after the copy was made may be on the chain and not in the copy. So a restored home draws new
words of numbers, and no two commands get the same. Leases of processes of the old home are not carried over either.

The archive is a gzip-compressed tar file with a manifest of SHA-256 digests. It holds the home's keys: encrypted, but
in a development home together with the passphrase. It is for its owner only.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ledger.chain.embedded.files import NodeFiles
from ledger.domain.moments import format_moment
from ledger.errors import Conflict, InvalidInput, Unavailable
from ledger.home import HOME_VERSION, Home
from ledger.store.copies import copy_database
from ledger.store.operational.store import OperationalStore

BACKUP_VERSION: Final = 1
MANIFEST: Final = "backup.json"

_COMPRESSION: Final = 1
"""Chains hold hashes, which do not compress: more effort gains little."""

_PLACES: Final = ("node", "keys", "documents", "policies")


class BackupDamaged(Unavailable):
    """The archive is no backup, or not whole."""


class BackupFailed(Unavailable):
    """A backup could not be written; nothing of it is left."""


class HomeOccupied(Conflict):
    """The folder to restore into holds something already."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds."""

    made_at: int
    files: int
    bytes: int
    """Of the files, before compression."""
    missing: tuple[str, ...]
    """What belongs to the home and is not in the archive, because it is elsewhere."""

    def to_json(self) -> dict[str, Any]:
        """As `--json` shows it."""
        return {
            "made_at": format_moment(self.made_at),
            "files": self.files,
            "bytes": self.bytes,
            "missing": list(self.missing),
        }


def back_up(home: Home, file: Path, missing: tuple[str, ...] = ()) -> BackupReport:
    """
    Write a backup of a home that may be in use.

    Parameters
    ----------
    file
        The archive; it must not exist.
    missing
        What the caller knows to be elsewhere, such as a PostgreSQL database; it is noted in the manifest.

    Raises
    ------
    HomeMissing, HomeUnusable, InvalidInput, DatabaseUnusable, BackupFailed
        Nothing was written under the name of `file` then.
    """
    home.record()
    if file.exists():
        raise InvalidInput("FILE", str(file), "a file that does not exist yet")
    made_at = int(time.time())
    try:
        with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.absolute().parent) as folder:
            staging = Path(folder)
            _stage(home, staging)
            listed = {_name(staging, path): _digest(path) for path in _files(staging)}
            size = sum(path.stat().st_size for path in _files(staging))
            _write_manifest(staging / MANIFEST, made_at, listed, missing)
            part = staging.with_name(staging.name + ".tar.gz")
            try:
                _pack(staging, part)
                # Linked, not renamed: a file that came under this name meanwhile is never replaced.
                os.link(part, file)
            finally:
                part.unlink(missing_ok=True)
    except FileExistsError:
        raise InvalidInput("FILE", str(file), "a file that does not exist yet") from None
    except OSError as error:
        raise BackupFailed(f"backup {file}: {error.strerror or error}; nothing was written") from None
    return BackupReport(made_at, len(listed), size, missing)


def _stage(home: Home, staging: Path) -> None:
    """Copy the home, in the order that the module explains."""
    chain = NodeFiles(home.path).chain
    for database in (home.operational, home.projection, chain):
        if database.exists():
            target = staging / database.relative_to(home.path)
            target.parent.mkdir(mode=0o700, exist_ok=True)
            copy_database(database, target)
    for place in ("documents", "policies", "keys"):
        for path in _files(home.path / place):
            # A file that is being written has no name of its own yet.
            if path.suffix != ".part":
                target = staging / path.relative_to(home.path)
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                shutil.copyfile(path, target)
    for path in sorted(home.path.glob("*.json")):
        shutil.copyfile(path, staging / path.name)


def _write_manifest(path: Path, made_at: int, listed: Mapping[str, str], missing: tuple[str, ...]) -> None:
    manifest = {
        "version": BACKUP_VERSION,
        "home_version": HOME_VERSION,
        "made_at": format_moment(made_at),
        "files": dict(sorted(listed.items())),
        "missing": list(missing),
    }
    path.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _pack(staging: Path, part: Path) -> None:
    def owned_by_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.mode, member.uid, member.gid, member.uname, member.gname = 0o600, 0, 0, "", ""
        return member

    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        with (
            gzip.GzipFile(fileobj=out, mode="wb", compresslevel=_COMPRESSION, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
        ):
            # The manifest comes first, so that a reader knows what to expect.
            for path in (staging / MANIFEST, *(each for each in _files(staging) if each != staging / MANIFEST)):
                archive.add(path, _name(staging, path), recursive=False, filter=owned_by_nobody)
        out.flush()
        os.fsync(out.fileno())


def restore(file: Path, home: Home) -> BackupReport:
    """
    Make a home out of a backup. It is there whole, or not at all.

    Raises
    ------
    HomeOccupied
        The folder holds something already.
    BackupDamaged
        The file is no backup, or was cut short or changed.
    HomeUnusable, InvalidInput
    """
    if home.path.exists() and (not home.path.is_dir() or any(home.path.iterdir())):
        raise HomeOccupied(f"{home.path} is not empty; restore into a folder that is empty or not there yet")
    try:
        home.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{home.path.name}.", dir=home.path.parent) as folder:
            staging = Path(folder) / "home"
            staging.mkdir(mode=0o700)
            report = _unpack(file, staging)
            _begin_anew(Home(staging))
            if home.path.exists():
                home.path.rmdir()
            staging.rename(home.path)
    except FileNotFoundError:
        raise InvalidInput("FILE", str(file), "a backup that can be read") from None
    except OSError as error:
        raise BackupFailed(f"restoring {file} into {home.path}: {error.strerror or error}; nothing is there") from None
    return report


def _unpack(file: Path, staging: Path) -> BackupReport:
    digests: dict[str, str] = {}
    size = 0
    try:
        with tarfile.open(file, "r:gz") as archive:
            first = archive.next()
            told = None if first is None or first.name != MANIFEST else archive.extractfile(first)
            if told is None:
                raise BackupDamaged(f"{file} is no backup: its first member is no {MANIFEST}")
            manifest = _read_manifest(file, told.read(64 * 1_048_576))
            for member in archive:
                if member.name == MANIFEST:
                    continue
                if member.name not in manifest["files"] or not member.isreg():
                    raise BackupDamaged(f"{file} holds {member.name!r}, which its manifest does not list")
                content = archive.extractfile(member)
                assert content is not None, "a regular file has content"
                target = staging / member.name
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                    shutil.copyfileobj(content, out)
                    out.flush()
                    os.fsync(out.fileno())
                digests[member.name] = _digest(target)
                size += member.size
    except (tarfile.TarError, EOFError, gzip.BadGzipFile, ValueError) as error:
        raise BackupDamaged(f"{file} is no backup, or was cut short: {error}") from None
    for name, digest in manifest["files"].items():
        if digests.get(name) != digest:
            found = "is missing" if name not in digests else "was changed"
            raise BackupDamaged(f"{file}: {name} {found}; take another backup")
    return BackupReport(manifest["made_at"], len(digests), size, tuple(manifest["missing"]))


def _read_manifest(file: Path, text: bytes) -> dict[str, Any]:
    """The manifest, read to the last field: names are where files will be written."""
    from ledger.domain.moments import parse_moment

    manifest = json.loads(text)
    if not isinstance(manifest, dict) or manifest.get("version") != BACKUP_VERSION:
        raise BackupDamaged(f"{file} is a backup of a version that this program does not know")
    if manifest.get("home_version") != HOME_VERSION:
        raise BackupDamaged(f"{file} holds a home of version {manifest.get('home_version')!r}, not {HOME_VERSION}")
    files, missing = manifest.get("files"), manifest.get("missing")
    if not isinstance(files, dict) or not isinstance(missing, list):
        raise BackupDamaged(f"{file}: its manifest lists no files")
    for name in files:
        parts = PurePosixPath(name).parts
        inside = name == PurePosixPath(name).as_posix() and ".." not in parts and not name.startswith("/")
        if not inside or (len(parts) > 1 and parts[0] not in _PLACES):
            raise BackupDamaged(f"{file}: its manifest lists {name!r}, which belongs to no home")
    return {
        "files": files,
        "missing": [str(each) for each in missing],
        "made_at": parse_moment(str(manifest.get("made_at")), "made_at"),
    }


def _begin_anew(home: Home) -> None:
    """Give a restored home numbers of its own, and no leases of processes that are not its."""
    for folder in (home.keys, home.documents):
        folder.mkdir(exist_ok=True)
    for folder in (path for path in home.path.rglob("*") if path.is_dir()):
        folder.chmod(0o700)
    if home.operational.exists():
        with closing(OperationalStore(home.operational)) as store:
            store.begin_anew()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
