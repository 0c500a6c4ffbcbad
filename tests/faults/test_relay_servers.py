"""
Several servers on one home, killed at random, and its node: an Idempotency-Key is one key for all, before and after.

Callers send each command with a key to one server, and where they hear nothing, the same to another. However often that
happens and whichever server dies (with its relay and its follower) or the node, a command is accepted once, is once on
the chain and once in the read model, and every answer names the same operation. `INTERGOV_FAULT_ROUNDS` says how many
processes are killed.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from ledger.bootstrap import ADMINISTRATOR_KEY, open_ledger
from ledger.chain.command_json import command_to_json
from ledger.chain.embedded.client import find_node
from ledger.chain.signers import Signer
from ledger.config import Settings
from ledger.domain.commands import ProposeCall
from ledger.domain.moments import format_moment
from tests.cli_home import INTERGOV, answer, copied_home, environment, intergov, make_home

pytestmark = [pytest.mark.slow, pytest.mark.faults]

KILLS = max(3, int(os.environ.get("INTERGOV_FAULT_ROUNDS", "3")))
SERVERS = 2
CALLERS = 3
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("blank") / "home")


@pytest.fixture
def home(blank: Path, tmp_path: Path) -> Iterator[Path]:
    with copied_home(blank, tmp_path / "home") as path:
        yield path


@dataclass
class Servers:
    """Servers of one home, each on a port of its own, started again when they are killed."""

    home: Path
    ports: list[int]
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start_all(self) -> None:
        self.running = [self._start(port) for port in self.ports]
        for port in self.ports:
            self.wait_for(port)

    def _start(self, port: int) -> subprocess.Popen[str]:
        # The limits on requests of one address are not what is tried here.
        without_limits = {f"INTERGOV_API_{kind}_LIMIT": "off" for kind in ("READ", "WRITE")}
        return subprocess.Popen(
            [*INTERGOV, "--home", str(self.home), "serve", "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=environment(**without_limits),
            start_new_session=True,
        )

    def wait_for(self, port: int) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            try:
                if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=5, trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError(f"nothing answers on port {port}")

    def kill(self, index: int) -> None:
        os.killpg(self.running[index].pid, signal.SIGKILL)
        self.running[index].communicate()
        self.running[index] = self._start(self.ports[index])
        self.wait_for(self.ports[index])

    def stop_all(self) -> list[str]:
        for each in self.running:
            each.send_signal(signal.SIGTERM)
        return [each.communicate(timeout=60)[1] for each in self.running]


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()


def submissions(home: Path, count: int) -> list[dict[str, Any]]:
    """Signed proposals, as bodies of requests."""
    made = []
    with open_ledger(Settings(home)) as ledger:
        signer: Signer = ledger.keys.signer(ADMINISTRATOR_KEY.format(1))
        for number in range(count):
            command = ProposeCall(ledger.deployment.addresses["PolicyRegister"], b"\x01\x02\x03\x04", f"trial {number}")
            prepared = ledger.commands.prepare(command, signer.address)
            made.append(
                {
                    "signer": signer.address,
                    "operation": str(prepared.authorization.operation),
                    "deadline": format_moment(prepared.authorization.deadline),
                    "command": command_to_json(command),
                    "signature": "0x" + signer.sign_typed_data(prepared.typed_data).hex(),
                }
            )
    return made


def submit(ports: list[int], body: dict[str, Any], key: str, chance: random.Random) -> list[dict[str, Any]]:
    """Every answer that a caller hears who asks again, of any server, until it has heard two."""
    heard: list[dict[str, Any]] = []
    until = time.monotonic() + PATIENCE_SECONDS
    while len(heard) < 2:
        assert time.monotonic() < until, f"{key} was not answered"
        try:
            told = httpx.post(
                f"http://127.0.0.1:{chance.choice(ports)}/v1/commands/ProposeCall",
                json=body,
                headers={"Idempotency-Key": key},
                timeout=chance.choice((0.05, 5, 10)),
                trust_env=False,
            )
        except httpx.HTTPError:
            time.sleep(0.05)
            continue
        if told.status_code == 202:
            heard.append(told.json())
        else:
            # Nothing else is a right answer but that a server has just lost its node or waits for the database.
            assert told.status_code == 503, told.text
            time.sleep(0.1)
    return heard


def wait_until_ended(port: int, ids: set[str]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    waiting = set(ids)
    while waiting:
        assert time.monotonic() < until, f"{len(waiting)} operations have not ended"
        for id_ in list(waiting):
            told = httpx.get(f"http://127.0.0.1:{port}/v1/operations/{id_}", trust_env=False).json()
            if told.get("state") in ("confirmed", "refused", "expired"):
                waiting.discard(id_)


def test_one_key_is_one_command_whichever_server_is_asked(home: Path) -> None:
    chance = random.Random(7)
    bodies = submissions(home, 20 * KILLS)
    servers = Servers(home, free_ports(SERVERS))
    answers: dict[str, list[dict[str, Any]]] = {}
    failures: list[BaseException] = []

    def call(first: int) -> None:
        own = random.Random(first)
        try:
            for number in range(first, len(bodies), CALLERS):
                answers[f"key-{number}"] = submit(servers.ports, bodies[number], f"key-{number}", own)
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's to tell.
            failures.append(error)

    try:
        servers.start_all()
        callers = [threading.Thread(target=call, args=(first,)) for first in range(CALLERS)]
        for caller in callers:
            caller.start()
        for number in range(KILLS):
            time.sleep(chance.uniform(0.2, 1.5))
            node = find_node(home)
            if number % 3 == 2 and node is not None:
                # The servers notice and start it again.
                os.kill(node.pid, signal.SIGKILL)
            else:
                servers.kill(chance.randrange(SERVERS))
        for caller in callers:
            caller.join()
        assert failures == []
        wait_until_ended(servers.ports[0], {each[0]["id"] for each in answers.values()})
        told = servers.stop_all()
    finally:
        for each in servers.running:
            each.kill()
            each.communicate()
    # Told to stop, a server ends the step that it is at, and says nothing of trouble.
    assert not any("Traceback" in each for each in told), told

    assert len(answers) == len(bodies)
    for key, heard in answers.items():
        assert len({each["id"] for each in heard}) == 1, key
        assert len({str(each["receipt"]) for each in heard}) == 1, key
    with open_ledger(Settings(home)) as ledger:
        kept = [operation for _, operation in ledger.store.outbox.page(limit=10_000)]
        assert {each[0]["id"] for each in answers.values()} <= {each.id for each in kept}
        assert {each.state.value for each in kept} == {"confirmed"}
        ledger.follower.sync()
        # The leases were given back, so a successor need not wait.
        assert not ledger.store.lease("relay").taken(int(time.time()))
    assert answer(intergov("rebuild", "--check", "--json", home=home))["differences"] == []
    proposals = answer(intergov("proposal", "list", "--json", home=home))
    reasons = sorted(str(each["reason"]) for each in proposals if str(each["reason"]).startswith("trial "))
    assert reasons == sorted(f"trial {number}" for number in range(len(bodies)))
