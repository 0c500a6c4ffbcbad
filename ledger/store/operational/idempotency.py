"""
Idempotency keys.

A caller that did not hear an answer repeats its request with the same Idempotency-Key. The key is recorded in the same
database transaction as what the request wrote, so there is no moment at which one stands without the other: the repeat
gets the first answer, and nothing happens twice. The same key with another request is a mistake of the caller.

A request that was refused has written nothing and leaves no key: it may be repeated once its cause is gone.

Source: draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Engine, delete, select

from ledger.errors import Conflict, InvalidInput
from ledger.store.engine import reading, writing
from ledger.store.operational.tables import idempotency_keys, insert_if_absent

KEPT_SECONDS: Final = 24 * 60 * 60
"""How long a key is good. After that the same key means a new request."""

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_DIGEST_BYTES: Final = 32
_CALLER_LENGTH_MAX: Final = 128


class IdempotencyKeyReused(Conflict):
    """The caller has used this key for another request."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"Idempotency-Key {key!r} was used for another request in the last {KEPT_SECONDS // 3600} hours; "
            "send the same request again, or use a new key"
        )
        self.key = key

    def values(self) -> dict[str, object]:
        """The key."""
        return {"key": self.key}


@dataclass(frozen=True, slots=True)
class Idempotency:
    """What tells a repeated request from a new one."""

    key: str
    """Chosen by the caller: 1 to 255 visible ASCII characters."""
    caller: str
    """Who asks; two callers may use the same key."""
    request_digest: bytes
    """SHA-256 of the request: method, path and body."""

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise InvalidInput("Idempotency-Key", self.key, "1 to 255 visible ASCII characters")
        if not 0 < len(self.caller) <= _CALLER_LENGTH_MAX:
            raise InvalidInput("caller", self.caller, f"1 to {_CALLER_LENGTH_MAX} characters")
        if len(self.request_digest) != _DIGEST_BYTES:
            raise InvalidInput("request_digest", self.request_digest, f"{_DIGEST_BYTES} bytes")


class IdempotencyKeys:
    """The keys that are still good, with the answers given under them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def recall(self, idempotency: Idempotency, now: int) -> str | None:
        """
        The first answer to this request, or None where it is new.

        Raises
        ------
        IdempotencyKeyReused
            Where the key stands for another request.
        """
        with reading(self._engine) as connection:
            return recall(connection, idempotency, now)

    def forget_expired(self, now: int) -> int:
        """Delete the keys that are no longer good, and say how many."""
        with writing(self._engine) as connection:
            expired = delete(idempotency_keys).where(idempotency_keys.c.recorded_at <= now - KEPT_SECONDS)
            return connection.execute(expired).rowcount


def remember(connection: Connection, idempotency: Idempotency, answer: str, now: int) -> str | None:
    """
    Record the answer under the key, within the caller's transaction.

    Returns
    -------
    None where the key is new and the answer recorded; the first answer where this request was answered before.

    Raises
    ------
    IdempotencyKeyReused
        Where the key stands for another request.
    """
    # An expired key is gone, whether or not the clean-up has come by.
    connection.execute(
        delete(idempotency_keys).where(
            idempotency_keys.c.caller == idempotency.caller,
            idempotency_keys.c.key == idempotency.key,
            idempotency_keys.c.recorded_at <= now - KEPT_SECONDS,
        )
    )
    row = {
        "caller": idempotency.caller,
        "key": idempotency.key,
        "request_digest": idempotency.request_digest,
        "answer": answer,
        "recorded_at": now,
    }
    if insert_if_absent(connection, idempotency_keys, row):
        return None
    return recall(connection, idempotency, now)


def recall(connection: Connection, idempotency: Idempotency, now: int) -> str | None:
    """As `IdempotencyKeys.recall`, within the caller's transaction."""
    keys = idempotency_keys.c
    row = connection.execute(
        select(keys.request_digest, keys.answer).where(
            keys.caller == idempotency.caller,
            keys.key == idempotency.key,
            keys.recorded_at > now - KEPT_SECONDS,
        )
    ).first()
    if row is None:
        return None
    if row.request_digest != idempotency.request_digest:
        raise IdempotencyKeyReused(idempotency.key)
    return str(row.answer)
