"""A chain made by hand, which the projection reads as it reads a node's, and the facts that tests put on it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from ledger.domain import events
from ledger.domain.enums import (
    CompensationKind,
    IndicatorDirection,
    IndicatorKind,
    Level,
    Outcome,
    Role,
    ServiceMode,
    TimeBasis,
)
from ledger.domain.events import (
    AgreementBackfilled,
    Block,
    CommitmentBackfilled,
    CommitmentRegistered,
    Event,
    Fact,
    GovernmentRegistered,
    OutcomeRecorded,
    PolicyPublished,
)
from ledger.domain.terms import AgreementTerms, CompensationRule, Indicator
from ledger.policies import default_policy

GENESIS_AT = 1_790_000_000
"""Time of block 0; block n is made n seconds later where no time is given."""

SIGNER = "0x52908400098527886E0F7030069857D2E4169EE7"
OTHER = "0x8617E340B3D01FA5F11F306F4090FD50E238070D"
THIRD = "0xde709f2102306220921060314715629080e2fb77"

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


def outcome(number: int, debtor: int, basis_points: int, effective_at: int, by: int = RECORDER) -> OutcomeRecorded:
    kind = {10_000: Outcome.FULFILLED, 0: Outcome.BROKEN}.get(basis_points, Outcome.PARTLY)
    return OutcomeRecorded(number, debtor, by, kind, basis_points, effective_at, by == RECORDER)


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
        events.AgreementSigned(2, DISTRICT, digest("terms 2")),
        events.AgreementSigned(2, HARBOUR, digest("terms 2")),
        events.AgreementConcluded(2, GENESIS_AT + 4, 0),
        events.AccessionBackfilled(1, RECORDER, (5,)),
        events.AdministratorsSet((OTHER,), 1, 0),
    )
    chain.add(
        registered(1, DISTRICT, HARBOUR, GENESIS_AT + 100),
        backfilled(2, PROVINCE, 1_600_000_000, 1_610_000_000),
        outcome(2, PROVINCE, 4_000, 1_609_000_000),
        events.EvidenceSubmitted(1, DISTRICT, digest("evidence"), "archive/e1", GENESIS_AT + 5),
    )
    chain.add()
    chain.add(
        events.EvidenceSubmitted(1, DISTRICT, digest("better evidence"), "archive/e2", GENESIS_AT + 6),
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
    return chain
