"""
A ledger's home: the folder of everything that belongs to one office.

    home.json              version, whether the node is the home's own, and the address of another where it is not
    deployment.json        where the contracts are
    node/                  the embedded chain, owned by its process
    operational.sqlite     what must never be lost
    projection.sqlite      what can be replayed
    keys/                  key files; keys/passphrase opens them in a development set-up
    documents/             agreements' documents and evidence
    policies/              score policies that were published here, by digest: a later version may ship others
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ledger.chain.deployment import Deployment
from ledger.domain.policy import ScorePolicy
from ledger.errors import InvalidInput, Unavailable
from ledger.policies import load_policy

HOME_VERSION: Final = 1


class HomeMissing(Unavailable):
    """There is no ledger in this folder."""


class HomeUnusable(Unavailable):
    """The home's folder or one of its files cannot be used."""


class Home:
    """The folder and its files."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.keys = self.path / "keys"
        self.documents = self.path / "documents"
        self._policies = self.path / "policies"
        self.operational = self.path / "operational.sqlite"
        self.projection = self.path / "projection.sqlite"
        self._record = self.path / "home.json"
        self._deployment = self.path / "deployment.json"
        self._passphrase = self.keys / "passphrase"

    @property
    def exists(self) -> bool:
        """Whether a ledger was made, or begun, here."""
        return self._record.is_file()

    def create(self, rpc: str | None) -> None:
        """
        Make the folder and its record; what is there already stays.

        Raises
        ------
        HomeUnusable
        """
        try:
            self.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.documents.mkdir(mode=0o700, exist_ok=True)
            if not self.exists:
                write_json(self._record, {"version": HOME_VERSION, "rpc": rpc})
        except OSError as error:
            raise HomeUnusable(f"the home {self.path} cannot be made: {error.strerror or error}") from None

    def record(self) -> Mapping[str, Any]:
        """
        What home.json says.

        Raises
        ------
        HomeMissing, HomeUnusable
        """
        if not self.exists:
            raise HomeMissing(
                f"there is no ledger in {self.path}; run `intergov init`, or name another home with --home"
            )
        record = read_json(self._record)
        if record.get("version") != HOME_VERSION:
            raise HomeUnusable(
                f"the home {self.path} is of version {record.get('version')!r}; this program knows {HOME_VERSION}"
            )
        return record

    def deployment(self) -> Deployment | None:
        """Where the contracts are; None while they are not deployed."""
        return Deployment.from_json(read_json(self._deployment)) if self._deployment.is_file() else None

    def write_deployment(self, deployment: Deployment) -> None:
        """Record where the contracts are."""
        write_json(self._deployment, deployment.to_json())

    def keep_policy(self, policy: ScorePolicy) -> None:
        """Keep a policy that is about to be published, so that its scores can be recomputed for good."""
        self._policies.mkdir(mode=0o700, exist_ok=True)
        write_text(self._policies / f"{policy.digest.hex()}.json", policy.canonical_json().decode("utf-8") + "\n")

    def policies(self) -> dict[str, ScorePolicy]:
        """
        The policies kept here, by digest (`0x` and hexadecimal digits).

        Raises
        ------
        PolicyError
            Naming the file that was damaged.
        """
        kept = [load_policy(path) for path in sorted(self._policies.glob("*.json"))]
        return {"0x" + policy.digest.hex(): policy for policy in kept}

    def make_passphrase(self) -> None:
        """Make a random passphrase and keep it beside the keys, for a development set-up."""
        if not self._passphrase.exists():
            write_text(self._passphrase, secrets.token_hex(32) + "\n")

    @property
    def keeps_passphrase(self) -> bool:
        """Whether the passphrase lies beside the keys, so that whoever reads the folder can sign."""
        return self._passphrase.is_file()

    def passphrase(self, given: str | None, ask: Callable[[], str] | None) -> Callable[[], str]:
        """What finds the passphrase when it is first needed: what was given, then the file, then a person."""

        def find() -> str:
            if given is not None:
                return given
            if self.keeps_passphrase:
                return self._passphrase.read_text(encoding="utf-8").strip()
            if ask is not None:
                return ask()
            raise InvalidInput("passphrase", None, "INTERGOV_PASSPHRASE, or a terminal to ask on")

        return find

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold the home for a work that two processes must not do at the same time; waits its turn."""
        with (self.path / f"{name}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def read_json(path: Path) -> dict[str, Any]:
    """
    A file of the home.

    Raises
    ------
    HomeUnusable
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise HomeUnusable(f"{path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise HomeUnusable(f"{path} is damaged: {error}") from None
    if not isinstance(content, dict):
        raise HomeUnusable(f"{path} is damaged: it holds no JSON object")
    return content


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a file of the home, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, sort_keys=True) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file of the home, whole or not at all, readable by its owner only."""
    temporary = path.with_name(path.name + ".part")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
