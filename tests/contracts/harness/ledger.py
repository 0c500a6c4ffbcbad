"""
A deployed ledger with its cast, and the ways to command it.

| Body | Roles | Part in the tests |
|---|---|---|
| Delta Office | coordinating body | coordinates the agreements; has jurisdiction over all parties |
| Lakeside District of S City | government | debtor |
| Hillside County | government | creditor |
| Riverport | government | third party of the same agreement |
| Farfield | government | no party of anything |
| Uplands Office | coordinating body | coordinates nothing, has no jurisdiction |
| Court of Accounts | auditor | reads |
| Oldtown | government | was a party, then was removed from the register |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest
from eth_abi.abi import encode
from eth_account.signers.local import LocalAccount
from eth_utils.abi import function_abi_to_4byte_selector

from ledger.domain.enums import (
    CompensationKind,
    IndicatorDirection,
    IndicatorKind,
    Level,
    Role,
    ServiceMode,
    TimeBasis,
)
from ledger.domain.events import CommandExecuted, Event
from ledger.domain.refusals import Refused
from ledger.domain.terms import (
    AgreementTerms,
    Authorization,
    CommitmentTerms,
    CompensationRule,
    Confirmation,
    HistoricalCommitment,
    HistoricalOutcome,
    Indicator,
    NewGovernment,
    ScoreRun,
    TransferTerms,
)
from tests.contracts.harness.evm import START, Evm, Execution, account, artifact
from tests.contracts.harness.interface import (
    CONTRACTS,
    Function,
    Panicked,
    decode_event,
    decode_refusal,
    functions,
)
from tests.contracts.harness.signing import sign, typed_data

DAY: Final = 86_400
DELAY_SECONDS: Final = 2 * DAY
NOBODY: Final = "0x" + "00" * 20
DIGEST: Final = b"\xd1" * 32

ADMINISTRATORS: Final = tuple(account(f"administrator {number}") for number in (1, 2, 3))
RELAYER: Final = account("relayer")
STRANGER: Final = account("stranger")

DELTA, LAKESIDE, HILLSIDE, RIVERPORT, FARFIELD, UPLANDS, AUDITOR, OLDTOWN = range(1, 9)

SPEAKERS: Final = {
    DELTA: account("Delta Office"),
    LAKESIDE: account("Lakeside District"),
    HILLSIDE: account("Hillside County"),
    RIVERPORT: account("Riverport"),
    FARFIELD: account("Farfield"),
    UPLANDS: account("Uplands Office"),
    AUDITOR: account("Court of Accounts"),
    OLDTOWN: account("Oldtown"),
}

_BODIES: Final = (
    ("Delta Office", Level.NATIONAL, Role.COORDINATING_BODY),
    ("Lakeside District of S City", Level.COUNTY, Role.GOVERNMENT),
    ("Hillside County", Level.COUNTY, Role.GOVERNMENT),
    ("Riverport", Level.CITY, Role.GOVERNMENT),
    ("Farfield", Level.CITY, Role.GOVERNMENT),
    ("Uplands Office", Level.PROVINCE, Role.COORDINATING_BODY),
    ("Court of Accounts", Level.NATIONAL, Role.AUDITOR),
    ("Oldtown", Level.CITY, Role.GOVERNMENT),
)

AGREEMENT, BACKFILLED = 1, 2
"""An agreement in force among Lakeside, Hillside, Riverport and Oldtown, and one of the past among the first three."""

PARTIES: Final = (LAKESIDE, HILLSIDE, RIVERPORT, OLDTOWN)
PAST: Final = START - 3650 * DAY


def speaker(body: int) -> LocalAccount:
    """The account that speaks for a body."""
    return SPEAKERS[body]


@dataclass(frozen=True)
class Done:
    """What a transaction did."""

    returned: Any
    events: tuple[Event, ...]
    gas_used: int

    @property
    def facts(self) -> tuple[Event, ...]:
        """The events without those that name the command."""
        return tuple(event for event in self.events if not isinstance(event, CommandExecuted))


@contextmanager
def refused(expected: Refused) -> Iterator[None]:
    """Expect a refusal with exactly these values."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value == expected, f"{caught.value!r} instead of {expected!r}"


class Ledger:
    """A deployed ledger."""

    def __init__(self, evm: Evm) -> None:
        self.evm = evm
        self.addresses: dict[str, str] = {}
        self._operation = 0

    # ------------------------------------------------------------------------------------------------- deploying

    def deploy(self, name: str, types: tuple[str, ...], *values: Any) -> str:
        """Deploy a contract and remember where it is."""
        code = bytes.fromhex(artifact(name)["bytecode"][2:])
        done = self.evm.send(STRANGER, None, code + encode(types, values))
        if done.reverted:
            raise decode_refusal(done.output)
        self.addresses.setdefault(name, done.created)
        return done.created

    # ------------------------------------------------------------------------------------------------ commanding

    def address(self, verb: str) -> str:
        """The contract that has this function."""
        return self.addresses[functions()[verb].contract]

    def transact(self, verb: str, *values: Any, by: LocalAccount, to: str = "") -> Done:
        """Call a function with all of its parameters given."""
        function = functions()[verb]
        return self._done(function, self.evm.send(by, to or self.address(verb), function.encode(values)))

    def send(self, verb: str, *values: Any, by: LocalAccount, operation: int = 0, deadline: int = 0) -> Done:
        """Command directly."""
        return self.transact(verb, *values, Authorization(by.address, operation, deadline, b""), by=by)

    def sign(
        self,
        verb: str,
        *values: Any,
        by: LocalAccount,
        operation: int | None = None,
        deadline: int | None = None,
        signer: str = "",
        chain_id: int | None = None,
        contract: str = "",
    ) -> Authorization:
        """Sign a command, for this ledger unless another chain or contract is named."""
        if operation is None:
            self._operation += 1
            operation = self._operation
        if deadline is None:
            deadline = self.evm.now + DAY
        signer = signer or by.address
        document = typed_data(
            functions()[verb],
            values,
            signer,
            operation,
            deadline,
            self.evm.chain_id if chain_id is None else chain_id,
            contract or self.address(verb),
        )
        return Authorization(signer, operation, deadline, sign(document, by))

    def relay(self, verb: str, *values: Any, by: LocalAccount, via: LocalAccount = RELAYER, **signing: Any) -> Done:
        """Sign a command and have another account send it."""
        return self.transact(verb, *values, self.sign(verb, *values, by=by, **signing), by=via)

    def through(self, wallet: str, owner: LocalAccount, to: str, data: bytes) -> tuple[Event, ...]:
        """Have a contract wallet send a call, and return the events."""
        entry: Any = next(each for each in artifact("ContractWallet")["abi"] if each.get("name") == "send")
        call = function_abi_to_4byte_selector(entry) + encode(["address", "bytes"], [to, data])
        done = self.evm.send(owner, wallet, call)
        if done.reverted:
            raise decode_refusal(done.output)
        return tuple(decode_event(log) for log in done.logs)

    def call(self, verb: str, *values: Any, contract: str = "") -> Any:
        """Ask a function that changes nothing."""
        function = functions()[verb]
        to = self.addresses[contract or function.contract]
        return function.decode(self.evm.call(to, function.encode(values)))

    def _done(self, function: Function, execution: Execution) -> Done:
        if execution.reverted:
            raise decode_refusal(execution.output)
        return Done(
            function.decode(execution.output) if function.outputs else None,
            tuple(decode_event(log) for log in execution.logs),
            execution.gas_used,
        )

    # ------------------------------------------------------------------------------------------- what takes steps

    def propose(self, verb: str, *values: Any) -> tuple[int, bytes]:
        """Propose a call and approve it with a second administrator; the delay has begun."""
        data = functions()[verb].encode(values)
        made = self.send("proposeCall", self.address(verb), data, "as agreed", by=ADMINISTRATORS[0])
        self.send("approveProposal", made.returned, by=ADMINISTRATORS[1])
        return made.returned, data

    def decide(self, verb: str, *values: Any) -> Done:
        """Have the administrators do something: propose, approve, wait out the delay, execute."""
        proposal, data = self.propose(verb, *values)
        self.evm.now += DELAY_SECONDS
        return self.transact("executeProposal", proposal, data, by=STRANGER)

    def conclude(self, **changes: Any) -> int:
        """Propose terms and have every party sign them."""
        terms = agreement_terms(**changes)
        made = self.send("proposeAgreement", terms, by=speaker(terms.parties[0]))
        digest = self.call("agreement", made.returned)["termsDigest"]
        for party in terms.parties:
            self.send("signAgreement", made.returned, digest, by=speaker(party))
        concluded: int = made.returned
        return concluded

    def register(self, **changes: Any) -> int:
        """Have Lakeside take on a commitment."""
        made: int = self.send("registerCommitment", self.commitment_terms(**changes), by=speaker(LAKESIDE)).returned
        return made

    def register_as(self, by: LocalAccount) -> None:
        """Have an account take on a commitment for whom it speaks for."""
        self.send("registerCommitment", self.commitment_terms(), by=by)

    def evidence(self, commitment: int) -> None:
        """Have Lakeside lodge evidence."""
        self.send("submitEvidence", commitment, DIGEST, "archive:1", self.evm.now, by=speaker(LAKESIDE))

    def confirm(self, commitment: int, outcome: int = 10_000) -> None:
        """Have Hillside confirm."""
        self.send("confirmCommitment", Confirmation(commitment, outcome, self.evm.now), by=speaker(HILLSIDE))

    def commitment_terms(self, **changes: Any) -> CommitmentTerms:
        """A commitment of Lakeside to Hillside, due in 30 days."""
        terms = CommitmentTerms(
            agreement=AGREEMENT,
            creditor=HILLSIDE,
            indicator=0,
            weight=1_000_000,
            due_at=self.evm.now + 30 * DAY,
            reference_number="LH-2026-001",
            description="Pension transfers are settled within five working days.",
        )
        return replace(terms, **changes)

    def transfer_terms(self, **changes: Any) -> TransferTerms:
        """Lakeside pays Hillside 1,250,000.00 yuan."""
        terms = TransferTerms(
            agreement=AGREEMENT,
            payee=HILLSIDE,
            currency=b"CNY",
            amount_minor=125_000_000,
            paid_at=self.evm.now,
            reference_number="PAY-2026-01",
        )
        return replace(terms, **changes)

    def score_run(self, **changes: Any) -> ScoreRun:
        """Scores of four governments as of now, up to the first block."""
        run = ScoreRun(
            policy_digest=DIGEST,
            as_of=self.evm.now,
            time_basis=TimeBasis.RECORDED,
            block_number=0,
            block_hash=self.evm.first_block_hash,
            governments=4,
            root=b"\xa7" * 32,
            locator="archive:scores-1",
        )
        return replace(run, **changes)

    def storage(self) -> dict[str, bytes]:
        """A digest of what each contract holds."""
        return dict(zip(self.addresses, self.evm.storage_roots(self.addresses.values()), strict=True))

    def refuses(self, expected: Refused, verb: str, *values: Any, by: LocalAccount) -> None:
        """Expect a direct command to be refused with exactly these values, and nothing to be written."""
        self.unchanged(lambda: self.send(verb, *values, by=by), expected)

    def unchanged(self, action: Callable[[], Any], expected: Refused | type[Refused]) -> Refused:
        """Expect a refusal, and that no contract holds anything else than before."""
        before = self.storage()
        with pytest.raises((Refused, Panicked)) as caught:
            action()
        assert isinstance(caught.value, Refused), caught.value
        if isinstance(expected, Refused):
            assert caught.value == expected, f"{caught.value!r} instead of {expected!r}"
        else:
            assert isinstance(caught.value, expected), f"{caught.value!r} instead of {expected.__name__}"
        assert self.storage() == before
        return caught.value


def agreement_terms(**changes: Any) -> AgreementTerms:
    """Terms that are in order."""
    terms = AgreementTerms(
        reference_number="SC-2026-17",
        title="Pension transfers between Lakeside and its partners",
        document_digest=DIGEST,
        document_locator="archive:SC-2026-17",
        service_mode=ServiceMode.REMOTE_ACCEPTANCE,
        coordinating_body=DELTA,
        parties=PARTIES,
        indicators=(
            Indicator(
                "shared windows",
                IndicatorKind.INSTITUTION_BUILDING,
                "windows",
                5_000_000,
                IndicatorDirection.AT_LEAST,
                4_000,
            ),
            Indicator(
                "days to settle", IndicatorKind.SOCIAL_BENEFIT, "days", 5_000_000, IndicatorDirection.AT_MOST, 6_000
            ),
        ),
        compensation=compensation_rule(),
        effective_from=0,
        expires_at=0,
    )
    return replace(terms, **changes)


def compensation_rule(**changes: Any) -> CompensationRule:
    """The side that gains pays for each case."""
    rule = CompensationRule(
        kind=CompensationKind.PER_CASE,
        currency=b"CNY",
        amount_minor=12_000,
        share_basis_points=0,
        standard="120 yuan for each case accepted on behalf of another place",
        method="cases counted by the shared window system",
        process="Delta Office reports each quarter; paid within 30 days",
    )
    return replace(rule, **changes)


def historical_commitment(**changes: Any) -> HistoricalCommitment:
    """A commitment of the past, made eight and due seven years before the ledger, and kept."""
    commitment = HistoricalCommitment(
        debtor=LAKESIDE,
        creditor=0,
        indicator=0,
        weight=1_000_000,
        made_at=START - 2920 * DAY,
        due_at=START - 2555 * DAY,
        resolved_at=START - 2560 * DAY,
        outcome_basis_points=10_000,
        reference_number="H-0001",
    )
    return replace(commitment, **changes)


def historical_outcome(**changes: Any) -> HistoricalOutcome:
    """An outcome of a backfilled commitment, known since a day before the ledger."""
    return replace(HistoricalOutcome(1, 10_000, START - DAY), **changes)


def new_government(number: int, **changes: Any) -> NewGovernment:
    """A body of the cast, or a further one."""
    name, level, role = (
        _BODIES[number - 1] if number <= len(_BODIES) else (f"Body {number}", Level.CITY, Role.GOVERNMENT)
    )
    signers = (SPEAKERS[number].address,) if number in SPEAKERS else ()
    made = NewGovernment("test", f"B{number:03}", name, level, 0, role.bit, signers)
    return replace(made, **changes)


def deploy_contracts(evm: Evm) -> Ledger:
    """Deploy the contracts; nobody is registered."""
    made = Ledger(evm)
    administration = made.deploy(
        "Administration",
        ("address[]", "uint8", "uint64"),
        [each.address for each in ADMINISTRATORS],
        2,
        DELAY_SECONDS,
    )
    register = made.deploy("GovernmentRegister", ("address",), administration)
    made.deploy("PolicyRegister", ("address",), administration)
    agreements = made.deploy("AgreementRegistry", ("address",), register)
    made.deploy("CommitmentRegistry", ("address", "address"), register, agreements)
    made.deploy("CompensationLedger", ("address", "address"), register, agreements)
    made.deploy("ScoreRegister", ("address",), register)
    assert tuple(made.addresses) == CONTRACTS
    return made


def found() -> Ledger:
    """Deploy a ledger and bring it to where most tests begin; see the module's table and `AGREEMENT`."""
    made = deploy_contracts(Evm())
    made.decide("registerGovernments", [new_government(number) for number in SPEAKERS])
    made.decide("setJurisdiction", DELTA, 0, True)
    assert made.conclude() == AGREEMENT
    past = agreement_terms(parties=(LAKESIDE, HILLSIDE, RIVERPORT), effective_from=PAST)
    assert made.send("recordAgreement", past, by=speaker(DELTA)).returned == BACKFILLED
    made.decide("removeGovernment", OLDTOWN, "merged into Riverport")
    return made
