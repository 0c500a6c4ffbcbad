"""
The command line `intergov`.

Exit codes: 0 done; 1 refused or failed, with the reason on stderr; 2 wrong usage. `--json` prints one JSON document on
stdout and nothing else. Options for the whole (`--home`, `--rpc`, `--database`, `--json`) stand before or after the
command.
"""

from __future__ import annotations

from ledger.cli.app import main

__all__ = ["main"]
