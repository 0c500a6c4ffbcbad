"""
Funds for the accounts of a home.

Where gas is free no account needs any: the embedded chain, and permissioned networks as they should be set up. Where
gas costs something, whoever sends transactions must own a little. A test network's nodes keep accounts open that own
plenty, and give from them; no other network has such accounts, and there an operator transfers the funds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from ledger.chain.connection import Connection, NodeRefused, quantity
from ledger.errors import Unavailable

FUNDS_WEI_MIN: Final = 10**15
"""A thousandth of a unit: for a million commands at the few wei that gas costs on a test network."""

FUNDS_WEI: Final = 10**18
"""What a node's account gives at once."""

WAIT_SECONDS: Final = 0.1
WAITS_MAX: Final = 600


class FundsMissing(Unavailable):
    """Accounts that must send transactions cannot pay for them."""

    def __init__(self, url: str, accounts: Sequence[str], gas_price: int) -> None:
        super().__init__(
            f"gas costs {gas_price} wei at {url}, and these accounts own less than {FUNDS_WEI_MIN} wei: "
            f"{', '.join(accounts)}. Have funds transferred to them, and run this again"
        )
        self.url, self.accounts, self.gas_price = url, tuple(accounts), gas_price

    def values(self) -> dict[str, object]:
        """The node, the accounts, and what gas costs."""
        return {"url": self.url, "accounts": list(self.accounts), "gas_price": self.gas_price}


def ensure_funds(connection: Connection, accounts: Sequence[str], wait: Callable[[float], None] = time.sleep) -> None:
    """
    See to it that accounts can pay for transactions.

    Raises
    ------
    FundsMissing
        Where gas costs, an account has too little, and the node has no open account to give from.
    NodeUnreachable
    """
    gas_price = quantity(connection.call("eth_gasPrice"))
    if gas_price == 0:
        return
    poor = [account for account in accounts if _balance(connection, account) < FUNDS_WEI_MIN]
    if not poor:
        return
    giver = _giver(connection, FUNDS_WEI * (len(poor) + 1))
    if giver is None:
        raise FundsMissing(connection.url, poor, gas_price)
    for account in poor:
        try:
            connection.call("eth_sendTransaction", {"from": giver, "to": account, "value": hex(FUNDS_WEI)})
        except NodeRefused:
            # The node knows the account and does not let it be used.
            raise FundsMissing(connection.url, poor, gas_price) from None
    for _ in range(WAITS_MAX):
        poor = [account for account in poor if _balance(connection, account) < FUNDS_WEI_MIN]
        if not poor:
            return
        wait(WAIT_SECONDS)
    raise FundsMissing(connection.url, poor, gas_price)


def _giver(connection: Connection, wei: int) -> str | None:
    """An account of the node's own that owns enough."""
    try:
        own: list[str] = connection.call("eth_accounts")
    except NodeRefused:
        # Many nodes keep no accounts and do not know the question.
        return None
    return next((account for account in own if _balance(connection, account) >= wei), None)


def _balance(connection: Connection, account: str) -> int:
    return quantity(connection.call("eth_getBalance", account, "latest"))
