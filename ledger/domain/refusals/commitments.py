"""Refusals of the registry of commitments."""

from __future__ import annotations

from ledger.domain.enums import CommitmentState
from ledger.domain.refusals.base import Refused


class CommitmentUnknown(Refused):
    """No commitment has this number."""

    template = "there is no commitment {id} on this ledger"
    id: int


class CommitmentBatchEmpty(Refused):
    """A batch names nothing."""

    template = "the batch is empty; it must have at least one row"


class CommitmentBatchTooLarge(Refused):
    """A batch names too many."""

    template = "{count:count} rows are too many for one batch; at most {count_max:count} are allowed"
    count: int
    count_max: int


class CommitmentStateInvalid(Refused):
    """The commitment is not in a state in which this can happen to it."""

    template = (
        "commitment {id} is {state}; the creditor accepts or declines one that is proposed, evidence is lodged for one "
        "that is active, evidenced or contested, and answered while it is evidenced"
    )
    id: int
    state: CommitmentState


class CommitmentNotDebtor(Refused):
    """The caller does not owe this commitment."""

    template = "government {caller} does not owe commitment {id}; only its debtor, {debtor}, may do this"
    id: int
    caller: int
    debtor: int


class CommitmentNotCreditor(Refused):
    """Only the creditor may say so; for a commitment to all other parties, the coordinating body."""

    template = (
        "government {caller} may not judge commitment {id}; only {creditor} may, as its creditor "
        "or as the coordinating body that speaks for all other parties"
    )
    id: int
    caller: int
    creditor: int


class CommitmentToSelf(Refused):
    """Debtor and creditor are the same."""

    template = "government {debtor} cannot owe itself a commitment; debtor and creditor must differ"
    debtor: int


class CommitmentIndicatorUnknown(Refused):
    """The agreement has no indicator of this number."""

    template = (
        "agreement {agreement} has no indicator number {indicator}; it has {indicators}, and the first is number 0"
    )
    agreement: int
    indicator: int
    indicators: int


class CommitmentOnlyContract(Refused):
    """Only the contract whose task it is may do this."""

    template = (
        "account {caller} may not do this; only the contract at {expected} may, in the course of its own procedure"
    )
    caller: str
    expected: str


class CommitmentPastDue(Refused):
    """Once it was due, it can no longer be accepted or handed to another."""

    template = (
        "commitment {id} was due by {due_at:moment}, and it is {current_time:moment}; it can be accepted or "
        "handed to another until it is due"
    )
    id: int
    due_at: int
    current_time: int


class CommitmentWindowClosed(Refused):
    """The creditor's time to answer is over."""

    template = (
        "the evidence for commitment {id} could be answered until {confirm_by:moment}, and it is "
        "{current_time:moment}; silence counts as acceptance"
    )
    id: int
    confirm_by: int
    current_time: int


class CommitmentWindowOpen(Refused):
    """The creditor can still answer."""

    template = (
        "the evidence for commitment {id} can be answered until {confirm_by:moment}, and it is "
        "{current_time:moment}; silence counts only after that"
    )
    id: int
    confirm_by: int
    current_time: int


class CommitmentAnswerLate(Refused):
    """In a breach procedure no evidence is taken any more."""

    template = (
        "evidence for commitment {id} was taken until {answer_by:moment}, and it is {current_time:moment}; the "
        "breach procedure has gone on"
    )
    id: int
    answer_by: int
    current_time: int


class EvidenceAuditPending(Refused):
    """The evidence was drawn for audit and not audited yet."""

    template = (
        "the evidence for commitment {id} was drawn for audit; silence settles it only when an audit has upheld it"
    )
    id: int


class EvidenceNotSampled(Refused):
    """The evidence was not drawn for audit."""

    template = "the evidence for commitment {id} was not drawn for audit; only what was drawn is audited"
    id: int


class EvidenceAlreadyAudited(Refused):
    """The evidence was audited before."""

    template = "the evidence for commitment {id} was audited before; each is audited once"
    id: int


class EvidenceNotAuditor(Refused):
    """Only an auditor or the agreement's coordinating body audits."""

    template = (
        "government {caller} may not audit the evidence for commitment {id}; only an auditor or the agreement's "
        "coordinating body may, and neither side"
    )
    id: int
    caller: int


class CommitmentWeightOutOfRange(Refused):
    """A weight is zero where it must not be, or absurd."""

    template = (
        "a weight of {weight:count} millionths is not allowed; expected from {weight_min:count} to {weight_max:count}"
    )
    weight: int
    weight_min: int
    weight_max: int


class CommitmentDueBeforeAgreement(Refused):
    """The commitment would be due before its agreement takes effect."""

    template = (
        "a due date of {due_at:moment} lies before agreement {agreement} takes effect, {effective_from:moment}; "
        "it must not lie before that"
    )
    agreement: int
    due_at: int
    effective_from: int


class CommitmentBackdated(Refused):
    """Only a backfill may speak of what was due before now."""

    template = (
        "a due date of {due_at:moment} has passed, as it is {current_time:moment}; "
        "only a backfill by a coordinating body may speak of what was due before now"
    )
    due_at: int
    current_time: int


class CommitmentDatesInvalid(Refused):
    """The dates of a commitment contradict each other or the present."""

    template = (
        "made {made_at:moment}, due {due_at:moment} and {resolved} do not go together at {current_time:moment}; "
        "it must be made after 1970 and by now, due no earlier than made and before the year 36812, "
        "and resolved no earlier than made and by now"
    )
    made_at: int
    due_at: int
    resolved_at: int
    current_time: int

    def message(self) -> str:
        """Say that there is no resolution where there is none."""
        resolved = "resolved {resolved_at:moment}" if self.resolved_at else "not resolved"
        return self.sentence(self.template.replace("{resolved}", resolved))


class CommitmentNotBackfilled(Refused):
    """The commitment was registered by its debtor, not recorded as history."""

    template = "commitment {id} was not backfilled; its outcome comes from its creditor, not from a recorder"
    id: int


class CommitmentTextInvalid(Refused):
    """A text of a commitment is empty where it must not be, or too long."""

    template = (
        "the commitment's {field} is {length:count} bytes long; at most {length_max:count} are allowed, "
        "and a reference number, a reason or a finding needs at least one"
    )
    field: str
    length: int
    length_max: int


class EvidenceDigestEmpty(Refused):
    """Evidence without a digest proves nothing."""

    template = "the evidence for commitment {id} has no digest; it must be the SHA-256 of the evidence"
    id: int


class EvidenceLocatorTooLong(Refused):
    """The locator of evidence is too long."""

    template = (
        "the locator of the evidence for commitment {id} is {length:count} bytes long; "
        "at most {length_max:count} are allowed"
    )
    id: int
    length: int
    length_max: int


class EvidenceDateInvalid(Refused):
    """Nothing is performed before it was promised, or later than now."""

    template = (
        "commitment {id} cannot have been performed at {performed_at:moment}; "
        "expected from {earliest:moment}, when it was made, to {current_time:moment}, which is now"
    )
    id: int
    performed_at: int
    earliest: int
    current_time: int


class OutcomeOutOfRange(Refused):
    """The outcome is no part of a whole that may be said here."""

    template = (
        "an outcome of {outcome_basis_points:count} basis points is not allowed here; "
        "expected from {outcome_basis_points_min:count} to {outcome_basis_points_max:count}"
    )
    outcome_basis_points: int
    outcome_basis_points_min: int
    outcome_basis_points_max: int
