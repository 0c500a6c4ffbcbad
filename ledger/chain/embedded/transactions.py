"""
What a valid transaction is.

A transaction arrives as bytes that its sender signed. Everything that can be checked from those bytes alone is checked
here, once, before the transaction waits for a block: its form, its type, the chain it was signed for, its signature,
and that its gas pays at least for being sent. What depends on the state (nonce and funds) is checked when its block is
made, because only then is the state known.
"""

from __future__ import annotations

from dataclasses import dataclass

import rlp
from eth.abc import SignedTransactionAPI
from eth.constants import SECPK1_N
from eth.exceptions import UnrecognizedTransactionType
from eth_hash.auto import keccak
from eth_keys.exceptions import BadSignature
from eth_utils.exceptions import ValidationError

from ledger.chain.embedded.errors import Rule, TransactionRefused
from ledger.chain.embedded.rules import TRANSACTION_GAS_MAX, Transactions

NONCE_MAX = 2**64 - 2
"""The last nonce that may be used (EIP-2681)."""

UINT256_MAX = 2**256 - 1
"""The greatest value of a 256-bit word."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction whose form and signature are in order."""

    raw: bytes
    """As it was sent."""
    hash: bytes
    """keccak256 of `raw`, 32 bytes."""
    sender: bytes
    """The address whose key signed it, 20 bytes."""
    nonce: int
    """How many transactions of the sender come before it."""
    gas: int
    """The most gas that it may use."""
    body: SignedTransactionAPI
    """The decoded transaction, for the engine."""


def decode(raw: bytes, chain_id: int) -> Transaction:
    """
    Decode a signed transaction and check all of it that does not depend on the state.

    Raises
    ------
    TransactionRefused
        It breaks a rule, which the error names.
    """
    body = _decode_body(raw)
    _check_chain(body, chain_id)
    _check_numbers(body)
    return Transaction(
        raw=raw,
        hash=bytes(keccak(raw)),
        sender=_recover_sender(body),
        nonce=body.nonce,
        gas=body.gas,
        body=body,
    )


def decode_stored(raw: bytes) -> SignedTransactionAPI:
    """Decode a transaction that is on the chain, and so was checked before."""
    return Transactions.decode(raw)


def _decode_body(raw: bytes) -> SignedTransactionAPI:
    if not raw:
        raise TransactionRefused(Rule.MALFORMED, "it is empty; an RLP list or a typed transaction is expected")
    if raw[0] <= 0x7F and raw[0] not in (1, 2):
        raise TransactionRefused(Rule.TYPE, f"type {raw[0]:#x}; allowed are legacy, 0x1 (EIP-2930) and 0x2 (EIP-1559)")
    try:
        body = Transactions.decode(raw)
        canonical = body.encode()
    except (rlp.RLPException, UnrecognizedTransactionType, ValidationError, ValueError, TypeError) as error:
        raise TransactionRefused(Rule.MALFORMED, f"{len(raw)} bytes that do not decode: {error}") from error
    if canonical != raw:
        # Two spellings of one transaction would have two hashes.
        raise TransactionRefused(Rule.MALFORMED, "its encoding is not canonical RLP")
    return body


def _check_chain(body: SignedTransactionAPI, chain_id: int) -> None:
    signed_for = body.chain_id
    if signed_for is None:
        raise TransactionRefused(Rule.UNPROTECTED, f"it names no chain; sign it for chain id {chain_id}")
    if signed_for != chain_id:
        raise TransactionRefused(Rule.CHAIN_ID, f"signed for chain id {signed_for}, this chain's is {chain_id}")


def _check_numbers(body: SignedTransactionAPI) -> None:
    if body.nonce > NONCE_MAX:
        raise TransactionRefused(Rule.MALFORMED, f"nonce {body.nonce}; the last allowed is 2^64 - 2")
    for name in ("value", "max_fee_per_gas", "max_priority_fee_per_gas"):
        if getattr(body, name) > UINT256_MAX:
            raise TransactionRefused(Rule.MALFORMED, f"{name} is above 2^256 - 1")
    if body.max_priority_fee_per_gas > body.max_fee_per_gas:
        raise TransactionRefused(
            Rule.TIP_ABOVE_FEE_CAP,
            f"maxPriorityFeePerGas {body.max_priority_fee_per_gas}, maxFeePerGas {body.max_fee_per_gas}",
        )
    if body.gas > TRANSACTION_GAS_MAX:
        raise TransactionRefused(Rule.GAS_LIMIT, f"gas {body.gas}; one transaction may ask for {TRANSACTION_GAS_MAX}")
    if body.gas < body.intrinsic_gas:
        raise TransactionRefused(Rule.INTRINSIC_GAS, f"gas {body.gas}, the least for its data is {body.intrinsic_gas}")


def _recover_sender(body: SignedTransactionAPI) -> bytes:
    # A second, mirrored signature exists for every signature; only the one with the lower s counts (EIP-2).
    if not 0 < body.s <= SECPK1_N // 2 or not 0 < body.r < SECPK1_N:
        raise TransactionRefused(Rule.SIGNATURE, "r or s is out of range; s must be in the lower half (EIP-2)")
    try:
        return bytes(body.sender)
    except (BadSignature, ValidationError, ValueError) as error:
        raise TransactionRefused(Rule.SIGNATURE, f"no signer can be recovered: {error}") from error
