"""Refusals of the transfers of commitments to other debtors."""

from __future__ import annotations

from ledger.domain.refusals.base import Refused


class DebtTransferNotOffered(Refused):
    """The debtor has made no such offer."""

    template = "commitment {commitment} was not offered to government {to}; its debtor must offer it first"
    commitment: int
    to: int


class DebtTransferInvalid(Refused):
    """The commitment, or who is to take it over, is not one for a transfer."""

    template = (
        "commitment {commitment} cannot be handed over: its {field} does not allow it; it must be accepted, not "
        "yet due and without evidence, and the other must be another party of the agreement"
    )
    commitment: int
    field: str


class DebtTransferNotDebtor(Refused):
    """Only the debtor offers."""

    template = "government {caller} does not owe commitment {commitment}; only its debtor, {debtor}, may do this"
    commitment: int
    caller: int
    debtor: int


class DebtTransferNotConcerned(Refused):
    """Only the new debtor and the creditor agree."""

    template = (
        "government {caller} is neither the new debtor nor the creditor of commitment {commitment}; only these agree"
    )
    commitment: int
    caller: int


class DebtTransferAlreadyAgreed(Refused):
    """The government has agreed before."""

    template = "government {caller} has agreed to the transfer of commitment {commitment} before; each agrees once"
    commitment: int
    caller: int
