"""The second half of the play: what is overdue, disputed, disciplined, put right, inherited, assessed and rewarded."""

from __future__ import annotations

from ledger.cli.demo.scenario import COORDINATOR, MEASURED, NATIONAL, PROVINCE, REMOTE
from ledger.cli.demo.scene import Scene
from ledger.domain.commands import (
    AppealRuling,
    ConcludeDispute,
    ConfirmCommitment,
    DetermineBreach,
    ExplainOverdue,
    GiveRuling,
    GrantIncentive,
    ImposeMeasure,
    LodgeDisputeEvidence,
    OpenDispute,
    ProposeAgreement,
    RecordAssessment,
    RepairBreach,
    ReportOverdue,
    RequestRepair,
    SetRectification,
    SubmitEvidence,
    SucceedParty,
)
from ledger.domain.enums import ExcuseGround, Incentive, Measure, Outcome
from ledger.domain.events import (
    AgreementAssessed,
    AgreementProposed,
    BreachDetermined,
    BreachUpheld,
    DisputeAppealed,
    DisputeOpened,
)
from ledger.domain.moments import format_moment
from ledger.domain.refusals.discipline import GovernmentDisciplined
from ledger.domain.terms import Assessment, Confirmation, IncentiveTerms, MeasureTerms, Ruling
from ledger.templates import shipped_templates


def report_and_determine(scene: Scene) -> None:
    """One that was not kept: reported, explained, given a date, which passes; then it is determined a breach."""
    scene.say("7. Overdue 逾期: YH-01, claims of Nanling's residents were not paid in time")
    number = scene.commitments["YH-01"]
    scene.go(216)
    scene.send(ReportOverdue(number, "forty claims wait 四十件未付"), "nanling")
    scene.say("   Nanling reports it when the 15 days of grace are over 宽限期满，债权方报告")
    scene.go(220)
    digest, _ = scene.document("YH-01-explanation", "The clerk in charge has left, and the post is vacant.\n")
    scene.send(ExplainOverdue(number, "the post in charge is vacant 岗位空缺", digest), "yunhu")
    scene.go(222)
    scene.send(SetRectification(number, scene.moment(260)), COORDINATOR)
    scene.say("   Yunhu explains; the coordinating body sets a date to put it right, which passes 限期整改，逾期未改")
    scene.go(261)
    (determined,) = scene.send(DetermineBreach(number), COORDINATOR, BreachDetermined)
    severity = determined.severity.name.lower()
    scene.say(f"   determined a {severity} breach 认定失信, to be objected to by {format_moment(determined.object_by)}")


def dispute_and_appeal(scene: Scene) -> None:
    """The debtor objects, is heard and loses; appeals to the next level, and loses for good."""
    scene.say("8. Dispute and appeal 争议与申诉")
    scene.go(265)
    (opened,) = scene.send(
        OpenDispute(scene.commitments["YH-01"], *scene.document("YH-01-objection", "Nanling sent wrong data.\n")),
        "yunhu",
        DisputeOpened,
    )
    scene.go(270)
    for key in ("yunhu", "nanling"):
        evidence = scene.document(f"YH-01-evidence-{key}", f"What {scene.name(key)} has to show.\n")
        scene.send(LodgeDisputeEvidence(opened.id, *evidence), key)
    scene.say("   Yunhu objects; both sides lodge evidence in 15 days, then the body rules 异议与举证")
    scene.go(281)
    broken = _ruling(scene, "YH-01-ruling", "The data were right.\n", Outcome.BROKEN)
    scene.send(GiveRuling(opened.id, broken), COORDINATOR)
    scene.say(f"   {scene.name(COORDINATOR)} rules: broken 裁决：未履行")
    scene.go(290)
    grounds = scene.document("YH-01-appeal", "The body is wrong about the data.\n")
    (appealed,) = scene.send(AppealRuling(opened.id, *grounds), "yunhu", DisputeAppealed)
    assert appealed.body == scene.ids[PROVINCE], "the next level above S City's office is the province's"
    scene.go(306)
    upheld = _ruling(scene, "YH-01-ruling-2", "The data were right; the appeal fails.\n", Outcome.BROKEN)
    (stands,) = scene.send(GiveRuling(opened.id, upheld), PROVINCE, BreachUpheld)
    scene.say(f"   Yunhu appeals; {scene.name(PROVINCE)} upholds it, finally 申诉驳回，终局")
    scene.say(f"   it is published until {format_moment(stands.published_until)} 公示期")


def discipline(scene: Scene) -> None:
    """A measure, and what the contracts then refuse."""
    scene.say("9. Discipline 联合惩戒: a limit on new agreements")
    scene.go(310)
    terms = MeasureTerms(
        commitment=scene.commitments["YH-01"],
        measure=Measure.LIMIT_ON_NEW_AGREEMENTS,
        starts_at=0,
        ends_at=scene.moment(550),
        reason="until residents can rely on it 直至恢复守信",
    )
    scene.send(ImposeMeasure(terms), PROVINCE)
    scene.go(312)
    refusal = scene.refused(_proposal(scene), "yunhu", GovernmentDisciplined)
    scene.say(f"   Yunhu proposes an agreement, and the contract refuses 合约拒绝: {refusal}")


def excuse_and_overturn(scene: Scene) -> None:
    """One is excused by force majeure; another, which was determined a breach, turns out to have been kept."""
    scene.say("10. Excused and overturned 免责与撤销")
    flood, kept = scene.commitments["QS-03"], scene.commitments["NL-02"]
    scene.go(356)
    scene.send(ReportOverdue(flood, "not connected 未接入"), "lujiang")
    scene.send(ReportOverdue(kept, "no answers seen 未见整改"), "yunhu")
    scene.go(358)
    statement = scene.document("QS-03-objection", "The data centre was flooded in July.\n")
    (about_flood,) = scene.send(OpenDispute(flood, *statement), "qingshan", DisputeOpened)
    scene.go(372)
    scene.send(DetermineBreach(kept), COORDINATOR)
    scene.go(374)
    excused = _ruling(scene, "QS-03-ruling", "Nobody could have.\n", Outcome.EXCUSED, ExcuseGround.FORCE_MAJEURE)
    scene.send(GiveRuling(about_flood.id, excused), COORDINATOR)
    statement = scene.document("NL-02-objection", "The answers were sent, to another desk of Yunhu.\n")
    (about_kept,) = scene.send(OpenDispute(kept, *statement), "nanling", DisputeOpened)
    scene.go(390)
    scene.send(ConcludeDispute(about_flood.id), "lujiang")
    scene.say("   QS-03: the flood excuses Qingshan; nobody appeals, so it counts neither way 不可抗力，免责")
    fulfilled = _ruling(scene, "NL-02-ruling", "The answers were there.\n", Outcome.FULFILLED)
    scene.send(GiveRuling(about_kept.id, fulfilled), COORDINATOR)
    scene.go(406)
    scene.send(ConcludeDispute(about_kept.id), "nanling")
    scene.say("   NL-02: determined a breach, and overturned on objection: it was kept 认定撤销，视为已履行")


def repair(scene: Scene) -> None:
    """The fault is made good; after the minimum period repair is granted, and the measure has no ground any more."""
    scene.say("11. Repair 信用修复")
    number = scene.commitments["YH-01"]
    scene.go(408)
    proof = scene.document("YH-01-repair", "All forty claims are paid; the post is filled.\n")
    scene.send(RequestRepair(number, *proof), "yunhu")
    scene.go(410)
    scene.send(RepairBreach(number), PROVINCE)
    scene.say("   Yunhu has paid all claims and asks for repair; granted after the minimum of 90 days 满90日，准予修复")
    (proposed,) = scene.send(_proposal(scene), "yunhu", AgreementProposed)
    scene.say(f"   and may propose agreements again 恢复签约资格: agreement {proposed.id}")


def merge(scene: Scene) -> None:
    """A district goes up in another, which takes its seat and fulfils what it owed."""
    scene.go(412)
    scene.say("12. Succession 机构合并: Haitang is merged into Binhai")
    succession = [scene.ids["haitang"], [scene.ids["binhai"]], "Order of S City on its districts 区划调整"]
    scene.administer("recordSuccession", succession, "Haitang District is merged into Binhai District")
    scene.go(414)
    scene.send(SucceedParty(scene.agreements[REMOTE], scene.ids["haitang"]), "binhai")
    number = scene.commitments["HT-02"]
    evidence = scene.document("HT-02", "Twenty more kinds of licence, accepted by Binhai.\n")
    scene.send(SubmitEvidence(number, *evidence, scene.now), "binhai")
    scene.send(ConfirmCommitment(Confirmation(number, 10_000, scene.now)), "baihe")
    scene.say("   Binhai takes its seat, and keeps HT-02, which Haitang had promised 继承承诺")


def assess_and_reward(scene: Scene) -> None:
    """The first assessment of each agreement; an incentive for who kept faith."""
    scene.say("13. Assessment and incentives 评估与守信激励")
    for reference, (measured, words) in MEASURED.items():
        report = scene.document(f"assessment-{reference}", f"{words}\n")
        assessment = Assessment(scene.agreements[reference], 1, measured, *report)
        (assessed,) = scene.send(RecordAssessment(assessment), COORDINATOR, AgreementAssessed)
        whole, rest = divmod(assessed.overall_basis_points, 100)
        scene.say(f"   agreement {assessed.agreement}: {whole}.{rest:02} % of its targets are reached 指标达成度")
    for key, incentive in (
        ("lujiang", Incentive.SHORTER_CONFIRMATION),
        ("binhai", Incentive.PRIORITY_IN_NEW_AGREEMENTS),
    ):
        terms = IncentiveTerms(scene.ids[key], incentive, 0, scene.moment(800), "keeps what it promises 守信践诺")
        scene.send(GrantIncentive(terms), COORDINATOR)
        scene.say(f"   {scene.name(key)}: {incentive.name.lower().replace('_', ' ')}")


def leave_unanswered(scene: Scene) -> None:
    """A breach that its debtor never says a word about."""
    scene.say("14. No answer 不予答复: BE-02, licences were not issued in time")
    number = scene.commitments["BE-02"]
    scene.go(447)
    scene.send(ReportOverdue(number, "not in five days for most of the year 全年多数超期"), "binhai")
    scene.go(463)
    (determined,) = scene.send(DetermineBreach(number), COORDINATOR, BreachDetermined)
    scene.go(475)
    terms = MeasureTerms(number, Measure.LOSS_OF_HONOURS, 0, scene.moment(700), "no explanation 未作说明")
    scene.send(ImposeMeasure(terms), COORDINATOR)
    severity = determined.severity.name.lower()
    scene.say(f"   Baihe neither explains nor objects: a {severity} breach, published, with loss of honours 取消评优")


def report_the_last(scene: Scene) -> None:
    """A case that is open when the play ends."""
    scene.go(591)
    scene.say("15. Reported last week 上周报告: NL-03")
    scene.send(ReportOverdue(scene.commitments["NL-03"], "standards not adopted 未采用新版标准"), "yunhu")
    scene.say("   Nanling has 15 days to explain, and is watched until then 待说明，列入关注")


def _ruling(
    scene: Scene, name: str, reasons: str, outcome: Outcome, ground: ExcuseGround = ExcuseGround.NONE
) -> Ruling:
    basis_points = 10_000 if outcome is Outcome.FULFILLED else 0
    return Ruling(outcome, basis_points, ground, *scene.document(name, reasons))


def _proposal(scene: Scene) -> ProposeAgreement:
    """Another agreement of Yunhu, under the national office."""
    digest, locator = scene.document("SC-NEXT", "Yunhu and Qingshan: school places 云湖—青山随迁入学\n")
    terms = shipped_templates()["fully-online"].terms(
        parties=(scene.ids["yunhu"], scene.ids["qingshan"]),
        coordinating_body=scene.ids[NATIONAL],
        effective_from=scene.moment(660),
        document_digest=digest,
        document_locator=locator,
        reference_number="SC-NEXT",
        title="Yunhu and Qingshan: school places fully online 云湖—青山随迁入学全程网办",
    )
    return ProposeAgreement(terms)
