"""What is wrong with a set-up, and how to mend it."""

from __future__ import annotations

import shutil
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from ledger.cli.options import command
from ledger.cli.session import Session
from ledger.errors import LedgerError

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger

app = typer.Typer()

FREE_BYTES_MIN: Final = 512 * 1_048_576
"""Less than this, and the chain's next blocks may find no room."""

BACKLOG_SECONDS_MAX: Final = 60
"""An accepted command that waits longer than this waits for something that is not there."""

_PACKAGES: Final = ("web3", "py-evm", "eth-abi", "eth-account", "coincurve", "sqlalchemy", "fastapi", "typer")


class SetUpFaulty(LedgerError):
    """Something is wrong with this set-up."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    detail: str
    mend: str | None = None
    """What to do about it; None where all is well."""

    def to_json(self) -> dict[str, Any]:
        """As `--json` shows it."""
        return {"check": self.name, "ok": self.ok, "detail": self.detail, "mend": self.mend}


@command(app, "doctor")
def doctor(session: Session) -> None:
    """Say what is wrong with this set-up, and how to mend it."""
    checks = examine(session)
    wrong = [check for check in checks if not check.ok]
    session.out.document({"ok": not wrong, "checks": [check.to_json() for check in checks]})
    rows = [("ok" if check.ok else "WRONG", check.name, check.detail) for check in checks]
    session.out.table("", ("", "check", "found"), rows)
    if wrong:
        raise SetUpFaulty("; ".join(f"{check.name}: {check.detail}. To mend: {check.mend}" for check in wrong))


def examine(session: Session) -> list[Check]:
    """Look at everything; what cannot be looked at because of an earlier fault is left out."""
    home = session.settings.home.absolute()
    checks = [_versions(), _disk(home)]
    if not (home / "home.json").is_file():
        return [*checks, Check("home", False, f"there is no ledger in {home}", "run `intergov init`, or name --home")]
    checks.append(Check("home", True, str(home)))
    checks += _key_modes(home / "keys")
    try:
        # The node is not started: whether it runs is one of the questions.
        with session.ledger(start_node=False, caught_up=False) as ledger:
            checks.append(Check("node", True, ledger.connection.url))
            checks += [_told(name, look, ledger) for name, look in _LEDGER_CHECKS]
    except LedgerError as error:
        checks.append(Check("node", False, str(error), _mending(error)))
    return checks


def _told(name: str, look: Callable[[Ledger], Check], ledger: Ledger) -> Check:
    try:
        return look(ledger)
    except LedgerError as error:
        return Check(name, False, str(error), _mending(error))


def _mending(error: LedgerError) -> str:
    return {
        "node-absent": "any command but this one starts it, such as `intergov score`",
        "node-unreachable": "start the node, or name another with --rpc",
        "wrong-chain": "name the home's own node, or leave --rpc and INTERGOV_RPC away",
        "home-missing": "run `intergov init` again",
        "database-locked": "end the process that holds the database",
        "chain-forked": "run `intergov rebuild`",
    }.get(error.slug, "do what the message says, and run this again")


def _versions() -> Check:
    found = ", ".join(f"{package} {version(package)}" for package in _PACKAGES)
    python = ".".join(str(part) for part in sys.version_info[:3])
    return Check("versions", True, f"intergov-ledger {version('intergov-ledger')}, Python {python}, {found}")


def _disk(home: Path) -> Check:
    standing = next(path for path in (home, *home.parents) if path.exists())
    free = shutil.disk_usage(standing).free
    detail = f"{free // 1_048_576} MiB free at {standing}"
    return Check("disk", free >= FREE_BYTES_MIN, detail, None if free >= FREE_BYTES_MIN else "free some space")


def _key_modes(folder: Path) -> list[Check]:
    if not folder.is_dir():
        return [Check("keys", False, f"there is no folder {folder}", "run `intergov init` again")]
    files = [folder, *sorted(path for path in folder.iterdir() if path.is_file())]
    open_to_others = [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]
    checks = []
    if open_to_others:
        names = ", ".join(path.name for path in open_to_others)
        mend = f"chmod go= {' '.join(str(path) for path in open_to_others)}"
        checks.append(Check("keys", False, f"others of this machine can reach {names}", mend))
    else:
        checks.append(Check("keys", True, f"{len(files) - 1} files, for their owner only"))
    return checks


def _contracts(ledger: Ledger) -> Check:
    empty = [name for name, address in ledger.deployment.addresses.items() if not ledger.connection.code(address)]
    if empty:
        return Check("contracts", False, f"no code at {', '.join(empty)}", "restore the home's node from a backup")
    return Check("contracts", True, f"{len(ledger.deployment.addresses)} on chain {ledger.deployment.chain_id}")


def _projection(ledger: Ledger) -> Check:
    head = ledger.connection.head()
    cursor = ledger.projector.cursor()
    behind = head.number + 1 - (ledger.deployment.block if cursor is None else cursor.next_block)
    if behind < 0:
        return Check("projection", False, f"it is {-behind} blocks ahead of the chain", "run `intergov rebuild`")
    detail = f"at the chain's head, block {head.number}" if not behind else f"{behind} blocks behind {head.number}"
    # Being behind is no fault: the next command that reads catches up.
    return Check("projection", True, detail)


def _backlog(ledger: Ledger) -> Check:
    import time

    backlog = ledger.store.outbox.backlog()
    oldest = backlog.oldest_accepted_at
    stuck = oldest is not None and time.time() - oldest > BACKLOG_SECONDS_MAX
    detail = f"{backlog.accepted} accepted, {backlog.sent} sent"
    mend = "run `intergov serve`, which relays them, or `intergov operation wait`" if stuck else None
    return Check("outbox", not stuck, detail, mend)


_LEDGER_CHECKS: Final[tuple[tuple[str, Callable[[Ledger], Check]], ...]] = (
    ("contracts", _contracts),
    ("projection", _projection),
    ("outbox", _backlog),
)
