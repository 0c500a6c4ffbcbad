"""
A deployed ledger with its cast, and the steps by which an agreement and its commitments come to where a test begins.

`found` gives what most tests begin with: the cast of `tests.contracts.harness.cast`, `AGREEMENT` in force and
`BACKFILLED` recorded. From there a commitment is brought further by the method that is named after where it then
stands, each through the one before it: `register`, `active`, `evidenced`, `contested`, `disputed`, `ruled`, `appealed`;
and `overdue`, `reported`, `rectifying`, `determined`, `published`. They move the clock no further than they have to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from eth_account.signers.local import LocalAccount
from web3.types import Nonce
from web3.utils.address import get_create_address

from ledger.domain.enums import Incentive, Measure, TimeBasis
from ledger.domain.procedure import ProcedurePolicy
from ledger.domain.terms import (
    Assessment,
    CommitmentTerms,
    Confirmation,
    IncentiveTerms,
    MeasureTerms,
    Ruling,
    ScoreRun,
    TransferTerms,
)
from tests.contracts.harness.cast import (
    ADMINISTRATORS,
    AGREEMENT,
    AUDITOR,
    BACKFILLED,
    BROKEN,
    COASTAL,
    DAY,
    DELAY_SECONDS,
    DELTA,
    DIGEST,
    EXCUSED,
    FARFIELD,
    FROZEN,
    FULFILLED,
    HIGHLAND,
    HILLSIDE,
    LAKESIDE,
    NEWLAKE,
    NEXT_BODY,
    NOBODY,
    OLDTOWN,
    PARTIES,
    PAST,
    RELAYER,
    RIVERPORT,
    SPEAKERS,
    STRANGER,
    UPLANDS,
    WEIGHT,
    P,
    agreement_terms,
    compensation_rule,
    historical_commitment,
    historical_outcome,
    new_government,
    procedure_policy,
    ruling,
    speaker,
)
from tests.contracts.harness.commanding import Commanding, Done, refused
from tests.contracts.harness.evm import Evm
from tests.contracts.harness.interface import CONTRACTS, constructor, functions, plain

__all__ = [
    "ADMINISTRATORS",
    "AGREEMENT",
    "AUDITOR",
    "BACKFILLED",
    "BROKEN",
    "COASTAL",
    "DAY",
    "DELAY_SECONDS",
    "DELTA",
    "DIGEST",
    "EXCUSED",
    "FARFIELD",
    "FROZEN",
    "FULFILLED",
    "HIGHLAND",
    "HILLSIDE",
    "LAKESIDE",
    "NEWLAKE",
    "NEXT_BODY",
    "NOBODY",
    "OLDTOWN",
    "PARTIES",
    "PAST",
    "RELAYER",
    "RIVERPORT",
    "SPEAKERS",
    "STRANGER",
    "UPLANDS",
    "WEIGHT",
    "Done",
    "Ledger",
    "P",
    "agreement_terms",
    "compensation_rule",
    "deploy_contracts",
    "found",
    "historical_commitment",
    "historical_outcome",
    "new_government",
    "procedure_policy",
    "refused",
    "ruling",
    "speaker",
]

CONSTRUCTED_WITH: Final[dict[str, tuple[str, ...]]] = {
    "GovernmentRegister": ("Administration", "DisputeRegister"),
    "PolicyRegister": ("Administration",),
    "ProcedureRegister": ("Administration",),
    "AgreementRegistry": ("GovernmentRegister", "CommitmentRegistry", "BreachRegister", "DisciplineRegister"),
    "CommitmentRegistry": (
        "GovernmentRegister",
        "AgreementRegistry",
        "ProcedureRegister",
        "DisputeRegister",
        "BreachRegister",
        "DebtTransfers",
        "DisciplineRegister",
    ),
    "CompensationLedger": ("GovernmentRegister", "AgreementRegistry"),
    "ScoreRegister": ("GovernmentRegister",),
    "DebtTransfers": ("GovernmentRegister", "AgreementRegistry", "CommitmentRegistry"),
    "BreachRegister": (
        "GovernmentRegister",
        "AgreementRegistry",
        "CommitmentRegistry",
        "ProcedureRegister",
        "DisputeRegister",
    ),
    "DisputeRegister": (
        "GovernmentRegister",
        "AgreementRegistry",
        "CommitmentRegistry",
        "ProcedureRegister",
        "BreachRegister",
    ),
    "DisciplineRegister": ("GovernmentRegister", "CommitmentRegistry", "BreachRegister", "DisputeRegister"),
    "AssessmentRegister": ("GovernmentRegister", "AgreementRegistry"),
    "DialogueRegister": ("GovernmentRegister", "AgreementRegistry"),
}
"""The contracts that each contract knows, in the order of its constructor."""


class Ledger(Commanding):
    """A deployed ledger."""

    # ------------------------------------------------------------------------------------------- what takes steps

    def propose(self, verb: str, *values: Any) -> tuple[int, bytes]:
        """Propose a call and approve it with a second administrator; the delay has begun."""
        data = functions()[verb].encode(values)
        made = self.send("proposeCall", self.address(verb), data, "as agreed", by=ADMINISTRATORS[0])
        self.send("approveProposal", made.returned, by=ADMINISTRATORS[1])
        return made.returned, data

    def decide(self, verb: str, *values: Any) -> Done:
        """Have the administrators do something: propose, approve, wait out the delay, execute."""
        proposal, data = self.propose(verb, *values)
        self.evm.now += DELAY_SECONDS
        return self.transact("executeProposal", proposal, data, by=STRANGER)

    def decide_at_once(self, verb: str, *values: Any) -> Done:
        """The same, with the clock put back afterwards: for tests that count seconds of something else."""
        now = self.evm.now
        done = self.decide(verb, *values)
        self.evm.now = now
        return done

    def succeed(self, predecessor: int, *successors: int) -> Done:
        """Have others take the place of a body, now."""
        return self.decide_at_once("recordSuccession", predecessor, list(successors), "merged by law")

    def conclude(self, **changes: Any) -> int:
        """Propose terms and have every party sign them."""
        terms = agreement_terms(**changes)
        made = self.send("proposeAgreement", terms, by=speaker(terms.parties[0]))
        self.sign_agreement(made.returned, *terms.parties)
        concluded: int = made.returned
        return concluded

    def sign_agreement(self, agreement: int, *parties: int) -> None:
        """Have parties sign the newest version."""
        version = self.call("agreement", agreement)["pendingVersion"]
        digest = self.call("versionOf", agreement, version)["termsDigest"]
        for party in parties:
            self.send("signAgreement", agreement, version, digest, by=speaker(party))

    # --------------------------------------------------------------------------------------- a commitment that is kept

    def register(self, **changes: Any) -> int:
        """Have Lakeside offer a commitment; the creditor has not accepted it."""
        made: int = self.send("registerCommitment", self.commitment_terms(**changes), by=speaker(LAKESIDE)).returned
        return made

    def register_as(self, by: LocalAccount) -> None:
        """Have an account offer a commitment for whom it speaks for."""
        self.send("registerCommitment", self.commitment_terms(), by=by)

    def accept(self, *commitments: int) -> None:
        """Have the creditor of the first, or who answers for it, accept them."""
        creditor = self.call("creditorVoice", commitments[0])
        self.send("acceptCommitments", list(commitments), by=speaker(creditor))

    def active(self, **changes: Any) -> int:
        """A commitment that its creditor has accepted."""
        id = self.register(**changes)
        self.accept(id)
        return id

    def evidence(self, commitment: int) -> None:
        """Have the debtor lodge evidence."""
        debtor = self.call("commitment", commitment)["debtor"]
        self.send("submitEvidence", commitment, DIGEST, "archive:1", self.evm.now, by=speaker(debtor))

    def evidenced(self, **changes: Any) -> int:
        """A commitment that waits for the creditor's answer."""
        id = self.active(**changes)
        self.evidence(id)
        return id

    def confirm(self, commitment: int, outcome: int = 10_000) -> None:
        """Have the creditor, or who answers for it, confirm."""
        creditor = self.call("creditorVoice", commitment)
        self.send("confirmCommitment", Confirmation(commitment, outcome, self.evm.now), by=speaker(creditor))

    def contested(self, **changes: Any) -> int:
        """A commitment whose evidence the creditor did not accept."""
        id = self.evidenced(**changes)
        creditor = self.call("creditorVoice", id)
        self.send("contestEvidence", id, "the windows were closed", by=speaker(creditor))
        return id

    def backfilled(self, **changes: Any) -> int:
        """A commitment of the past, recorded by Delta Office."""
        made: int = self.send(
            "recordHistory", BACKFILLED, [historical_commitment(**changes)], by=speaker(DELTA)
        ).returned
        return made

    # --------------------------------------------------------------------------------------- a commitment that is not

    def overdue(self, **changes: Any) -> int:
        """A commitment at the first second at which it can be reported overdue."""
        id = self.active(**changes)
        self.evm.now = self.call("commitment", id)["dueAt"] + P.grace_seconds + 1
        return id

    def reported(self, **changes: Any) -> int:
        """A commitment that was reported overdue; Lakeside has time to explain."""
        id = self.overdue(**changes)
        self.send("reportOverdue", id, "nothing was lodged", by=STRANGER)
        return id

    def rectifying(self, **changes: Any) -> int:
        """A commitment that Lakeside has time to put right."""
        id = self.reported(**changes)
        self.send("explainOverdue", id, "the system was replaced", bytes(32), by=speaker(LAKESIDE))
        return id

    def determined(self, days_late: int = 0, **changes: Any) -> int:
        """
        A breach that Delta Office determined, as soon as it could or when the commitment was so many days late.

        The first breach of an ordinary commitment is minor, from 90 days general, from 365 days serious.
        """
        id = self.reported(**changes)
        due = self.call("commitment", id)["dueAt"]
        self.evm.now = max(self.call("breach", id)["explainBy"] + 1, due + days_late * DAY)
        self.send("determineBreach", id, by=speaker(DELTA))
        return id

    def published(self, days_late: int = 100, **changes: Any) -> int:
        """A breach, general unless it is later or earlier, at the first second of its publication."""
        id = self.determined(days_late, **changes)
        self.evm.now = self.call("breach", id)["publishedFrom"]
        return id

    def impose(self, commitment: int, **changes: Any) -> int:
        """Have Delta Office impose a limit on new agreements for a breach, from now on."""
        made: int = self.send("imposeMeasure", self.measure_terms(commitment, **changes), by=speaker(DELTA)).returned
        return made

    # ----------------------------------------------------------------------------------------------------- a dispute

    def open_dispute(self, commitment: int, by: int = LAKESIDE) -> int:
        """Open a dispute about a commitment."""
        made: int = self.send("openDispute", commitment, DIGEST, "archive:claim", by=speaker(by)).returned
        return made

    def disputed(self, **changes: Any) -> tuple[int, int]:
        """A commitment whose evidence was contested, and Lakeside's dispute about it before Delta Office."""
        id = self.contested(**changes)
        return id, self.open_dispute(id)

    def after_evidence(self, dispute: int) -> None:
        """Move to the first second at which a ruling can be given."""
        self.evm.now = max(self.evm.now, self.call("dispute", dispute)["evidenceUntil"] + 1)

    def rule(self, dispute: int, given: Ruling | None = None, by: Sequence[int] = (DELTA,)) -> None:
        """Have bodies give a ruling, one after the other, as soon as it can be given."""
        self.after_evidence(dispute)
        for body in by:
            self.send("giveRuling", dispute, given or ruling(), by=speaker(body))

    def ruled(self, given: Ruling | None = None, **changes: Any) -> tuple[int, int]:
        """A commitment and a dispute on which Delta Office has ruled; it can be appealed."""
        id, dispute = self.disputed(**changes)
        self.rule(dispute, given)
        return id, dispute

    def appealed(self, given: Ruling | None = None, **changes: Any) -> tuple[int, int]:
        """The same, appealed by Hillside: before a panel, because nobody stands above Delta Office."""
        id, dispute = self.ruled(given, **changes)
        self.send("appealRuling", dispute, DIGEST, "archive:grounds", by=speaker(HILLSIDE))
        return id, dispute

    def conclude_dispute(self, dispute: int) -> None:
        """Let the time to appeal pass and have the ruling made final."""
        self.evm.now = self.call("dispute", dispute)["appealBy"] + 1
        self.send("concludeDispute", dispute, by=STRANGER)

    # --------------------------------------------------------------------------------------------------------- terms

    def commitment_terms(self, **changes: Any) -> CommitmentTerms:
        """A commitment of Lakeside to Hillside, due in 30 days."""
        terms = CommitmentTerms(
            agreement=AGREEMENT,
            creditor=HILLSIDE,
            indicator=0,
            due_at=self.evm.now + 30 * DAY,
            reference_number="LH-2026-001",
            description="Pension transfers are settled within five working days.",
        )
        return replace(terms, **changes)

    def measure_terms(self, commitment: int, **changes: Any) -> MeasureTerms:
        """A limit on new agreements, from now on until the breach is no longer published."""
        until = self.call("breach", commitment)["publishedUntil"]
        terms = MeasureTerms(commitment, Measure.LIMIT_ON_NEW_AGREEMENTS, 0, until, "published breach")
        return replace(terms, **changes)

    def incentive_terms(self, **changes: Any) -> IncentiveTerms:
        """Shorter confirmation for Lakeside, for a year from now on."""
        terms = IncentiveTerms(
            LAKESIDE, Incentive.SHORTER_CONFIRMATION, 0, self.evm.now + 365 * DAY, "kept all of its commitments"
        )
        return replace(terms, **changes)

    def assessment(self, agreement: int, **changes: Any) -> Assessment:
        """The first assessment of an agreement: both targets are reached."""
        return replace(Assessment(agreement, 1, (5_000_000, 4_000_000), DIGEST, "archive:report"), **changes)

    def transfer_terms(self, **changes: Any) -> TransferTerms:
        """Lakeside pays Hillside 1,250,000.00 yuan."""
        terms = TransferTerms(
            agreement=AGREEMENT,
            payee=HILLSIDE,
            currency=b"CNY",
            amount_minor=125_000_000,
            paid_at=self.evm.now,
            reference_number="PAY-2026-01",
        )
        return replace(terms, **changes)

    def score_run(self, **changes: Any) -> ScoreRun:
        """Scores of four governments as of now, up to the first block."""
        run = ScoreRun(
            policy_digest=DIGEST,
            as_of=self.evm.now,
            time_basis=TimeBasis.RECORDED,
            block_number=0,
            block_hash=self.evm.first_block_hash,
            governments=4,
            root=b"\xa7" * 32,
            locator="archive:scores-1",
        )
        return replace(run, **changes)


def deploy_contracts(evm: Evm, procedure: ProcedurePolicy = P) -> Ledger:
    """
    Deploy the contracts; nobody is registered.

    They know each other, so each is told beforehand where the others will be: where a deployer's contract comes to
    stand follows from its address and how many transactions it has sent.
    """
    made = Ledger(evm)
    to_be = {name: get_create_address(STRANGER.address, Nonce(number)) for number, name in enumerate(CONTRACTS)}
    for name in CONTRACTS:
        values: list[Any] = [to_be[each] for each in CONSTRUCTED_WITH.get(name, ())]
        if name == "Administration":
            values = [[each.address for each in ADMINISTRATORS], 2, DELAY_SECONDS]
        elif name == "ProcedureRegister":
            values.append(plain(procedure))
        assert made.deploy(name, constructor(name), *values) == to_be[name]
    return made


def found() -> Ledger:
    """Deploy a ledger and bring it to where most tests begin; see the module's words and `AGREEMENT`."""
    made = deploy_contracts(Evm())
    bodies = [new_government(number) for number in SPEAKERS]
    bodies[LAKESIDE - 1] = replace(bodies[LAKESIDE - 1], signers=(speaker(LAKESIDE).address, FROZEN.address))
    made.decide("registerGovernments", bodies)
    made.decide("setJurisdiction", DELTA, 0, True)
    made.send("freezeSigner", FROZEN.address, "the card was stolen", by=speaker(DELTA))
    assert made.conclude() == AGREEMENT
    past = agreement_terms(parties=(LAKESIDE, HILLSIDE, RIVERPORT), effective_from=PAST)
    assert made.send("recordAgreement", past, by=speaker(DELTA)).returned == BACKFILLED
    made.decide("removeGovernment", OLDTOWN, "merged into Riverport")
    return made
