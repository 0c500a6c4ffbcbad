"""
Payment behaviour: how compensation is paid, and how soon it is confirmed.

A transfer is a payment that its payer has recorded; it counts as received once the payee confirms it. What was due is
not part of a transfer, so nothing is said here of payments that were never made: those are commitments, and the score
has them. Amounts stay in the minor units of their currency and are never added across currencies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ledger.domain.scoring.replay import DAY_SECONDS


@dataclass(frozen=True, slots=True)
class Payment:
    """One transfer; moments in UTC seconds."""

    payer: int
    payee: int
    currency: str
    amount_minor: int
    paid_at: int
    confirmed_at: int | None
    """When the payee confirmed it; None while it has not."""


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """What one government paid, or was paid, in one currency."""

    currency: str
    transfers: int
    amount_minor: int
    confirmed: int
    """How many of the transfers are confirmed."""

    confirmed_minor: int
    days_to_confirm_mean: int | None
    """Mean of whole days from paid to confirmed, rounded up; None where nothing is confirmed."""

    days_to_confirm_max: int | None


@dataclass(frozen=True, slots=True)
class PaymentBehaviour:
    """Both sides of a government's payments, by currency in alphabetic order."""

    paid: tuple[PaymentRecord, ...]
    """As payer: how much of what it says it paid was confirmed, and how long that took."""

    received: tuple[PaymentRecord, ...]
    """As payee: how much it confirmed, and how long others waited for that."""


def payment_behaviour(government: int, payments: Iterable[Payment]) -> PaymentBehaviour:
    """Sum up a government's payments, in any order; those of others are passed over."""
    paid: dict[str, list[Payment]] = {}
    received: dict[str, list[Payment]] = {}
    for payment in payments:
        if payment.payer == government:
            paid.setdefault(payment.currency, []).append(payment)
        if payment.payee == government:
            received.setdefault(payment.currency, []).append(payment)
    return PaymentBehaviour(_records(paid), _records(received))


def _records(by_currency: dict[str, list[Payment]]) -> tuple[PaymentRecord, ...]:
    return tuple(_record(currency, payments) for currency, payments in sorted(by_currency.items()))


def _record(currency: str, payments: list[Payment]) -> PaymentRecord:
    waits = []
    confirmed_minor = 0
    for payment in payments:
        if payment.confirmed_at is not None:
            # Whoever confirms before the date of payment that the payer gave has not waited at all.
            waits.append(max(0, payment.confirmed_at - payment.paid_at))
            confirmed_minor += payment.amount_minor
    return PaymentRecord(
        currency=currency,
        transfers=len(payments),
        amount_minor=sum(payment.amount_minor for payment in payments),
        confirmed=len(waits),
        confirmed_minor=confirmed_minor,
        days_to_confirm_mean=-(-sum(waits) // (DAY_SECONDS * len(waits))) if waits else None,
        days_to_confirm_max=-(-max(waits) // DAY_SECONDS) if waits else None,
    )
