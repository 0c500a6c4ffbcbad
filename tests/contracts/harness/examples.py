"""
For every command a ledger in which it can be given, and who gives it.

The table is what generated tests walk: `test_every_command_has_an_example` compares it with the ABI, so that a new
command cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from eth_account.signers.local import LocalAccount

from ledger.domain.enums import AccessionRule, EndReason, Incentive
from ledger.domain.terms import Confirmation, Ending, HistoricalOutcome
from tests.contracts.harness.evm import account
from tests.contracts.harness.interface import functions
from tests.contracts.harness.ledger import (
    ADMINISTRATORS,
    AGREEMENT,
    AUDITOR,
    BACKFILLED,
    DAY,
    DELTA,
    DIGEST,
    FARFIELD,
    FROZEN,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    PAST,
    RIVERPORT,
    Ledger,
    agreement_terms,
    historical_commitment,
    procedure_policy,
    ruling,
    speaker,
)

Example = tuple[LocalAccount, tuple[Any, ...]]
"""Who gives the command, and its parameters without the authorization."""

TWO: Final = (LAKESIDE, HILLSIDE)

ANYONE: Final = account("anyone who is in no register")
REPLACEMENT: Final = account("a new key of Lakeside District")
RECOVERY: Final = account("the recovery account of Lakeside District")


# ---------------------------------------------------------------------------------------------- administrators, keys


def _propose(ledger: Ledger) -> int:
    register = ledger.addresses["GovernmentRegister"]
    call = functions()["removeGovernment"].encode([FARFIELD, "dissolved"])
    made: int = ledger.send("proposeCall", register, call, "a reason", by=ADMINISTRATORS[0]).returned
    return made


def _propose_call(ledger: Ledger) -> Example:
    call = functions()["removeGovernment"].encode([FARFIELD, "dissolved"])
    return ADMINISTRATORS[0], (ledger.addresses["GovernmentRegister"], call, "merged by law")


def _accept_rotation(ledger: Ledger) -> Example:
    ledger.send("offerRotation", REPLACEMENT.address, by=speaker(LAKESIDE))
    return REPLACEMENT, (speaker(LAKESIDE).address,)


# -------------------------------------------------------------------------------------------------------- agreements


def _pending(ledger: Ledger) -> int:
    """An agreement that nobody has signed."""
    made: int = ledger.send("proposeAgreement", agreement_terms(parties=TWO), by=speaker(LAKESIDE)).returned
    return made


def _sign_agreement(ledger: Ledger) -> Example:
    id = _pending(ledger)
    return speaker(HILLSIDE), (id, 1, ledger.call("agreement", id)["termsDigest"])


def _propose_version(ledger: Ledger) -> Example:
    terms = agreement_terms(parties=TWO, title="The same, for fewer places")
    return speaker(HILLSIDE), (_pending(ledger), terms, "fewer places")


def _open_to_all(ledger: Ledger, rule: AccessionRule) -> tuple[int, bytes]:
    id = ledger.conclude(parties=TWO, accession=rule)
    return id, ledger.call("agreement", id)["termsDigest"]


def _approve_accession(ledger: Ledger) -> Example:
    id, digest = _open_to_all(ledger, AccessionRule.ON_APPROVAL)
    ledger.send("accedeToAgreement", id, digest, by=speaker(FARFIELD))
    return speaker(DELTA), (id, FARFIELD)


def _resume_agreement(ledger: Ledger) -> Example:
    ledger.send("suspendAgreement", AGREEMENT, "the funds are looked into", by=speaker(DELTA))
    return speaker(DELTA), (AGREEMENT,)


def _succeed_party(ledger: Ledger) -> Example:
    ledger.succeed(LAKESIDE, NEWLAKE)
    return speaker(NEWLAKE), (AGREEMENT, LAKESIDE)


def _record_assessment(ledger: Ledger) -> Example:
    at = ledger.evm.now + DAY
    id = ledger.conclude(parties=TWO, first_assessment_at=at)
    ledger.evm.now = at
    return speaker(DELTA), (ledger.assessment(id),)


# ------------------------------------------------------------------------------------------------------- commitments


def _two(ledger: Ledger, bring: Callable[[], int]) -> tuple[int, int]:
    """Two commitments, the later first: what is done for several is not to depend on their order."""
    first, second = bring(), bring()
    return second, first


def _submit_evidence(ledger: Ledger) -> Example:
    ledger.active()
    return speaker(LAKESIDE), (ledger.active(), DIGEST, "archive:1", ledger.evm.now)


def _confirm_commitments(ledger: Ledger) -> Example:
    second, first = _two(ledger, ledger.evidenced)
    now = ledger.evm.now
    return speaker(HILLSIDE), ([Confirmation(second, 9_000, now), Confirmation(first, 10_000, now)],)


def _accept_by_silence(ledger: Ledger) -> Example:
    id = ledger.evidenced()
    ledger.evm.now = ledger.call("progress", id)["confirmBy"] + 1
    return ANYONE, (id,)


def _audit_evidence(ledger: Ledger) -> Example:
    ledger.decide("publishProcedurePolicy", procedure_policy(audit_share_basis_points=10_000), 0)
    return speaker(AUDITOR), (ledger.evidenced(), True, "the archive holds it")


def _record_outcomes(ledger: Ledger) -> Example:
    rows = [historical_commitment(resolved_at=0, outcome_basis_points=0)] * 2
    first = ledger.send("recordHistory", BACKFILLED, rows, by=speaker(DELTA)).returned
    at = ledger.evm.now - DAY
    return speaker(DELTA), ([HistoricalOutcome(first, 10_000, at), HistoricalOutcome(first + 1, 0, at)],)


def _confirm_transfer(ledger: Ledger) -> Example:
    made = ledger.send("recordTransfer", ledger.transfer_terms(), by=speaker(LAKESIDE))
    return speaker(HILLSIDE), (made.returned, ledger.evm.now)


def _offered(ledger: Ledger) -> int:
    """A commitment that Lakeside wants to hand to Riverport."""
    id = ledger.active()
    ledger.send("offerDebtTransfer", id, RIVERPORT, by=speaker(LAKESIDE))
    return id


# --------------------------------------------------------------------------------- breach, dispute, discipline, repair


def _determine_breach(ledger: Ledger) -> Example:
    id = ledger.reported()
    ledger.evm.now = ledger.call("breach", id)["explainBy"] + 1
    return speaker(DELTA), (id,)


def _repair_asked(ledger: Ledger) -> int:
    """A breach whose repair was asked for, at the first second at which it can be granted."""
    id = ledger.published()
    ledger.send("requestRepair", id, DIGEST, "archive:repair", by=speaker(LAKESIDE))
    ledger.evm.now = ledger.call("breach", id)["repairableFrom"]
    return id


def _give_ruling(ledger: Ledger) -> Example:
    _, dispute = ledger.disputed()
    ledger.after_evidence(dispute)
    return speaker(DELTA), (dispute, ruling())


def _escalate_dispute(ledger: Ledger) -> Example:
    _, dispute = ledger.disputed()
    ledger.evm.now = ledger.call("dispute", dispute)["ruleBy"] + 1
    return ANYONE, (dispute,)


def _conclude_dispute(ledger: Ledger) -> Example:
    _, dispute = ledger.ruled()
    ledger.evm.now = ledger.call("dispute", dispute)["appealBy"] + 1
    return ANYONE, (dispute,)


def _lift_measure(ledger: Ledger) -> Example:
    return speaker(DELTA), (ledger.impose(ledger.published()), "made good")


def _revoke_incentive(ledger: Ledger) -> Example:
    granted = ledger.send("grantIncentive", ledger.incentive_terms(), by=speaker(DELTA)).returned
    return speaker(DELTA), (granted, "granted by mistake")


EXAMPLES: Final[dict[str, Callable[[Ledger], Example]]] = {
    "proposeCall": _propose_call,
    "approveProposal": lambda ledger: (ADMINISTRATORS[1], (_propose(ledger),)),
    "withdrawProposal": lambda ledger: (ADMINISTRATORS[0], (_propose(ledger),)),
    "offerRotation": lambda ledger: (speaker(LAKESIDE), (REPLACEMENT.address,)),
    "acceptRotation": _accept_rotation,
    "freezeSigner": lambda ledger: (speaker(DELTA), (speaker(LAKESIDE).address, "the card was stolen")),
    "thawSigner": lambda ledger: (speaker(DELTA), (FROZEN.address,)),
    "setRecoveryAccount": lambda ledger: (speaker(LAKESIDE), (RECOVERY.address,)),
    "recoverSigner": lambda ledger: (speaker(LAKESIDE), (FROZEN.address, REPLACEMENT.address)),
    "proposeAgreement": lambda ledger: (speaker(LAKESIDE), (agreement_terms(parties=TWO),)),
    "proposeVersion": _propose_version,
    "signAgreement": _sign_agreement,
    "declineVersion": lambda ledger: (speaker(HILLSIDE), (_pending(ledger), 1, "too dear")),
    "accedeToAgreement": lambda ledger: (speaker(FARFIELD), _open_to_all(ledger, AccessionRule.OPEN)),
    "approveAccession": _approve_accession,
    "suspendAgreement": lambda ledger: (speaker(DELTA), (AGREEMENT, "the funds are looked into")),
    "resumeAgreement": _resume_agreement,
    "consentToEnd": lambda ledger: (speaker(HILLSIDE), (AGREEMENT, "the task is done")),
    "endAgreement": lambda ledger: (
        speaker(DELTA),
        (Ending(AGREEMENT, EndReason.BY_LAW, 0, 0, "Regulation 12, article 3"),),
    ),
    "succeedParty": _succeed_party,
    "recordAgreement": lambda ledger: (speaker(DELTA), (agreement_terms(parties=TWO, effective_from=PAST),)),
    "recordAccession": lambda ledger: (speaker(DELTA), (BACKFILLED, [FARFIELD])),
    "recordAssessment": _record_assessment,
    "recordDialogue": lambda ledger: (speaker(LAKESIDE), (AGREEMENT, HILLSIDE, DIGEST, 12)),
    "registerCommitment": lambda ledger: (speaker(LAKESIDE), (ledger.commitment_terms(),)),
    "registerCommitments": lambda ledger: (
        speaker(LAKESIDE),
        ([ledger.commitment_terms(), ledger.commitment_terms(creditor=RIVERPORT, indicator=1)],),
    ),
    "acceptCommitments": lambda ledger: (speaker(HILLSIDE), (list(_two(ledger, ledger.register)),)),
    "declineCommitment": lambda ledger: (speaker(HILLSIDE), (ledger.register(), "not what was agreed")),
    "submitEvidence": _submit_evidence,
    "confirmCommitment": lambda ledger: (
        speaker(HILLSIDE),
        (Confirmation(_two(ledger, ledger.evidenced)[0], 10_000, ledger.evm.now),),
    ),
    "confirmCommitments": _confirm_commitments,
    "contestEvidence": lambda ledger: (speaker(HILLSIDE), (ledger.evidenced(), "the windows were closed")),
    "acceptBySilence": _accept_by_silence,
    "auditEvidence": _audit_evidence,
    "releaseCommitment": lambda ledger: (speaker(HILLSIDE), (ledger.active(), "no longer needed")),
    "recordHistory": lambda ledger: (
        speaker(DELTA),
        (BACKFILLED, [historical_commitment(), historical_commitment(debtor=HILLSIDE, creditor=LAKESIDE)]),
    ),
    "recordOutcomes": _record_outcomes,
    "offerDebtTransfer": lambda ledger: (speaker(LAKESIDE), (ledger.active(), RIVERPORT)),
    "withdrawDebtTransfer": lambda ledger: (speaker(LAKESIDE), (_offered(ledger),)),
    "agreeDebtTransfer": lambda ledger: (speaker(RIVERPORT), (_offered(ledger), RIVERPORT)),
    "recordTransfer": lambda ledger: (speaker(LAKESIDE), (ledger.transfer_terms(),)),
    "confirmTransfer": _confirm_transfer,
    "reportOverdue": lambda ledger: (ANYONE, (ledger.overdue(), "nothing was lodged")),
    "explainOverdue": lambda ledger: (speaker(LAKESIDE), (ledger.reported(), "the system was replaced", DIGEST)),
    "setRectification": lambda ledger: (speaker(DELTA), (ledger.reported(), ledger.evm.now + 30 * DAY)),
    "refuseRectification": lambda ledger: (speaker(LAKESIDE), (ledger.reported(), "it was never promised")),
    "determineBreach": _determine_breach,
    "requestRepair": lambda ledger: (speaker(LAKESIDE), (ledger.published(), DIGEST, "archive:repair")),
    "repairBreach": lambda ledger: (speaker(DELTA), (_repair_asked(ledger),)),
    "refuseRepair": lambda ledger: (speaker(DELTA), (_repair_asked(ledger), "nothing was made good")),
    "openDispute": lambda ledger: (speaker(LAKESIDE), (ledger.contested(), DIGEST, "archive:claim")),
    "lodgeDisputeEvidence": lambda ledger: (speaker(HILLSIDE), (ledger.disputed()[1], DIGEST, "archive:photos")),
    "giveRuling": _give_ruling,
    "appealRuling": lambda ledger: (speaker(HILLSIDE), (ledger.ruled()[1], DIGEST, "archive:grounds")),
    "escalateDispute": _escalate_dispute,
    "concludeDispute": _conclude_dispute,
    "withdrawDispute": lambda ledger: (speaker(LAKESIDE), (ledger.disputed()[1],)),
    "imposeMeasure": lambda ledger: (speaker(DELTA), (ledger.measure_terms(ledger.published()),)),
    "liftMeasure": _lift_measure,
    "grantIncentive": lambda ledger: (
        speaker(DELTA),
        (replace(ledger.incentive_terms(), incentive=Incentive.LIGHTER_DEPOSIT),),
    ),
    "revokeIncentive": _revoke_incentive,
    "publishRun": lambda ledger: (speaker(DELTA), (ledger.score_run(),)),
}
"""By the name of the function."""
