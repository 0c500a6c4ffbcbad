"""Log-ins: a challenge is answered once, here, in time, by the account that signs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from ledger.errors import LedgerError
from ledger.store.operational import Challenge, LoginRefused, NewSession, OperationalStore
from ledger.store.operational.logins import CHALLENGE_SECONDS, SESSION_SECONDS
from ledger.store.operational.signin import (
    LoginMessageMalformed,
    parse_sign_in_message,
    sign_in_digest,
    signer_of,
    write_sign_in_message,
)
from tests.databases import Place

NOW = 1_800_000_000
DOMAIN = "ledger.s-city.example"
URI = f"https://{DOMAIN}"
CHAIN = 4242
KEY = b"\x01" * 32
ADDRESS = Account.from_key(KEY).address
OTHER = Account.from_key(b"\x02" * 32).address


@pytest.fixture
def store(place: Place) -> Iterator[OperationalStore]:
    with OperationalStore(place("operational")) as store:
        yield store


def sign(message: str, key: bytes = KEY) -> bytes:
    return bytes(Account.sign_message(encode_defunct(text=message), key).signature)


def answer(challenge: Challenge, *, domain: str = DOMAIN, chain_id: int = CHAIN, address: str = ADDRESS) -> str:
    return challenge.message(address=address, domain=domain, uri=URI, chain_id=chain_id)


def log_in(store: OperationalStore, message: str, signature: bytes, now: int = NOW) -> NewSession:
    return store.logins.verify(message, signature, domain=DOMAIN, chain_id=CHAIN, now=now)


def refusal(store: OperationalStore, message: str, signature: bytes, now: int = NOW) -> LedgerError:
    with pytest.raises(LedgerError) as refused:
        log_in(store, message, signature, now)
    return refused.value


def test_a_right_answer_begins_a_session(store: OperationalStore) -> None:
    message = answer(store.logins.challenge(NOW))
    session = log_in(store, message, sign(message), NOW + 5)
    assert (session.address, session.issued_at, session.expires_at) == (ADDRESS, NOW + 5, NOW + 5 + SESSION_SECONDS)
    found = store.logins.session(session.token, NOW + SESSION_SECONDS + 4)
    assert found.address == ADDRESS
    with pytest.raises(LoginRefused, match="ended at") as refused:
        store.logins.session(session.token, NOW + SESSION_SECONDS + 5)
    assert refused.value.slug == "session-expired"


def test_the_token_itself_is_nowhere_on_disk(tmp_path: Path) -> None:
    with OperationalStore(tmp_path / "operational.sqlite") as store:
        message = answer(store.logins.challenge(NOW))
        session = log_in(store, message, sign(message))
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert session.token.encode() not in kept
    with sqlite3.connect(tmp_path / "operational.sqlite") as connection:
        ((digest,),) = connection.execute("SELECT token_digest FROM login_sessions")
    connection.close()
    assert len(digest) == 32


def test_an_answer_is_good_once(store: OperationalStore) -> None:
    message = answer(store.logins.challenge(NOW))
    log_in(store, message, sign(message))
    assert refusal(store, message, sign(message)).slug == "login-nonce-used"


def test_a_wrong_answer_does_not_use_the_challenge_up(store: OperationalStore) -> None:
    message = answer(store.logins.challenge(NOW))
    assert refusal(store, message, sign(message, b"\x02" * 32)).slug == "login-signature-invalid"
    assert log_in(store, message, sign(message)).address == ADDRESS


def test_each_wrong_answer_has_its_own_refusal(store: OperationalStore) -> None:
    challenge = store.logins.challenge(NOW)
    elsewhere = answer(challenge, domain="elsewhere.example")
    error = refusal(store, elsewhere, sign(elsewhere))
    assert (error.slug, error.values()) == (
        "login-foreign-domain",
        {"given": "elsewhere.example", "expected": DOMAIN},
    )
    other_chain = answer(challenge, chain_id=CHAIN + 1)
    assert refusal(store, other_chain, sign(other_chain)).slug == "login-foreign-chain"
    unknown = answer(Challenge("0" * 32, None, NOW, NOW + CHALLENGE_SECONDS))
    assert refusal(store, unknown, sign(unknown)).slug == "login-nonce-unknown"
    right = answer(challenge)
    altered = right.replace("This moves nothing", "This moves a thing")
    assert refusal(store, altered, sign(right)).slug == "login-signature-invalid"
    for signature in (
        b"",
        b"\x00" * 65,
        b"\xff" * 65,
        sign(right)[:64],
        sign(right) + b"\0",
        sign(right)[:64] + b"\x63",
    ):
        assert refusal(store, right, signature).slug == "login-signature-invalid"
    bound = answer(store.logins.challenge(NOW, OTHER))
    assert refusal(store, bound, sign(bound)).slug == "login-foreign-address"


@pytest.mark.parametrize(
    ("now", "slug"),
    [
        (NOW + CHALLENGE_SECONDS - 1, None),
        (NOW + CHALLENGE_SECONDS, "login-expired"),
        (NOW + CHALLENGE_SECONDS + 1, "login-expired"),
    ],
)
def test_a_challenge_is_good_for_ten_minutes(store: OperationalStore, now: int, slug: str | None) -> None:
    challenge = store.logins.challenge(NOW)
    long_lived = Challenge(challenge.nonce, None, NOW, NOW + 10 * CHALLENGE_SECONDS)
    for message in (answer(challenge), answer(long_lived)):
        if slug is not None:
            assert refusal(store, message, sign(message), now).slug == slug
    if slug is None:
        assert log_in(store, answer(challenge), sign(answer(challenge)), now).address == ADDRESS


def test_a_message_may_say_from_when_on_it_is_good(store: OperationalStore) -> None:
    message = answer(store.logins.challenge(NOW)) + "\nNot Before: 2027-01-15T08:00:10Z"
    assert refusal(store, message, sign(message), NOW + 9).slug == "login-not-yet-valid"
    assert log_in(store, message, sign(message), NOW + 10).address == ADDRESS


def test_a_contract_wallet_is_asked(tmp_path: Path) -> None:
    asked: list[tuple[str, bytes, bytes]] = []

    def accepts(address: str, digest: bytes, signature: bytes) -> bool:
        asked.append((address, digest, signature))
        return signature == b"as agreed"

    with OperationalStore(tmp_path / "operational.sqlite", wallet_accepts=accepts) as store:
        message = answer(store.logins.challenge(NOW), address=OTHER)
        assert refusal(store, message, b"not so").slug == "login-signature-invalid"
        assert log_in(store, message, b"as agreed").address == OTHER
    assert asked[1] == (OTHER, sign_in_digest(message), b"as agreed")


def test_logging_out_ends_the_session(store: OperationalStore) -> None:
    message = answer(store.logins.challenge(NOW))
    session = log_in(store, message, sign(message))
    store.logins.logout(session.token)
    for attempt in (store.logins.logout, lambda token: store.logins.session(token, NOW)):
        with pytest.raises(LoginRefused) as refused:
            attempt(session.token)
        assert refused.value.slug == "session-unknown"
    with pytest.raises(LoginRefused):
        store.logins.session("\ud800", NOW)


def test_what_is_over_is_forgotten(store: OperationalStore) -> None:
    message = answer(store.logins.challenge(NOW))
    log_in(store, message, sign(message))
    store.logins.challenge(NOW + 100)
    assert store.logins.forget_expired(NOW + CHALLENGE_SECONDS - 1) == 0
    assert store.logins.forget_expired(NOW + CHALLENGE_SECONDS) == 1
    assert store.forget_expired(NOW + SESSION_SECONDS) == 2


# --- the text itself

GOOD = write_sign_in_message(
    domain="127.0.0.1:8000",
    address=ADDRESS,
    uri="http://127.0.0.1:8000/v1",
    chain_id=2**53 - 1,
    nonce="abcDEF12",
    issued_at=NOW,
    expires_at=NOW + 600,
    statement="Log in.",
)


def test_the_text_is_that_of_the_standard() -> None:
    assert (
        "127.0.0.1:8000 wants you to sign in with your Ethereum account:\n"
        f"{ADDRESS}\n\nLog in.\n\n"
        "URI: http://127.0.0.1:8000/v1\nVersion: 1\nChain ID: 9007199254740991\nNonce: abcDEF12\n"
        "Issued At: 2027-01-15T08:00:00Z\nExpiration Time: 2027-01-15T08:10:00Z"
    ) == GOOD


def test_all_that_the_standard_allows_is_read() -> None:
    text = (
        f"https://{DOMAIN} wants you to sign in with your Ethereum account:\n{ADDRESS}\n\n\n"
        f"URI: {URI}/login\nVersion: 1\nChain ID: 1\nNonce: 12345678\nIssued At: 2027-01-15T16:00:00.123456789+08:00\n"
        "Expiration Time: 2027-01-16T00:00:00z\nNot Before: 2027-01-15T00:00:00Z\nRequest ID: r-1\n"
        "Resources:\n- ipfs://x\n- https://example.org/y"
    )
    read = parse_sign_in_message(text)
    assert (read.domain, read.statement, read.nonce, read.chain_id) == (DOMAIN, None, "12345678", 1)
    assert read.issued_at.timestamp() == pytest.approx(NOW + 0.123456)
    assert read.expires_at is not None
    assert read.not_before is not None
    assert read.expires_at > read.issued_at > read.not_before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Version: 1", "Version: 2"),
        ("Nonce: abcDEF12", "Nonce: short"),
        ("Nonce: abcDEF12", "Nonce: abc-DEF-12"),
        ("Chain ID: ", "Chain ID: 0x"),
        ("Chain ID: ", "Chain ID: -"),
        (ADDRESS, ADDRESS.lower()),
        (ADDRESS, ADDRESS[:-1]),
        ("Issued At: 2027-01-15", "Issued At: 2027-02-30"),
        ("Issued At: 2027-01-15T08:00:00Z", "Issued At: 2027-01-15T08:00:00"),
        ("Log in.", "Log in.\nURI: http://elsewhere.example"),
        ("Log in.", "Ünlesbar"),
        ("\n\nURI", "\nURI"),
        ("URI: http", "URI:http"),
        ("127.0.0.1:8000 wants", "evil.example/127.0.0.1:8000 wants"),
        ("Z\nExpiration", "Z\r\nExpiration"),
        ("Expiration Time", "Not Before: 2027-01-15T08:00:00Z\nExpiration Time"),
    ],
)
def test_a_line_that_is_not_as_it_must_be_is_refused(old: str, new: str) -> None:
    parse_sign_in_message(GOOD)
    assert old in GOOD
    with pytest.raises(LoginMessageMalformed):
        parse_sign_in_message(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    "text", ["", "\n" * 50, GOOD + "\n", " " + GOOD, GOOD + "x" * 5000, "wants you" * 10_000, "\0"]
)
def test_what_is_no_message_is_refused(text: str) -> None:
    with pytest.raises(LoginMessageMalformed):
        parse_sign_in_message(text)


def test_a_text_that_would_read_otherwise_is_not_written() -> None:
    with pytest.raises(LoginMessageMalformed):
        write_sign_in_message(
            domain=DOMAIN, address=ADDRESS, uri=URI, chain_id=1, nonce="12345678", issued_at=NOW, expires_at=NOW,
            statement="two\nlines",
        )  # fmt: skip


def test_signatures_of_both_spellings_are_read() -> None:
    signature = sign(GOOD)
    digest = sign_in_digest(GOOD)
    assert signer_of(digest, signature) == ADDRESS
    assert signer_of(digest, signature[:64] + bytes([signature[64] - 27])) == ADDRESS
    assert signer_of(digest, signature[:64] + b"\x1d") is None
