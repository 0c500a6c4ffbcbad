"""
Who signs.

Governments sign with their own keys; the server never holds them. A signer is a seam: a key in an encrypted file for
development and small offices (`LocalSigner`, opened by `ledger.chain.keys`); a key on a hardware module, a card or a
key service elsewhere (`ledger.chain.pkcs11`).
"""

from __future__ import annotations

from typing import Any, Protocol

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount


class Signer(Protocol):
    """Something that signs for one account."""

    @property
    def address(self) -> str:
        """The account's address."""
        ...

    def sign_typed_data(self, document: dict[str, Any]) -> bytes:
        """The signature over an EIP-712 document: 65 bytes, r, s, v."""
        ...

    def sign_transaction(self, transaction: dict[str, Any]) -> tuple[bytes, bytes]:
        """A transaction signed and encoded, and its hash."""
        ...


class LocalSigner:
    """A signer whose private key is in this process's memory."""

    def __init__(self, private_key: bytes) -> None:
        self._account: LocalAccount = Account.from_key(private_key)

    @classmethod
    def create(cls) -> LocalSigner:
        """A signer with a new random key."""
        return cls(bytes(Account.create().key))

    @property
    def address(self) -> str:
        """The account's address."""
        return str(self._account.address)

    @property
    def private_key(self) -> bytes:
        """The private key, for the key store that encrypts it."""
        return bytes(self._account.key)

    def sign_typed_data(self, document: dict[str, Any]) -> bytes:
        """The signature over an EIP-712 document: 65 bytes, r, s, v."""
        return bytes(self._account.sign_message(encode_typed_data(full_message=document)).signature)

    def sign_transaction(self, transaction: dict[str, Any]) -> tuple[bytes, bytes]:
        """A transaction signed and encoded, and its hash."""
        signed = self._account.sign_transaction(transaction)
        return bytes(signed.raw_transaction), bytes(signed.hash)
