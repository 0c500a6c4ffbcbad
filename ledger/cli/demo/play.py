"""
Playing the scenario.

Everything goes the way that governments go: administrators propose and approve, governments sign with their own keys,
the relay carries, the chain's clock decides what is late. So the play waits some seconds for the due dates that must
pass; nothing is set back or forged.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from ledger.administration import Stage
from ledger.cli.demo.scenario import (
    BODIES,
    COORDINATOR,
    GRADES,
    HISTORY,
    HISTORY_YEARS,
    INDICATORS,
    LATE_BASIS_POINTS,
    PACTS,
    PARTLY_BASIS_POINTS,
    PAYMENTS,
    PROMISES,
    Pact,
    Promise,
)
from ledger.domain.commands import (
    AcceptCommitments,
    Command,
    ConfirmCommitment,
    ConfirmTransfer,
    ProposeAgreement,
    RecordAgreement,
    RecordHistory,
    RecordTransfer,
    RegisterCommitments,
    SignAgreement,
    SubmitEvidence,
)
from ledger.domain.enums import AccessionRule, CompensationKind, ServiceMode
from ledger.domain.events import (
    AgreementBackfilled,
    AgreementProposed,
    CommandExecuted,
    CommitmentRegistered,
    Event,
    TransferRecorded,
)
from ledger.domain.moments import parse_moment
from ledger.domain.terms import (
    AgreementTerms,
    CommitmentTerms,
    CompensationRule,
    Confirmation,
    HistoricalCommitment,
    NewGovernment,
    TransferTerms,
)
from ledger.errors import Conflict, NotAllowed
from ledger.home import write_text
from ledger.store.projection.filters import CommitmentFilter, GovernmentFilter, TransferFilter

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger

SOON_SECONDS: Final = 4
"""When this year's commitments that must pass their date are due: time enough to record those before them."""

OPEN_SECONDS: Final = 40 * 86_400

Say = Callable[[str], None]

_E = TypeVar("_E", bound=Event)


class DemoHomeInUse(Conflict):
    """The home holds another ledger's facts, and a play does not belong among them."""


class DemoHalfPlayed(Conflict):
    """An earlier play in this home was stopped in the middle."""


class DemoNeedsAdministrators(NotAllowed):
    """The administrators of this home do not act at once, which the play cannot wait for."""


@dataclass(slots=True)
class Play:
    """One play on one ledger."""

    ledger: Ledger
    say: Say
    ids: dict[str, int] = field(default_factory=dict)
    agreements: dict[str, int] = field(default_factory=dict)
    commitments: dict[str, int] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)

    def run(self) -> None:
        """
        Play the scenario; a home where it was played is left as it is.

        Raises
        ------
        DemoHomeInUse, DemoHalfPlayed, DemoNeedsAdministrators
        """
        if self._played():
            self.say("The scenario was played in this home before; this is how it stands. 本账本已演示过，结果如下。")
            return
        self.register_bodies()
        self.record_history()
        self.conclude_agreements()
        self.make_promises()
        self.fulfil()
        self.compensate()
        self.judge_what_is_overdue()

    def _played(self) -> bool:
        """Whether the play was played to its end here."""
        queries = self.ledger.queries
        codes = {body.uscc for body in BODIES}
        others = [
            row.name
            for row in queries.governments(GovernmentFilter(), limit=1_000)
            if row.value not in codes and row.identifier != "local:records-office"
        ]
        if others:
            raise DemoHomeInUse(
                f"the ledger in {self.ledger.home.path} holds {len(others)} governments that are not of the scenario, "
                f"such as {others[0]}; name a fresh home with --home"
            )
        if queries.count(GovernmentFilter(scheme="uscc")) == 0:
            return False
        broken = {promise.reference for promise in PROMISES if promise.fate == "broken"}
        paid = queries.count(TransferFilter()) == len(PAYMENTS)
        judged = sum(
            row.reference_number in broken and row.outcome is not None
            for row in queries.every_commitment(CommitmentFilter(backfilled=False))
        )
        if paid and judged == len(broken):
            return True
        raise DemoHalfPlayed(
            f"the scenario was begun in {self.ledger.home.path} and not finished; name a fresh home with --home"
        )

    # ------------------------------------------------------------------------------------------------------- the acts

    def register_bodies(self) -> None:
        """Keys for everybody; the administrators register all, superiors first, and the office's jurisdiction."""
        self.say("1. Governments 登记政府: the administrators register and approve, 2 of 3")
        keys = self.ledger.keys
        for superiors in (True, False):
            batch = [body for body in BODIES if (body.superior is None) == superiors]
            new = tuple(
                NewGovernment(
                    "uscc",
                    body.uscc,
                    body.name,
                    body.level,
                    0 if body.superior is None else self.ids[body.superior],
                    body.role.bit,
                    (keys.ensure(body.key).address,),
                )
                for body in batch
            )
            self._administer("registerGovernments", [new], "Register the governments of the S City scenario")
            for body in batch:
                row = self.ledger.queries.government_by_identifier("uscc", body.uscc)
                assert row is not None, "it was just registered"
                self.ids[body.key] = row.id
                self.say(f"   {row.id:>3} {body.name} ({row.identifier})")
        # A province's office coordinates these agreements for all their parties.
        self._administer(
            "setJurisdiction", [self.ids[COORDINATOR], 0, True], "The office coordinates these governments"
        )

    def record_history(self) -> None:
        """What was agreed and done from 2018 to 2025, recorded by the coordinating body and marked as backfilled."""
        self.say("2. History 2018 to 2025 补录既往履约: recorded by the coordinating body, who is no party")
        pairs = [line.split() for line in HISTORY.strip().splitlines()[1:]]
        frames: dict[frozenset[str], int] = {}
        for debtor, _, creditor, *years in pairs:
            both = frozenset((debtor, creditor))
            if both not in frames:
                frames[both] = self._frame(debtor, creditor)
            rows = tuple(
                self._past(debtor, creditor, year, number, letter)
                for year, letters in zip(HISTORY_YEARS, years, strict=True)
                for number, letter in enumerate(letters)
            )
            self._send(RecordHistory(frames[both], rows), COORDINATOR)
            self.say(f"   {len(rows)} commitments of {self._name(debtor)} to {self._name(creditor)}")

    def conclude_agreements(self) -> None:
        """Agreements of this year: proposed by one party, signed by all, in force with the last signature."""
        self.say("3. Agreements 签署协议: in the three service modes, with indicators and compensation rules")
        for pact in PACTS:
            (proposed,) = self._send(ProposeAgreement(self._terms(pact)), pact.parties[0], AgreementProposed)
            for party in pact.parties:
                self._send(SignAgreement(proposed.id, 1, proposed.terms_digest), party)
            self.agreements[pact.reference] = proposed.id
            mode = pact.mode.name.lower().replace("_", " ")
            self.say(f"   {proposed.id:>3} {pact.title}: {mode}, signed by {len(pact.parties)} parties")

    def make_promises(self) -> None:
        """Commitments of this year, each debtor's in one batch."""
        self.say("4. Commitments 登记承诺: some fall due in seconds, because the clock is honest")
        for debtor in dict.fromkeys(promise.debtor for promise in PROMISES):
            own = [promise for promise in PROMISES if promise.debtor == debtor]
            now = int(time.time())
            passing = ("late", "broken")
            for promise in own:
                self.due[promise.reference] = now + (SOON_SECONDS if promise.fate in passing else OPEN_SECONDS)
            terms = tuple(self._promise(promise) for promise in own)
            registered = self._send(RegisterCommitments(terms), debtor, CommitmentRegistered)
            for event in registered:
                self.commitments[event.reference_number] = event.id
            # Each creditor accepts what it was offered; for all other parties the coordinating body does.
            for creditor in dict.fromkeys(promise.creditor for promise in own):
                offered = tuple(self.commitments[each.reference] for each in own if each.creditor == creditor)
                self._send(AcceptCommitments(offered), creditor or COORDINATOR)
            self.say(f"   {self._name(debtor)}: {', '.join(promise.what for promise in own)}")

    def fulfil(self) -> None:
        """Evidence and confirmation, of what was kept in time, in part, and late."""
        self.say("5. Evidence and confirmation 履约证据与确认")
        degrees = {promise.reference: 10_000 for promise in PROMISES if promise.fate == "kept"} | PARTLY_BASIS_POINTS
        late = {promise.reference: LATE_BASIS_POINTS for promise in PROMISES if promise.fate == "late"}
        for references in (degrees, late):
            for promise in PROMISES:
                if promise.reference in references:
                    self._fulfil(promise, references[promise.reference])

    def compensate(self) -> None:
        """Compensation recorded by payers and confirmed by payees; one is not confirmed."""
        self.say("6. Compensation 补偿支付")
        for payment in PAYMENTS:
            terms = TransferTerms(
                agreement=self.agreements[payment.pact],
                payee=self.ids[payment.payee],
                currency=b"CNY",
                amount_minor=payment.amount_minor,
                paid_at=int(time.time()),
                reference_number=payment.reference,
            )
            (recorded,) = self._send(RecordTransfer(terms), payment.payer, TransferRecorded)
            if payment.confirmed:
                self._send(ConfirmTransfer(recorded.id, int(time.time())), payment.payee)
            state = "confirmed 已确认" if payment.confirmed else "waiting for the payee 待确认"
            amount = f"{payment.amount_minor // 100:,} CNY"
            self.say(f"   {self._name(payment.payer)} paid {amount} to {self._name(payment.payee)}: {state}")

    def judge_what_is_overdue(self) -> None:
        """What fell due and was not done; whether it is a breach is decided after grace and a procedure."""
        self.say("7. Overdue commitments 逾期承诺")
        for promise in PROMISES:
            if promise.fate == "broken":
                self._wait_past(self.due[promise.reference])
                self.say(f"   {promise.reference} of {self._name(promise.debtor)}: {promise.what}")

    # ----------------------------------------------------------------------------------------------------- their parts

    def _fulfil(self, promise: Promise, basis_points: int) -> None:
        if promise.fate == "late":
            self._wait_past(self.due[promise.reference])
        number = self.commitments[promise.reference]
        digest, locator = self._document(promise.reference, f"Report on {promise.reference}: {promise.what}\n")
        performed_at = int(time.time())
        self._send(SubmitEvidence(number, digest, locator, performed_at), promise.debtor)
        confirmation = Confirmation(number, basis_points, performed_at)
        self._send(ConfirmCommitment(confirmation), promise.creditor or COORDINATOR)
        self.say(f"   {promise.reference} of {self._name(promise.debtor)}: {promise.fate}, {basis_points // 100} %")

    def _frame(self, debtor: str, creditor: str) -> int:
        title = f"Cooperation of {self._name(debtor)} and {self._name(creditor)}, 2018 to 2025"
        digest, locator = self._document(f"history-{debtor}-{creditor}", f"{title}\n")
        terms = AgreementTerms(
            reference_number=f"SC-2018-{debtor}-{creditor}",
            title=title,
            document_digest=digest,
            document_locator=locator,
            service_mode=ServiceMode.REMOTE_ACCEPTANCE,
            coordinating_body=self.ids[COORDINATOR],
            parties=(self.ids[debtor], self.ids[creditor]),
            indicators=INDICATORS,
            compensation=CompensationRule(
                CompensationKind.NONE, b"\0\0\0", 0, 0, "", "", "the agreements of 2018 named no rule 原协议未约定补偿"
            ),
            effective_from=parse_moment("2018-01-01T00:00:00Z"),
            expires_at=0,
            accession=AccessionRule.CLOSED,
            first_assessment_at=0,
            assessment_every_seconds=0,
            template=bytes(32),
        )
        (recorded,) = self._send(RecordAgreement(terms), COORDINATOR, AgreementBackfilled)
        return recorded.id

    def _past(self, debtor: str, creditor: str, year: int, number: int, letter: str) -> HistoricalCommitment:
        # One falls due at the end of each of the months March, June, September and December.
        month = 3 * (number + 1)
        late_days = 40 if letter == "l" else 10
        due_at = parse_moment(f"{year}-{month:02d}-28")
        return HistoricalCommitment(
            debtor=self.ids[debtor],
            creditor=self.ids[creditor],
            indicator=number % len(INDICATORS),
            weight=1_000_000,
            made_at=parse_moment(f"{year}-01-05"),
            due_at=due_at,
            resolved_at=due_at + late_days * 86_400,
            outcome_basis_points=GRADES[letter],
            reference_number=f"{debtor}-{year}-{number + 1}",
        )

    def _terms(self, pact: Pact) -> AgreementTerms:
        digest, locator = self._document(pact.reference, f"{pact.title}\n\n{pact.compensation.standard}\n")
        return AgreementTerms(
            reference_number=pact.reference,
            title=pact.title,
            document_digest=digest,
            document_locator=locator,
            service_mode=pact.mode,
            coordinating_body=self.ids[COORDINATOR],
            parties=tuple(self.ids[party] for party in pact.parties),
            indicators=INDICATORS,
            compensation=pact.compensation,
            effective_from=0,
            expires_at=0,
            accession=AccessionRule.CLOSED,
            first_assessment_at=0,
            assessment_every_seconds=0,
            template=bytes(32),
        )

    def _promise(self, promise: Promise) -> CommitmentTerms:
        return CommitmentTerms(
            agreement=self.agreements[promise.pact],
            creditor=0 if promise.creditor is None else self.ids[promise.creditor],
            indicator=promise.indicator,
            due_at=self.due[promise.reference],
            reference_number=promise.reference,
            description=promise.what,
        )

    def _document(self, name: str, text: str) -> tuple[bytes, str]:
        """A document kept in the home; on the chain are its SHA-256 and its name."""
        file = f"{name}.txt"
        write_text(self.ledger.home.documents / file, text)
        return hashlib.sha256(text.encode()).digest(), file

    def _name(self, key: str) -> str:
        return next(body.name for body in BODIES if body.key == key)

    def _wait_past(self, due_at: int) -> None:
        # The block's second must be later than the last second at which it would have been in time.
        while (left := due_at + 1 - time.time()) > 0:
            time.sleep(min(left + 0.05, 1))

    def _administer(self, function: str, arguments: list[object], reason: str) -> None:
        proposal = self.ledger.administration.carry_out(
            "GovernmentRegister", function, arguments, reason, self.ledger.administrators()
        )
        if proposal.stage is not Stage.EXECUTED:
            raise DemoNeedsAdministrators(
                f"{reason}: {proposal.in_words()}. The play needs a home whose administrators act at once; "
                "make a fresh one with `intergov demo --home DIR`"
            )

    def _send(self, command: Command, key: str, kind: type[_E] = CommandExecuted) -> list[_E]:  # type: ignore[assignment]
        """Give a command as this body; what it changed, of one kind of event."""
        operation = self.ledger.commands.send(command, self.ledger.keys.signer(key))
        return [event for event in self.ledger.commands.facts(operation) if isinstance(event, kind)]
