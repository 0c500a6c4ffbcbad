"""What stands on the ledger: governments, agreements, commitments, compensation, policies, proposals."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.schemas.common import Address, Answer, BasisPoints, GovernmentRef, Millionths, Moment, Money

Level = Literal["none", "international", "national", "province", "city", "county", "township"]
RoleName = Literal["government", "coordinating_body", "auditor"]
GovernmentStateName = Literal["none", "registered", "removed", "succeeded"]
AgreementStateName = Literal["none", "proposed", "concluded", "suspended", "ended", "abandoned"]
AccessionRuleName = Literal["closed", "on_approval", "open"]
EndReasonName = Literal["none", "completed", "expired", "mutual_consent", "breach", "superseded", "by_law"]
ServiceModeName = Literal["none", "fully_online", "remote_acceptance", "joint_handling"]
CommitmentStateName = Literal["none", "proposed", "active", "evidenced", "contested", "disputed", "settled", "declined"]
OutcomeBasisName = Literal["none", "confirmation", "silence", "ruling", "breach", "backfill", "release"]
ExcuseGroundName = Literal["none", "force_majeure", "change_of_law", "released"]
OutcomeName = Literal["none", "fulfilled", "partly", "broken", "excused"]
TransferStateName = Literal["none", "pending", "confirmed"]
ProposalStateName = Literal["none", "open", "executed", "withdrawn", "lapsed"]


class GovernmentOut(Answer):
    """A registered body (政府)."""

    id: int = Field(examples=[3])
    identifier: str = Field(description="scheme:value", examples=["gbt2260:330281"])
    scheme: str
    value: str
    name: str
    aliases: list[str] = Field(description="Names under which it was imported.")
    level: Level
    superior: GovernmentRef | None
    roles: list[RoleName]
    state: GovernmentStateName
    registered_at: Moment
    removed_at: Moment | None
    removal_reason: str | None
    succeeded_at: Moment | None = Field(description="When others took its place.")
    recovery_account: Address | None


class SignerOut(Answer):
    """An account that speaks for a government, or did."""

    address: Address
    added_at: Moment
    removed_at: Moment | None
    frozen_at: Moment | None = Field(description="When a coordinating body stopped it; null where it is not stopped.")
    frozen_by: GovernmentRef | None
    freeze_reason: str | None


class JurisdictionOut(Answer):
    """Whom a coordinating body may coordinate."""

    government: GovernmentRef | None = Field(description="null for every government.")
    set_at: Moment


class GovernmentDetailOut(GovernmentOut):
    """A registered body, with the accounts that speak for it."""

    signers: list[SignerOut]
    jurisdictions: list[JurisdictionOut]


class AgreementOut(Answer):
    """An agreement (协议)."""

    id: int
    state: AgreementStateName
    in_force: bool = Field(description="At the moment of the answer; derived, never stored.")
    reference_number: str
    title: str
    service_mode: ServiceModeName
    coordinating_body: GovernmentRef
    party_count: int
    backfilled: bool = Field(description="Recorded after the fact by a coordinating body.")
    recorder: GovernmentRef | None
    proposer: GovernmentRef | None
    effective_from: Moment | None
    expires_at: Moment | None
    recorded_at: Moment
    concluded_at: Moment | None
    version: int | None = Field(description="The version that all have signed.")
    pending_version: int | None = Field(description="The version that waits for signatures.")
    accession: AccessionRuleName
    first_assessment_at: Moment | None
    assessment_every_seconds: int | None
    template: str | None
    amended_at: Moment | None
    suspended_at: Moment | None
    suspension_reason: str | None
    ended_at: Moment | None
    end_reason: EndReasonName | None
    end_commitment: int | None
    end_successor: int | None
    end_note: str | None
    terms_digest: str = Field(description="What a party signs: keccak-256 of the ABI-encoded terms.")
    document_digest: str = Field(description="SHA-256 of the signed document.")
    document_locator: str


class PartyOut(Answer):
    """A party of an agreement."""

    government: GovernmentRef
    recorded_at: Moment
    signed_at: Moment | None


class IndicatorOut(Answer):
    """What is assessed under an agreement (指标)."""

    number: int
    name: str
    kind: Literal["institution_building", "social_benefit", "quantity"]
    unit: str
    target_millionths: Millionths
    direction: Literal["at_least", "at_most"]
    weight_basis_points: BasisPoints


class AgreementDetailOut(AgreementOut):
    """An agreement with its parties, indicators and terms."""

    parties: list[PartyOut]
    indicators: list[IndicatorOut]
    terms: dict[str, Any] = Field(description="The terms as they were signed, in the form that commands have.")


class CommitmentOut(Answer):
    """A commitment (承诺)."""

    id: int
    agreement: int
    debtor: GovernmentRef
    original_debtor: GovernmentRef = Field(description="Who took it on; another where it was handed over.")
    creditor: GovernmentRef | None = Field(description="null for all other parties of the agreement.")
    indicator: int
    weight_millionths: Millionths
    made_at: Moment
    due_at: Moment
    reference_number: str
    description: str
    backfilled: bool
    recorder: GovernmentRef | None
    state: CommitmentStateName
    overdue: bool = Field(description="Past its due date without an outcome at the moment of the answer; derived.")
    recorded_at: Moment
    accepted_at: Moment | None = Field(description="From when it binds.")
    declined_at: Moment | None
    decline_reason: str | None
    evidenced_at: Moment | None
    confirm_by: Moment | None = Field(description="Last second at which the creditor can answer the evidence.")
    sampled: bool | None = Field(description="Its evidence was drawn for audit.")
    audited: bool | None = Field(description="An audit has upheld the newest evidence.")
    dispute: int | None = Field(description="The open one.")
    outcome: OutcomeName | None
    outcome_basis: OutcomeBasisName | None
    excuse_ground: ExcuseGroundName | None
    release_reason: str | None
    outcome_basis_points: BasisPoints | None
    outcome_effective_at: Moment | None
    outcome_recorded_at: Moment | None
    outcome_recorder: GovernmentRef | None
    evidence_count: int


class EvidenceOut(Answer):
    """A claim that a commitment was kept (履约证据)."""

    sequence: int
    commitment: int
    debtor: GovernmentRef
    digest: str
    locator: str
    performed_at: Moment
    recorded_at: Moment
    confirm_by: Moment
    late: bool = Field(description="Lodged after the due date.")
    sampled: bool = Field(description="Drawn for audit.")


class TransferOut(Answer):
    """A payment of compensation (补偿支付)."""

    id: int
    agreement: int
    payer: GovernmentRef
    payee: GovernmentRef
    amount: Money
    paid_at: Moment
    reference_number: str
    state: TransferStateName
    recorded_at: Moment
    received_at: Moment | None
    confirmed_at: Moment | None


class PolicyOut(Answer):
    """A version of a policy, as published."""

    kind: str = Field(examples=["score"])
    version: int
    digest: str
    locator: str
    effective_from: Moment
    recorded_at: Moment


class ApprovalOut(Answer):
    """An administrator's approval of a proposal."""

    administrator: Address
    threshold: int
    recorded_at: Moment


class ProposalOut(Answer):
    """What an administrator proposed; k of n must approve it."""

    id: int
    state: ProposalStateName
    proposer: Address
    target: Address
    call_data: str
    reason: str
    recorded_at: Moment
    executable_from: Moment | None
    executed_at: Moment | None
    withdrawn_at: Moment | None
    approvals: list[ApprovalOut]


class ProposalStageOut(Answer):
    """How far the administrators are with a proposal, as the chain has it."""

    proposal: int
    stage: Literal["executed", "delayed", "approvals_missing", "withdrawn"]
    executable_from: str | None
    approvals: int
    threshold: int


class FactOut(Answer):
    """Who recorded what, when, in which transaction."""

    sequence: int = Field(description="Place in the ledger's history, from 1.")
    event: str = Field(examples=["CommitmentRegistered"])
    contract: str = Field(examples=["CommitmentRegistry"])
    signer: Address
    operation: str | None = Field(description="The signer's operation, decimal.")
    transaction: str
    block_number: int
    log_index: int
    recorded_at: Moment
    government: int | None
    agreement: int | None
    commitment: int | None
    transfer: int | None
    proposal: int | None
    dispute: int | None
    measure: int | None
    incentive: int | None
    body: dict[str, Any] = Field(description="The event's fields.")
