"""
What must not be done, tried on a real home through months of its clock.

Every act is tried by the command line and by the API; each is refused by its own error, with its values, and leaves
nothing behind.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import ApiSettings
from ledger.bootstrap import Ledger, open_ledger
from ledger.chain.command_json import command_to_json
from ledger.chain.embedded.clock import set_clock
from ledger.config import Settings
from ledger.domain import commands as c
from ledger.domain import events as e
from ledger.domain.enums import EndReason, ExcuseGround, Level, Measure, Outcome, Role, Severity
from ledger.domain.moments import format_moment
from ledger.domain.terms import (
    AgreementTerms,
    CommitmentTerms,
    Confirmation,
    Ending,
    MeasureTerms,
    NewGovernment,
    Ruling,
)
from ledger.policies import default_procedure_policy
from ledger.templates import shipped_templates
from tests.cli_home import done, intergov, refused, running_home

DAY = 86_400
POLICY = default_procedure_policy()
DIGEST = bytes(range(32))
HEX = "0x" + DIGEST.hex()

BODIES = {
    "office": (Role.COORDINATING_BODY, Level.CITY),
    "lujiang": (Role.GOVERNMENT, Level.COUNTY),
    "qingshan": (Role.GOVERNMENT, Level.COUNTY),
    "binhai": (Role.GOVERNMENT, Level.COUNTY),
}

_E = TypeVar("_E", bound=e.Event)


@dataclass
class Stage:
    """A home whose clock is brought forward, its ledger and its API."""

    home: Path
    ledger: Ledger
    client: TestClient
    begin: int
    now: int = 0
    ids: dict[str, int] = field(default_factory=dict)

    def go(self, day: int) -> None:
        self.now = self.begin + day * DAY
        set_clock(self.home, self.now)

    def send(self, command: Any, key: str, kind: type[_E]) -> _E:
        operation = self.ledger.commands.send(command, self.ledger.keys.signer(key))
        return next(each for each in self.ledger.commands.facts(operation) if isinstance(each, kind))

    def administer(self, function: str, *arguments: Any) -> None:
        self.ledger.administration.carry_out(
            "GovernmentRegister", function, list(arguments), function, self.ledger.administrators()
        )

    def refused(self, command: Any, key: str, name: str, *arguments: Any, values: dict[str, Any] | None = None) -> None:
        """
        The same act by both faces must be refused under this name, and leave no fact behind.

        Parameters
        ----------
        arguments
            The act on the command line, without the key.
        values
            Some of the refusal's values, as the API has them.
        """
        before = self.ledger.queries.totals()
        told = refused(intergov(*arguments, "--as", key, "--yes", home=self.home))
        signer = self.ledger.keys.signer(key)
        body = {"signer": signer.address, "command": command_to_json(command)}
        verb = type(command).__name__
        prepared = self.client.post(f"/v1/commands/{verb}/prepare", json=body)
        assert prepared.status_code == 200, prepared.text
        found = prepared.json()
        signature = "0x" + signer.sign_typed_data(found["typed_data"]).hex()
        submission = {
            **body,
            "operation": found["operation"],
            "deadline": found["deadline"],
            "signature": signature,
        }
        tried = self.client.post(f"/v1/commands/{verb}", json=submission)
        document = tried.json()
        assert 400 <= tried.status_code < 500, tried.text
        assert document["type"] == f"/v1/problems/{name}"
        for key_, value in (values or {}).items():
            assert str(document["values"][key_]) == str(value), document["values"]
        # The command line says the same sentence.
        assert document["detail"].split(":")[0][:20] in told
        self.ledger.follower.sync()
        assert self.ledger.queries.totals() == before


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = tmp_path_factory.mktemp("acts") / "home"
    begin = int(time.time()) - 500 * DAY
    with ExitStack() as stack:
        stack.enter_context(running_home(home))
        set_clock(home, begin)
        done(intergov("init", home=home))
        settings = Settings(home)
        ledger = stack.enter_context(open_ledger(settings))
        client = stack.enter_context(
            TestClient(create_app(ApiSettings(settings), work=False), base_url="http://127.0.0.1")
        )
        made = Stage(home, ledger, client, begin)
        # The relay and the follower of this process do the work that a server would do.
        made.go(1)
        bodies = [
            NewGovernment("local", key, key.title(), level, 0, role.bit, (ledger.keys.ensure(key).address,))
            for key, (role, level) in BODIES.items()
        ]
        made.administer("registerGovernments", tuple(bodies))
        for key in BODIES:
            made.ids[key] = ledger.reports.resolve_government(f"local:{key}").id
        made.administer("setJurisdiction", made.ids["office"], 0, True)
        yield made


def terms(stage: Stage, *parties: str) -> AgreementTerms:
    made = shipped_templates()["fully-online"].terms(
        parties=[stage.ids[each] for each in parties],
        coordinating_body=stage.ids["office"],
        effective_from=stage.now,
        document_digest=DIGEST,
    )
    return replace(made, effective_from=0)


def in_force(stage: Stage, *parties: str) -> int:
    made = terms(stage, *parties)
    proposed = stage.send(c.ProposeAgreement(made), parties[0], e.AgreementProposed)
    for party in parties:
        stage.send(c.SignAgreement(proposed.id, 1, proposed.terms_digest), party, e.AgreementSigned)
    return proposed.id


def accepted(stage: Stage, agreement: int, days: int) -> int:
    owed = CommitmentTerms(agreement, stage.ids["qingshan"], 0, stage.now + days * DAY, f"C-{stage.now}-{days}", "")
    number = stage.send(c.RegisterCommitment(owed), "lujiang", e.CommitmentRegistered).id
    stage.send(c.AcceptCommitments((number,)), "qingshan", e.CommitmentAccepted)
    return number


def test_no_bad_act_comes_through(stage: Stage, tmp_path: Path) -> None:
    stage.go(2)
    agreement = in_force(stage, "lujiang", "qingshan")

    # A version that another took the place of.
    other = terms(stage, "lujiang", "qingshan")
    first = stage.send(c.ProposeVersion(agreement, other, "more items"), "lujiang", e.AgreementVersionProposed)
    stage.send(c.ProposeVersion(agreement, other, "fewer items"), "qingshan", e.AgreementVersionProposed)
    stage.refused(
        c.SignAgreement(agreement, first.version, first.terms_digest),
        "qingshan",
        "agreement-version-superseded",
        *("agreement", "sign", agreement, "--version", first.version),
        values={"version": first.version, "pending_version": first.version + 1},
    )

    # An agreement with itself.
    alone = replace(other, parties=(stage.ids["lujiang"], stage.ids["lujiang"]))
    file = tmp_path / "alone.json"
    file.write_text(json.dumps(command_to_json(c.ProposeAgreement(alone))["terms"]))
    stage.refused(
        c.ProposeAgreement(alone), "lujiang", "agreement-party-twice", "agreement", "propose", file,
        values={"party": stage.ids["lujiang"]},
    )  # fmt: skip

    # Evidence of nothing, one's own evidence confirmed, a recurrence without end.
    kept = accepted(stage, agreement, 30)
    stage.go(3)
    stage.refused(
        c.SubmitEvidence(kept, bytes(32), "", stage.now),
        "lujiang",
        "evidence-digest-empty",
        *("commitment", "evidence", kept, "--digest", "00" * 32, "--performed", format_moment(stage.now)),
        values={"id": kept},
    )
    stage.send(c.SubmitEvidence(kept, DIGEST, "", stage.now), "lujiang", e.EvidenceSubmitted)
    stage.refused(
        c.ConfirmCommitment(Confirmation(kept, 10_000, stage.now)),
        "lujiang",
        "commitment-not-creditor",
        *("commitment", "confirm", kept, "--performed", format_moment(stage.now)),
        values={"caller": stage.ids["lujiang"], "creditor": stage.ids["qingshan"]},
    )
    told = refused(
        intergov(
            *(
                "commitment",
                "register",
                "--agreement",
                str(agreement),
                "--creditor",
                "local:qingshan",
                "--reference",
                "W",
            ),
            *("--due", "2020-01-01", "--every", "week", "--until", "2030-01-01", "--as", "lujiang", "--yes"),
            home=stage.home,
        )
    )
    assert "at most 120 commitments" in told

    # Suspended.
    stage.send(c.SuspendAgreement(agreement, "floods"), "office", e.AgreementSuspended)
    owed = CommitmentTerms(agreement, stage.ids["qingshan"], 0, stage.now + 30 * DAY, "C-9", "")
    stage.refused(
        c.RegisterCommitment(owed),
        "lujiang",
        "agreement-is-suspended",
        *("commitment", "register", "--agreement", agreement, "--creditor", "local:qingshan", "--reference", "C-9"),
        *("--due", format_moment(owed.due_at)),
        values={"id": agreement},
    )
    stage.refused(
        c.EndAgreement(Ending(agreement, EndReason.COMPLETED, 0, 0, "")),
        "office",
        "agreement-commitments-open",
        *("agreement", "end", agreement, "--reason", "completed"),
        values={"open_commitments": 1},
    )
    stage.send(c.ResumeAgreement(agreement), "office", e.AgreementResumed)

    # Frozen.
    account = stage.ledger.keys.address("binhai")
    stage.send(c.FreezeSigner(account, "lost on a train"), "office", e.SignerFrozen)
    stage.refused(
        c.ProposeAgreement(other),
        "binhai",
        "signer-is-frozen",
        *("agreement", "propose", write_terms(tmp_path, other)),
        values={"frozen_by": stage.ids["office"]},
    )
    stage.send(c.ThawSigner(account), "office", e.SignerThawed)

    # A succession in a circle.
    told = refused(
        intergov(
            *("government", "record-succession", "local:binhai", "--successor", "local:binhai"),
            *("--ground", "an error", "--yes"),
            home=stage.home,
        )
    )
    assert "binhai" in told.lower() or str(stage.ids["binhai"]) in told

    # A breach: ruled on twice, appealed too late, and new agreements while disciplined.
    broken = accepted(stage, agreement, 1)
    stage.go(30)
    stage.send(c.ReportOverdue(broken, "nothing came"), "binhai", e.OverdueReported)
    stage.go(60)
    stage.send(c.DetermineBreach(broken), "office", e.BreachDetermined)
    dispute = stage.send(c.OpenDispute(broken, DIGEST, ""), "lujiang", e.DisputeOpened)
    stage.go(60 + POLICY.evidence_seconds // DAY + 1)
    upheld = Ruling(Outcome.BROKEN, 0, ExcuseGround.NONE, DIGEST, "")
    stage.send(c.GiveRuling(dispute.id, upheld), "office", e.DisputeRuled)
    stage.refused(
        c.GiveRuling(dispute.id, upheld),
        "office",
        "dispute-state-invalid",
        *("dispute", "rule", dispute.id, "--outcome", "broken", "--digest", HEX),
        values={"id": dispute.id, "state": "ruled"},
    )
    stage.go(80 + POLICY.appeal_seconds // DAY)
    stage.refused(
        c.AppealRuling(dispute.id, DIGEST, ""),
        "lujiang",
        "dispute-window-closed",
        *("dispute", "appeal", dispute.id, "--digest", HEX),
        values={"commitment": broken},
    )
    stage.send(c.ConcludeDispute(dispute.id), "binhai", e.DisputeConcluded)
    case = stage.ledger.queries.breach(broken)
    assert case is not None
    assert case.published_until is not None
    limit = MeasureTerms(broken, Measure.LIMIT_ON_NEW_AGREEMENTS, 0, case.published_until, "a published breach")
    # A first breach, of little weight and not very late, is minor, and followed by no such measure.
    assert case.severity is Severity.MINOR
    stage.refused(
        c.ImposeMeasure(limit),
        "office",
        "measure-without-ground",
        *("discipline", "impose", broken, "--measure", "limit-on-new-agreements", "--reason", "r"),
        *("--until", format_moment(case.published_until)),
        values={"commitment": broken},
    )
    disciplined(stage, agreement, tmp_path, other)


def disciplined(stage: Stage, agreement: int, tmp_path: Path, other: AgreementTerms) -> None:
    """A second breach within the period is no minor one any more; the contracts then refuse new agreements."""
    again = accepted(stage, agreement, 1)
    day = (stage.now - stage.begin) // DAY
    stage.go(day + 20)
    stage.send(c.ReportOverdue(again, ""), "binhai", e.OverdueReported)
    stage.go(day + 50)
    stage.send(c.DetermineBreach(again), "office", e.BreachDetermined)
    stage.go(day + 70)
    until = stage.now + 60 * DAY
    limit = MeasureTerms(again, Measure.LIMIT_ON_NEW_AGREEMENTS, 0, until, "twice in two years")
    measure = stage.send(c.ImposeMeasure(limit), "office", e.MeasureImposed)
    stage.refused(
        c.ProposeAgreement(other),
        "lujiang",
        "government-disciplined",
        *("agreement", "propose", write_terms(tmp_path, other)),
        values={"government": stage.ids["lujiang"], "measure": measure.id},
    )
    shown = done(
        intergov(
            "--json", "discipline", "standing", "local:lujiang", "--as-of", format_moment(stage.now), home=stage.home
        )
    )
    assert json.loads(shown.stdout)["restricted_by"] == measure.id
    assert json.loads(shown.stdout)["standing"] == "disciplined"


def write_terms(folder: Path, made: AgreementTerms) -> Path:
    file = folder / "terms.json"
    file.write_text(json.dumps(command_to_json(c.ProposeAgreement(made))["terms"]))
    return file
