"""Refusals of the ledger of compensation."""

from __future__ import annotations

from ledger.domain.enums import TransferState
from ledger.domain.refusals.base import Refused


class TransferUnknown(Refused):
    """No transfer has this number."""

    template = "there is no compensation transfer {id} on this ledger"
    id: int


class TransferToSelf(Refused):
    """Payer and payee are the same."""

    template = "government {payer} cannot pay compensation to itself; payer and payee must differ"
    payer: int


class TransferStateInvalid(Refused):
    """The transfer is not waiting for confirmation."""

    template = "transfer {id} is {state}; only a pending transfer can be confirmed"
    id: int
    state: TransferState


class TransferNotPayee(Refused):
    """Only the payee can say that the money arrived."""

    template = "government {caller} may not confirm transfer {id}; only its payee, {payee}, may"
    id: int
    caller: int
    payee: int


class TransferAmountOutOfRange(Refused):
    """The amount is nothing, or more than any government pays at once."""

    template = (
        "an amount of {amount_minor:count} minor units is not allowed; "
        "expected from {amount_minor_min:count} to {amount_minor_max:count}"
    )
    amount_minor: int
    amount_minor_min: int
    amount_minor_max: int


class TransferCurrencyInvalid(Refused):
    """The currency does not look like a code of ISO 4217."""

    template = "the currency {currency:currency} is not a code of ISO 4217; expected three capital letters"
    currency: bytes


class TransferDateInvalid(Refused):
    """Money is not paid before the agreement, received before it was paid, or moved later than now."""

    template = (
        "the date {moment:moment} is not allowed; "
        "expected from {earliest:moment} to {current_time:moment}, which is now"
    )
    moment: int
    earliest: int
    current_time: int


class TransferReferenceInvalid(Refused):
    """The payment's reference is empty or too long."""

    template = "the payment's reference is {length:count} bytes long; expected from 1 to {length_max:count}"
    length: int
    length_max: int
