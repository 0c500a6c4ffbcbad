"""
Transactions that are sent and awaited one at a time: deployments, and the execution of approved proposals.

Commands go through the relay instead, which sends many at once and loses none.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from ledger.chain.connection import Connection, NodeRefused, Receipt, quantity
from ledger.chain.signers import Signer
from ledger.errors import LedgerError

WAIT_SECONDS: Final = 0.1
WAITS_MAX: Final = 600


class TransactionFailed(LedgerError):
    """A transaction was sent and had no effect, or was in no block after a minute."""


def send_transaction(
    connection: Connection,
    sender: Signer,
    to: str | None,
    data: bytes,
    wait: Callable[[float], None] = time.sleep,
) -> Receipt:
    """
    Send a transaction and wait until it is in a block.

    Parameters
    ----------
    sender
        Pays for it, where gas costs.
    to
        The contract called; None to create one.

    Raises
    ------
    Refused
        The contract's own error, before anything is sent where that can be known.
    TransactionFailed, NodeUnreachable, NodeRefused
    """
    request: dict[str, Any] = {"from": sender.address, "data": "0x" + data.hex()}
    if to is not None:
        request["to"] = to
    # Estimating runs the call, so a refusal is found with its own error before anything is sent.
    gas = quantity(connection.call("eth_estimateGas", request))
    transaction: dict[str, Any] = {
        "chainId": connection.chain_id(),
        "nonce": connection.transaction_count(sender.address, "pending"),
        "data": "0x" + data.hex(),
        # The state may change a little until it is executed.
        "gas": gas + gas // 5,
        "gasPrice": quantity(connection.call("eth_gasPrice")),
        "value": 0,
    }
    if to is not None:
        transaction["to"] = to
    raw, _ = sender.sign_transaction(transaction)
    sent = connection.send_raw(raw)
    for _ in range(WAITS_MAX):
        receipt = connection.receipt(sent)
        if receipt is not None:
            if not receipt.succeeded:
                raise _why_it_failed(connection, sender, to, data, receipt)
            return receipt
        wait(WAIT_SECONDS)
    raise TransactionFailed(f"transaction 0x{sent.hex()} was in no block after {WAITS_MAX * WAIT_SECONDS:.0f} s")


def _why_it_failed(
    connection: Connection, sender: Signer, to: str | None, data: bytes, receipt: Receipt
) -> LedgerError:
    try:
        if to is not None:
            connection.simulate(sender.address, to, data, receipt.block_number - 1)
    except NodeRefused:
        pass
    except LedgerError as refusal:
        return refusal
    return TransactionFailed(
        f"transaction 0x{receipt.transaction.hex()} failed in block {receipt.block_number} for a reason the node does "
        "not give"
    )
