"""
The baseline of the chain's benchmark, run as a program of its own: eth-tester as it comes.

Keys in pure Python (the caller sets ECC_BACKEND_CLASS), gas estimated by web3, one transaction per block, nothing
durable. Prints one JSON document: commitments recorded per second, one by one and in calls of 50.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any, cast

from web3 import EthereumTesterProvider, Web3

from ledger.chain.contracts import CONTRACTS, abi, bytecode, encode_call, to_abi
from ledger.chain.deployment import CONSTRUCTED_WITH, predicted_addresses
from ledger.domain.enums import Role
from ledger.policies import default_procedure_policy
from scripts.bench.scenario import agreement, commitment, government


def _deploy(web3: Web3, administrator: str) -> dict[str, Any]:
    contracts: dict[str, Any] = {}
    addresses = predicted_addresses(administrator, web3.eth.get_transaction_count(cast(Any, administrator)))
    for name in CONTRACTS:
        arguments: list[Any] = [addresses[needed] for needed in CONSTRUCTED_WITH.get(name, ())]
        if name == "Administration":
            arguments = [[administrator], 1, 0]
        elif name == "ProcedureRegister":
            arguments.append(to_abi(default_procedure_policy()))
        factory = web3.eth.contract(abi=abi(name), bytecode=bytecode(name))
        sent = factory.constructor(*arguments).transact({"from": administrator})
        address = web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
        contracts[name] = web3.eth.contract(address=address, abi=abi(name))
    return contracts


def main(singles: int, batches: int) -> None:
    """Measure, and print."""
    web3 = Web3(cast(Any, EthereumTesterProvider)())
    administrator, debtor, creditor, body = list(web3.eth.accounts)[:4]
    contracts = _deploy(web3, administrator)

    def direct(signer: str) -> tuple[Any, ...]:
        return (signer, 0, 0, b"")

    call = encode_call(
        "GovernmentRegister",
        "registerGovernments",
        (government(1, debtor), government(2, creditor), government(3, body, Role.COORDINATING_BODY)),
    )
    administration = contracts["Administration"].functions
    register = contracts["GovernmentRegister"].address
    everywhere = encode_call("GovernmentRegister", "setJurisdiction", 3, 0, True)
    for proposal, each in enumerate((call, everywhere), start=1):
        administration.proposeCall(register, each, "bench", direct(administrator)).transact({"from": administrator})
        administration.executeProposal(proposal, each).transact({"from": administrator})
    terms = agreement(3, (1, 2))
    agreements = contracts["AgreementRegistry"].functions
    agreements.proposeAgreement(to_abi(terms), direct(debtor)).transact({"from": debtor})
    digest = contracts["AgreementRegistry"].functions.agreement(1).call()[-1]
    for party in (debtor, creditor):
        agreements.signAgreement(1, 1, digest, direct(party)).transact({"from": party})

    commitments = contracts["CommitmentRegistry"].functions
    started = time.perf_counter()
    for number in range(singles):
        commitments.registerCommitment(to_abi(commitment(1, 2, number)), direct(debtor)).transact({"from": debtor})
    one_by_one = singles / (time.perf_counter() - started)
    started = time.perf_counter()
    for _ in range(batches):
        terms_list = [to_abi(commitment(1, 2, number)) for number in range(50)]
        commitments.registerCommitments(terms_list, direct(debtor)).transact({"from": debtor})
    in_calls_of_50 = batches * 50 / (time.perf_counter() - started)
    recorded = contracts["CommitmentRegistry"].functions.commitmentCount().call()
    if recorded != singles + 50 * batches:
        raise SystemExit(f"the baseline recorded {recorded} commitments instead of {singles + 50 * batches}")
    print(json.dumps({"one_by_one": one_by_one, "in_calls_of_50": in_calls_of_50}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
