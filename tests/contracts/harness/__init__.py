"""
What the contract tests stand on: an EVM, the contracts' interface as Python, signatures, and a cast of governments.

It reads the compiled artifacts but uses nothing of `ledger.chain`, so that what is tested here is the contracts and not
our own client; values are the twins in `ledger.domain`.
"""
