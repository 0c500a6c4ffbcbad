"""
The relay: from a signed command to the chain, without losing any.

A command is verified, tried on the node without sending, and put on disk; then its caller is told that it was accepted.
From there the relay sends it, and finds out in which of three ways it ended.
"""

from __future__ import annotations

from ledger.chain.typed_data import SignedCommand
from ledger.relay.node import Node
from ledger.relay.reasons import CallFailedSilently, OperationExpired
from ledger.relay.relay import OperationNotEnded, Progress, Relay
from ledger.relay.settling import ExecutionNotShown
from ledger.store.operational import Operation, OperationState

__all__ = [
    "Relay",
    "SignedCommand",
    "Operation",
    "OperationState",
    "OperationNotEnded",
    "OperationExpired",
    "CallFailedSilently",
    "ExecutionNotShown",
    "Progress",
    "Node",
]
