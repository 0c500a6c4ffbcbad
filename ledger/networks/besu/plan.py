"""
Writing the plan of a production network.

    genesis.json             the first block; every member has the same, byte for byte
    members.json             the members, with addresses and node addresses, for whoever checks
    MEMBER/config.toml       the node's options
    MEMBER/permissions.toml  the nodes that it talks to
    MEMBER/static-nodes.json the nodes that it calls
    MEMBER/besu.service      for systemd
    MEMBER/compose.json      for `docker compose -f compose.json up -d`, as an alternative to systemd

The same list gives the same bytes, where it states the chain id, so that every member can make the plan and compare
digests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.chain.finality import BYZANTINE_MIX_HASH
from ledger.networks.besu.extra_data import qbft_extra_data
from ledger.networks.besu.members import Member, Members
from ledger.networks.errors import NetworkFolderInUse
from ledger.networks.files import write_private

BESU_VERSION: Final = "26.9.0"
"""The release that the files were written for."""

BLOCK_GAS_LIMIT: Final = 1_000_000_000
"""Gas is free, so blocks have room for many transactions with a large limit that need not be estimated first."""

EPOCH_BLOCKS: Final = 30_000
"""Votes that came to nothing are forgotten this often."""

HTTP_PORT: Final = 8545
METRICS_PORT: Final = 9545

_RULES: Final = (
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "berlinBlock",
    "londonBlock",
)

Options = Mapping[str, "str | int | bool | Sequence[str]"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was written."""

    directory: Path
    chain_id: int
    genesis_digest: str
    """SHA-256 of genesis.json: what the members compare."""

    validators: tuple[str, ...]


def write_plan(members: Members, directory: Path) -> Plan:
    """
    Write a network's plan into an empty or new directory.

    Raises
    ------
    NetworkFolderInUse
        There is something in the directory: a plan is never written over another.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise NetworkFolderInUse(f"{directory} is not empty; a plan is never written over another")
    directory.mkdir(parents=True, exist_ok=True)
    genesis = _json(qbft_genesis(members))
    # Nothing here is secret, but all of it decides who may do what on the member's machine.
    write_private(directory / "genesis.json", genesis)
    write_private(directory / "members.json", _json([_described(member) for member in members.members]))
    for member in members.members:
        folder = directory / member.name
        folder.mkdir()
        others = [other.enode for other in members.members if other is not member]
        write_private(folder / "config.toml", toml(node_options(members, member)))
        write_private(folder / "permissions.toml", toml({"nodes-allowlist": [each.enode for each in members.members]}))
        write_private(folder / "static-nodes.json", _json(others))
        write_private(folder / "besu.service", service(members, member))
        write_private(folder / "compose.json", _json(compose(members, member)))
    digest = hashlib.sha256(genesis.encode()).hexdigest()
    return Plan(directory, members.chain_id, digest, tuple(member.address for member in members.validators))


def qbft_genesis(members: Members) -> dict[str, Any]:
    """The first block."""
    return {
        "config": {
            "chainId": members.chain_id,
            **dict.fromkeys(_RULES, 0),
            # Without it the base fee of the London rules would make everybody need funds.
            "zeroBaseFee": True,
            "qbft": {
                "blockperiodseconds": members.block_period_seconds,
                "epochlength": EPOCH_BLOCKS,
                # Twice the period, as Besu recommends: shorter, and a slow proposer is passed over for nothing.
                "requesttimeoutseconds": 2 * members.block_period_seconds,
            },
        },
        "nonce": "0x0",
        "timestamp": "0x0",
        "gasLimit": hex(BLOCK_GAS_LIMIT),
        "difficulty": "0x1",
        "mixHash": "0x" + BYZANTINE_MIX_HASH.hex(),
        "coinbase": "0x" + bytes(20).hex(),
        "extraData": "0x" + qbft_extra_data([member.address for member in members.validators]).hex(),
        "alloc": {},
    }


def node_options(members: Members, member: Member) -> Options:
    """A node's options: what `besu --config-file` reads."""
    return {
        "identity": f"{members.name}-{member.name}",
        "profile": "ENTERPRISE",
        "data-path": "/var/lib/besu",
        "genesis-file": "/etc/besu/genesis.json",
        "node-private-key-file": "/etc/besu/key",
        "data-storage-format": "BONSAI",
        # Every member executes every block itself; it takes nobody's word for the state.
        "sync-mode": "FULL",
        # 0 on every node: one with another price would drop transactions without a word.
        "min-gas-price": 0,
        "p2p-host": member.host,
        "p2p-port": member.p2p_port,
        "nat-method": "NONE",
        # Members are listed, not discovered.
        "discovery-enabled": False,
        "static-nodes-file": "/etc/besu/static-nodes.json",
        "permissions-nodes-config-file-enabled": True,
        "permissions-nodes-config-file": "/etc/besu/permissions.toml",
        "max-peers": max(25, 2 * len(members.members)),
        # On this machine only: the relayer and the operator work here, and others come through the ledger's API.
        "rpc-http-enabled": True,
        "rpc-http-host": "127.0.0.1",
        "rpc-http-port": HTTP_PORT,
        "rpc-http-api": ["ETH", "NET", "WEB3", "QBFT", "PERM", "TXPOOL"],
        "host-allowlist": ["localhost", "127.0.0.1"],
        "rpc-http-max-batch-size": 1024,
        # 0 is no limit: to find out where a command was executed, the ledger asks from its first block on.
        "rpc-max-logs-range": 0,
        "metrics-enabled": True,
        "metrics-host": "127.0.0.1",
        "metrics-port": METRICS_PORT,
        "logging": "INFO",
    }


def service(members: Members, member: Member) -> str:
    """A systemd unit."""
    return f"""[Unit]
Description=Besu node {member.name} of the network {members.name}
Documentation=https://besu.hyperledger.org/
Wants=network-online.target
After=network-online.target time-sync.target

[Service]
User=besu
Group=besu
ExecStart=/opt/besu/bin/besu --config-file=/etc/besu/config.toml
Restart=on-failure
RestartSec=10
# Besu writes its last state when it ends in good order.
TimeoutStopSec=300
LimitNOFILE=65536
StateDirectory=besu
StateDirectoryMode=0700
NoNewPrivileges=true
PrivateTmp=true
PrivateDevices=true
ProtectSystem=strict
ProtectHome=true
ReadWritePaths=/var/lib/besu

[Install]
WantedBy=multi-user.target
"""


def compose(members: Members, member: Member) -> dict[str, Any]:
    """A compose file, as JSON, which compose reads as the YAML that it is."""
    return {
        "name": f"{members.name}-{member.name}",
        "services": {
            "besu": {
                "image": f"hyperledger/besu:{BESU_VERSION}",
                "command": ["--config-file=/etc/besu/config.toml"],
                "restart": "unless-stopped",
                # The node's addresses are the machine's, as the other members know them.
                "network_mode": "host",
                "stop_grace_period": "5m",
                "volumes": ["/etc/besu:/etc/besu:ro", "/var/lib/besu:/var/lib/besu"],
                "ulimits": {"nofile": {"soft": 65536, "hard": 65536}},
                "security_opt": ["no-new-privileges:true"],
            }
        },
    }


def toml(options: Options) -> str:
    """Options as TOML: a line for each."""
    return "".join(f"{name} = {_toml_value(value)}\n" for name, value in options.items())


def _toml_value(value: object) -> str:
    # JSON's way to write text, numbers, truth and lists of text is TOML's too, for all that occurs here.
    return json.dumps(value)


def _described(member: Member) -> dict[str, Any]:
    return {
        "name": member.name,
        "address": member.address,
        "enode": member.enode,
        "validator": member.validator,
    }


def _json(content: Any) -> str:
    return json.dumps(content, indent=2) + "\n"
