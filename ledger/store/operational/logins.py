"""
Log-ins.

Who wants to read what is not public proves to be an account by signing a challenge. The challenge can be answered once
and for ten minutes; the answer gives a token that is good for eight hours. The token itself is not kept, only its
SHA-256: who reads the database cannot log in with what it finds.

Source: EIP-4361; EIP-1271 for contract wallets.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine, delete, insert, select, update

from ledger.domain.moments import format_moment
from ledger.errors import NotAllowed
from ledger.store.engine import reading, writing
from ledger.store.operational.signin import (
    parse_sign_in_message,
    sign_in_digest,
    signer_of,
    write_sign_in_message,
)
from ledger.store.operational.tables import login_challenges, login_sessions

CHALLENGE_SECONDS: Final = 10 * 60
SESSION_SECONDS: Final = 8 * 60 * 60
STATEMENT: Final = "Log in to the inter-government ledger. This moves nothing and records nothing."

WalletAccepts = Callable[[str, bytes, bytes], bool]
"""Asks a contract wallet whether it accepts a signature: address, digest, signature."""


class LoginRefused(NotAllowed):
    """A log-in was refused."""


class LoginForeignDomain(LoginRefused):
    """The message was signed for another site."""

    def __init__(self, given: str, expected: str) -> None:
        super().__init__(f"the sign-in message is for {given!r}; this is {expected!r}")
        self.given, self.expected = given, expected

    def values(self) -> dict[str, object]:
        """The domains."""
        return {"given": self.given, "expected": self.expected}


class LoginForeignChain(LoginRefused):
    """The message was signed for another chain."""

    def __init__(self, given: int, expected: int) -> None:
        super().__init__(f"the sign-in message is for chain {given}; this ledger is on chain {expected}")
        self.given, self.expected = given, expected

    def values(self) -> dict[str, object]:
        """The chain ids."""
        return {"given": str(self.given), "expected": str(self.expected)}


class LoginExpired(LoginRefused):
    """The message, or the challenge in it, is too old."""

    def __init__(self, what: str, expired_at: int, now: int) -> None:
        super().__init__(
            f"the {what} was good until {format_moment(expired_at)}; it is {format_moment(now)} now. "
            "Ask for a new challenge"
        )
        self.what, self.expired_at, self.now = what, expired_at, now

    def values(self) -> dict[str, object]:
        """What is too old, until when it was good, and what time it is."""
        return {"what": self.what, "expired_at": format_moment(self.expired_at), "now": format_moment(self.now)}


class LoginNotYetValid(LoginRefused):
    """The message is not good yet."""

    def __init__(self, not_before: int, now: int) -> None:
        super().__init__(
            f"the sign-in message is good from {format_moment(not_before)} on; it is {format_moment(now)} now"
        )
        self.not_before, self.now = not_before, now

    def values(self) -> dict[str, object]:
        """From when on it is good, and what time it is."""
        return {"not_before": format_moment(self.not_before), "now": format_moment(self.now)}


class LoginNonceUnknown(LoginRefused):
    """The message does not answer a challenge of this ledger."""

    def __init__(self, nonce: str) -> None:
        super().__init__(f"nonce {nonce!r} is of no challenge that was given here; ask for a new challenge")
        self.nonce = nonce

    def values(self) -> dict[str, object]:
        """The nonce."""
        return {"nonce": self.nonce}


class LoginNonceUsed(LoginRefused):
    """The challenge was answered before."""

    def __init__(self, nonce: str) -> None:
        super().__init__(f"the challenge with nonce {nonce!r} was answered before; ask for a new challenge")
        self.nonce = nonce

    def values(self) -> dict[str, object]:
        """The nonce."""
        return {"nonce": self.nonce}


class LoginForeignAddress(LoginRefused):
    """The challenge was given to another account."""

    def __init__(self, given: str, expected: str) -> None:
        super().__init__(f"the challenge was given to {expected}; {given} cannot answer it")
        self.given, self.expected = given, expected

    def values(self) -> dict[str, object]:
        """The accounts."""
        return {"given": self.given, "expected": self.expected}


class LoginSignatureInvalid(LoginRefused):
    """The signature is not the account's over this message."""

    def __init__(self, address: str, recovered: str | None) -> None:
        whose = f"it is that of {recovered}" if recovered else "it is no signature"
        super().__init__(f"the signature is not that of {address} over this sign-in message: {whose}")
        self.address, self.recovered = address, recovered

    def values(self) -> dict[str, object]:
        """The account, and who the signature belongs to."""
        return {"address": self.address, "recovered": self.recovered}


class SessionUnknown(LoginRefused):
    """The token is of no session: it was never given, or the account has logged out."""

    def __init__(self) -> None:
        super().__init__("the session token is not known here; log in")


class SessionExpired(LoginRefused):
    """The session is over."""

    def __init__(self, address: str, expired_at: int) -> None:
        super().__init__(f"the session of {address} ended at {format_moment(expired_at)}; log in again")
        self.address, self.expired_at = address, expired_at

    def values(self) -> dict[str, object]:
        """Whose session, and when it ended."""
        return {"address": self.address, "expired_at": format_moment(self.expired_at)}


@dataclass(frozen=True, slots=True)
class Challenge:
    """What is to be signed, once and soon."""

    nonce: str
    address: str | None
    """The only account that may answer, or None for any."""
    issued_at: int
    expires_at: int

    def message(self, *, address: str, domain: str, uri: str, chain_id: int) -> str:
        """The sign-in message that answers this challenge, ready to be signed."""
        return write_sign_in_message(
            domain=domain,
            address=address,
            uri=uri,
            chain_id=chain_id,
            nonce=self.nonce,
            issued_at=self.issued_at,
            expires_at=self.expires_at,
            statement=STATEMENT,
        )


@dataclass(frozen=True, slots=True)
class Session:
    """A log-in that stands."""

    address: str
    issued_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class NewSession(Session):
    """A session with its token, which is seen here once and never again."""

    token: str


class Logins:
    """Challenges and sessions."""

    def __init__(self, engine: Engine, wallet_accepts: WalletAccepts | None = None) -> None:
        self._engine = engine
        self._wallet_accepts = wallet_accepts

    def challenge(self, now: int, address: str | None = None) -> Challenge:
        """
        Give a challenge.

        Parameters
        ----------
        now
            UTC seconds.
        address
            The only account that may answer it, with checksum; None for any.
        """
        challenge = Challenge(secrets.token_hex(16), address, now, now + CHALLENGE_SECONDS)
        row = {"nonce": challenge.nonce, "address": address, "issued_at": now, "expires_at": challenge.expires_at}
        with writing(self._engine) as connection:
            connection.execute(insert(login_challenges).values(**row))
        return challenge

    def verify(self, message: str, signature: bytes, *, domain: str, chain_id: int, now: int) -> NewSession:
        """
        Take the answer to a challenge, and begin a session.

        The challenge is used up only by a right answer, so a stranger cannot use up somebody's.

        Parameters
        ----------
        message
            The text that was signed.
        signature
            65 bytes, or what a contract wallet takes.
        domain
            Authority of this site, as in the browser's address bar.
        chain_id
            The ledger's.
        now
            UTC seconds.

        Raises
        ------
        LoginMessageMalformed, LoginRefused
        """
        read = parse_sign_in_message(message)
        if read.domain.lower() != domain.lower():
            raise LoginForeignDomain(read.domain, domain)
        if read.chain_id != chain_id:
            raise LoginForeignChain(read.chain_id, chain_id)
        moment = datetime.fromtimestamp(now, UTC)
        if read.expires_at is not None and moment >= read.expires_at:
            raise LoginExpired("sign-in message", int(read.expires_at.timestamp()), now)
        if read.not_before is not None and moment < read.not_before:
            raise LoginNotYetValid(int(read.not_before.timestamp()), now)
        self._check_challenge(read.nonce, read.address, now)
        self._check_signature(read.address, sign_in_digest(message), signature)

        session = NewSession(read.address, now, now + SESSION_SECONDS, secrets.token_urlsafe(32))
        use = update(login_challenges).where(
            login_challenges.c.nonce == read.nonce, login_challenges.c.used_at.is_(None)
        )
        with writing(self._engine) as connection:
            # Of two answers at the same moment one wins here.
            if connection.execute(use.values(used_at=now)).rowcount != 1:
                raise LoginNonceUsed(read.nonce)
            row = {
                "token_digest": _token_digest(session.token),
                "address": session.address,
                "issued_at": session.issued_at,
                "expires_at": session.expires_at,
            }
            connection.execute(insert(login_sessions).values(**row))
        return session

    def _check_challenge(self, nonce: str, address: str, now: int) -> None:
        with reading(self._engine) as connection:
            row = connection.execute(select(login_challenges).where(login_challenges.c.nonce == nonce)).first()
        if row is None:
            raise LoginNonceUnknown(nonce)
        if row.used_at is not None:
            raise LoginNonceUsed(nonce)
        if now >= row.expires_at:
            raise LoginExpired("challenge", row.expires_at, now)
        if row.address is not None and row.address != address:
            raise LoginForeignAddress(address, row.address)

    def _check_signature(self, address: str, digest: bytes, signature: bytes) -> None:
        recovered = signer_of(digest, signature)
        if recovered == address:
            return
        if self._wallet_accepts is None or not self._wallet_accepts(address, digest, signature):
            raise LoginSignatureInvalid(address, recovered)

    def session(self, token: str, now: int) -> Session:
        """
        The session of a token.

        Raises
        ------
        SessionUnknown, SessionExpired
        """
        query = select(login_sessions).where(login_sessions.c.token_digest == _token_digest(token))
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        if row is None:
            raise SessionUnknown
        if now >= row.expires_at:
            raise SessionExpired(row.address, row.expires_at)
        return Session(row.address, row.issued_at, row.expires_at)

    def logout(self, token: str) -> None:
        """
        End the session of a token.

        Raises
        ------
        SessionUnknown
        """
        ended = delete(login_sessions).where(login_sessions.c.token_digest == _token_digest(token))
        with writing(self._engine) as connection:
            if connection.execute(ended).rowcount != 1:
                raise SessionUnknown

    def forget_expired(self, now: int) -> int:
        """Delete challenges and sessions that are over, and say how many."""
        with writing(self._engine) as connection:
            return sum(
                connection.execute(delete(table).where(table.c.expires_at <= now)).rowcount
                for table in (login_challenges, login_sessions)
            )


def _token_digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
