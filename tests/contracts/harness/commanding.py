"""Deploying contracts and commanding them, without knowing what any of them is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from eth_abi.abi import encode
from eth_account.signers.local import LocalAccount
from eth_utils.abi import function_abi_to_4byte_selector

from ledger.domain.events import CommandExecuted, Event
from ledger.domain.refusals import Refused
from ledger.domain.terms import Authorization
from tests.contracts.harness.cast import DAY, RELAYER, STRANGER
from tests.contracts.harness.evm import Evm, Execution, artifact
from tests.contracts.harness.interface import Function, Panicked, decode_event, decode_refusal, functions
from tests.contracts.harness.signing import sign, typed_data


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


class Commanding:
    """Contracts on a chain, and the ways to command them."""

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

    # ------------------------------------------------------------------------------------------------ expecting

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
