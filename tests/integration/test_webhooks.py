"""Webhooks: signed, in order, at least once; tried again, and dead in the end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from sqlalchemy import Engine
from standardwebhooks import Webhook as Verifier

from ledger.errors import InvalidInput, NotFound
from ledger.events_out import Feed, WebhookSender, check_secret, check_url, new_secret
from ledger.events_out.feed import START
from ledger.events_out.webhooks import RETRY_SECONDS
from ledger.store.engine import open_engine
from ledger.store.operational import OperationalStore
from ledger.store.operational.webhooks import Webhook
from ledger.store.projection import Projector, Queries
from ledger.store.projection.projector import NAMESPACE
from tests.databases import Place
from tests.unit.chain_builder import DISTRICT, GENESIS_AT, HARBOUR, PROVINCE, FakeChain, founded, registered

FACTS = 6
"""Facts of the chain that `founded` makes."""


@dataclass
class Receiver:
    """Somebody who is told of events, over HTTP."""

    secret: str = field(default_factory=new_secret)
    url: str = ""
    answers: list[int] = field(default_factory=list)
    """Statuses to answer with, in turn; 204 when there are none left."""

    heard: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    """Ids and documents of messages that were taken, once their signatures were checked."""

    offered: int = 0

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.offered += 1
        document = Verifier(self.secret).verify(body, headers)
        status = self.answers.pop(0) if self.answers else 204
        if status < 300:
            self.heard.append((headers["webhook-id"], document))
        return status

    @property
    def sequences(self) -> list[object]:
        return [document["data"]["sequence"] for _, document in self.heard]  # type: ignore[index]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(made.take({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/events"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Office:
    """An office with a ledger and a sender whose clock a test puts forward."""

    chain: FakeChain
    projector: Projector
    store: OperationalStore
    sender: WebhookSender
    ahead: list[int]

    def add(self, receiver: Receiver, government: int | None = None, event: str | None = None) -> Webhook:
        return self.store.webhooks.add(receiver.url, receiver.secret, government, event, str(START), 1_800_000_000)

    def tell(self) -> int:
        now = int(time.time()) + self.ahead[0]
        return sum(self.sender.tell(each) for each in self.store.webhooks.due(now))

    def happen(self, number: int, debtor: int = DISTRICT, creditor: int = HARBOUR) -> None:
        self.chain.add(registered(number, debtor, creditor, GENESIS_AT + 10_000))
        self.projector.apply(self.chain.built)


@pytest.fixture
def office(place: Place) -> Iterator[Office]:
    engine: Engine = open_engine(place("projection"), durable=False, namespace=NAMESPACE)
    chain, projector, ahead = founded(), Projector(engine), [0]
    projector.apply(chain.built)
    with OperationalStore(place("operational")) as store:
        # The receiver checks that a message is new, so the sender's clock is put forward for waits alone.
        sender = WebhookSender(Feed(Queries(engine)), store.webhooks)
        yield Office(chain, projector, store, sender, ahead)
        sender.close()
    engine.dispose()


def test_every_fact_in_order_signed_and_once(office: Office, receiver: Receiver) -> None:
    office.add(receiver)
    assert office.tell() == FACTS
    assert receiver.sequences == list(range(1, FACTS + 1))
    assert len({message for message, _ in receiver.heard}) == FACTS
    assert office.tell() == 0
    office.happen(1)
    assert office.tell() == 1
    message, document = receiver.heard[-1]
    assert document["type"] == "CommitmentRegistered"
    assert message == f"evt_{document['data']['id']}"  # type: ignore[index]


def test_what_it_asked_for_only(office: Office, receiver: Receiver) -> None:
    office.add(receiver, government=PROVINCE, event="CommitmentRegistered")
    office.happen(1)
    office.happen(2, debtor=PROVINCE)
    office.happen(3, debtor=HARBOUR, creditor=PROVINCE)
    assert office.tell() == 2
    assert receiver.sequences == [FACTS + 2, FACTS + 3]


def test_one_that_is_refused_is_tried_again_and_what_comes_after_waits(office: Office, receiver: Receiver) -> None:
    receiver.answers = [204, 500]
    webhook = office.add(receiver)
    assert office.tell() == 1
    waiting = office.store.webhooks.get(webhook.id)
    assert (waiting.attempts, waiting.last_error) == (1, "HTTP 500")
    assert waiting.not_before >= int(time.time()) + RETRY_SECONDS[0] - 2
    assert office.tell() == 0
    office.ahead[0] = RETRY_SECONDS[0] + 1
    assert office.tell() == FACTS - 1
    assert receiver.sequences == list(range(1, FACTS + 1))
    assert office.store.webhooks.get(webhook.id).attempts == 0


def test_one_that_is_always_refused_dies_and_the_next_go_on(office: Office, receiver: Receiver) -> None:
    receiver.answers = [503] * (len(RETRY_SECONDS) + 1)
    webhook = office.add(receiver)
    for _ in range(len(RETRY_SECONDS) + 1):
        office.tell()
        office.ahead[0] += 2 * max(RETRY_SECONDS)
    assert receiver.sequences == list(range(2, FACTS + 1))
    (letter,) = office.store.webhooks.dead_letters(webhook.id)
    assert (letter.attempts, letter.last_error) == (len(RETRY_SECONDS) + 1, "HTTP 503")
    assert json.loads(letter.body)["data"]["sequence"] == 1

    receiver.answers = [500]
    assert office.sender.send_again(webhook, letter) == "HTTP 500"
    assert office.store.webhooks.dead_letters() == [letter]
    assert office.sender.send_again(webhook, letter) is None
    assert office.store.webhooks.dead_letters() == []
    assert receiver.heard[-1][0] == letter.message


def test_one_that_is_gone_is_told_nothing_more(office: Office, receiver: Receiver) -> None:
    receiver.answers = [410]
    webhook = office.add(receiver)
    office.tell()
    assert office.store.webhooks.get(webhook.id).ended_at is not None
    office.tell()
    assert receiver.offered == 1


def test_one_that_does_not_answer(office: Office, receiver: Receiver) -> None:
    webhook = office.store.webhooks.add("http://127.0.0.1:1/", receiver.secret, None, None, str(START), 1)
    office.tell()
    assert "ConnectError" in str(office.store.webhooks.get(webhook.id).last_error)


def test_a_message_that_was_taken_and_not_recorded_comes_again_under_its_id(office: Office, receiver: Receiver) -> None:
    stale = office.add(receiver)
    assert office.sender.tell(stale) == FACTS
    # What a killed process left: the place has not moved. And one that is late stops at the first it is late with.
    assert office.sender.tell(stale) == 1
    assert receiver.heard[-1] == receiver.heard[0]
    assert office.tell() == 0


def test_where_blocks_were_replaced_the_receiver_is_told(office: Office, receiver: Receiver) -> None:
    office.add(receiver)
    chain = office.chain
    chain.add(registered(1, DISTRICT, HARBOUR, GENESIS_AT + 10_000))
    office.projector.apply(chain.built, revocable_from=2)
    office.tell()
    office.projector.roll_back(1, chain.head().hash)
    chain.built.pop()
    chain.name = "other"
    chain.add(registered(2, HARBOUR, DISTRICT, GENESIS_AT + 10_000))
    office.projector.apply(chain.built, revocable_from=2)
    receiver.heard.clear()
    office.tell()
    assert receiver.heard[0][1]["type"] == "Reorganised"
    assert receiver.heard[-1][1]["data"]["commitment"] == 2  # type: ignore[index]
    assert office.tell() == 0


def test_it_runs_while_it_holds_the_lease(office: Office, receiver: Receiver) -> None:
    office.add(receiver)
    stop, held = threading.Event(), [False]
    thread = threading.Thread(target=office.sender.run, args=(stop, lambda _now: held[0], 0.01))
    thread.start()
    try:
        time.sleep(0.1)
        assert receiver.offered == 0
        held[0] = True
        for _ in range(500):
            if len(receiver.heard) == FACTS:
                break
            time.sleep(0.01)
    finally:
        stop.set()
        thread.join(10)
    assert receiver.sequences == list(range(1, FACTS + 1))


def test_one_that_is_removed(office: Office, receiver: Receiver) -> None:
    webhook = office.add(receiver)
    assert office.store.webhooks.bury(webhook, "x", "evt_1", "{}", "HTTP 500", 5)
    office.store.webhooks.remove(webhook.id)
    assert office.store.webhooks.all() == []
    assert office.store.webhooks.dead_letters() == []
    for action in (office.store.webhooks.get, office.store.webhooks.remove):
        with pytest.raises(NotFound, match="webhook"):
            action(webhook.id)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.gov/",
        "ftp://example.gov/",
        "https://",
        "example.gov",
        "https://user@example.gov/",
        "https://a/#b",
    ],
)
def test_an_address_that_messages_must_not_go_to(url: str) -> None:
    with pytest.raises(InvalidInput, match="an https:// address"):
        check_url(url)


def test_addresses_and_secrets_that_are_good() -> None:
    assert check_url("https://example.gov:8443/hooks?a=b") == "https://example.gov:8443/hooks?a=b"
    assert check_url("http://127.0.0.1:9/") == "http://127.0.0.1:9/"
    secret = new_secret()
    assert check_secret(secret) == secret
    assert new_secret() != secret


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_abc", "secret", "whsec_" + "A" * 200])
def test_a_secret_that_is_none_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_secret(secret)
    assert "…" in str(refused.value)
    assert "AAAA" not in str(refused.value)
