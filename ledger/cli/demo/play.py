"""The first half of the play: who takes part, what was before, agreements, commitments, and how most are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from ledger.cli.demo import cases
from ledger.cli.demo.scenario import (
    AUDITOR,
    BODIES,
    COORDINATOR,
    DEGREES,
    GRADES,
    HISTORY,
    HISTORY_YEARS,
    INDICATORS,
    ONLINE,
    PACTS,
    PAYMENTS,
    PROMISES,
    QUARTERLY,
    QUARTERS,
    REMOTE,
    Body,
    Pact,
    Promise,
)
from ledger.cli.demo.scene import DAY_SECONDS, DemoHalfPlayed, DemoHomeInUse, Scene
from ledger.domain.commands import (
    AccedeToAgreement,
    AcceptBySilence,
    AcceptCommitments,
    AgreeDebtTransfer,
    ApproveAccession,
    AuditEvidence,
    ConfirmCommitment,
    ConfirmTransfer,
    ContestEvidence,
    DeclineCommitment,
    OfferDebtTransfer,
    ProposeAgreement,
    ProposeVersion,
    RecordAgreement,
    RecordHistory,
    RecordTransfer,
    RegisterCommitments,
    SignAgreement,
    SubmitEvidence,
)
from ledger.domain.enums import AccessionRule, CompensationKind, Role, ServiceMode
from ledger.domain.events import (
    AgreementBackfilled,
    AgreementProposed,
    AgreementVersionProposed,
    CommitmentRegistered,
    EvidenceSubmitted,
    TransferRecorded,
)
from ledger.domain.moments import parse_moment
from ledger.domain.recurrence import Every, due_dates, numbered
from ledger.domain.terms import (
    AgreementTerms,
    CommitmentTerms,
    CompensationRule,
    Confirmation,
    HistoricalCommitment,
    NewGovernment,
    TransferTerms,
)
from ledger.store.projection.filters import GovernmentFilter, TransferFilter
from ledger.templates import shipped_templates

EFFECTIVE_DAY: Final = 20
"""From when the agreements are in force."""

LATE_DAYS_AFTER_PERIOD: Final = 60
"""So long after a year's end its last outcomes are known."""


def played(scene: Scene) -> bool:
    """
    Whether the play was played to its end here.

    Raises
    ------
    DemoHomeInUse, DemoHalfPlayed
    """
    queries, path = scene.ledger.queries, scene.ledger.home.path
    codes = {body.uscc for body in BODIES}
    others = [
        row.name
        for row in queries.governments(GovernmentFilter(), limit=1_000)
        if row.value not in codes and row.identifier != "local:records-office"
    ]
    if others:
        raise DemoHomeInUse(
            f"the ledger in {path} holds {len(others)} governments that are not of the scenario, such as "
            f"{others[0]}; name a fresh home with --home"
        )
    if queries.count(GovernmentFilter(scheme="uscc")) == 0:
        return False
    # The payments are the last act.
    if queries.count(TransferFilter()) == len(PAYMENTS):
        return True
    raise DemoHalfPlayed(f"the scenario was begun in {path} and not finished; name a fresh home with --home")


def play(scene: Scene) -> None:
    """Play the whole scenario, from its first day to the present."""
    scene.go(0)
    register_bodies(scene)
    record_history(scene)
    conclude_agreements(scene)
    grow_agreement(scene)
    make_promises(scene)
    fulfil(scene)
    cases.report_and_determine(scene)
    fulfil_quarter(scene, 2)
    cases.dispute_and_appeal(scene)
    cases.discipline(scene)
    fulfil_quarter(scene, 3)
    cases.excuse_and_overturn(scene)
    cases.repair(scene)
    cases.merge(scene)
    fulfil_quarter(scene, 4)
    cases.assess_and_reward(scene)
    cases.leave_unanswered(scene)
    cases.report_the_last(scene)
    scene.come_to_present()
    compensate(scene)


# ------------------------------------------------------------------------------------------------------------- the acts


def register_bodies(scene: Scene) -> None:
    """Keys for everybody; the administrators register all, superiors first, and give the offices jurisdiction."""
    scene.say("1. Governments 登记政府: the administrators register and approve, 2 of 3")
    left = list(BODIES)
    while left:
        batch = [body for body in left if body.superior is None or body.superior in scene.ids]
        new = tuple(_new(scene, body) for body in batch)
        scene.administer("registerGovernments", [new], "Register the governments of the S City scenario")
        for body in batch:
            row = scene.ledger.queries.government_by_identifier("uscc", body.uscc)
            assert row is not None, "it was just registered"
            scene.ids[body.key] = row.id
            left.remove(body)
    for body in BODIES:
        scene.say(f"   {scene.ids[body.key]:>3} {body.name} (uscc:{body.uscc})")
    for body in BODIES:
        if body.role is Role.COORDINATING_BODY:
            reason = f"Let the {body.name} coordinate these governments"
            scene.administer("setJurisdiction", [scene.ids[body.key], 0, True], reason)


def record_history(scene: Scene) -> None:
    """What was agreed and done in eight years before, recorded by the coordinating body and marked as backfilled."""
    last = datetime.fromtimestamp(scene.now - LATE_DAYS_AFTER_PERIOD * DAY_SECONDS, UTC).year - 1
    years = range(last - HISTORY_YEARS + 1, last + 1)
    scene.say(f"2. History {years[0]} to {last} 补录既往履约: recorded by the coordinating body, who is no party")
    frames: dict[frozenset[str], int] = {}
    for line in HISTORY.strip().splitlines()[1:]:
        debtor, _, creditor, *columns = line.split()
        both = frozenset((debtor, creditor))
        if both not in frames:
            frames[both] = _frame(scene, debtor, creditor, years)
        rows = tuple(
            _past(scene, debtor, creditor, year, number, letter)
            for year, letters in zip(years, columns, strict=True)
            for number, letter in enumerate(letters)
        )
        scene.send(RecordHistory(frames[both], rows), COORDINATOR)
        scene.say(f"   {len(rows)} commitments of {scene.name(debtor)} to {scene.name(creditor)}")


def conclude_agreements(scene: Scene) -> None:
    """Agreements from templates, in the three service modes; one after a counter-proposal."""
    scene.go(10)
    scene.say("3. Agreements 签署协议: made from the shipped templates, signed by all parties")
    for pact in PACTS:
        terms = _terms(scene, pact)
        if pact.reference == ONLINE:
            lower = replace(
                terms.compensation, share_basis_points=2_000, standard="20 % of the difference 双方收益差额的20%"
            )
            (proposed,) = scene.send(
                ProposeAgreement(replace(terms, compensation=lower)), pact.parties[0], AgreementProposed
            )
            note = "thirty per cent, as in the template 按模板为30%"
            (counter,) = scene.send(ProposeVersion(proposed.id, terms, note), pact.parties[1], AgreementVersionProposed)
            version, digest = counter.version, counter.terms_digest
            scene.say("   Lujiang offers 20 %, Qingshan counters with 30 % 青山县反提案: version 2 is signed")
        else:
            (proposed,) = scene.send(ProposeAgreement(terms), pact.parties[0], AgreementProposed)
            version, digest = 1, proposed.terms_digest
        for party in pact.parties:
            scene.send(SignAgreement(proposed.id, version, digest), party)
        scene.agreements[pact.reference], scene.digests[pact.reference] = proposed.id, digest
        mode = terms.service_mode.name.lower().replace("_", " ")
        scene.say(f"   {proposed.id:>3} {pact.title}: {mode}, signed by {len(pact.parties)} parties")


def grow_agreement(scene: Scene) -> None:
    """A newcomer accedes with the body's approval; then all amend what is paid for a case."""
    scene.go(EFFECTIVE_DAY + 10)
    scene.say("4. Accession and amendment 加入与修订")
    number = scene.agreements[REMOTE]
    scene.send(AccedeToAgreement(number, scene.digests[REMOTE]), "nanling")
    scene.send(ApproveAccession(number, scene.ids["nanling"]), COORDINATOR)
    scene.say(f"   {scene.name('nanling')} accedes to agreement {number}; the coordinating body approves 批准加入")
    scene.go(EFFECTIVE_DAY + 20)
    pact = next(each for each in PACTS if each.reference == REMOTE)
    pact = replace(pact, parties=(*pact.parties, "nanling"))
    terms = _terms(scene, pact)
    dearer = replace(
        terms.compensation, amount_minor=4_000, standard="40 yuan for every application accepted 每代收一件补偿40元"
    )
    amended = replace(terms, effective_from=0, compensation=dearer)
    change = ProposeVersion(number, amended, "40 yuan instead of 35, as postage has risen 邮费上涨")
    (proposed,) = scene.send(change, "binhai", AgreementVersionProposed)
    for party in pact.parties:
        scene.send(SignAgreement(number, proposed.version, proposed.terms_digest), party)
    scene.digests[REMOTE] = proposed.terms_digest
    scene.say("   it is amended to 40 yuan a case, in force when the last of 4 parties has signed 修订为每件40元")


def make_promises(scene: Scene) -> None:
    """Commitments, each debtor's in one batch; a creditor accepts or declines; one is handed to another debtor."""
    scene.go(60)
    scene.say("5. Commitments 登记承诺: they bind when the creditor accepts")
    for debtor in dict.fromkeys(promise.debtor for promise in PROMISES):
        own = [promise for promise in PROMISES if promise.debtor == debtor]
        terms = [_promise(scene, promise, promise.reference, scene.moment(promise.due_day)) for promise in own]
        words = [promise.what for promise in own]
        if debtor == QUARTERLY.debtor:
            dates = due_dates(scene.moment(QUARTERLY.due_day), Every.QUARTER, scene.moment(QUARTERLY.due_day + 280))
            names = numbered(QUARTERLY.reference, QUARTERS)
            terms += [_promise(scene, QUARTERLY, *each) for each in zip(names, dates, strict=True)]
            words.append(f"{QUARTERLY.what}, {QUARTERS} times 共{QUARTERS}期")
        registered = scene.send(RegisterCommitments(tuple(terms)), debtor, CommitmentRegistered)
        scene.commitments |= {event.reference_number: event.id for event in registered}
        declined = {promise.reference for promise in own if promise.fate == "declined"}
        # Each creditor answers what it was offered; for all other parties the coordinating body does.
        for creditor in dict.fromkeys(promise.creditor for promise in own):
            owed = [event for event in registered if event.creditor == (0 if creditor is None else scene.ids[creditor])]
            accepted = tuple(event.id for event in owed if event.reference_number not in declined)
            scene.send(AcceptCommitments(accepted), creditor or COORDINATOR)
        for reference in declined:
            creditor = scene.promise(reference).creditor
            assert creditor is not None, "it is owed to one party"
            reason = "one register is enough 一本台账即可"
            scene.send(DeclineCommitment(scene.commitments[reference], reason), creditor)
        scene.say(f"   {scene.name(debtor)}: {'; '.join(words)}")
    scene.say("   LJ-05 is declined by its creditor 债权方不接受: it never bound")
    scene.go(70)
    number, taker = scene.commitments["BH-03"], "nanling"
    scene.send(OfferDebtTransfer(number, scene.ids[taker]), "binhai")
    for key in (taker, "baihe"):
        scene.send(AgreeDebtTransfer(number, scene.ids[taker]), key)
    scene.say(f"   BH-03 is handed to {scene.name(taker)}, with its own and the creditor's signature 债务转移")


def fulfil(scene: Scene) -> None:
    """Evidence; confirmation whole, in part, late; silence past the window; evidence contested and bettered."""
    scene.say("6. Evidence and confirmation 履约证据与确认")
    scene.go(100)
    _lodge(scene, "BH-02", "binhai", "a list without dates")
    scene.send(ContestEvidence(scene.commitments["BH-02"], "the list has no dates 清单无日期"), "baihe")
    drawn = _lodge(scene, "QS-02", "qingshan")
    for promise in PROMISES:
        if promise.fate in ("kept", "partly"):
            keep(scene, promise, promise.debtor)
    scene.go(115)
    keep(scene, scene.promise("BH-02"), "binhai", note="evidence contested, then bettered 补正后确认")
    keep(scene, scene.promise("BH-03"), "nanling", note="by the new debtor 由新债务方履行")
    keep(scene, scene.promise("LJ-02"), "lujiang", note="five days late 逾期五日")
    scene.go(132)
    number = scene.commitments["QS-02"]
    if drawn:
        scene.send(AuditEvidence(number, True, "seen and found in order 经核属实"), AUDITOR)
        scene.say("   QS-02 was drawn for audit, and the auditor upholds the evidence 抽中审计")
    # Any account may say that the window has passed, as an auditor does here.
    scene.send(AcceptBySilence(number), AUDITOR)
    scene.say("   QS-02: nobody answered within 30 days, so it counts as kept 逾期未答视为确认")
    fulfil_quarter(scene, 1)


def fulfil_quarter(scene: Scene, quarter: int) -> None:
    """The recurring commitment, shortly before it is due."""
    reference = f"{QUARTERLY.reference}-{quarter}"
    scene.go(QUARTERLY.due_day - 3 + 91 * (quarter - 1))
    keep(scene, replace(QUARTERLY, reference=reference), QUARTERLY.debtor)


def keep(scene: Scene, promise: Promise, debtor: str, note: str = "") -> None:
    """Evidence by whoever owes it now, and the creditor's confirmation."""
    _lodge(scene, promise.reference, debtor)
    number = scene.commitments[promise.reference]
    basis_points = DEGREES.get(promise.reference, 10_000)
    confirmation = Confirmation(number, basis_points, scene.now)
    scene.send(ConfirmCommitment(confirmation), promise.creditor or COORDINATOR)
    extra = f"; {note}" if note else ""
    scene.say(f"   {promise.reference} of {scene.name(debtor)}: confirmed at {basis_points // 100} %{extra}")


def compensate(scene: Scene) -> None:
    """Compensation recorded by payers and confirmed by payees; one is not confirmed."""
    scene.say("16. Compensation 补偿支付, today 今日")
    for payment in PAYMENTS:
        terms = TransferTerms(
            agreement=scene.agreements[payment.pact],
            payee=scene.ids[payment.payee],
            currency=b"CNY",
            amount_minor=payment.amount_minor,
            paid_at=scene.now,
            reference_number=payment.reference,
        )
        (recorded,) = scene.send(RecordTransfer(terms), payment.payer, TransferRecorded)
        if payment.confirmed:
            scene.send(ConfirmTransfer(recorded.id, scene.now), payment.payee)
        state = "confirmed 已确认" if payment.confirmed else "waiting for the payee 待确认"
        amount = f"{payment.amount_minor // 100:,} CNY"
        scene.say(f"   {scene.name(payment.payer)} paid {amount} to {scene.name(payment.payee)}: {state}")


# ---------------------------------------------------------------------------------------------------------- their parts


def _new(scene: Scene, body: Body) -> NewGovernment:
    return NewGovernment(
        "uscc",
        body.uscc,
        body.name,
        body.level,
        0 if body.superior is None else scene.ids[body.superior],
        body.role.bit,
        (scene.ledger.keys.ensure(body.key).address,),
    )


def _frame(scene: Scene, debtor: str, creditor: str, years: range) -> int:
    title = f"Cooperation of {scene.name(debtor)} and {scene.name(creditor)}, {years[0]} to {years[-1]}"
    digest, locator = scene.document(f"history-{debtor}-{creditor}", f"{title}\n")
    terms = AgreementTerms(
        reference_number=f"SC-{years[0]}-{debtor}-{creditor}",
        title=title,
        document_digest=digest,
        document_locator=locator,
        service_mode=ServiceMode.REMOTE_ACCEPTANCE,
        coordinating_body=scene.ids[COORDINATOR],
        parties=(scene.ids[debtor], scene.ids[creditor]),
        indicators=INDICATORS,
        compensation=CompensationRule(
            CompensationKind.NONE, b"\0\0\0", 0, 0, "", "", "the former agreements named no rule 原协议未约定补偿"
        ),
        effective_from=parse_moment(f"{years[0]}-01-01T00:00:00Z"),
        expires_at=0,
        accession=AccessionRule.CLOSED,
        first_assessment_at=0,
        assessment_every_seconds=0,
        template=bytes(32),
    )
    (recorded,) = scene.send(RecordAgreement(terms), COORDINATOR, AgreementBackfilled)
    return recorded.id


def _past(scene: Scene, debtor: str, creditor: str, year: int, number: int, letter: str) -> HistoricalCommitment:
    # One falls due at the end of each of the months March, June, September and December.
    month = 3 * (number + 1)
    late_days = 40 if letter == "l" else 10
    due_at = parse_moment(f"{year}-{month:02d}-28")
    return HistoricalCommitment(
        debtor=scene.ids[debtor],
        creditor=scene.ids[creditor],
        indicator=number % len(INDICATORS),
        weight=1_000_000,
        made_at=parse_moment(f"{year}-01-05"),
        due_at=due_at,
        resolved_at=due_at + late_days * DAY_SECONDS,
        outcome_basis_points=GRADES[letter],
        reference_number=f"{debtor}-{year}-{number + 1}",
    )


def _terms(scene: Scene, pact: Pact) -> AgreementTerms:
    template = shipped_templates()[pact.template]
    rule = template.compensation
    digest, locator = scene.document(pact.reference, f"{pact.title}\n\n{rule.standard}\n{rule.process}\n")
    return template.terms(
        parties=[scene.ids[party] for party in pact.parties],
        coordinating_body=scene.ids[COORDINATOR],
        effective_from=scene.moment(EFFECTIVE_DAY),
        document_digest=digest,
        document_locator=locator,
        reference_number=pact.reference,
        title=pact.title,
    )


def _promise(scene: Scene, promise: Promise, reference: str, due_at: int) -> CommitmentTerms:
    return CommitmentTerms(
        agreement=scene.agreements[promise.pact],
        creditor=0 if promise.creditor is None else scene.ids[promise.creditor],
        indicator=promise.indicator,
        due_at=due_at,
        reference_number=reference,
        description=promise.what,
    )


def _lodge(scene: Scene, reference: str, debtor: str, text: str = "minutes and list of cases") -> bool:
    """Lodge evidence; whether it was drawn for audit."""
    digest, locator = scene.document(f"{reference}-{scene.now}", f"Report on {reference}: {text}\n")
    command = SubmitEvidence(scene.commitments[reference], digest, locator, scene.now)
    (lodged,) = scene.send(command, debtor, EvidenceSubmitted)
    return lodged.sampled
