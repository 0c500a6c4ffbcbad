"""Commands: what kinds there are, prepare one, submit it signed."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from fastapi import APIRouter, Path, Response, status

from api.command_schemas import command_schema, summary
from api.deps import IdempotencyKeyDep, LedgerDep, NowDep
from api.routes.operations import accepted_out
from api.schemas.commands import AcceptedOut, CommandTypeOut, CommandTypesOut, PreparedOut, PrepareIn, SubmitIn
from api.signed_messages import authorization, signed_document
from api.strict_json import JsonRoute
from ledger.chain.command_json import command_from_json, command_to_json, read_address
from ledger.chain.deployment import Deployment
from ledger.chain.typed_data import SignedCommand
from ledger.domain.commands import COMMANDS
from ledger.domain.moments import format_moment
from ledger.errors import InvalidInput, NotFound
from ledger.store.operational import Idempotency, Operation

router = APIRouter(prefix="/commands", tags=["commands"], route_class=JsonRoute)

CommandName = Annotated[
    str,
    Path(description="A command's name, as GET /v1/commands lists them.", max_length=64, examples=["SubmitEvidence"]),
]


@router.get("")
def command_types(ledger: LedgerDep) -> CommandTypesOut:
    """Every kind of command with the JSON Schema of its body."""
    return CommandTypesOut(
        chain_id=str(ledger.deployment.chain_id),
        commands=[
            CommandTypeOut(
                name=name,
                description=summary(twin),
                contract=twin.contract,
                contract_address=ledger.deployment.addresses[twin.contract],
                schema=command_schema(name),
            )
            for name, twin in COMMANDS.items()
        ],
    )


@router.post("/{name}/prepare")
def prepare(name: CommandName, body: PrepareIn, ledger: LedgerDep) -> PreparedOut:
    """
    Make a command ready: an operation number, a deadline, the words to show, the EIP-712 document to sign.

    Nothing is recorded on the ledger; what is prepared and never submitted has no effect.
    """
    _known(name)
    command = command_from_json(name, body.command)
    prepared = ledger.commands.prepare(command, read_address("signer", body.signer), body.deadline_seconds)
    return PreparedOut(
        name=name,
        command=command_to_json(command),
        signer=prepared.authorization.signer,
        operation=str(prepared.authorization.operation),
        deadline=format_moment(prepared.authorization.deadline),
        words=list(prepared.words),
        typed_data=prepared.typed_data,
    )


@router.post("/{name}", status_code=status.HTTP_202_ACCEPTED)
def submit(
    name: CommandName,
    body: SubmitIn,
    response: Response,
    ledger: LedgerDep,
    now: NowDep,
    idempotency_key: IdempotencyKeyDep = None,
) -> AcceptedOut:
    """
    Hand in a signed command.

    It is verified, tried on the newest block, and on disk before the answer, which holds the relayer's signed receipt
    with a deadline for inclusion. What it changes shows once its block is
    projected: follow the operation at `Location`. What the contract would refuse is refused here, with the contract's
    own error, and leaves nothing.
    """
    _known(name)
    signed = _signed(name, body, ledger.deployment)
    idempotency = None
    if idempotency_key is not None:
        told = json.dumps([name, body.model_dump(mode="json")], sort_keys=True).encode("ascii")
        caller = f"signer:{signed.authorization.signer}"
        idempotency = Idempotency(idempotency_key, caller, hashlib.sha256(told).digest())
        first = ledger.store.idempotency.recall(idempotency, now)
        if first is not None:
            response.headers["Idempotency-Replayed"] = "true"
            operation = Operation.from_text(first)
            response.headers["Location"] = f"/v1/operations/{operation.id}"
            return accepted_out(operation, None, ledger)
    operation = ledger.relay.accept(signed, idempotency)
    response.headers["Location"] = f"/v1/operations/{operation.id}"
    return accepted_out(operation, None, ledger)


def _known(name: str) -> None:
    if name not in COMMANDS:
        raise NotFound("command", name)


def _signed(name: str, body: SubmitIn, deployment: Deployment) -> SignedCommand:
    signature = bytes.fromhex(body.signature[2:])
    if body.typed_data is not None:
        for field in ("command", "signer", "operation", "deadline"):
            if getattr(body, field) is not None:
                raise InvalidInput(field, getattr(body, field), "either typed_data, which holds all of it, or this")
        return signed_document(name, body.typed_data, signature, deployment)
    if body.command is None:
        raise InvalidInput("command", None, "the command, or the signed typed_data")
    return SignedCommand(
        command_from_json(name, body.command),
        authorization(body.signer, body.operation, body.deadline, signature),
    )
