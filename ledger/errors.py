"""
The root of the exception tree.

Every error that the product raises on purpose is a `LedgerError`; each room derives its own from it. A message names
the component, the offender, the value and the rule: what was wrong, what it was, what is allowed.
"""

from __future__ import annotations


class LedgerError(Exception):
    """Something was refused or has failed, for the reason that the message gives."""
