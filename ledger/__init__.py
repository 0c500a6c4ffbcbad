"""Inter-government trust and credit ledger."""

from __future__ import annotations

from importlib.metadata import version

__version__ = version("intergov-ledger")
