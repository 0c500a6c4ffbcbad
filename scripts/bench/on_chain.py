"""What commands cost on the chain, and how many of them an embedded chain records in a second."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ledger.bootstrap import Ledger, init_home, open_ledger
from ledger.chain.embedded.client import stop_node
from ledger.chain.signers import LocalSigner
from ledger.chain.typed_data import SignedCommand
from ledger.config import Settings
from ledger.domain.commands import (
    AcceptCommitments,
    Command,
    ConfirmCommitment,
    ProposeAgreement,
    RegisterCommitment,
    RegisterCommitments,
    SignAgreement,
    SubmitEvidence,
)
from ledger.domain.enums import Role
from ledger.domain.events import AgreementProposed
from ledger.domain.terms import Authorization, Confirmation
from scripts.bench.figures import Figure, stopwatch
from scripts.bench.scenario import agreement, commitment, government

SINGLES: Final = 200
BATCHES: Final = 10
BATCH: Final = 50
GAS_LIMIT: Final = 20_000_000

EAS_ATTESTATION_GAS: Final = 200_272
EAS_ATTESTATION_IN_50_GAS: Final = 166_143
"""Ethereum Attestation Service: gas for one attestation, and for each in a batch of 50."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A ledger on an embedded chain with one agreement in force."""

    ledger: Ledger
    debtor: LocalSigner
    creditor: LocalSigner
    agreement: int
    debtor_id: int
    creditor_id: int


@contextmanager
def stage() -> Iterator[Stage]:
    """Make the ledger in a folder of its own; all of it is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder) / "home")
        try:
            init_home(settings)
            with open_ledger(settings) as ledger:
                yield _agree(ledger)
        finally:
            stop_node(settings.home)


def _agree(ledger: Ledger) -> Stage:
    debtor, creditor, body = (LocalSigner.create() for _ in range(3))
    new = (
        government(1, debtor.address),
        government(2, creditor.address),
        government(3, body.address, Role.COORDINATING_BODY),
    )
    administrators = ledger.administrators()
    ledger.administration.carry_out("GovernmentRegister", "registerGovernments", [new], "Bench", administrators)
    numbers = {row.value: row.id for row in ledger.queries.every_government().values()}
    debtor_id, creditor_id, body_id = (numbers[each.value] for each in new)
    ledger.administration.carry_out(
        "GovernmentRegister", "setJurisdiction", [body_id, 0, True], "Bench", administrators
    )
    proposed = ledger.commands.send(ProposeAgreement(agreement(body_id, (debtor_id, creditor_id))), debtor)
    event = next(each for each in ledger.commands.facts(proposed) if isinstance(each, AgreementProposed))
    for party in (debtor, creditor):
        ledger.commands.send(SignAgreement(event.id, 1, event.terms_digest), party)
    return Stage(ledger, debtor, creditor, event.id, debtor_id, creditor_id)


def _direct(at: Stage, commands: Sequence[Command], signer: LocalSigner) -> list[bytes]:
    """Transactions that the signer sends directly, signed beforehand."""
    connection, deployment = at.ledger.connection, at.ledger.deployment
    nonce = connection.transaction_count(signer.address)
    authorization = Authorization(signer.address, 0, 0, b"")
    return [
        signer.sign_transaction(
            {
                "chainId": deployment.chain_id,
                "nonce": nonce + place,
                "to": deployment.addresses[command.contract],
                "data": "0x" + SignedCommand(command, authorization).call_data().hex(),
                "gas": GAS_LIMIT,
                "gasPrice": 0,
                "value": 0,
            }
        )[0]
        for place, command in enumerate(commands)
    ]


def _send(at: Stage, transactions: Sequence[bytes]) -> list[int]:
    """Send one after the other, each when the one before is in a block; the gas that each used."""
    hashes = [at.ledger.connection.send_raw(each) for each in transactions]
    used = []
    for sent in hashes:
        receipt = at.ledger.connection.receipt(sent)
        if receipt is None or not receipt.succeeded:
            raise SystemExit(f"a benchmark's transaction 0x{sent.hex()} did not succeed")
        used.append(receipt.gas_used)
    return used


def _sign(at: Stage, commands: Sequence[Command], signer: LocalSigner) -> list[SignedCommand]:
    prepared = [at.ledger.commands.prepare(command, signer.address) for command in commands]
    return [each.signed(signer.sign_typed_data(each.typed_data)) for each in prepared]


def _relay(at: Stage, signed: Sequence[SignedCommand]) -> list[int]:
    """Have them accepted and wait until the last has ended; the gas that each used."""
    relay = at.ledger.relay
    operations = [relay.accept(each) for each in signed]
    ended = [relay.wait(each.id) for each in operations]
    used = []
    for operation in ended:
        receipt = at.ledger.connection.receipt(bytes.fromhex((operation.transaction or "0x")[2:]))
        if receipt is None or operation.state.value != "confirmed":
            raise SystemExit(f"a benchmark's operation ended {operation.state.value}: {operation.refusal}")
        used.append(receipt.gas_used)
    return used


def _registrations(at: Stage, count: int, offset: int) -> list[Command]:
    return [RegisterCommitment(commitment(at.agreement, at.creditor_id, offset + n)) for n in range(count)]


def _batches(at: Stage, count: int, offset: int) -> list[Command]:
    return [
        RegisterCommitments(
            tuple(commitment(at.agreement, at.creditor_id, offset + BATCH * n + k) for k in range(BATCH))
        )
        for n in range(count)
    ]


def _evidence(ids: Sequence[int]) -> list[Command]:
    return [SubmitEvidence(each, b"\x11" * 32, "bench://evidence", int(time.time())) for each in ids]


def _confirmations(ids: Sequence[int]) -> list[Command]:
    return [ConfirmCommitment(Confirmation(each, 10_000, int(time.time()))) for each in ids]


def gas() -> Iterator[Figure]:
    """Gas of the everyday commands, directly and relayed."""
    with stage() as at:
        (first_direct, direct) = _send(at, _direct(at, _registrations(at, 2, 0), at.debtor))
        del first_direct  # The first commitment of all also fills the counter's slot.
        yield Figure(
            "gas: register a commitment directly", direct, "gas", EAS_ATTESTATION_GAS, "EAS attestation; aim 85,000"
        )
        # The debtor's first operation number for this contract opens a word that nothing has touched yet.
        fresh, used = _relay(at, _sign(at, _registrations(at, 2, 10), at.debtor))
        yield Figure("gas: register, relayed", used, "gas", EAS_ATTESTATION_GAS, "EAS attestation; aim 110,000")
        yield Figure("gas: register, relayed, first of 256 operation numbers", fresh, "gas", EAS_ATTESTATION_GAS)
        (batch,) = _send(at, _direct(at, _batches(at, 1, 100), at.debtor))
        note = "EAS in a batch of 50; aim 52,000"
        yield Figure("gas: register in a call of 50, each", batch / BATCH, "gas", EAS_ATTESTATION_IN_50_GAS, note)
        (batch,) = _relay(at, _sign(at, _batches(at, 1, 200), at.debtor))
        yield Figure(
            "gas: register in a relayed call of 50, each", batch / BATCH, "gas", EAS_ATTESTATION_IN_50_GAS, note
        )
        # The batch that was sent directly has the numbers from 5 on.
        for ids in ((1, 2, 3), tuple(range(5, 5 + BATCH))):
            (accept,) = _send(at, _direct(at, [AcceptCommitments(ids)], at.creditor))
        yield Figure("gas: accept in a call of 50, each", accept / BATCH, "gas")
        (evidence, *_) = _send(at, _direct(at, _evidence([1, 2, 3]), at.debtor))
        yield Figure("gas: lodge evidence directly", evidence, "gas")
        (confirm,) = _send(at, _direct(at, _confirmations([1]), at.creditor))
        yield Figure("gas: confirm directly", confirm, "gas", None, "aim 40,000")
        _, confirm = _relay(at, _sign(at, _confirmations([2, 3]), at.creditor))
        yield Figure("gas: confirm, relayed", confirm, "gas", None, "aim 62,000")


def throughput() -> Iterator[Figure]:
    """Commitments recorded per second, against eth-tester as it comes."""
    finished = subprocess.run(
        [sys.executable, "-m", "scripts.bench.eth_tester_as_it_comes", "40", "4"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "ECC_BACKEND_CLASS": "eth_keys.backends.NativeECCBackend", "PYTHONWARNINGS": "ignore"},
    )
    baseline: dict[str, Any] = json.loads(finished.stdout)
    one_by_one = float(baseline["one_by_one"])
    note = "eth-tester as it comes, one by one"
    with stage() as at:
        transactions = _direct(at, _registrations(at, SINGLES, 0), at.debtor)
        with stopwatch() as seconds:
            _send(at, transactions)
            taken = seconds()
        yield Figure("commitments one by one, direct", SINGLES / taken, "1/s", one_by_one, f"{note}; aim 4 x")
        signed = _sign(at, _registrations(at, SINGLES, 1_000), at.debtor)
        with stopwatch() as seconds:
            _relay(at, signed)
            taken = seconds()
        yield Figure(
            "commitments one by one, signed and relayed (verified, tried, on disk)",
            SINGLES / taken,
            "1/s",
            one_by_one,
            note,
        )
        transactions = _direct(at, _batches(at, BATCHES, 2_000), at.debtor)
        with stopwatch() as seconds:
            _send(at, transactions)
            taken = seconds()
        rate = BATCHES * BATCH / taken
        yield Figure("commitments in calls of 50, direct", rate, "1/s", one_by_one, f"{note}; aim 10 x")
        yield Figure(
            "commitments in calls of 50, direct, against calls of 50",
            rate,
            "1/s",
            float(baseline["in_calls_of_50"]),
            "eth-tester as it comes, in calls of 50",
        )
        signed = _sign(at, _batches(at, BATCHES, 3_000), at.debtor)
        with stopwatch() as seconds:
            _relay(at, signed)
            taken = seconds()
        yield Figure("commitments in calls of 50, signed and relayed", BATCHES * BATCH / taken, "1/s", one_by_one, note)
