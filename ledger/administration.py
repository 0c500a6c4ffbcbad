"""
What administrators do together.

One proposes a call, k of n approve it, it stands in public for a delay, and then anybody executes it. Where the keys of
several administrators are in one home, as in a development set-up, this goes through in one step; elsewhere each does
their part on their own machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ledger.chain.connection import Connection
from ledger.chain.contracts import decode_result, encode_call
from ledger.chain.deployment import Deployment
from ledger.chain.signers import Signer
from ledger.chain.transactions import send_transaction
from ledger.commands import Commands
from ledger.domain.commands import ApproveProposal, ProposeCall
from ledger.domain.enums import ProposalState
from ledger.domain.events import ProposalMade
from ledger.domain.moments import format_moment
from ledger.domain.refusals.administration import ProposalAlreadyApproved, ProposalNotYetExecutable
from ledger.errors import NotAllowed, NotFound

_CONTRACT: Final = "Administration"


class Stage(StrEnum):
    """How far the administrators are with something."""

    EXECUTED = "executed"
    DELAYED = "delayed"
    """Approved; it stands in public until it can be executed."""
    APPROVALS_MISSING = "approvals_missing"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    """Other administrators have taken over since it was made."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A call that administrators must agree on, as it stands."""

    id: int
    stage: Stage

    executable_from: int | None
    """First second at which it can be executed; None while approvals are missing."""

    approvals: int
    threshold: int

    def to_json(self) -> dict[str, Any]:
        """As `--json` shows it."""
        return {
            "proposal": self.id,
            "stage": self.stage.value,
            "executable_from": None if self.executable_from is None else format_moment(self.executable_from),
            "approvals": self.approvals,
            "threshold": self.threshold,
        }

    def in_words(self) -> str:
        """What stands, and what comes next."""
        if self.stage is Stage.EXECUTED:
            return f"proposal {self.id} was executed"
        if self.stage is Stage.WITHDRAWN:
            return f"proposal {self.id} was withdrawn"
        if self.stage is Stage.LAPSED:
            return f"proposal {self.id} has lapsed, because other administrators have taken over; propose it again"
        if self.executable_from is not None:
            return (
                f"proposal {self.id} is approved and stands in public until {format_moment(self.executable_from)}; "
                f"repeat this after that, or run `intergov proposal execute {self.id}`"
            )
        return (
            f"proposal {self.id} has {self.approvals} of {self.threshold} approvals; other administrators approve it "
            f"with `intergov proposal approve {self.id}`"
        )


class NotYetAdministered(NotAllowed):
    """Something waits for administrators, or for the public delay; repeat it when that is over."""

    def __init__(self, purpose: str, proposal: Proposal) -> None:
        super().__init__(f"{purpose}: {proposal.in_words()}")
        self.purpose, self.proposal = purpose, proposal

    def values(self) -> dict[str, object]:
        """What it is for, and the proposal."""
        return {"purpose": self.purpose, **self.proposal.to_json()}


class AdministratorsAbsent(NotAllowed):
    """Something needs the administrators, and none of their keys is here."""


class Administration:
    """
    Proposes, approves and executes.

    Parameters
    ----------
    commands
        Sends the administrators' commands.
    executor
        Pays for executing approved proposals, which anybody may.
    open_proposal
        The newest open proposal on record of exactly this call (target, call data); None where there is none.
    proposed_call
        The target and call data of a proposal on record; None where there is none.
    """

    def __init__(
        self,
        connection: Connection,
        deployment: Deployment,
        commands: Commands,
        executor: Callable[[], Signer],
        open_proposal: Callable[[str, bytes], int | None],
        proposed_call: Callable[[int], tuple[str, bytes] | None],
        catch_up: Callable[[], object],
    ) -> None:
        self._connection = connection
        self._address = deployment.addresses[_CONTRACT]
        self._deployment = deployment
        self._commands = commands
        self._executor = executor
        self._open_proposal = open_proposal
        self._proposed_call = proposed_call
        self._catch_up = catch_up

    def carry_out(
        self, contract: str, function: str, arguments: Sequence[Any], reason: str, administrators: Sequence[Signer]
    ) -> Proposal:
        """
        Do what administrators must agree on, as far as the keys at hand and the public delay allow.

        Safe to repeat: an open proposal of the same call is gone on with, not made again.

        Parameters
        ----------
        contract, function, arguments
            The call, by the ledger's contract and its function.
        reason
            Stands in the proposal, for the other administrators and the public.
        administrators
            Those whose keys are at hand.

        Raises
        ------
        AdministratorsAbsent
        Refused
            The called contract's own error, before anybody is asked to approve.
        """
        target = self._deployment.addresses[contract]
        call = encode_call(contract, function, *arguments)
        self._connection.simulate(self._address, target, call)
        self._catch_up()
        proposal = self._open_proposal(target, call)
        if proposal is None:
            proposal = self.propose(target, call, reason, administrators)
        for administrator in administrators:
            if self.stands(proposal).executable_from is not None:
                break
            try:
                self._commands.send(ApproveProposal(proposal), administrator)
            except ProposalAlreadyApproved:
                continue
        return self.execute(proposal)

    def propose(self, target: str, call: bytes, reason: str, administrators: Sequence[Signer]) -> int:
        """Propose a call. Returns the proposal's number."""
        if not administrators:
            raise AdministratorsAbsent(
                f"{reason}: this needs the administrators, and none of their keys is in this home"
            )
        operation = self._commands.send(ProposeCall(target, call, reason), administrators[0])
        return next(event.id for event in self._commands.facts(operation) if isinstance(event, ProposalMade))

    def execute(self, proposal: int) -> Proposal:
        """
        Execute a proposal if its time has come; otherwise say how far it is.

        Raises
        ------
        NotFound
        Refused
            The called contract's own error.
        """
        stands = self.stands(proposal)
        if stands.stage is not Stage.DELAYED:
            return stands
        found = self._proposed_call(proposal)
        if found is None:
            raise NotFound("proposal", proposal)
        data = encode_call(_CONTRACT, "executeProposal", proposal, found[1])
        try:
            send_transaction(self._connection, self._executor(), self._address, data)
        except ProposalNotYetExecutable:
            return stands
        self._catch_up()
        return self.stands(proposal)

    def stands(self, proposal: int) -> Proposal:
        """
        How far a proposal is, as the chain has it.

        Raises
        ------
        NotFound
        """
        (found,) = self._ask("proposal", proposal)
        state, approvals, executable_from, *_ = found
        if state == ProposalState.NONE:
            raise NotFound("proposal", proposal)
        (threshold,) = self._ask("threshold")
        stage = {
            ProposalState.OPEN: Stage.DELAYED if executable_from else Stage.APPROVALS_MISSING,
            ProposalState.EXECUTED: Stage.EXECUTED,
            ProposalState.WITHDRAWN: Stage.WITHDRAWN,
            ProposalState.LAPSED: Stage.LAPSED,
        }[ProposalState(state)]
        return Proposal(proposal, stage, executable_from or None, approvals, threshold)

    def is_administrator(self, address: str) -> bool:
        """Whether an account is an administrator."""
        return bool(self._ask("isAdministrator", address)[0])

    def _ask(self, function: str, *arguments: Any) -> tuple[Any, ...]:
        answer = self._connection.simulate(None, self._address, encode_call(_CONTRACT, function, *arguments))
        return decode_result(_CONTRACT, function, answer)
