"""
Keys that never leave a token.

A hardware module, a smart card or a key service speaks PKCS#11: it holds the private key, and signs 32 bytes when asked
by who knows its PIN. What is signed here is what a key in a file would sign, so nothing else knows the difference:

    32-byte digest ──CKM_ECDSA──► r, s ──► the smaller of s and n − s ──► v, the one whose key it is

A token gives r and s alone. Contracts accept only the smaller of the two s that are possible (EIP-2), and want to know
which of two keys is meant (v), which is found by trying both.

Needs the extra `pkcs11`, the vendor's module (a shared library) and a key on the curve secp256k1.

Source: PKCS#11 2.40; EIP-2; SEC 1 section 4.1.6 (recovery).
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from eth_account._utils.legacy_transactions import encode_transaction, serializable_unsigned_transaction_from_dict
from eth_keys.datatypes import PublicKey
from eth_utils.crypto import keccak

from ledger.chain.typed_data import SECP256K1_HALF_ORDER, recover, typed_data_digest
from ledger.errors import Conflict, InvalidInput, Unavailable

if TYPE_CHECKING:
    import pkcs11
    from pkcs11.types import SignMixin

Answer = TypeVar("Answer")

CURVE: Final = "secp256k1"
SECP256K1_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141

PIN_VARIABLE: Final = "INTERGOV_PKCS11_PIN"

_ECDSA_BYTES: Final = 64
_POINT_BYTES: Final = 65
"""An uncompressed point: 4, x, y."""


class TokenUnusable(Unavailable):
    """A token, its module or the key on it cannot be used."""

    def __init__(self, place: TokenKey, reason: str) -> None:
        super().__init__(f"key {place.key!r} on token {place.token!r} ({place.module}): {reason}")
        self.place, self.reason = place, reason

    def values(self) -> dict[str, object]:
        """Where the key is, and what is wrong."""
        return {**self.place.to_json(), "reason": self.reason}


class KeyOnTokenExists(Conflict):
    """The token has a key of this label already."""


@dataclass(frozen=True, slots=True)
class TokenKey:
    """Where a key is."""

    module: str
    """Path of the vendor's PKCS#11 library."""
    token: str
    """The token's label."""
    key: str
    """The key's label; its public and its private half have the same."""

    def to_json(self) -> dict[str, object]:
        """As a home's key file holds it."""
        return {"module": self.module, "token": self.token, "key": self.key}

    @classmethod
    def from_json(cls, told: Any) -> TokenKey:
        """
        Read what `to_json` wrote.

        Raises
        ------
        InvalidInput
        """
        names = ("module", "token", "key")
        if not isinstance(told, dict) or not all(isinstance(told.get(name), str) and told[name] for name in names):
            raise InvalidInput("pkcs11", told, "module (a path), token and key (labels), all text")
        return cls(told["module"], told["token"], told["key"])


def pin_from_environment() -> str:
    """
    The token's PIN. It is never kept in the home, nor taken from the command line.

    Raises
    ------
    InvalidInput
    """
    pin = os.environ.get(PIN_VARIABLE)
    if not pin:
        raise InvalidInput(PIN_VARIABLE, None, "the PIN of the token that holds the key")
    return pin


class TokenSigner:
    """
    A signer whose private key is on a token. Safe to share between threads.

    Parameters
    ----------
    place
        Where the key is.
    pin
        Asked when the token is first used.

    Raises
    ------
    TokenUnusable
        The module, token or key is not there, the PIN is wrong, or the key is on another curve.
    """

    def __init__(self, place: TokenKey, pin: Callable[[], str] = pin_from_environment) -> None:
        self._place = place
        self._pin = pin
        # A PKCS#11 session does one thing at a time.
        self._lock = threading.Lock()
        self._session: pkcs11.Session | None = None
        with self._lock:
            self._address = self._using(self._find_address)

    @property
    def address(self) -> str:
        """The account's address."""
        return self._address

    def sign_typed_data(self, document: dict[str, Any]) -> bytes:
        """The signature over an EIP-712 document: 65 bytes, r, s, v."""
        return self._sign(typed_data_digest(document))

    def sign_transaction(self, transaction: dict[str, Any]) -> tuple[bytes, bytes]:
        """A transaction signed and encoded, and its hash."""
        unsigned = serializable_unsigned_transaction_from_dict(transaction)
        signature = self._sign(bytes(unsigned.hash()))
        r, s = (int.from_bytes(signature[at : at + 32], "big") for at in (0, 32))
        recovery = signature[64] - 27
        # EIP-155: the old kind of transaction has the chain in v, the others have it in a field of its own.
        v = recovery if "maxFeePerGas" in transaction else recovery + 35 + 2 * int(transaction["chainId"])
        raw = bytes(encode_transaction(unsigned, vrs=(v, r, s)))
        return raw, keccak(raw)

    def close(self) -> None:
        """End the session; the next signature opens another."""
        with self._lock:
            self._drop()

    # -------------------------------------------------------------------------------------------------- on the token

    def _sign(self, digest: bytes) -> bytes:
        with self._lock:
            made = self._using(lambda session: self._raw_signature(session, digest))
        r, s = int.from_bytes(made[:32], "big"), int.from_bytes(made[32:], "big")
        if s > SECP256K1_HALF_ORDER:
            s = SECP256K1_ORDER - s
        for v in (27, 28):
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])
            if recover(digest, signature) == self._address:
                return signature
        raise TokenUnusable(self._place, f"it signed with another key than that of {self._address}")

    def _raw_signature(self, session: pkcs11.Session, digest: bytes) -> bytes:
        from pkcs11 import KeyType, Mechanism, ObjectClass

        found = session.get_key(object_class=ObjectClass.PRIVATE_KEY, key_type=KeyType.EC, label=self._place.key)
        made = bytes(cast("SignMixin", found).sign(digest, mechanism=Mechanism.ECDSA))
        if len(made) != _ECDSA_BYTES:
            raise TokenUnusable(self._place, f"a signature of {len(made)} bytes; expected {_ECDSA_BYTES}, r and s")
        return made

    def _find_address(self, session: pkcs11.Session) -> str:
        from pkcs11 import Attribute, KeyType, ObjectClass
        from pkcs11.util.ec import encode_named_curve_parameters

        key = session.get_key(object_class=ObjectClass.PUBLIC_KEY, key_type=KeyType.EC, label=self._place.key)
        if bytes(key[Attribute.EC_PARAMS]) != encode_named_curve_parameters(CURVE):
            raise TokenUnusable(self._place, f"it is on another curve than {CURVE}")
        # Tokens differ in whether the point is wrapped in an octet string; it is the last 65 bytes either way.
        point = bytes(key[Attribute.EC_POINT])[-_POINT_BYTES:]
        if len(point) != _POINT_BYTES or point[0] != 4:
            raise TokenUnusable(self._place, "its public key is no uncompressed point")
        return PublicKey(point[1:]).to_checksum_address()

    def _using(self, work: Callable[[pkcs11.Session], Answer]) -> Answer:
        """
        Do something in a session, in another one where the old has ended: a module was restarted, a card put back.

        A PIN that was refused is not given again, because a token counts and then locks itself.
        """
        try:
            from pkcs11.exceptions import PKCS11Error
        except ImportError:
            raise TokenUnusable(self._place, "the extra 'pkcs11' of this program is not installed") from None
        if self._session is not None:
            try:
                return work(self._session)
            except PKCS11Error:
                self._drop()
        try:
            self._session = self._open()
            return work(self._session)
        except (PKCS11Error, RuntimeError) as error:
            self._drop()
            raise TokenUnusable(self._place, str(error) or type(error).__name__) from None

    def _open(self) -> pkcs11.Session:
        return _opened(self._place, self._pin, rw=False)

    def _drop(self) -> None:
        from pkcs11.exceptions import PKCS11Error

        session, self._session = self._session, None
        if session is not None:
            with suppress(PKCS11Error):
                session.close()


def _opened(place: TokenKey, pin: Callable[[], str], *, rw: bool) -> pkcs11.Session:
    from pkcs11 import lib
    from pkcs11.exceptions import UserAlreadyLoggedIn

    token = lib(place.module).get_token(token_label=place.token)
    try:
        return token.open(rw=rw, user_pin=pin())
    except UserAlreadyLoggedIn:
        # Who has logged in is the process: another of its keys is on the same token.
        return token.open(rw=rw)


def make_key(place: TokenKey, pin: Callable[[], str] = pin_from_environment) -> TokenSigner:
    """
    Make a new key on a token; its private half cannot be taken out.

    Raises
    ------
    KeyOnTokenExists
        The token has a key of this label.
    TokenUnusable
    """
    try:
        from pkcs11 import Attribute, KeyType
        from pkcs11.exceptions import PKCS11Error
        from pkcs11.util.ec import encode_named_curve_parameters
    except ImportError:
        raise TokenUnusable(place, "the extra 'pkcs11' of this program is not installed") from None
    try:
        with _opened(place, pin, rw=True) as session:
            if any(True for _ in session.get_objects({Attribute.LABEL: place.key})):
                raise KeyOnTokenExists(f"token {place.token!r} has a key {place.key!r} already; choose another label")
            curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(CURVE)}
            parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
            parameters.generate_keypair(store=True, label=place.key, id=secrets.token_bytes(16))
    except (PKCS11Error, RuntimeError) as error:
        raise TokenUnusable(place, str(error) or type(error).__name__) from None
    return TokenSigner(place, pin)
