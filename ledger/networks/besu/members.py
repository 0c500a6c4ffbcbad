"""
The list of members that a production network is planned from.

    [network]
    name = "delta"                  # letters, digits, dashes
    chain_id = 2723846102           # left out: drawn at random, once
    block_period_seconds = 2

    [[members]]
    name = "harbour"                # letters, digits, dashes
    host = "10.20.0.11"             # address under which the other members reach the node
    p2p_port = 30303                # left out: 30303
    public_key = "0x…"              # 64 bytes, from `besu public-key export`
    validator = true                # false for a node that only checks

With n validators, (n − 1) ÷ 3 of them may fail, so four is the least that lets one fail.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from coincurve import PublicKey as CurvePoint
from eth_keys.datatypes import PublicKey

from ledger.errors import InvalidInput
from ledger.networks.genesis import CHAIN_ID_MAX, new_chain_id

VALIDATORS_MIN: Final = 4
P2P_PORT_DEFAULT: Final = 30_303
BLOCK_PERIOD_SECONDS_DEFAULT: Final = 2
BLOCK_PERIOD_SECONDS_MAX: Final = 60

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_PUBLIC_KEY = re.compile(r"0x[0-9a-fA-F]{128}", re.ASCII)
_NETWORK_WORDS: Final = {"name", "chain_id", "block_period_seconds"}
_MEMBER_WORDS: Final = {"name", "host", "p2p_port", "public_key", "validator"}


@dataclass(frozen=True, slots=True)
class Member:
    """A member's node."""

    name: str
    host: str
    p2p_port: int
    public_key: bytes
    """64 bytes: the node's identity, and what its blocks are signed with."""

    validator: bool

    @property
    def address(self) -> str:
        """The account of the public key: how a validator is named in blocks and votes."""
        return str(PublicKey(self.public_key).to_checksum_address())

    @property
    def enode(self) -> str:
        """The node's address for other nodes."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"enode://{self.public_key.hex()}@{host}:{self.p2p_port}"


@dataclass(frozen=True, slots=True)
class Members:
    """A network's name, rules and members."""

    name: str
    chain_id: int
    block_period_seconds: int
    members: tuple[Member, ...]

    @property
    def validators(self) -> tuple[Member, ...]:
        """Those who make blocks."""
        return tuple(member for member in self.members if member.validator)


def read_members(path: Path) -> Members:
    """
    Read a list of members.

    Raises
    ------
    InvalidInput
        Naming the member, the word, the value and the rule.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidInput(
            "list of members", str(path), f"a file that can be read ({error.strerror or error})"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput("list of members", str(path), f"TOML ({error})") from None
    _only(told, {"network", "members"}, "list of members")
    network = _table(told.get("network"), "[network]")
    _only(network, _NETWORK_WORDS, "[network]")
    entries = told.get("members")
    if not isinstance(entries, list):
        raise InvalidInput("members", entries, "one [[members]] table for each")
    members = tuple(_member(_table(entry, "[[members]]")) for entry in entries)
    chain_id = network.get("chain_id")
    made = Members(
        name=_name(network.get("name"), "name of the network"),
        chain_id=new_chain_id() if chain_id is None else _whole(chain_id, "chain_id", 1, CHAIN_ID_MAX),
        block_period_seconds=_whole(
            network.get("block_period_seconds", BLOCK_PERIOD_SECONDS_DEFAULT),
            "block_period_seconds",
            1,
            BLOCK_PERIOD_SECONDS_MAX,
        ),
        members=members,
    )
    _check_together(made)
    return made


def _check_together(made: Members) -> None:
    if len(made.validators) < VALIDATORS_MIN:
        rule = f"at least {VALIDATORS_MIN}, so that one of them can fail"
        raise InvalidInput("validators", ", ".join(member.name for member in made.validators), rule)
    for what, values in (
        ("name", [member.name for member in made.members]),
        ("public_key", ["0x" + member.public_key.hex() for member in made.members]),
        ("host and p2p_port", [f"{member.host}:{member.p2p_port}" for member in made.members]),
    ):
        value, count = Counter(values).most_common(1)[0]
        if count > 1:
            raise InvalidInput(f"{what} of members", value, "a different one for each member")


def _member(entry: Mapping[str, Any]) -> Member:
    name = _name(entry.get("name"), "name of a member")
    _only(entry, _MEMBER_WORDS, f"member {name}")
    validator = entry.get("validator")
    if not isinstance(validator, bool):
        raise InvalidInput(f"validator of {name}", validator, "true or false")
    port = _whole(entry.get("p2p_port", P2P_PORT_DEFAULT), f"p2p_port of {name}", 1, 65_535)
    return Member(name, _host(entry.get("host"), name), port, _public_key(entry.get("public_key"), name), validator)


def _public_key(value: object, name: str) -> bytes:
    rule = "0x and 128 hexadecimal digits, a point of secp256k1, as `besu public-key export` prints it"
    if not isinstance(value, str) or not _PUBLIC_KEY.fullmatch(value):
        raise InvalidInput(f"public_key of {name}", value, rule)
    key = bytes.fromhex(value[2:])
    try:
        # A mistyped key is, as a rule, no point of the curve; nobody could ever sign with it.
        CurvePoint(b"\x04" + key)
    except ValueError:
        raise InvalidInput(f"public_key of {name}", value, rule) from None
    return key


def _host(value: object, name: str) -> str:
    # Besu resolves names in node addresses only with an option that is still experimental.
    try:
        return str(ip_address(str(value)))
    except ValueError:
        raise InvalidInput(f"host of {name}", value, "an IP address") from None


def _name(value: object, what: str) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise InvalidInput(what, value, "1 to 63 of a-z, 0-9 and dashes, beginning with one of a-z, 0-9")
    return value


def _whole(value: object, what: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise InvalidInput(what, value, f"a whole number from {least} to {most}")
    return value


def _table(value: object, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InvalidInput(what, value, "a table")
    return value


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    for word in table:
        if word not in known:
            raise InvalidInput(where, word, f"one of {', '.join(sorted(known))}")
