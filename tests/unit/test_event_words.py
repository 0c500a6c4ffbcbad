"""Events read from their words are those that the general decoder reads, and what is cut is refused."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, cast

import pytest
from eth_abi.abi import encode
from eth_utils.abi import event_abi_to_log_topic

from ledger.chain.contracts import CONTRACTS, entries, hints
from ledger.chain.decoder import MalformedEvent, decode_event, general_event_maker
from ledger.chain.event_words import event_from_words
from ledger.domain.events import EVENTS

QUICK = [
    pytest.param(contract, entry, id=f"{contract}.{name}")
    for contract in CONTRACTS
    for name, entry in entries(contract, "event").items()
    if name in EVENTS
    and event_from_words(EVENTS[name], entry["inputs"], [hint for _, hint in hints(EVENTS[name])]) is not None
]
TEXTS = ("", "a", "合作协议 🤝", "x" * 31, "y" * 32, "z" * 100)


def value_of(kind: str, hint: Any, chance: random.Random) -> Any:
    if kind == "uint8" and isinstance(hint, type) and hint is not int:
        return int(chance.choice(list(cast(Any, hint))))
    if kind.startswith("uint"):
        bits = int(kind.removeprefix("uint"))
        return chance.choice((0, 1, 2**bits - 1, chance.getrandbits(bits)))
    if kind == "bool":
        return chance.random() < 0.5
    if kind == "address":
        return "0x" + chance.randbytes(20).hex()
    if kind == "string":
        return chance.choice(TEXTS)
    if kind == "bytes":
        return chance.randbytes(chance.randrange(80))
    return chance.randbytes(int(kind.removeprefix("bytes")))


def log_of(entry: Mapping[str, Any], chance: random.Random) -> tuple[list[bytes], bytes]:
    topics, kinds, values = [event_abi_to_log_topic(cast(Any, entry))], [], []
    for parameter, (_, hint) in zip(entry["inputs"], hints(EVENTS[entry["name"]]), strict=True):
        value = value_of(parameter["type"], hint, chance)
        if parameter["indexed"]:
            topics.append(encode([parameter["type"]], [value]))
        else:
            kinds.append(parameter["type"])
            values.append(value)
    return topics, encode(kinds, values)


def test_most_events_are_read_from_their_words() -> None:
    known = sum(name in EVENTS for contract in CONTRACTS for name in entries(contract, "event"))
    # Terms of agreements, policies, rulings, and lists of bodies, administrators and figures are not.
    assert len(QUICK) >= known - 11


@pytest.mark.parametrize(("contract", "entry"), QUICK)
def test_the_same_as_by_the_general_decoder(contract: str, entry: dict[str, Any]) -> None:
    chance, general = random.Random(entry["name"]), general_event_maker(entry)
    for _ in range(20):
        topics, data = log_of(entry, chance)
        event = decode_event(contract, topics, data)
        assert event == general(topics, data)
        assert type(event) is EVENTS[entry["name"]]


@pytest.mark.parametrize(("contract", "entry"), QUICK)
def test_what_is_cut_is_refused(contract: str, entry: dict[str, Any]) -> None:
    topics, data = log_of(entry, random.Random(1))
    if len(topics) > 1:
        with pytest.raises(MalformedEvent, match=f"a log of {contract} with topic 0x"):
            decode_event(contract, topics[:-1], data)
    if data:
        # A text's last word is padded, so one byte less of it is still whole.
        with pytest.raises(MalformedEvent):
            decode_event(contract, topics, data[:-33])


def test_a_text_that_reaches_beyond_the_data() -> None:
    entry = entries("GovernmentRegister", "event")["GovernmentRemoved"]
    topics, data = log_of(entry, random.Random(2))
    with pytest.raises(MalformedEvent, match="in the middle of a value"):
        decode_event("GovernmentRegister", topics, data[:32] + (10**9).to_bytes(32, "big"))


def test_an_enum_that_has_no_such_member() -> None:
    entry = entries("CommitmentRegistry", "event")["OutcomeRecorded"]
    topics, data = log_of(entry, random.Random(3))
    place = [part["type"] for part in entry["inputs"] if not part["indexed"]].index("uint8") * 32
    with pytest.raises(MalformedEvent):
        decode_event("CommitmentRegistry", topics, data[:place] + (200).to_bytes(32, "big") + data[place + 32 :])
