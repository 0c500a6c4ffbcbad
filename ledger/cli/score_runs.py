"""Published score runs: publish all scores' root, list and recompute runs, prove one score, check a proof."""

from __future__ import annotations

import json
import time as clock
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ledger.cli import reading
from ledger.cli.options import command
from ledger.cli.output import part
from ledger.cli.session import Session
from ledger.domain.commands import PublishRun
from ledger.domain.enums import TimeBasis
from ledger.domain.refusals.scores import ScoreRunBlockInvalid
from ledger.errors import InvalidInput, Unavailable

if TYPE_CHECKING:
    from ledger.audit.proofs import ScoreProof
    from ledger.audit.score_runs import Computed
    from ledger.bootstrap import Ledger
    from ledger.chain.signers import Signer
    from ledger.cli.giving import Given
    from ledger.domain.policy import ScorePolicy

app = typer.Typer()

NEXT_BLOCK_SECONDS: Final = 60
"""How long to wait for the block after the one whose facts were looked at."""

RUNS_SHOWN: Final = 50

PublishOption = Annotated[
    bool,
    typer.Option("--publish", help="Publish the root of all scores on the chain, as coordinating body or auditor."),
]
RunsOption = Annotated[bool, typer.Option("--runs", help="List the newest published runs.")]
CheckOption = Annotated[
    int | None,
    typer.Option("--check", metavar="RUN", help="Recompute a published run and compare; exit 1 if it differs."),
]
ProveOption = Annotated[
    str | None, typer.Option("--prove", metavar="GOVERNMENT", help="Print the proof of this one's score in a run.")
]
RunOption = Annotated[
    int | None, typer.Option("--run", metavar="RUN", help="With --prove: the run; the newest by default.")
]
RunPolicyOption = Annotated[
    Path | None,
    typer.Option("--policy", metavar="FILE", help="With --publish: another policy. With --check, --prove: the run's."),
]
LocatorOption = Annotated[
    str | None,
    typer.Option("--locator", metavar="TEXT", help="With --publish: where others find all leaves, such as an address."),
]


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What the command line asks about runs."""

    publish: bool = False
    runs: bool = False
    check: int | None = None
    prove: str | None = None
    run: int | None = None
    policy: Path | None = None
    locator: str | None = None
    signer: str | None = None
    yes: bool = False

    @property
    def asked(self) -> int:
        """How many things are asked for; at most one may be."""
        return sum((self.publish, self.runs, self.check is not None, self.prove is not None))

    def misuse(self, *, government: str | None, moment: bool) -> str | None:
        """What was given that says nothing here; `moment` is whether a moment or another time than recorded was."""
        if self.asked and government is not None:
            return "a run is of all governments; --government says nothing here"
        if self.asked and not self.publish and moment:
            return "a published run has its own moment; --as-of and --time say nothing here"
        if self.run is not None and self.prove is None:
            return "--run needs --prove"
        if self.policy is not None and (self.runs or not self.asked):
            return "--policy needs --publish, --check or --prove"
        if (self.locator is not None or self.signer is not None or self.yes) and not self.publish:
            return "--as, --yes and --locator need --publish"
        return None

    def carry_out(self, session: Session, as_of: int | None, time: str) -> None:
        """Do what is asked."""
        from ledger.policies import load_policy

        policy = None if self.policy is None else load_policy(self.policy)
        with session.ledger() as ledger:
            if self.publish:
                basis = TimeBasis[time.upper()]
                _publish(session, ledger, ledger.score_runs.compute(as_of, basis, policy), self)
            elif self.check is not None:
                _check(session, ledger, self.check, policy)
            elif self.prove is not None:
                _prove(ledger, self.prove, self.run, policy)
            else:
                _list(session, ledger)


def _publish(session: Session, ledger: Ledger, computed: Computed, request: RunRequest) -> None:
    from ledger.audit.score_runs import run_to_json
    from ledger.cli.giving import signer_named

    folder = ledger.score_runs.folder
    # Kept before they are published: a root whose policy is lost says nothing, and one whose leaves are lost can only
    # be recomputed.
    ledger.home.keep_policy(computed.policy)
    path = folder.keep(computed.leaves)
    locator = folder.locator(computed.leaves.root) if request.locator is None else request.locator
    signer = signer_named(ledger, request.signer)
    given = _give(session, ledger, PublishRun(computed.to_publish(locator)), signer, computed, yes=request.yes)
    run = ledger.score_runs.run(next(each.id for each in given.events if type(each).__name__ == "ScoreRunPublished"))  # type: ignore[union-attr]
    session.out.document({"run": run_to_json(run), "operation": given.operation.to_json(), "leaves": str(path)})
    session.out.line(
        f"Published score run {run.id} 已公布第 {run.id} 号计分结果: {run.governments} governments, root {run.root}"
    )


def _give(
    session: Session, ledger: Ledger, publication: PublishRun, signer: Signer, computed: Computed, *, yes: bool
) -> Given:
    from ledger.cli.giving import give_quietly

    try:
        return give_quietly(session, ledger, publication, signer, yes=yes)
    except ScoreRunBlockInvalid as refusal:
        # Some nodes try a call in their newest block, which is the very one that was looked at. Soon there is another.
        if refusal.current_block != computed.block.number:
            raise
        _wait_for_block_after(ledger, computed.block.number)
        # What is signed now says the same, and was agreed to.
        return give_quietly(session, ledger, publication, signer, yes=True)


def _wait_for_block_after(ledger: Ledger, number: int) -> None:
    deadline = clock.monotonic() + NEXT_BLOCK_SECONDS
    while ledger.connection.head().number <= number:
        if clock.monotonic() > deadline:
            raise Unavailable(f"the node made no block after {number} in {NEXT_BLOCK_SECONDS} s; try again later")
        clock.sleep(0.5)


def _check(session: Session, ledger: Ledger, run: int, policy: ScorePolicy | None) -> None:
    check = ledger.score_runs.check(run, policy)
    session.out.document(check.to_json())
    check.require()
    session.out.line(
        f"Score run {run} holds 第 {run} 号计分结果属实: {check.run.governments} scores recomputed, "
        f"root {check.run.root}"
    )


def _prove(ledger: Ledger, government: str, run: int | None, policy: ScorePolicy | None) -> None:
    if run is None:
        run = _newest(ledger)
    body = ledger.reports.resolve_government(government)
    proof = ledger.score_runs.proof(run, body.id, policy)
    # A document by nature, whoever reads it.
    typer.echo(json.dumps(proof, ensure_ascii=False, indent=2))


def _newest(ledger: Ledger) -> int:
    from ledger.errors import NotFound
    from ledger.store.projection.filters import ScoreRunFilter

    found = ledger.queries.score_runs(ScoreRunFilter(), limit=1, newest_first=True)
    if not found:
        raise NotFound("score run", "newest")
    return found[0].id


def _list(session: Session, ledger: Ledger) -> None:
    from ledger.audit.score_runs import run_to_json
    from ledger.store.projection.filters import ScoreRunFilter

    runs = ledger.queries.score_runs(ScoreRunFilter(), limit=RUNS_SHOWN, newest_first=True)
    documents = [run_to_json(each) for each in runs]
    session.out.document({"runs": documents})
    rows = [
        (
            each["id"],
            each["as_of"],
            each["time"],
            each["block"]["number"],
            each["governments"],
            ledger.queries.government_name(each["publisher"]),
            each["policy_digest"][:10],
        )
        for each in documents
    ]
    columns = ("run", "as of 截至", "time", "block", "governments", "publisher 公布方", "policy")
    session.out.table("Score runs 已公布计分结果", columns, rows, right="run block governments")
    for each in documents:
        # Beside the table, where no narrow column breaks what is to be copied.
        session.out.line(f"root {each['id']}: {each['root']}")


@command(app, "verify-score")
def verify_score(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="PROOF.json", help="As `intergov score --prove` prints it.")],
    root: Annotated[
        str | None, typer.Option("--root", metavar="HASH", help="The published root, as known from elsewhere.")
    ] = None,
    contract: Annotated[
        str | None,
        typer.Option(
            "--contract", metavar="ADDRESS", help="With --rpc: the register of score runs; the home's if any."
        ),
    ] = None,
) -> None:
    """Check a proof of a score: offline against a root, or with --rpc on the chain. No ledger is needed."""
    from ledger.audit.proofs import read_proof

    given = None if root is None else reading.digest("--root", root)
    proof = read_proof(reading.json_object("PROOF.json", file), given)
    register = None
    if session.settings.rpc is not None:
        register = _verify_on_chain(session, proof, session.settings.rpc, contract)
    elif contract is not None:
        raise InvalidInput("--contract", contract, "--rpc beside it, which says whom to ask")
    against = "chain" if register is not None else ("given root" if given is not None else "its own root")
    document: dict[str, Any] = {
        "holds": True,
        "against": against,
        "run": proof.run,
        "government": proof.leaf.government,
        "score": proof.leaf.score,
        "low": proof.leaf.low,
        "high": proof.leaf.high,
        "rated": proof.leaf.rated,
        "root": "0x" + proof.root.hex(),
        "contract": register,
    }
    session.out.document(document)
    session.out.line(
        f"The proof holds 证明成立: government {proof.leaf.government} has the score {part(proof.leaf.score)} "
        f"({part(proof.leaf.low)}–{part(proof.leaf.high)}) in the run with root {document['root']}"
    )
    if against == "its own root":
        session.out.note("Compare this root with the published one: --root HASH, or --rpc URL to ask the chain.")


def _verify_on_chain(session: Session, proof: ScoreProof, url: str, contract: str | None) -> str:
    from ledger.audit.proofs import ProofRefused
    from ledger.chain.command_json import read_address
    from ledger.chain.connection import Connection
    from ledger.chain.contracts import decode_result, encode_call
    from ledger.chain.deployment import check_deployment
    from ledger.home import Home

    deployment = Home(session.settings.home).deployment()
    with Connection(url) as connection:
        # Never the address in the proof itself: whoever forges a proof can deploy a register that knows it.
        if contract is not None:
            address = read_address("--contract", contract)
        elif deployment is not None:
            check_deployment(connection, deployment)
            address = deployment.addresses["ScoreRegister"]
        else:
            raise InvalidInput("--contract", None, "the address of the register of score runs, as no home has it")
        chain_id = connection.chain_id()
        if chain_id != proof.chain_id:
            raise ProofRefused("chain_id", str(proof.chain_id), f"the chain that is asked, {chain_id}")
        call = encode_call("ScoreRegister", "verifyScore", proof.run, proof.leaf, proof.path)
        answer = connection.simulate(None, address, call)
    if not answer:
        raise ProofRefused("contract", address, "a register of score runs; there is no contract at this address")
    if not decode_result("ScoreRegister", "verifyScore", answer)[0]:
        raise ProofRefused("leaf", f"not in score run {proof.run} on the chain", "one that the published root holds")
    return address
