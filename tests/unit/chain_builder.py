"""A chain made by hand, which the projection reads as it reads a node's, and the facts that tests put on it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from ledger.domain import events
from ledger.domain.enums import (
    AccessionRule,
    CompensationKind,
    EndReason,
    ExcuseGround,
    Incentive,
    IndicatorDirection,
    IndicatorKind,
    Level,
    Measure,
    Outcome,
    OutcomeBasis,
    Role,
    ServiceMode,
    Severity,
    TimeBasis,
)
from ledger.domain.events import (
    AgreementBackfilled,
    Block,
    CommitmentAccepted,
    CommitmentBackfilled,
    CommitmentRegistered,
    Event,
    EvidenceSubmitted,
    Fact,
    GovernmentRegistered,
    OutcomeRecorded,
    PolicyPublished,
)
from ledger.domain.terms import AgreementTerms, CompensationRule, Indicator, Ruling
from ledger.policies import default_policy, default_procedure_policy

GENESIS_AT = 1_790_000_000
"""Time of block 0; block n is made n seconds later where no time is given."""

CONFIRM_BY = GENESIS_AT + 1_000
"""Until when evidence can be answered."""

SIGNER = "0x52908400098527886E0F7030069857D2E4169EE7"
OTHER = "0x8617E340B3D01FA5F11F306F4090FD50E238070D"
THIRD = "0xde709f2102306220921060314715629080e2fb77"
FOURTH = "0x27b1fdb04752bbc536007a920d24acb045561c26"
FIFTH = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

RECORDER = 1
DISTRICT = 2
PROVINCE = 3
HARBOUR = 4


def digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


class FakeChain:
    """Blocks from the deployment on; what `ledger.chain.reader.ChainReader` is to a node."""

    def __init__(self, first_block: int = 1, name: str = "chain") -> None:
        self.first_block = first_block
        self.name = name
        self.built: list[Block] = []
        self.asked: list[tuple[int, int]] = []

    def add(self, *events: Event, at: int | None = None, signer: str = SIGNER, operation: int | None = 7) -> Block:
        """Add a block with these facts, all of one transaction."""
        number = self.first_block + len(self.built)
        parent = self.built[-1].hash if self.built else digest(self.name, number - 1)
        facts = tuple(
            Fact(event, "Contract", signer, operation, digest("transaction", self.name, number), index)
            for index, event in enumerate(events)
        )
        moment = GENESIS_AT + number if at is None else at
        block = Block(number, digest(self.name, number), parent, moment, facts)
        self.built.append(block)
        return block

    def one_view(self) -> AbstractContextManager[None]:
        return nullcontext()

    def head(self) -> Block:
        return self.built[-1]

    def block_hash(self, number: int) -> bytes | None:
        place = number - self.first_block
        return self.built[place].hash if 0 <= place < len(self.built) else None

    def blocks(self, first: int, last: int) -> list[Block]:
        self.asked.append((first, last))
        return self.built[first - self.first_block : last - self.first_block + 1]


def government(
    number: int,
    name: str,
    *,
    scheme: str = "local",
    value: str | None = None,
    level: Level = Level.COUNTY,
    superior: int = 0,
    roles: Sequence[Role] = (Role.GOVERNMENT,),
) -> GovernmentRegistered:
    bits = sum(role.bit for role in roles)
    return GovernmentRegistered(number, scheme, name.lower() if value is None else value, name, level, superior, bits)


def terms(parties: Sequence[int], title: str = "Pensions without travel") -> AgreementTerms:
    return AgreementTerms(
        reference_number="SC-2026-1",
        title=title,
        document_digest=digest("document"),
        document_locator="archive/1",
        service_mode=ServiceMode.REMOTE_ACCEPTANCE,
        coordinating_body=RECORDER,
        parties=tuple(parties),
        indicators=(
            Indicator("Cases", IndicatorKind.QUANTITY, "case", 5_000_000, IndicatorDirection.AT_LEAST, 4_000),
            Indicator("Days", IndicatorKind.SOCIAL_BENEFIT, "day", 3_000_000, IndicatorDirection.AT_MOST, 6_000),
        ),
        compensation=CompensationRule(
            CompensationKind.PER_CASE, b"CNY", 1_500, 0, "Effort", "Count of cases", "Quarterly, by the payer"
        ),
        effective_from=1_500_000_000,
        expires_at=0,
        accession=AccessionRule.CLOSED,
        first_assessment_at=0,
        assessment_every_seconds=0,
        template=bytes(32),
    )


def score_policy(effective_from: int = GENESIS_AT + 1) -> PolicyPublished:
    return PolicyPublished("score", 1, default_policy().digest, "default.json", effective_from)


def backfilled(
    number: int, debtor: int, made_at: int, due_at: int, reference: str = "", weight: int = 1_000_000
) -> CommitmentBackfilled:
    return CommitmentBackfilled(number, 1, debtor, RECORDER, 0, 0, weight, made_at, due_at, reference or f"H-{number}")


def registered(
    number: int, debtor: int, creditor: int, due_at: int, reference: str = "", weight: int = 1_000_000
) -> CommitmentRegistered:
    return CommitmentRegistered(
        number, 1, debtor, creditor, 1, weight, due_at, reference or f"C-{number}", "Serve within three days"
    )


def taken_on(
    number: int, debtor: int, creditor: int, due_at: int, reference: str = "", weight: int = 1_000_000
) -> tuple[CommitmentRegistered, CommitmentAccepted]:
    """A commitment that was registered and at once accepted."""
    return registered(number, debtor, creditor, due_at, reference, weight), CommitmentAccepted(number, creditor)


def outcome(number: int, debtor: int, basis_points: int, effective_at: int, by: int = RECORDER) -> OutcomeRecorded:
    kind = {10_000: Outcome.FULFILLED, 0: Outcome.BROKEN}.get(basis_points, Outcome.PARTLY)
    basis = OutcomeBasis.BACKFILL if by == RECORDER else OutcomeBasis.CONFIRMATION
    return OutcomeRecorded(number, debtor, by, kind, basis_points, effective_at, basis, ExcuseGround.NONE)


def evidence(
    number: int, debtor: int, performed_at: int, name: str = "evidence", sampled: bool = False
) -> EvidenceSubmitted:
    where = f"archive/{name}"
    return EvidenceSubmitted(number, debtor, digest(name), where, performed_at, CONFIRM_BY, False, sampled)


def founded(name: str = "chain", first_block: int = 1) -> FakeChain:
    """A chain with a recorder, three governments, a score policy and one backfilled agreement, number 1."""
    chain = FakeChain(first_block, name)
    chain.add(
        score_policy(),
        government(RECORDER, "Records Office", level=Level.PROVINCE, roles=(Role.COORDINATING_BODY,)),
        government(DISTRICT, "Lujiang District", level=Level.COUNTY),
        government(PROVINCE, "Yunling Province", level=Level.PROVINCE),
        government(HARBOUR, "Harbour District", level=Level.COUNTY),
        AgreementBackfilled(1, RECORDER, digest("terms"), terms((DISTRICT, PROVINCE, HARBOUR))),
    )
    return chain


def every_kind_of_event() -> FakeChain:
    """A chain on which each event happens at least once."""
    chain = founded()
    chain.add(
        events.CommandExecuted(SIGNER, 7),
        events.AdministratorsSet((SIGNER, OTHER, THIRD), 2, 86_400),
        events.ProposalMade(1, SIGNER, OTHER, b"\x01\x02", "register a county"),
        events.ProposalApproved(1, SIGNER, 1, 2),
        events.ProposalApproved(1, OTHER, 2, 2),
        events.ProposalScheduled(1, GENESIS_AT + 9),
        events.ProposalMade(2, OTHER, OTHER, b"", "a mistake"),
    )
    chain.add(
        events.ProposalExecuted(1),
        events.ProposalWithdrawn(2),
        government(5, "Old Quarry County", superior=PROVINCE),
        events.SignerAdded(5, SIGNER),
        events.SignerAdded(DISTRICT, OTHER),
        events.RolesSet(DISTRICT, 5),
        events.JurisdictionSet(RECORDER, 0, True),
        events.JurisdictionSet(RECORDER, DISTRICT, True),
        events.AgreementProposed(2, DISTRICT, digest("terms 2"), replace(terms((DISTRICT, HARBOUR)), effective_from=0)),
    )
    chain.add(
        events.GovernmentRemoved(5, "merged into Yunling Province"),
        events.SignerRemoved(5, SIGNER),
        events.SignerAdded(HARBOUR, SIGNER),
        events.JurisdictionSet(RECORDER, DISTRICT, False),
        events.AgreementSigned(2, 1, DISTRICT, digest("terms 2")),
        events.AgreementSigned(2, 1, HARBOUR, digest("terms 2")),
        events.AgreementConcluded(2, 1, GENESIS_AT + 4, 0),
        events.AccessionBackfilled(1, RECORDER, (5,)),
        events.AdministratorsSet((OTHER,), 1, 0),
    )
    chain.add(
        registered(1, DISTRICT, HARBOUR, GENESIS_AT + 100),
        events.CommitmentAccepted(1, HARBOUR),
        backfilled(2, PROVINCE, 1_600_000_000, 1_610_000_000),
        outcome(2, PROVINCE, 4_000, 1_609_000_000),
        evidence(1, DISTRICT, GENESIS_AT + 5, "e1"),
    )
    chain.add()
    chain.add(
        evidence(1, DISTRICT, GENESIS_AT + 6, "e2"),
        outcome(1, DISTRICT, 10_000, GENESIS_AT + 6, by=HARBOUR),
        events.TransferRecorded(1, 2, DISTRICT, HARBOUR, b"CNY", 150_000, GENESIS_AT + 6, "bank 1"),
        events.TransferRecorded(2, 2, HARBOUR, DISTRICT, b"CNY", 10**18, GENESIS_AT + 6, "bank 2"),
    )
    chain.add(
        events.TransferConfirmed(1, HARBOUR, b"CNY", 150_000, GENESIS_AT + 7),
        events.ScoreRunPublished(
            1,
            RECORDER,
            default_policy().digest,
            GENESIS_AT + 6,
            TimeBasis.RECORDED,
            6,
            digest("a block"),
            3,
            digest("a root"),
            "archive/scores-1",
        ),
    )
    _negotiated(chain)
    _kept_and_handed_over(chain)
    _broken_and_repaired(chain)
    _disputed(chain)
    _restructured(chain)
    return chain


def _negotiated(chain: FakeChain) -> None:
    """Agreement 3: counter-proposed, concluded, amended, acceded to, assessed, suspended and ended; 4 is abandoned."""
    first, second = digest("terms 3"), digest("terms 3, second")
    proposed = replace(terms((DISTRICT, HARBOUR), "Licences"), effective_from=0, accession=AccessionRule.ON_APPROVAL)
    countered = replace(proposed, title="Licences and permits", template=digest("template"))
    amended = replace(countered, title="Licences, permits and seals", indicators=countered.indicators[:1])
    chain.add(
        events.AgreementProposed(3, DISTRICT, first, proposed),
        events.AgreementSigned(3, 1, DISTRICT, first),
        events.AgreementVersionProposed(3, 2, HARBOUR, second, countered, "permits too"),
        events.AgreementProposed(4, DISTRICT, first, proposed),
    )
    chain.add(
        events.AgreementSigned(3, 2, DISTRICT, second),
        events.AgreementSigned(3, 2, HARBOUR, second),
        events.AgreementConcluded(3, 2, GENESIS_AT + 10, 0),
        events.AgreementVersionProposed(3, 3, DISTRICT, digest("terms 3, third"), amended, "seals too"),
        events.AccessionRequested(3, PROVINCE, second),
        events.AgreementVersionDeclined(4, 1, HARBOUR, "not ours"),
    )
    chain.add(
        events.AgreementAcceded(3, PROVINCE, RECORDER),
        events.AgreementVersionDeclined(3, 3, HARBOUR, "too much"),
        events.AgreementVersionProposed(3, 4, DISTRICT, digest("terms 3, fourth"), amended, "seals after all"),
        events.AgreementSuspended(3, RECORDER, "the seals office moves"),
    )
    chain.add(
        events.AgreementResumed(3, RECORDER),
        *(events.AgreementSigned(3, 4, each, digest("terms 3, fourth")) for each in (DISTRICT, HARBOUR, PROVINCE)),
        events.AgreementAmended(3, 4, GENESIS_AT + 100_000),
        events.AgreementAssessed(
            3, 1, RECORDER, 4, GENESIS_AT + 12, (6_000_000,), (10_000,), 10_000, digest("report"), "archive/r1"
        ),
        events.DialogueRecorded(3, DISTRICT, 0, digest("said"), 12),
        events.DialogueRecorded(0, DISTRICT, HARBOUR, digest("said to one"), 3),
        events.EndConsented(3, DISTRICT, "done"),
        events.AgreementEnded(3, RECORDER, EndReason.SUPERSEDED, 0, 2, "agreement 2 is wider"),
    )


def _kept_and_handed_over(chain: FakeChain) -> None:
    """Commitment 3 is handed over, contested, audited and released; 4 is declined."""
    chain.add(
        registered(3, DISTRICT, HARBOUR, GENESIS_AT + 100),
        registered(4, DISTRICT, HARBOUR, GENESIS_AT + 100),
        events.CommitmentAccepted(3, HARBOUR),
        events.CommitmentDeclined(4, HARBOUR, "not asked for"),
        events.DebtTransferOffered(3, DISTRICT, HARBOUR),
        events.DebtTransferWithdrawn(3, DISTRICT, HARBOUR),
        events.DebtTransferOffered(3, DISTRICT, PROVINCE),
    )
    chain.add(
        events.DebtTransferAgreed(3, PROVINCE, False),
        events.DebtTransferAgreed(3, HARBOUR, True),
        events.CommitmentTransferred(3, DISTRICT, PROVINCE),
    )
    chain.add(
        evidence(3, PROVINCE, GENESIS_AT + 20, "e3", sampled=True),
        events.EvidenceAudited(3, RECORDER, True, "it is there"),
        events.EvidenceContested(3, HARBOUR, "it is not"),
        events.CommitmentReleased(3, HARBOUR, "no longer needed"),
        events.OutcomeRecorded(
            3, PROVINCE, HARBOUR, Outcome.EXCUSED, 0, GENESIS_AT + 21, OutcomeBasis.RELEASE, ExcuseGround.RELEASED
        ),
    )


def _broken_and_repaired(chain: FakeChain) -> None:
    """Commitment 5 is reported, explained, not put right, found broken, disciplined and repaired."""
    chain.add(
        events.ProcedurePolicyPublished(1, default_procedure_policy(), GENESIS_AT + 2),
        registered(5, DISTRICT, HARBOUR, GENESIS_AT + 30),
        events.CommitmentAccepted(5, HARBOUR),
        events.OverdueReported(5, DISTRICT, THIRD, GENESIS_AT + 40, 1, "nothing came"),
        events.OverdueExplained(5, DISTRICT, "the road was closed", digest("road"), GENESIS_AT + 50),
    )
    chain.add(
        events.RectificationSet(5, RECORDER, GENESIS_AT + 45),
        events.RectificationRefused(5, DISTRICT, "it cannot be done"),
        events.OutcomeRecorded(
            5, DISTRICT, RECORDER, Outcome.BROKEN, 0, GENESIS_AT + 24, OutcomeBasis.BREACH, ExcuseGround.NONE
        ),
        events.BreachDetermined(
            5,
            DISTRICT,
            RECORDER,
            Severity.GENERAL,
            GENESIS_AT + 60,
            GENESIS_AT + 61,
            GENESIS_AT + 70,
            GENESIS_AT + 80,
            False,
        ),
    )
    chain.add(
        events.MeasureImposed(
            1,
            DISTRICT,
            RECORDER,
            5,
            Measure.LIMIT_ON_NEW_AGREEMENTS,
            GENESIS_AT + 61,
            GENESIS_AT + 80,
            "a published breach",
        ),
        events.MeasureLifted(1, RECORDER, "it has done enough"),
        events.IncentiveGranted(
            1, HARBOUR, RECORDER, Incentive.SHORTER_CONFIRMATION, GENESIS_AT + 26, GENESIS_AT + 90, "kept all"
        ),
        events.IncentiveRevoked(1, RECORDER, "by mistake"),
        events.RepairRequested(5, DISTRICT, digest("repair"), "archive/p1"),
        events.RepairRefused(5, RECORDER, "not all of it"),
        events.RepairRequested(5, DISTRICT, digest("repair, again"), "archive/p2"),
        events.BreachRepaired(5, DISTRICT, RECORDER),
    )


def _disputed(chain: FakeChain) -> None:
    """Commitments 6 to 8 are disputed: ruled on and appealed, withdrawn, escalated to a panel."""
    ruling = Ruling(Outcome.PARTLY, 5_000, ExcuseGround.NONE, digest("reasons"), "archive/u1")
    broken = Ruling(Outcome.BROKEN, 0, ExcuseGround.NONE, digest("reasons of a panel"), "archive/u2")
    chain.add(
        *(registered(each, DISTRICT, HARBOUR, GENESIS_AT + 100) for each in (6, 7, 8)),
        *(events.CommitmentAccepted(each, HARBOUR) for each in (6, 7, 8)),
        *(evidence(each, DISTRICT, GENESIS_AT + 30) for each in (6, 7, 8)),
        *(events.EvidenceContested(each, HARBOUR, "not so") for each in (6, 7, 8)),
    )
    chain.add(
        *(
            events.DisputeOpened(
                each - 5,
                each,
                DISTRICT,
                RECORDER,
                GENESIS_AT + 40,
                GENESIS_AT + 50,
                1,
                digest("statement"),
                "archive/s",
            )
            for each in (6, 7, 8)
        ),
        events.DisputeEvidenceLodged(1, HARBOUR, digest("a letter"), "archive/l1"),
        events.DisputeWithdrawn(2, 7, DISTRICT),
    )
    chain.add(
        events.RulingGiven(1, RECORDER, SIGNER, ruling, 1, 1),
        events.DisputeRuled(1, 6, RECORDER, ruling, GENESIS_AT + 60),
        events.DisputeEscalated(3, RECORDER, 0, GENESIS_AT + 60, GENESIS_AT + 70),
        events.PanelDrawn(3, (RECORDER, PROVINCE)),
    )
    chain.add(
        events.DisputeAppealed(1, HARBOUR, 0, GENESIS_AT + 60, GENESIS_AT + 70, digest("grounds"), "archive/g"),
        events.PanelDrawn(1, (PROVINCE,)),
        events.PanelDrawn(3, (PROVINCE, RECORDER)),
        events.RulingGiven(3, PROVINCE, OTHER, broken, 1, 1),
        events.OutcomeRecorded(
            8, DISTRICT, PROVINCE, Outcome.BROKEN, 0, GENESIS_AT + 31, OutcomeBasis.RULING, ExcuseGround.NONE
        ),
        events.BreachDetermined(
            8, DISTRICT, PROVINCE, Severity.MINOR, 0, GENESIS_AT + 33, GENESIS_AT + 33, GENESIS_AT + 90, False
        ),
        events.DisputeRuled(3, 8, PROVINCE, broken, 0),
        events.DisputeConcluded(3, 8, PROVINCE, Outcome.BROKEN, 0, ExcuseGround.NONE),
    )
    chain.add(
        events.BreachUpheld(8, PROVINCE, GENESIS_AT + 34, GENESIS_AT + 35, GENESIS_AT + 95),
        events.BreachOverturned(8, PROVINCE),
    )


def _restructured(chain: FakeChain) -> None:
    """Keys are handed over, frozen and recovered; Harbour District becomes two, and both take its place."""
    chain.add(
        events.SignerAdded(PROVINCE, FOURTH),
        events.RotationOffered(PROVINCE, FOURTH, THIRD),
        events.SignerRemoved(PROVINCE, FOURTH),
        events.SignerAdded(PROVINCE, THIRD),
        events.RecoveryAccountSet(PROVINCE, FIFTH),
        events.RotationOffered(PROVINCE, THIRD, FIFTH),
        events.SignerFrozen(PROVINCE, THIRD, RECORDER, "a lost card"),
        events.SignerThawed(PROVINCE, THIRD, RECORDER),
        events.SignerFrozen(PROVINCE, THIRD, RECORDER, "lost after all"),
        government(6, "Inner Harbour District"),
        government(7, "Outer Harbour District"),
    )
    chain.add(
        events.SuccessionRecorded(HARBOUR, (6, 7), "order 12 of 2026"),
        events.PartySucceeded(2, HARBOUR, 6),
        events.PartySucceeded(2, HARBOUR, 7),
    )
