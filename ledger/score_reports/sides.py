"""
A score from its sides: by kind of indicator, indicator, agreement, counterparty or service mode; with timeliness and
payment behaviour beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, get_args

from ledger.domain.cases import TimeBasis
from ledger.domain.enums import IndicatorKind, ServiceMode, TransferState
from ledger.domain.scoring import CommitmentFact, Side, Timeliness, timeliness
from ledger.domain.scoring.dimensions import by_side, substance_rate
from ledger.domain.scoring.payments import Payment, PaymentBehaviour, payment_behaviour
from ledger.errors import InvalidInput
from ledger.reports import Basis, Reports, ScoreLine
from ledger.store.projection.filters import AgreementFilter, TransferFilter
from ledger.store.projection.queries import Queries
from ledger.store.projection.rows import AgreementRow, GovernmentRow

By = Literal["indicator-kind", "indicator", "agreement", "counterparty", "service-mode"]
BY: Final[tuple[By, ...]] = get_args(By)

KIND_WORDS: Final[Mapping[IndicatorKind, tuple[str, str]]] = {
    IndicatorKind.INSTITUTION_BUILDING: ("institution building", "制度建设"),
    IndicatorKind.SOCIAL_BENEFIT: ("social benefit", "社会效益"),
    IndicatorKind.QUANTITY: ("quantity", "事项数量"),
}
MODE_WORDS: Final[Mapping[ServiceMode, tuple[str, str]]] = {
    ServiceMode.NONE: ("no service mode", "无服务模式"),
    ServiceMode.FULLY_ONLINE: ("fully online", "全程网办"),
    ServiceMode.REMOTE_ACCEPTANCE: ("remote acceptance on behalf", "异地代收代办"),
    ServiceMode.JOINT_HANDLING: ("joint handling by several places", "多地联办"),
}

_EVERYBODY: Final = 0
"""Stands for all other parties of an agreement, in a key."""
_PAGE: Final = 1_000

Key = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SideLine:
    """One side of one score."""

    side: str
    """What it is in a program's words: an id, an identifier, the name of a kind."""

    name: str
    name_zh: str
    values: Side

    def to_json(self) -> dict[str, Any]:
        """`side, name, name_zh, points, settled, provisional, keep_rate`."""
        return {
            "side": self.side,
            "name": self.name,
            "name_zh": self.name_zh,
            "points": self.values.points,
            "settled": self.values.settled,
            "provisional": self.values.provisional,
            "keep_rate": self.values.keep_rate_millionths,
        }


@dataclass(frozen=True, slots=True)
class GovernmentSides:
    """One government's score from its sides."""

    line: ScoreLine
    sides: tuple[SideLine, ...]
    """Their points and the base add up to the score exactly."""

    substance_rate_millionths: int | None
    timeliness: Timeliness
    payments: PaymentBehaviour

    def to_json(self) -> dict[str, Any]:
        """The line of the table of scores, and `base, sides, substance_rate, timeliness, payments`."""
        return {
            **self.line.to_json(),
            "base": self.line.score.base,
            "sides": [side.to_json() for side in self.sides],
            "substance_rate": self.substance_rate_millionths,
            "timeliness": asdict(self.timeliness),
            "payments": {
                "paid": [asdict(record) for record in self.payments.paid],
                "received": [asdict(record) for record in self.payments.received],
            },
        }


@dataclass(frozen=True, slots=True)
class Sides:
    """All scores from their sides, best first, then by identifier."""

    basis: Basis
    by: By
    governments: tuple[GovernmentSides, ...]

    def to_json(self) -> dict[str, Any]:
        """`as_of, time, policy, block, by, scores`."""
        return {
            **self.basis.to_json(),
            "by": self.by,
            "scores": [government.to_json() for government in self.governments],
        }


@dataclass(frozen=True, slots=True)
class _Ground:
    """What sides are told apart by."""

    agreements: Mapping[int, AgreementRow]
    governments: Mapping[int, GovernmentRow]

    def kind(self, fact: CommitmentFact) -> IndicatorKind:
        indicators = self.agreements[fact.agreement].indicators
        return next(each.kind for each in indicators if each.number == fact.indicator)

    def key_of(self, by: By) -> Callable[[CommitmentFact], Key]:
        keys: dict[By, Callable[[CommitmentFact], Key]] = {
            "indicator-kind": lambda fact: (self.kind(fact),),
            "indicator": lambda fact: (fact.agreement, fact.indicator),
            "agreement": lambda fact: (fact.agreement,),
            "counterparty": lambda fact: (fact.creditor or _EVERYBODY,),
            "service-mode": lambda fact: (self.agreements[fact.agreement].service_mode,),
        }
        return keys[by]

    def named(self, by: By, key: Key) -> tuple[str, str, str]:
        """A side's word for programs, its name, and its name in Chinese."""
        match by:
            case "indicator-kind":
                kind = IndicatorKind(key[0])
                return (kind.name.lower(), *KIND_WORDS[kind])
            case "service-mode":
                mode = ServiceMode(key[0])
                return (mode.name.lower(), *MODE_WORDS[mode])
            case "counterparty":
                if key[0] == _EVERYBODY:
                    return "all", "all other parties", "其他各方"
                creditor = self.governments[key[0]]
                return creditor.identifier, creditor.name, creditor.name
        agreement = self.agreements[key[0]]
        title = f"{agreement.reference_number} {agreement.title}".strip()
        if by == "agreement":
            return str(agreement.id), title, title
        indicator = next(each for each in agreement.indicators if each.number == key[1])
        name = f"{title}: {indicator.name}"
        return f"{agreement.id}/{indicator.number}", name, name


def sides(
    reports: Reports,
    by: By,
    *,
    government: str | None = None,
    as_of: int | None = None,
    time: TimeBasis = "recorded",
) -> Sides:
    """
    Scores from their sides.

    Parameters
    ----------
    by
        What sides are told apart by.
    government, as_of, time
        As for `Reports.scores`.

    Raises
    ------
    InvalidInput
        No such side; else as for `Reports.scores`.
    """
    if by not in BY:
        raise InvalidInput("by", by, f"one of {', '.join(BY)}")
    with reports.queries.snapshot() as queries:
        wanted = None if government is None else reports.resolve(queries, government)
        found = reports.scored(queries, as_of, time, wanted)
        moment = found.basis.as_of
        facts = {fact.commitment: fact for fact in queries.commitment_facts(moment, time)}
        ground = _Ground(_agreements(queries), found.governments)
        payments = list(_payments(queries, moment, time))
    lines = []
    for number in found.scores if wanted is None else (wanted.id,):
        score = found.scores[number]
        kinds = by_side(score, facts, ground.key_of("indicator-kind"))
        lines.append(
            GovernmentSides(
                line=found.line(number, score),
                sides=tuple(
                    SideLine(*ground.named(by, key), side)
                    for key, side in by_side(score, facts, ground.key_of(by)).items()
                ),
                substance_rate_millionths=substance_rate({IndicatorKind(key[0]): side for key, side in kinds.items()}),
                timeliness=timeliness(score, (facts[reason.commitment] for reason in score.reasons)),
                payments=payment_behaviour(number, payments),
            )
        )
    lines.sort(key=lambda each: (-each.line.score.score, each.line.government.identifier))
    return Sides(found.basis, by, tuple(lines))


def _agreements(queries: Queries) -> dict[int, AgreementRow]:
    found: dict[int, AgreementRow] = {}
    after: tuple[int, ...] | None = None
    while page := queries.agreements(AgreementFilter(), after, _PAGE):
        found |= {row.id: row for row in page}
        after = (page[-1].id,)
    return found


def _payments(queries: Queries, moment: int, time: TimeBasis) -> Iterator[Payment]:
    """Transfers as they stood at the moment: recorded or made by then, confirmed or received by then."""
    after: tuple[int, ...] | None = None
    while page := queries.transfers(TransferFilter(), after, _PAGE):
        after = (page[-1].id,)
        for row in page:
            if (row.recorded_at if time == "recorded" else row.paid_at) > moment:
                continue
            known_at = row.confirmed_at if time == "recorded" else row.received_at
            confirmed = row.state is TransferState.CONFIRMED and known_at is not None and known_at <= moment
            yield Payment(
                payer=row.payer,
                payee=row.payee,
                currency=row.currency,
                amount_minor=row.amount_minor,
                paid_at=row.paid_at,
                confirmed_at=row.confirmed_at if confirmed else None,
            )
