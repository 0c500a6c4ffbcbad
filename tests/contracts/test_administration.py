"""Administration: k of n approve, everybody can read it during a delay, anybody executes it once."""

from __future__ import annotations

import pytest
from eth_account.signers.local import LocalAccount
from eth_utils.crypto import keccak

from ledger.domain.enums import ProposalState
from ledger.domain.events import (
    AdministratorsSet,
    CommandExecuted,
    GovernmentRemoved,
    ProposalApproved,
    ProposalExecuted,
    ProposalMade,
    ProposalScheduled,
    ProposalWithdrawn,
)
from ledger.domain.refusals.administration import (
    AdministrationAdministratorInvalid,
    AdministrationDelayTooLong,
    AdministrationNotAdministrator,
    AdministrationOnly,
    AdministrationThresholdOutOfRange,
    ProposalAlreadyApproved,
    ProposalCallDiffers,
    ProposalNotOpen,
    ProposalNotProposer,
    ProposalNotYetExecutable,
)
from ledger.domain.refusals.commands import CommandSignatureInvalid
from ledger.domain.refusals.libraries import AddressEmptyCode, FailedCall
from ledger.domain.refusals.register import GovernmentUnknown
from ledger.domain.terms import Authorization
from tests.contracts.harness.evm import Evm, account
from tests.contracts.harness.interface import functions
from tests.contracts.harness.ledger import (
    ADMINISTRATORS,
    DELAY_SECONDS,
    DELTA,
    FARFIELD,
    NOBODY,
    RELAYER,
    STRANGER,
    Ledger,
    refused,
)

FIRST, SECOND, THIRD = ADMINISTRATORS


def removal(body: int = FARFIELD) -> bytes:
    return functions()["removeGovernment"].encode([body, "dissolved"])


def propose(ledger: Ledger, data: bytes | None = None, target: str = "") -> int:
    register = ledger.addresses["GovernmentRegister"]
    data = removal() if data is None else data
    made: int = ledger.send("proposeCall", target or register, data, "dissolved by law", by=FIRST).returned
    return made


def test_proposing_says_what_is_proposed_and_counts_as_approval(ledger: Ledger) -> None:
    register = ledger.addresses["GovernmentRegister"]
    done = ledger.send("proposeCall", register, removal(), "dissolved by law", by=FIRST)
    assert done.events == (
        CommandExecuted(FIRST.address, 0),
        ProposalMade(done.returned, FIRST.address, register, removal(), "dissolved by law"),
        ProposalApproved(done.returned, FIRST.address, 1, 2),
    )
    assert ledger.call("proposal", done.returned) == {
        "state": ProposalState.OPEN,
        "approvals": 1,
        "executableFrom": 0,
        "proposer": FIRST.address.lower(),
        "target": register.lower(),
        "callDigest": keccak(removal()),
    }


def test_ids_of_proposals_are_consecutive(ledger: Ledger) -> None:
    first = propose(ledger)
    assert propose(ledger) == first + 1


def test_the_approval_that_meets_the_threshold_starts_the_delay(ledger: Ledger) -> None:
    id = propose(ledger)
    due = ledger.evm.now + DELAY_SECONDS
    done = ledger.send("approveProposal", id, by=SECOND)
    assert done.facts == (ProposalApproved(id, SECOND.address, 2, 2), ProposalScheduled(id, due))
    ledger.evm.now += 60
    late = ledger.send("approveProposal", id, by=THIRD)
    assert late.facts == (ProposalApproved(id, THIRD.address, 3, 2),)
    assert ledger.call("proposal", id)["executableFrom"] == due


def test_only_administrators_propose_and_approve(ledger: Ledger) -> None:
    id = propose(ledger)
    refusal = AdministrationNotAdministrator(STRANGER.address)
    ledger.refuses(refusal, "proposeCall", STRANGER.address, b"", "", by=STRANGER)
    ledger.refuses(refusal, "approveProposal", id, by=STRANGER)


def test_an_administrator_approves_once(ledger: Ledger) -> None:
    id = propose(ledger)
    ledger.refuses(ProposalAlreadyApproved(id, FIRST.address), "approveProposal", id, by=FIRST)


@pytest.mark.parametrize("verb", ["approveProposal", "withdrawProposal"])
def test_what_was_never_proposed_is_not_open(ledger: Ledger, verb: str) -> None:
    ledger.refuses(ProposalNotOpen(99, ProposalState.NONE), verb, 99, by=FIRST)


def test_its_proposer_withdraws_a_proposal(ledger: Ledger) -> None:
    id = propose(ledger)
    ledger.refuses(ProposalNotProposer(id, SECOND.address), "withdrawProposal", id, by=SECOND)
    assert ledger.send("withdrawProposal", id, by=FIRST).facts == (ProposalWithdrawn(id),)
    closed = ProposalNotOpen(id, ProposalState.WITHDRAWN)
    ledger.refuses(closed, "withdrawProposal", id, by=FIRST)
    ledger.refuses(closed, "approveProposal", id, by=SECOND)
    with refused(closed):
        ledger.transact("executeProposal", id, removal(), by=FIRST)


@pytest.mark.parametrize("approvals", [1, 2])
@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_execution_needs_the_threshold_and_the_whole_delay(ledger: Ledger, approvals: int, seconds: int) -> None:
    id = propose(ledger)
    if approvals == 2:
        ledger.send("approveProposal", id, by=SECOND)
    due = ledger.evm.now + DELAY_SECONDS
    ledger.evm.now = due + seconds
    if approvals == 2 and seconds >= 0:
        done = ledger.transact("executeProposal", id, removal(), by=STRANGER)
        assert done.events == (ProposalExecuted(id), GovernmentRemoved(FARFIELD, "dissolved"))
        assert ledger.call("proposal", id)["state"] == ProposalState.EXECUTED
    else:
        expected = ProposalNotYetExecutable(id, due if approvals == 2 else 0, ledger.evm.now)
        ledger.unchanged(lambda: ledger.transact("executeProposal", id, removal(), by=STRANGER), expected)


def test_only_the_approved_call_is_executed(ledger: Ledger) -> None:
    id, data = ledger.propose("removeGovernment", FARFIELD, "dissolved")
    ledger.evm.now += DELAY_SECONDS
    other = removal(DELTA)
    expected = ProposalCallDiffers(id, keccak(other), keccak(data))
    ledger.unchanged(lambda: ledger.transact("executeProposal", id, other, by=FIRST), expected)


def test_a_proposal_is_executed_once(ledger: Ledger) -> None:
    id, data = ledger.propose("removeGovernment", FARFIELD, "dissolved")
    ledger.evm.now += DELAY_SECONDS
    ledger.transact("executeProposal", id, data, by=STRANGER)
    with refused(ProposalNotOpen(id, ProposalState.EXECUTED)):
        ledger.transact("executeProposal", id, data, by=STRANGER)


def test_a_proposal_cannot_execute_itself_while_it_is_executed(ledger: Ledger) -> None:
    """The inner call runs while the outer one is under way, and finds the proposal executed."""
    administration = ledger.addresses["Administration"]
    id = propose(ledger)
    inner = functions()["executeProposal"].encode([id + 1, b""])
    outer = propose(ledger, inner, administration)
    assert outer == id + 1
    ledger.send("approveProposal", outer, by=SECOND)
    ledger.evm.now += DELAY_SECONDS
    expected = ProposalNotOpen(outer, ProposalState.EXECUTED)
    ledger.unchanged(lambda: ledger.transact("executeProposal", outer, inner, by=STRANGER), expected)


def test_a_failing_call_reverts_with_its_own_error_and_can_be_tried_again(ledger: Ledger) -> None:
    id, data = ledger.propose("removeGovernment", 99, "unknown")
    ledger.evm.now += DELAY_SECONDS
    ledger.unchanged(lambda: ledger.transact("executeProposal", id, data, by=STRANGER), GovernmentUnknown(99))
    assert ledger.call("proposal", id)["state"] == ProposalState.OPEN


def test_a_call_that_fails_without_a_reason_is_reported_as_failed(ledger: Ledger) -> None:
    id = propose(ledger, b"\x00\x00\x00\x00")
    ledger.send("approveProposal", id, by=SECOND)
    ledger.evm.now += DELAY_SECONDS
    ledger.unchanged(lambda: ledger.transact("executeProposal", id, b"\x00\x00\x00\x00", by=STRANGER), FailedCall())


def test_a_call_to_where_no_contract_is_fails(ledger: Ledger) -> None:
    id = propose(ledger, b"", STRANGER.address)
    ledger.send("approveProposal", id, by=SECOND)
    ledger.evm.now += DELAY_SECONDS
    expected = AddressEmptyCode(STRANGER.address)
    ledger.unchanged(lambda: ledger.transact("executeProposal", id, b"", by=STRANGER), expected)


# ------------------------------------------------------------------------------------------- administering itself


def test_administrators_replace_themselves_through_a_proposal(ledger: Ledger) -> None:
    fourth = account("administrator 4")
    proposal, data = ledger.propose("setAdministrators", [THIRD.address, fourth.address], 1, 60)
    ledger.evm.now += DELAY_SECONDS
    done = ledger.transact("executeProposal", proposal, data, by=STRANGER)
    assert done.events == (
        ProposalExecuted(proposal),
        AdministratorsSet((THIRD.address, fourth.address), 1, 60),
    )
    assert [ledger.call("isAdministrator", each.address) for each in (FIRST, SECOND, THIRD, fourth)] == [
        False,
        False,
        True,
        True,
    ]
    assert (ledger.call("threshold"), ledger.call("delaySeconds")) == (1, 60)
    ledger.refuses(AdministrationNotAdministrator(FIRST.address), "proposeCall", NOBODY, b"", "", by=FIRST)
    one = ledger.send("proposeCall", NOBODY, b"", "", by=fourth)
    assert one.facts[1:] == (
        ProposalApproved(one.returned, fourth.address, 1, 1),
        ProposalScheduled(one.returned, ledger.evm.now + 60),
    )


@pytest.mark.parametrize("caller", [*ADMINISTRATORS, STRANGER, RELAYER], ids=lambda each: each.address[:6])
def test_nobody_replaces_administrators_alone(ledger: Ledger, caller: LocalAccount) -> None:
    expected = AdministrationOnly(caller.address)
    ledger.unchanged(lambda: ledger.transact("setAdministrators", [STRANGER.address], 1, 0, by=caller), expected)


def test_open_proposals_lapse_with_the_administrators_who_made_them(ledger: Ledger) -> None:
    """Replaced administrators must not leave a scheduled proposal behind: their keys may be why they were replaced."""
    open_one = propose(ledger)
    scheduled, data = ledger.propose("removeGovernment", DELTA, "a last blow")
    ledger.decide("setAdministrators", [each.address for each in ADMINISTRATORS], 2, DELAY_SECONDS)
    for id in (open_one, scheduled):
        lapsed = ProposalNotOpen(id, ProposalState.LAPSED)
        assert ledger.call("proposal", id)["state"] == ProposalState.LAPSED
        ledger.refuses(lapsed, "approveProposal", id, by=SECOND)
        ledger.refuses(lapsed, "withdrawProposal", id, by=FIRST)
        with refused(lapsed):
            ledger.transact("executeProposal", id, data, by=STRANGER)
    later = propose(ledger)
    assert ledger.call("proposal", later)["state"] == ProposalState.OPEN


@pytest.mark.parametrize(
    ("count", "threshold"), [(0, 0), (0, 1), (1, 0), (2, 3), (256, 1)], ids=lambda value: str(value)
)
def test_the_threshold_must_fit_the_administrators(ledger: Ledger, count: int, threshold: int) -> None:
    administrators = [account(f"one of many {number}").address for number in range(count)]
    with refused(AdministrationThresholdOutOfRange(threshold, count)):
        ledger.decide("setAdministrators", administrators, threshold, 0)


def test_as_many_administrators_as_can_be_counted_may_approve(ledger: Ledger) -> None:
    """255 approvals fit in what counts them."""
    many = [account(f"one of many {number}") for number in range(255)]
    ledger.decide("setAdministrators", [each.address for each in many], 255, 0)
    id = ledger.send("proposeCall", NOBODY, b"", "", by=many[0]).returned
    for each in many[1:]:
        done = ledger.send("approveProposal", id, by=each)
    assert done.facts == (ProposalApproved(id, many[-1].address, 255, 255), ProposalScheduled(id, ledger.evm.now))


@pytest.mark.parametrize("invalid", [NOBODY, FIRST.address], ids=["nobody", "twice"])
def test_each_administrator_is_one_account(ledger: Ledger, invalid: str) -> None:
    with refused(AdministrationAdministratorInvalid(invalid)):
        ledger.decide("setAdministrators", [FIRST.address, invalid], 1, 0)


def test_the_delay_is_at_most_a_year(ledger: Ledger) -> None:
    year = 365 * 86_400
    with refused(AdministrationDelayTooLong(year + 1, year)):
        ledger.decide("setAdministrators", [FIRST.address], 1, year + 1)
    ledger.decide("setAdministrators", [FIRST.address], 1, year)
    assert ledger.call("delaySeconds") == year


def test_a_ledger_is_not_founded_with_wrong_administrators() -> None:
    with refused(AdministrationThresholdOutOfRange(2, 1)):
        Ledger(Evm()).deploy("Administration", ("address[]", "uint8", "uint64"), [FIRST.address], 2, 0)


def test_administration_by_itself_gives_no_one_another_signature(ledger: Ledger) -> None:
    """A proposal may call the administration, but speaks there for no administrator."""
    command = functions()["approveProposal"]
    data = command.encode([1, Authorization(FIRST.address, 0, 0, b"")])
    id = propose(ledger, data, ledger.addresses["Administration"])
    ledger.send("approveProposal", id, by=SECOND)
    ledger.evm.now += DELAY_SECONDS
    administration = ledger.addresses["Administration"]
    with refused(CommandSignatureInvalid(FIRST.address, administration, bytes(32))):
        ledger.transact("executeProposal", id, data, by=STRANGER)
