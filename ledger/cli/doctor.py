"""What is wrong with a set-up, and how to mend it."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
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

CLOCK_SECONDS_MAX: Final = 120
"""How far this machine's clock and the chain's may be apart."""

LAG_BLOCKS_MAX: Final = 50
"""How far the projection may be behind while a server runs that should bring it up."""

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
    checks = [_versions(), _disk(home), *_writable(home)]
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
        checks.append(Check(_ABOUT.get(error.slug, "node"), False, str(error), _mending(error)))
    return checks


_ABOUT: Final = {
    "database-locked": "database",
    "database-unusable": "database",
    "operational-schema-foreign": "database",
    "home-unusable": "home",
    "home-missing": "home",
    "key-unknown": "keys",
    "key-passphrase-wrong": "keys",
    "key-file-damaged": "keys",
    "token-unusable": "keys",
    "invalid-input": "settings",
}
"""What a fault on opening the ledger is about, where it is not the node."""


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
        "database-unusable": "make room, make it writable for this user, or restore it: `intergov restore`",
        "operational-schema-foreign": "use the newer version of this program that wrote it",
        "home-unusable": "make it writable for this user, or restore it: `intergov restore`",
        "key-unknown": "restore the key file from a backup",
        "key-file-damaged": "restore the key file from a backup",
        "key-passphrase-wrong": "give the right INTERGOV_PASSPHRASE",
        "token-unusable": "put the token back, and give its PIN in INTERGOV_PKCS11_PIN",
        "node-answer-invalid": "see whether a node's JSON-RPC is at the address, and not another service or a proxy",
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


def _writable(home: Path) -> list[Check]:
    """Write something, because permissions alone do not tell of a disk that is full or mounted for reading only."""
    if not home.is_dir():
        return []
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        mend = {
            errno.ENOSPC: "free some space",
            errno.EDQUOT: "free some space, or have the quota raised",
            errno.EROFS: "mount the disk for writing; see the system's log for why it is not",
        }.get(error.errno or 0, f"make {home} writable for this user")
        return [Check("writing", False, f"{home} cannot be written: {error.strerror or error}", mend)]
    return [Check("writing", True, f"{home} can be written")]


_PROBE_BYTES: Final = 65_536


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


def _server_lag(ledger: Ledger) -> Check:
    """Where a server follows the chain, being behind is a fault: nobody else will bring the projection up."""
    from ledger.bootstrap import wall_clock

    behind = ledger.follower.status().lag_blocks
    served = ledger.store.lease("follower").taken(wall_clock())
    if not served:
        return Check("server", True, "none runs on this home")
    detail = f"one follows the chain, {behind} blocks behind"
    mend = "see /readyz and the server's log for what keeps its follower, and start it again"
    return Check("server", behind <= LAG_BLOCKS_MAX, detail, mend if behind > LAG_BLOCKS_MAX else None)


def _nodes(ledger: Ledger) -> Check:
    from ledger.chain.nodes import Nodes

    if not isinstance(ledger.connection, Nodes):
        return Check("nodes", True, "one")
    ledger.connection.head()
    found = ledger.connection.health()
    bad = [each for each in found if each.trouble is not None]
    detail = f"{len(found) - len(bad)} of {len(found)} can be used"
    if bad:
        detail += "; " + "; ".join(f"{each.url}: {each.trouble}" for each in bad)
    return Check("nodes", not bad, detail, "start or mend these nodes, or take them off the list" if bad else None)


def _clock(ledger: Ledger) -> Check:
    from ledger.bootstrap import wall_clock
    from ledger.relay.inclusion import chain_time

    off = wall_clock() - chain_time(ledger.connection)
    detail = f"{abs(off)} s {'ahead of' if off >= 0 else 'behind'} the chain"
    if off < -CLOCK_SECONDS_MAX:
        return Check("clock", False, detail, "set this machine's clock by NTP: signatures would be refused as too old")
    period = _period(ledger)
    if off > max(CLOCK_SECONDS_MAX, 10 * period):
        mend = (
            f"blocks came every {period} s and none does: see whether enough validators run (`intergov network "
            "status`); if they do, set this machine's clock by NTP"
        )
        return Check("clock", False, detail, mend)
    return Check("clock", True, detail)


def _period(ledger: Ledger) -> int:
    """Seconds between the chain's latest blocks, rounded up."""
    from ledger.chain.connection import quantity

    head = ledger.connection.head()
    first = max(0, head.number - 10)
    block = ledger.connection.call("eth_getBlockByNumber", hex(first), False)
    if block is None or head.number == first:
        return 0
    return -(-(head.timestamp - quantity(block["timestamp"])) // (head.number - first))


def _funds(ledger: Ledger) -> Check:
    from ledger.chain.connection import quantity
    from ledger.chain.funds import FUNDS_WEI_MIN

    if quantity(ledger.connection.call("eth_gasPrice")) == 0:
        return Check("funds", True, "gas is free")
    balance = quantity(ledger.connection.call("eth_getBalance", ledger.relay.address, "latest"))
    detail = f"the relayer {ledger.relay.address} owns {balance} wei"
    poor = balance < FUNDS_WEI_MIN
    return Check("funds", not poor, detail, f"transfer some to it, at least {FUNDS_WEI_MIN} wei" if poor else None)


def _backlog(ledger: Ledger) -> Check:
    from ledger.bootstrap import wall_clock

    backlog = ledger.store.outbox.backlog()
    oldest = backlog.oldest_accepted_at
    stuck = oldest is not None and wall_clock() - oldest > BACKLOG_SECONDS_MAX
    detail = f"{backlog.accepted} accepted, {backlog.sent} sent"
    if backlog.quarantined:
        worst = ledger.store.outbox.quarantined(1)[0]
        detail += f"; {backlog.quarantined} quarantined, first {worst.operation.id} after {worst.attempts} attempts: "
        detail += worst.last_error or "no reason was kept"
        return Check(
            "outbox",
            False,
            detail,
            "do what the reason says; they end by themselves at their deadlines and hold up no others",
        )
    mend = "run `intergov serve`, which relays them, or `intergov operation wait`" if stuck else None
    return Check("outbox", not stuck, detail, mend)


_LEDGER_CHECKS: Final[tuple[tuple[str, Callable[[Ledger], Check]], ...]] = (
    ("contracts", _contracts),
    ("nodes", _nodes),
    ("clock", _clock),
    ("funds", _funds),
    ("projection", _projection),
    ("server", _server_lag),
    ("outbox", _backlog),
)
