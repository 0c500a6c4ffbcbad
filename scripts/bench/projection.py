"""How fast a file becomes history, and how fast the projection is replayed from the chain."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from web3 import Web3
from web3.datastructures import AttributeDict

from ledger.bootstrap import Ledger, open_ledger
from ledger.chain.connection import Connection
from ledger.chain.contracts import abi
from ledger.chain.embedded.client import stop_node
from ledger.chain.reader import ChainReader
from ledger.config import Settings
from ledger.follower import Follower
from ledger.store.engine import open_engine
from ledger.store.projection import Projector
from scripts.bench.figures import Figure, stopwatch
from scripts.bench.long_chain import LongChain

ROWS: Final = 3_000
TURNS: Final = 3
CATCH_UP_BLOCKS: Final = 400
MEMBERS: Final = 20
HEADER: Final = (
    "government,counterparty_or_forum,commitment_id,made_on,due_on,outcome,outcome_score,weight,resolved_on,iso3"
)


def history_file(path: Path, rows: int, members: int = MEMBERS) -> None:
    """A made-up file of promises of one forum; the same on every machine."""
    chance = random.Random(20231)  # noqa: S311 - made-up data must come out the same again, not be unguessable.
    lines = [HEADER]
    for number in range(rows):
        year = 2005 + number * 15 // rows
        outcome, score = chance.choices((("fulfilled", "1"), ("partial", "0.5"), ("broken", "0")), (6, 2, 2))[0]
        lines.append(
            f"member {number % members:02d},Forum of the Bench,{year}-{number // members},{year}-03-01,{year}-12-01,"
            f"{outcome},{score},1,{year}-11-15,"
        )
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@contextmanager
def imported(rows: int) -> Iterator[tuple[Ledger, dict[str, Any]]]:
    """A home with so many rows of history, and the import's report; all of it is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        file = Path(folder) / "history.csv"
        history_file(file, rows)
        try:
            _intergov(home, "init")
            report = json.loads(_intergov(home, "import", str(file), "--json"))
            with open_ledger(Settings(home)) as ledger:
                yield ledger, report
        finally:
            stop_node(home)


def _intergov(home: Path, *arguments: str) -> str:
    command = [sys.executable, "-c", "from ledger.cli import main; main()", "--home", str(home), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def importing() -> Iterator[Figure]:
    """Rows per second of `intergov import`, from file to projected rows."""
    with imported(ROWS) as (_, report):
        if report["recorded"] != ROWS:
            raise SystemExit(f"the import recorded {report['recorded']} rows instead of {ROWS}")
        yield Figure("import: rows of history", ROWS / float(report["seconds"]), "rows/s", None, f"{ROWS} rows")


def rebuild() -> Iterator[Figure]:
    """Events per second of a whole replay into rows, against web3.py's `process_log` alone on the same logs."""
    with imported(ROWS) as (ledger, _):
        # Each the best of some turns, one beside the other: on a machine with other work a single turn says little.
        rates = []
        for _turn in range(TURNS):
            report = ledger.follower.rebuild()
            rates.append((report.events / report.seconds, _process_log_alone(ledger)))
        yield Figure(
            "follower: events from the embedded node to committed rows",
            max(rate for rate, _ in rates),
            "events/s",
            max(alone for _, alone in rates),
            "web3.py process_log alone, logs already in memory; 50 logs a transaction; aim 10 x",
        )


def catch_up() -> Iterator[Figure]:
    """Catch-up of a long history, from the node's answers in memory to committed rows in each kind of database."""
    chain = LongChain(CATCH_UP_BLOCKS)
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(Path(folder) / "projection.sqlite", durable=False)
        report = Follower(ChainReader(cast(Connection, chain), chain.deployment), Projector(engine)).sync()
        engine.dispose()
    yield Figure(
        f"follower: catch-up of {report.events:,} events",
        report.events / report.seconds,
        "events/s",
        None,
        f"{report.seconds:.1f} s from the node's answers in memory to committed rows",
    )


def _process_log_alone(ledger: Ledger) -> float:
    web3 = Web3()
    names = {address: name for name, address in ledger.deployment.addresses.items()}
    head = ledger.reader.head().number
    logs = ledger.connection.call(
        "eth_getLogs",
        {"fromBlock": hex(ledger.deployment.block), "toBlock": hex(head), "address": list(names)},
    )
    by_topic: dict[tuple[str, str], Any] = {}
    for address, name in names.items():
        contract = web3.eth.contract(address=Web3.to_checksum_address(address), abi=abi(name))
        for entry in cast(Any, contract.events):
            by_topic[address.lower(), entry.topic.removeprefix("0x")] = entry()
    prepared = [
        (
            by_topic[log["address"].lower(), log["topics"][0].removeprefix("0x")],
            AttributeDict(
                {
                    **log,
                    "topics": [bytes.fromhex(topic[2:]) for topic in log["topics"]],
                    "data": bytes.fromhex(log["data"][2:]),
                    "blockNumber": int(log["blockNumber"], 16),
                    "logIndex": int(log["logIndex"], 16),
                    "transactionIndex": int(log["transactionIndex"], 16),
                }
            ),
        )
        for log in logs
    ]
    with stopwatch() as seconds:
        for event, log in prepared:
            event.process_log(log)
        return len(prepared) / seconds()
