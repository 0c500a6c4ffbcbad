"""
Templates: agreements that need not be written from nothing.

Signing one to one is costly, and one of the reasons why governments do not. A template holds, for one service mode, the
indicators, the compensation rule, how others may accede, when it is assessed, and the commitments that each party
takes on. What is made from it is an ordinary agreement: the parties may change whatever they agree to change, and the
terms name the digest of the template, so that everybody sees where they come from.

A template is plain JSON whose values are integers with their unit in the name. It is validated whole, like a policy.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import Any, Final, TypeVar

from dateutil.relativedelta import relativedelta

from ledger.domain.enums import AccessionRule, CompensationKind, IndicatorDirection, IndicatorKind, ServiceMode
from ledger.domain.money import require_currency
from ledger.domain.recurrence import Every, due_dates, numbered
from ledger.domain.terms import AgreementTerms, CommitmentTerms, CompensationRule, Indicator
from ledger.errors import InvalidInput

_Member = TypeVar("_Member", bound=IntEnum)
_DAY: Final = 86_400
_WEIGHTS_SUM: Final = 10_000
_MONTHS_MAX: Final = 1_200
_TEXT_MAX: Final = 2_048
FILE_LENGTH_MAX: Final = 100_000
"""Characters of a template file."""


class TemplateError(InvalidInput):
    """A template breaks a rule; the message names the place, its value and what is allowed."""


@dataclass(frozen=True, slots=True)
class TemplateCommitment:
    """What each party takes on."""

    reference: str
    """Reference number; the party's place among the parties, and for recurring ones a number, are added."""

    description: str
    indicator: int
    """Number of the indicator that it serves, from 0."""

    due_months: int
    """Whole months from the effective date to the first due date."""

    every: Every | None
    """None for a commitment that is made once; else it recurs as long as the agreement lasts."""


@dataclass(frozen=True, slots=True)
class Template:
    """An agreement to be filled in."""

    name: str
    title: str
    service_mode: ServiceMode
    indicators: tuple[Indicator, ...]
    compensation: CompensationRule
    accession: AccessionRule
    duration_months: int
    first_assessment_months: int
    assessment_every_days: int
    commitments: tuple[TemplateCommitment, ...]
    digest: bytes
    """SHA-256 of the canonical form: keys sorted, no white space, UTF-8, one line."""

    def terms(
        self,
        *,
        parties: Sequence[int],
        coordinating_body: int,
        effective_from: int,
        document_digest: bytes,
        document_locator: str = "",
        reference_number: str = "",
        title: str | None = None,
    ) -> AgreementTerms:
        """
        Fill in an agreement.

        Parameters
        ----------
        parties, coordinating_body
            Ledger ids.
        effective_from
            First second in force, UTC; all other dates are counted from it.
        document_digest
            SHA-256 of the document that the parties sign.
        title
            The template's own where none is given.
        """
        return AgreementTerms(
            reference_number=reference_number,
            title=self.title if title is None else title,
            document_digest=document_digest,
            document_locator=document_locator,
            service_mode=self.service_mode,
            coordinating_body=coordinating_body,
            parties=tuple(parties),
            indicators=self.indicators,
            compensation=self.compensation,
            effective_from=effective_from,
            expires_at=later(effective_from, self.duration_months),
            accession=self.accession,
            first_assessment_at=later(effective_from, self.first_assessment_months),
            assessment_every_seconds=self.assessment_every_days * _DAY,
            template=self.digest,
        )

    def commitments_of(
        self, party: int, parties: Sequence[int], agreement: int, effective_from: int, expires_at: int
    ) -> tuple[CommitmentTerms, ...]:
        """
        What a party takes on under an agreement that was made from this template.

        To the other party where there are two, else to all other parties.

        Raises
        ------
        InvalidInput
            The government is none of the parties.
        RecurrenceTooLong
            The agreement was prolonged so far that a recurrence would make too many.
        """
        if party not in parties:
            raise InvalidInput("party", party, f"one of the parties {', '.join(map(str, parties))}")
        others = [each for each in parties if each != party]
        creditor = others[0] if len(others) == 1 else 0
        place = list(parties).index(party) + 1
        found = []
        for each in self.commitments:
            first = later(effective_from, each.due_months)
            due = (first,) if each.every is None else due_dates(first, each.every, expires_at - 1)
            names = numbered(f"{each.reference}-P{place}", len(due))
            found += [
                CommitmentTerms(agreement, creditor, each.indicator, moment, name, each.description)
                for name, moment in zip(names, due, strict=True)
            ]
        return tuple(found)

    @classmethod
    def from_json(cls, text: str | bytes) -> Template:
        """
        Read a template from the text of its file (UTF-8).

        Raises
        ------
        TemplateError
            It is no JSON object, or a value is missing, unknown or out of range.
        """
        if len(text) > FILE_LENGTH_MAX:
            raise TemplateError("template: file", f"a text of length {len(text)}", f"at most {FILE_LENGTH_MAX}")
        try:
            loaded = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise TemplateError("template: file", str(error), "one JSON object in UTF-8") from error
        canonical = json.dumps(loaded, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return _template(_Reader("template", loaded), hashlib.sha256(canonical.encode()).digest())


def later(moment: int, months: int) -> int:
    """A moment whole months later by the calendar in UTC; on the last day of a month that is too short."""
    begin = datetime.fromtimestamp(moment, UTC)
    return moment + (begin + relativedelta(months=months) - begin) // timedelta(seconds=1)


class _Reader:
    """Reads one JSON object: every key once, none that is not known."""

    def __init__(self, name: str, value: Any) -> None:
        if not isinstance(value, Mapping):
            raise TemplateError(name, value, "a JSON object")
        self.name = name
        self._value = value
        self._read: set[str] = set()

    def take(self, key: str) -> Any:
        self._read.add(key)
        if key not in self._value:
            raise TemplateError(f"{self.name}: {key}", None, "a value to be given")
        return self._value[key]

    def text(self, key: str) -> str:
        value = self.take(key)
        if type(value) is not str or not 1 <= len(value) <= _TEXT_MAX:
            raise TemplateError(f"{self.name}: {key}", value, f"a text of 1 to {_TEXT_MAX} characters")
        return value

    def number(self, key: str, smallest: int, largest: int) -> int:
        value = self.take(key)
        # Not isinstance: True and False are integers to Python.
        if type(value) is not int or not smallest <= value <= largest:
            raise TemplateError(f"{self.name}: {key}", value, f"an integer from {smallest} to {largest}")
        return value

    def member(self, key: str, enum: type[_Member]) -> _Member:
        value = self.take(key)
        names = [each.name.lower() for each in enum]
        if value not in names:
            raise TemplateError(f"{self.name}: {key}", value, f"one of {', '.join(names)}")
        return enum[value.upper()]

    def items(self, key: str, read: Callable[[_Reader], Any], largest: int) -> tuple[Any, ...]:
        value = self.take(key)
        if not isinstance(value, list) or not 1 <= len(value) <= largest:
            raise TemplateError(f"{self.name}: {key}", value, f"a list of 1 to {largest} objects")
        return tuple(read(_Reader(f"{self.name}: {key} {number}", each)) for number, each in enumerate(value))

    def done(self) -> None:
        for key in sorted(map(str, self._value.keys() - self._read)):
            raise TemplateError(f"{self.name}: key", key, f"one of {', '.join(sorted(self._read))}")


def _template(reader: _Reader, digest: bytes) -> Template:
    indicators: tuple[Indicator, ...] = reader.items("indicators", _indicator, 64)
    total = sum(each.weight_basis_points for each in indicators)
    if total != _WEIGHTS_SUM:
        raise TemplateError("template: sum of weight_basis_points", total, str(_WEIGHTS_SUM))
    commitments: tuple[TemplateCommitment, ...] = reader.items("commitments", _commitment, 100)
    for number, each in enumerate(commitments):
        if each.indicator >= len(indicators):
            rule = f"an integer from 0 to {len(indicators) - 1}"
            raise TemplateError(f"template: commitments {number}: indicator", each.indicator, rule)
    made = Template(
        name=reader.text("name"),
        title=reader.text("title"),
        service_mode=reader.member("service_mode", ServiceMode),
        indicators=indicators,
        compensation=_compensation(_Reader("template: compensation", reader.take("compensation"))),
        accession=reader.member("accession", AccessionRule),
        duration_months=reader.number("duration_months", 1, _MONTHS_MAX),
        first_assessment_months=reader.number("first_assessment_months", 1, _MONTHS_MAX),
        assessment_every_days=reader.number("assessment_every_days", 1, 3_660),
        commitments=commitments,
        digest=digest,
    )
    reader.done()
    if made.first_assessment_months > made.duration_months:
        rule = f"at most duration_months, {made.duration_months}"
        raise TemplateError("template: first_assessment_months", made.first_assessment_months, rule)
    return made


def _indicator(reader: _Reader) -> Indicator:
    made = Indicator(
        name=reader.text("name"),
        kind=reader.member("kind", IndicatorKind),
        unit=reader.text("unit"),
        target=reader.number("target_millionths", 0, 10**18),
        direction=reader.member("direction", IndicatorDirection),
        weight_basis_points=reader.number("weight_basis_points", 1, _WEIGHTS_SUM),
    )
    reader.done()
    return made


def _compensation(reader: _Reader) -> CompensationRule:
    currency = reader.take("currency")
    made = CompensationRule(
        kind=reader.member("kind", CompensationKind),
        currency=b"\0\0\0" if currency is None else require_currency(currency).encode(),
        amount_minor=reader.number("amount_minor", 0, 10**18),
        share_basis_points=reader.number("share_basis_points", 0, 10_000),
        standard=reader.text("standard"),
        method=reader.text("method"),
        process=reader.text("process"),
    )
    reader.done()
    return made


def _commitment(reader: _Reader) -> TemplateCommitment:
    every = reader.take("every")
    if every is not None and every not in list(Every):
        raise TemplateError(f"{reader.name}: every", every, f"null or one of {', '.join(Every)}")
    made = TemplateCommitment(
        reference=reader.text("reference"),
        description=reader.text("description"),
        indicator=reader.number("indicator", 0, 63),
        due_months=reader.number("due_months", 1, _MONTHS_MAX),
        every=None if every is None else Every(every),
    )
    reader.done()
    return made
