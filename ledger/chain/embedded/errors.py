"""
Errors of the embedded chain.

    EmbeddedChainError
    ├── NodeError                   finding, starting and stopping the process
    │   ├── HomeOwned               another process holds the home's lock
    │   ├── NodeStartFailed         the process ended, or was not ready in time
    │   └── NodeStopFailed          the process did not end in time
    ├── ChainStoreError             the chain's file
    │   ├── ChainStoreUnreadable    it is not a chain, is damaged or comes from a later version
    │   └── ChainStoreWriteFailed   a block could not be written (disk full, I/O error); nothing of it remains
    ├── TransactionRefused          the chain did not take a transaction; `rule` says which rule it broke
    ├── CallFailed                  a call ran and ended without effect, for another reason than a revert
    ├── CallReverted                a call ran and was reverted; `output` holds the contract's reason
    ├── BlockUnknown                a block was asked for that this chain does not have
    └── ProducerStopped             the node is closing and takes no more transactions
"""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from ledger.errors import LedgerError


class EmbeddedChainError(LedgerError):
    """The root of what the embedded chain raises."""


class NodeError(EmbeddedChainError):
    """The node's process could not be found, started or stopped."""


class HomeOwned(NodeError):
    """Another process holds the lock of this home's node."""

    def __init__(self, home: Path, pid: int | None) -> None:
        self.home = home
        """The home whose node was to be started."""
        self.pid = pid
        """The owner's process id, or None while the owner has not written it yet."""
        owner = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"embedded node: the home {home} is owned by {owner}; one process at a time may own a home's node"
        )


class NodeStartFailed(NodeError):
    """The node's process ended before it was ready, or was not ready in time."""

    def __init__(self, home: Path, reason: str, log_tail: str) -> None:
        self.home = home
        """The home whose node was to be started."""
        self.log_tail = log_tail
        """The last lines that the process logged; empty when it logged none."""
        log = f"; its last words:\n{log_tail}" if log_tail else "; it logged nothing"
        super().__init__(f"embedded node: the node of home {home} {reason}{log}")


class NodeStopFailed(NodeError):
    """The node's process was asked to end and did not."""

    def __init__(self, home: Path, pid: int, seconds: float) -> None:
        super().__init__(
            f"embedded node: process {pid} of home {home} was asked to end and still runs after {seconds:g} s"
        )


class ChainStoreError(EmbeddedChainError):
    """The chain's file could not be used."""


class ChainStoreUnreadable(ChainStoreError):
    """The chain's file is not a chain, is damaged, or was written by a later version."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"embedded chain: {path} cannot be opened as a chain: {reason}")


class ChainStoreWriteFailed(ChainStoreError):
    """A block could not be written. Nothing of it was kept: the chain stands at the block before."""

    def __init__(self, path: Path, block_number: int, reason: str) -> None:
        super().__init__(
            f"embedded chain: block {block_number} could not be written to {path}: {reason}; "
            f"the chain stands at block {block_number - 1} and nothing of the block was kept"
        )


class Rule(Enum):
    """The rules a transaction can break, by the words that Ethereum clients are used to."""

    MALFORMED = "malformed transaction"
    TYPE = "transaction type not supported"
    CHAIN_ID = "invalid chain id"
    UNPROTECTED = "only replay-protected (EIP-155) transactions are accepted"
    SIGNATURE = "invalid signature"
    NONCE_TOO_LOW = "nonce too low"
    NONCE_TOO_HIGH = "nonce too high"
    ALREADY_KNOWN = "already known"
    INTRINSIC_GAS = "intrinsic gas too low"
    GAS_LIMIT = "exceeds block gas limit"
    TIP_ABOVE_FEE_CAP = "max priority fee per gas higher than max fee per gas"
    INSUFFICIENT_FUNDS = "insufficient funds for gas * price + value"
    INVALID = "invalid transaction"
    INTERNAL = "the transaction could not be executed"


class TransactionRefused(EmbeddedChainError):
    """The chain did not take a transaction. Nothing of it was kept, and no other transaction is affected."""

    def __init__(self, rule: Rule, detail: str) -> None:
        self.rule = rule
        """The rule that the transaction broke."""
        super().__init__(f"{rule.value}: {detail}")


class CallFailed(EmbeddedChainError):
    """A call or an estimate ran and ended without effect: out of gas, an invalid jump, no funds."""


class CallReverted(EmbeddedChainError):
    """A contract refused a call by REVERT."""

    def __init__(self, output: bytes) -> None:
        self.output = output
        """What the contract gave as its reason: an ABI-encoded error, or nothing."""
        super().__init__(f"execution reverted{_reason(output)}")


class BlockUnknown(EmbeddedChainError):
    """A block was asked for that this chain does not have."""


class ProducerStopped(EmbeddedChainError):
    """The node is closing and takes no more transactions."""

    def __init__(self) -> None:
        super().__init__("embedded node: it is closing and takes no more transactions")


_ERROR_STRING_SELECTOR = bytes.fromhex("08c379a0")


def _reason(output: bytes) -> str:
    """Solidity's `Error(string)` in words, as other clients show it; other errors are the caller's to decode."""
    if output[:4] != _ERROR_STRING_SELECTOR or len(output) < 68:
        return ""
    length = int.from_bytes(output[36:68], "big")
    return ": " + output[68 : 68 + length].decode("utf-8", errors="replace")
