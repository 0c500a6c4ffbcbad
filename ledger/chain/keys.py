"""
Keys in encrypted files.

One file per key, named after it, in the format that Ethereum clients share (web3 secret storage version 3, scrypt and
AES-128-CTR). The address stands in it in clear, so that keys can be listed without a passphrase.

A key on a token (PKCS#11) has a file too: with its address, and where it is instead of what it is. So a home's
configuration says for each key by its name what signs, and nothing else need know:

    {"address": "2b5a…", "pkcs11": {"module": "/usr/lib/softhsm/libsofthsm2.so", "token": "office", "key": "relayer"}}
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from eth_account import Account

from ledger.chain.contracts import checksummed
from ledger.chain.pkcs11 import TokenKey, TokenSigner, TokenUnusable, make_key
from ledger.chain.signers import LocalSigner, Signer
from ledger.errors import Conflict, InvalidInput, LedgerError, NotFound

SCRYPT_ROUNDS: Final = 2**14
"""Work to try one passphrase: about 50 ms. Generated passphrases of 256 bits need no more; people's should be long."""

_IV_BYTES: Final = 16
"""Of AES: a block."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


class KeyExists(Conflict):
    """A key of this name is there already."""


class KeyUnknown(NotFound):
    """There is no key of this name."""


class KeyPassphraseWrong(LedgerError):
    """The passphrase does not open the key file."""


class KeyFileDamaged(LedgerError):
    """The file is no key file."""


class KeyStore:
    """
    The keys in a folder.

    Parameters
    ----------
    directory
        Where the files are. Made when the first key is.
    passphrase
        Asked once, when a key is first written or opened.
    """

    def __init__(self, directory: Path, passphrase: Callable[[], str]) -> None:
        self._directory = directory
        self._ask = passphrase
        self._passphrase: str | None = None
        self._opened: dict[str, Signer] = {}

    def create(self, name: str) -> LocalSigner:
        """
        Make a new random key.

        Raises
        ------
        KeyExists, InvalidInput
        """
        return self.store(name, LocalSigner.create())

    def ensure(self, name: str) -> Signer:
        """The key of this name, made where there is none."""
        return self.signer(name) if self.has(name) else self.create(name)

    def store(self, name: str, signer: LocalSigner) -> LocalSigner:
        """Write a key that was made elsewhere."""
        self._require_free(name)
        encrypted = Account.encrypt(signer.private_key, self._secret(), iterations=SCRYPT_ROUNDS)
        # Written as a number, one initial vector of 256 lacks its leading zeros, and other clients then fail on it.
        parameters = encrypted["crypto"]["cipherparams"]
        parameters["iv"] = parameters["iv"].rjust(2 * _IV_BYTES, "0")
        self._write(name, encrypted)
        self._opened[name] = signer
        return signer

    def refer(self, name: str, place: TokenKey, *, make: bool = False) -> Signer:
        """
        Name a key that is on a token.

        Parameters
        ----------
        make
            Whether to make the key on the token first.

        Raises
        ------
        KeyExists, KeyOnTokenExists, TokenUnusable, InvalidInput
            Nothing was written then.
        """
        self._require_free(name)
        signer = make_key(place) if make else TokenSigner(place)
        self._write(name, {"address": signer.address.removeprefix("0x").lower(), "pkcs11": place.to_json()})
        self._opened[name] = signer
        return signer

    def _require_free(self, name: str) -> None:
        if self._path(name).exists():
            raise KeyExists(f"a key {name!r} is in {self._directory} already; choose another name")

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        path = self._path(name)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(".part")
        # Complete and on disk before it has its name, so that no half-written key is ever found.
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(content, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)

    def signer(self, name: str) -> Signer:
        """
        Open a key, wherever it is.

        Raises
        ------
        KeyUnknown, KeyPassphraseWrong, KeyFileDamaged, TokenUnusable
        """
        if name not in self._opened:
            content = self._read(name)
            if "pkcs11" in content:
                self._opened[name] = self._on_token(name, content)
                return self._opened[name]
            try:
                private_key = bytes(Account.decrypt(content, self._secret()))
            except ValueError:
                raise KeyPassphraseWrong(f"the passphrase does not open the key {name!r}") from None
            self._opened[name] = LocalSigner(private_key)
        return self._opened[name]

    def _on_token(self, name: str, content: Mapping[str, Any]) -> Signer:
        place = TokenKey.from_json(content["pkcs11"])
        signer = TokenSigner(place)
        if signer.address != self.address(name):
            raise TokenUnusable(
                place, f"it is that of {signer.address}; {name!r} is to be that of {self.address(name)}"
            )
        return signer

    def address(self, name: str) -> str:
        """The address of a key, which needs no passphrase."""
        return checksummed("0x" + str(self._read(name)["address"]).removeprefix("0x").lower())

    def list(self) -> list[tuple[str, str]]:
        """Every key's name and address, by name."""
        paths = sorted(self._directory.glob("*.json")) if self._directory.is_dir() else []
        return [(path.stem, self.address(path.stem)) for path in paths]

    def has(self, name: str) -> bool:
        """Whether there is a key of this name."""
        return self._path(name).exists()

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                "key name", name, "1 to 64 of a-z, 0-9, dot, dash and underscore, beginning with one of a-z, 0-9"
            )
        return self._directory / f"{name}.json"

    def _read(self, name: str) -> dict[str, Any]:
        path = self._path(name)
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise KeyUnknown("key", name) from None
        except (ValueError, OSError) as error:
            raise KeyFileDamaged(f"{path} is no key file: {error}") from None
        if not isinstance(content, dict) or not re.fullmatch(r"(0x)?[0-9a-fA-F]{40}", str(content.get("address"))):
            raise KeyFileDamaged(f"{path} is no key file: it has no address")
        return content

    def _secret(self) -> str:
        if self._passphrase is None:
            self._passphrase = self._ask()
        return self._passphrase
