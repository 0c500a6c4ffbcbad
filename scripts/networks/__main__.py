"""Build go-ethereum into the checkout, or run `intergov network` with it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from ledger.cli.app import app
from ledger.networks.go_ethereum import FOLDER_VARIABLE, ensure_geth

GETH_FOLDER: Final = Path(__file__).parents[2] / ".geth"


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    if arguments == ["build"]:
        print(ensure_geth(GETH_FOLDER))
        return
    os.environ.setdefault(FOLDER_VARIABLE, str(GETH_FOLDER))
    app(["network", *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
