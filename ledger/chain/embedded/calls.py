"""
Calls that change nothing: eth_call and eth_estimateGas.

A call runs like a transaction, on a state that is thrown away. It needs no signature, no nonce and no funds for gas.

At "latest" and "pending" a call sees the block that would be made now: the state after the head, the next number and
the present time. The head itself may be hours old on a chain that makes blocks only when there is something to record,
and a call that asks "may this be done?" must get the answer that a transaction sent now would get. At an older block a
call sees that block's own number and time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from eth.abc import ComputationAPI
from eth.db.atomic import AtomicDB
from eth.exceptions import OutOfGas, Revert, VMError
from eth.vm.forks.berlin.transactions import calculate_txn_intrinsic_gas_berlin
from eth.vm.forks.london.blocks import LondonBlockHeader
from eth_typing import Hash32

from ledger.chain.embedded.errors import CallFailed, CallReverted
from ledger.chain.embedded.nodes import NodeCache, NodeOverlay
from ledger.chain.embedded.rules import TRANSACTION_GAS_MAX, VM, state_at

_CALL_STIPEND = 2_300
"""Gas that a call with value hands on for free; an estimate must leave room for it."""

_ESTIMATE_TOLERANCE = 64
"""An estimate is exact to one part in this many. To be more exact costs a run of the call for each further bit."""


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What to call, as which sender. Its field names are those that the engine expects of a transaction."""

    sender: bytes
    """The address that calls, 20 bytes; nobody checks that the caller holds its key."""
    to: bytes
    """The address that is called, or empty to create a contract."""
    data: bytes
    """Selector and arguments, or the code that creates a contract."""
    value: int = 0
    """Wei that go along."""
    gas: int = TRANSACTION_GAS_MAX
    """The most gas that it may use."""
    access_list: tuple[tuple[bytes, tuple[int, ...]], ...] = ()
    """Addresses and slots that are warm from the start (EIP-2930)."""
    nonce: int = 0
    """Not looked at."""
    gas_price: int = 0
    """Gas costs nothing in a call."""
    max_fee_per_gas: int = 0
    """As `gas_price`."""
    max_priority_fee_per_gas: int = 0
    """As `gas_price`."""

    @property
    def intrinsic_gas(self) -> int:
        """Gas for being sent at all, before anything runs."""
        # The engine asks only for `data`, `to` and `access_list`.
        return calculate_txn_intrinsic_gas_berlin(self)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a call."""

    output: bytes
    """What the contract returned."""
    gas_used: int
    """Gas used, after refunds."""
    gas_refunded: int
    """Gas that was used and came back at the end; it must be had in the first place."""


class Caller:
    """Runs calls on the state after one block, in the context of a header."""

    def __init__(self, cache: NodeCache, header: LondonBlockHeader, chain_id: int, ancestors: Iterable[Hash32]) -> None:
        self._cache = cache
        self._header = header
        self._chain_id = chain_id
        self._ancestors = ancestors

    def call(self, request: CallRequest) -> CallResult:
        """
        Run a call.

        Raises
        ------
        CallReverted
            The contract refused it.
        CallFailed
            It ended without effect in another way.
        """
        if request.gas < request.intrinsic_gas:
            raise CallFailed(
                f"intrinsic gas too low: gas {request.gas}, the least for this call's data is {request.intrinsic_gas}"
            )
        computation = self._run(request)
        if computation.is_error:
            error = computation.error
            if isinstance(error, Revert):
                raise CallReverted(bytes(computation.output))
            raise CallFailed(_words(error))
        return CallResult(
            output=bytes(computation.output),
            gas_used=VM.finalize_gas_used(request, computation),  # type: ignore[arg-type]
            gas_refunded=computation.get_gas_refund(),
        )

    def estimate_gas(self, request: CallRequest) -> int:
        """
        A gas limit with which the call succeeds: at most one part in 64, or 4,600 gas, above the least.

        A call can need more than it uses: refunds come at the end, and an inner call gets 63/64 of what is left. So the
        estimate is a limit that was tried, not a sum.

        Raises
        ------
        CallReverted, CallFailed
            The call fails even with all the gas that the request allows.
        """
        first = self.call(request)
        low = first.gas_used - 1
        high = request.gas
        guess = (first.gas_used + first.gas_refunded + _CALL_STIPEND) * 64 // 63
        if guess < high:
            if self._succeeds(request, guess):
                high = guess
            else:
                low = guess
        while high - low > max(high // _ESTIMATE_TOLERANCE, 1) and high - low > _CALL_STIPEND * 2:
            # The least limit is nearly always close to what was used, so look near the low end first.
            middle = min((low + high) // 2, low * 2)
            if self._succeeds(request, middle):
                high = middle
            else:
                low = middle
        return high

    def _succeeds(self, request: CallRequest, gas: int) -> bool:
        try:
            self.call(_with_gas(request, gas))
        except (CallFailed, CallReverted):
            # A contract that runs out of gas in an inner call may answer by a revert of its own.
            return False
        return True

    def _run(self, request: CallRequest) -> ComputationAPI:
        state = state_at(AtomicDB(NodeOverlay(self._cache)), self._header, self._chain_id, self._ancestors)
        executor = state.get_transaction_executor()
        try:
            message = executor.build_evm_message(request)  # type: ignore[arg-type]
            computation = executor.build_computation(message, request)  # type: ignore[arg-type]
            return executor.finalize_computation(request, computation)  # type: ignore[arg-type]
        except VMError as error:
            # Raised before the call proper, for instance where the sender lacks the value that is to go along.
            raise CallFailed(_words(error)) from error


def _with_gas(request: CallRequest, gas: int) -> CallRequest:
    return CallRequest(
        sender=request.sender,
        to=request.to,
        data=request.data,
        value=request.value,
        gas=gas,
        access_list=request.access_list,
    )


def _words(error: VMError) -> str:
    """An engine error in the words that Ethereum clients are used to."""
    if isinstance(error, OutOfGas):
        return f"out of gas: {error}"
    return f"{type(error).__name__}: {error}"
