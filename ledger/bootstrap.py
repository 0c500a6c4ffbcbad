"""
The only wiring: a home's parts, put together.

`init_home` makes a ledger, `open_ledger` opens one. Nothing else in the product decides which node, database or key
file is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.administration import Administration, NotYetAdministered, Stage
from ledger.audit.kept import LeafFolder
from ledger.audit.score_runs import ScoreRuns
from ledger.chain.connection import Connection
from ledger.chain.contracts import decode_result, encode_call
from ledger.chain.deployment import Deployment, check_deployment, deploy
from ledger.chain.embedded.client import ensure_node, find_node
from ledger.chain.finality import confirmation_depth
from ledger.chain.funds import ensure_funds
from ledger.chain.keys import KeyStore
from ledger.chain.nodes import open_nodes
from ledger.chain.reader import ChainReader
from ledger.chain.signers import Signer
from ledger.chain.wallets import contract_wallet_accepts
from ledger.commands import Commands
from ledger.config import Settings
from ledger.dialogue import Dialogue
from ledger.domain.enums import Level, Role
from ledger.domain.terms import NewGovernment
from ledger.errors import InvalidInput, Unavailable
from ledger.follower import UNDO_BLOCKS, Follower
from ledger.home import Home, HomeMissing
from ledger.policies import DEFAULT_POLICY_FILE, default_policy, default_procedure_policy
from ledger.relay.relay import Relay
from ledger.reports import Reports, shipped_policies
from ledger.store.engine import open_engine
from ledger.store.operational.store import OperationalStore
from ledger.store.projection.projector import NAMESPACE as PROJECTION_NAMESPACE
from ledger.store.projection.projector import Projector
from ledger.store.projection.queries import Queries

ADMINISTRATORS_DEFAULT: Final = 3
THRESHOLD_DEFAULT: Final = 2
ADMINISTRATORS_MAX: Final = 255

DEPLOYER_KEY: Final = "deployer"
"""Deploys the contracts and pays for executing approved proposals; has no other power."""
RELAYER_KEY: Final = "relayer"
"""Sends signed commands; can do nothing else."""
RECORDER_KEY: Final = "recorder"
"""Speaks for the coordinating body that records history."""
ADMINISTRATOR_KEY: Final = "administrator-{}"

RECORDER: Final = NewGovernment(
    scheme="local",
    value="records-office",
    name="Records Office 档案协同办公室",
    level=Level.INTERNATIONAL,
    superior=0,
    roles=Role.COORDINATING_BODY.bit,
    signers=(),
)
"""The coordinating body that imports are recorded by; it is party to nothing."""

EVERY_GOVERNMENT: Final = 0
"""Stands for all of them, in a jurisdiction."""


class NodeAbsent(Unavailable):
    """The home's embedded node does not run, and was not to be started."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """An open ledger: everything that the command line and the API work with."""

    settings: Settings
    home: Home
    connection: Connection
    deployment: Deployment
    reader: ChainReader
    store: OperationalStore
    projector: Projector
    queries: Queries
    follower: Follower
    reports: Reports
    score_runs: ScoreRuns
    dialogue: Dialogue
    relay: Relay
    commands: Commands
    administration: Administration
    keys: KeyStore

    def administrators(self) -> list[Signer]:
        """The administrators whose keys are in this home."""
        return [
            self.keys.signer(name)
            for name, address in self.keys.list()
            if self.administration.is_administrator(address)
        ]


def _node_url(settings: Settings, home: Home, start_node: bool) -> str:
    url = settings.rpc or home.record().get("rpc")
    if url is not None:
        return str(url)
    if start_node:
        return ensure_node(home.path).url
    node = find_node(home.path)
    if node is None:
        raise NodeAbsent(f"the node of the home {home.path} does not run; any other command starts it")
    return node.url


def _operational(settings: Settings, home: Home) -> Path | str:
    """A PostgreSQL database holds both stores, so that processes on many machines share them; a file holds only one."""
    shared = settings.database is not None and settings.database.startswith("postgresql")
    return str(settings.database) if shared else home.operational


def _key_store(settings: Settings, home: Home, ask: Callable[[], str] | None) -> KeyStore:
    return KeyStore(home.keys, home.passphrase(settings.passphrase, ask))


@contextmanager
def open_ledger(
    settings: Settings,
    *,
    start_node: bool = True,
    ask_passphrase: Callable[[], str] | None = None,
) -> Iterator[Ledger]:
    """
    Open a home's ledger; everything is closed when the block is left.

    Parameters
    ----------
    start_node
        Whether to start the home's embedded node where it does not run.
    ask_passphrase
        Asks a person, where neither the environment nor the home has the passphrase.

    Raises
    ------
    HomeMissing, HomeUnusable, NodeUnreachable, WrongChain, DatabaseLocked, DatabaseUnusable
    """
    home = Home(settings.home)
    home.record()
    deployment = home.deployment()
    if deployment is None:
        raise HomeMissing(f"the ledger in {home.path} was begun and not finished; run `intergov init` again")
    with ExitStack() as stack:
        connection = stack.enter_context(open_nodes(_node_url(settings, home, start_node)))
        check_deployment(connection, deployment)
        yield _assemble(stack, settings, home, connection, deployment, _key_store(settings, home, ask_passphrase))


def score_runs_of(home: Home, queries: Queries, deployment: Deployment) -> ScoreRuns:
    """Score runs of a home: their leaves lie among its documents."""
    return ScoreRuns(
        queries,
        LeafFolder(home.documents / "score-runs"),
        shipped_policies() | home.policies(),
        deployment.chain_id,
        deployment.addresses["ScoreRegister"],
    )


def _assemble(
    stack: ExitStack,
    settings: Settings,
    home: Home,
    connection: Connection,
    deployment: Deployment,
    keys: KeyStore,
) -> Ledger:
    def wallet_accepts(address: str, digest: bytes, signature: bytes) -> bool:
        return contract_wallet_accepts(connection, address, digest, signature)

    store = stack.enter_context(OperationalStore(_operational(settings, home), wallet_accepts=wallet_accepts))
    engine = open_engine(settings.database or home.projection, durable=False, namespace=PROJECTION_NAMESPACE)
    stack.callback(engine.dispose)
    projector = Projector(engine)
    queries = Queries(engine)
    reader = ChainReader(connection, deployment)
    depth = confirmation_depth(connection)
    follower = Follower(reader, projector, confirmations=depth, undo_blocks=UNDO_BLOCKS if depth else 0)
    relay = Relay(connection, deployment, store, keys.signer(RELAYER_KEY), confirmation_depth=depth)

    def proposed_call(proposal: int) -> tuple[str, bytes] | None:
        row = queries.proposal(proposal)
        return None if row is None else (row.target, bytes.fromhex(row.call_data.removeprefix("0x")))

    commands = Commands(
        connection,
        deployment,
        relay,
        store.operation_numbers,
        names=queries.government_name,
        proposed_call=proposed_call,
        catch_up=follower.sync,
    )
    administration = Administration(
        connection,
        deployment,
        commands,
        executor=lambda: keys.signer(DEPLOYER_KEY),
        open_proposal=lambda target, call: queries.open_proposal(target, "0x" + call.hex()),
        proposed_call=proposed_call,
        # What it sends itself is in a block, and not yet confirmed; the relay's operations are.
        catch_up=follower.catch_up,
    )
    return Ledger(
        settings=settings,
        home=home,
        connection=connection,
        deployment=deployment,
        reader=reader,
        store=store,
        projector=projector,
        queries=queries,
        follower=follower,
        reports=Reports(queries, store.aliases.all, shipped_policies() | home.policies()),
        score_runs=score_runs_of(home, queries, deployment),
        dialogue=Dialogue(queries, store.dialogues, deployment, home.documents / "dialogue", wallet_accepts),
        relay=relay,
        commands=commands,
        administration=administration,
        keys=keys,
    )


@dataclass(frozen=True, slots=True)
class Initialised:
    """What `init` has made, or found."""

    home: Home
    deployment: Deployment
    waiting: tuple[NotYetAdministered, ...]
    """What still waits for administrators or the public delay; run `init` again when that is over."""


def init_home(
    settings: Settings,
    *,
    administrators: int = ADMINISTRATORS_DEFAULT,
    threshold: int = THRESHOLD_DEFAULT,
    delay_seconds: int = 0,
    ask_passphrase: Callable[[], str] | None = None,
) -> Initialised:
    """
    Make a ledger: keys, contracts, the recorder of history, the score policy. Safe to repeat: what is done stays.

    Parameters
    ----------
    administrators, threshold
        How many administrators there are, and how many of them must agree.
    delay_seconds
        How long what they agreed on stands in public before it can be executed.

    Raises
    ------
    InvalidInput, HomeUnusable, NodeUnreachable, WrongChain
    """
    if not 1 <= administrators <= ADMINISTRATORS_MAX:
        raise InvalidInput("administrators", administrators, f"1 to {ADMINISTRATORS_MAX}")
    if not 1 <= threshold <= administrators:
        raise InvalidInput("threshold", threshold, f"1 to the number of administrators, {administrators}")
    home = Home(settings.home)
    home.create(settings.rpc)
    with home.locked("init"), ExitStack() as stack:
        if settings.passphrase is None and ask_passphrase is None:
            home.make_passphrase()
        keys = _key_store(settings, home, ask_passphrase)
        own = [keys.ensure(ADMINISTRATOR_KEY.format(number)) for number in range(1, administrators + 1)]
        deployer, relayer = keys.ensure(DEPLOYER_KEY), keys.ensure(RELAYER_KEY)
        keys.ensure(RECORDER_KEY)
        connection = stack.enter_context(open_nodes(_node_url(settings, home, start_node=True)))
        deployment = home.deployment()
        ensure_funds(connection, [deployer.address, relayer.address])
        if deployment is None:
            addresses = [signer.address for signer in own]
            depth = confirmation_depth(connection)
            procedure = default_procedure_policy()
            deployment = deploy(
                connection, deployer, addresses, threshold, delay_seconds, procedure, confirmation_depth=depth
            )
            home.write_deployment(deployment)
        check_deployment(connection, deployment)
        ledger = _assemble(stack, settings, home, connection, deployment, keys)
        ledger.follower.sync()
        waiting = tuple(_found(ledger, keys.signer(RECORDER_KEY)))
        ledger.follower.sync()
        return Initialised(home, deployment, waiting)


def _found(ledger: Ledger, recorder: Signer) -> Iterator[NotYetAdministered]:
    """Register the recorder, give it jurisdiction, publish the score policy: each where it is not done yet."""
    administrators = ledger.administrators()
    body = _government_by(ledger, RECORDER.scheme, RECORDER.value)
    if body is None:
        new = NewGovernment(
            RECORDER.scheme,
            RECORDER.value,
            RECORDER.name,
            RECORDER.level,
            RECORDER.superior,
            RECORDER.roles,
            (recorder.address,),
        )
        yield from _carried_out(
            ledger, administrators, "GovernmentRegister", "registerGovernments", [(new,)], "Register the records office"
        )
        body = _government_by(ledger, RECORDER.scheme, RECORDER.value)
    if body is not None and not _ask(ledger, "GovernmentRegister", "hasJurisdiction", body, EVERY_GOVERNMENT):
        arguments = [body, EVERY_GOVERNMENT, True]
        reason = "Let the records office record the history of every government"
        yield from _carried_out(ledger, administrators, "GovernmentRegister", "setJurisdiction", arguments, reason)
    if not _ask(ledger, "PolicyRegister", "newestPolicy", "score"):
        ledger.home.keep_policy(default_policy())
        policy: list[object] = ["score", default_policy().digest, DEFAULT_POLICY_FILE, 0]
        yield from _carried_out(
            ledger, administrators, "PolicyRegister", "publishPolicy", policy, "Publish the score policy"
        )


def _carried_out(
    ledger: Ledger,
    administrators: Sequence[Signer],
    contract: str,
    function: str,
    arguments: Sequence[object],
    purpose: str,
) -> Iterator[NotYetAdministered]:
    proposal = ledger.administration.carry_out(contract, function, arguments, purpose, administrators)
    if proposal.stage is not Stage.EXECUTED:
        yield NotYetAdministered(purpose, proposal)


def _government_by(ledger: Ledger, scheme: str, value: str) -> int | None:
    return int(_ask(ledger, "GovernmentRegister", "governmentBy", scheme, value)) or None


def _ask(ledger: Ledger, contract: str, function: str, *arguments: object) -> int:
    """The first value that a contract's view returns."""
    call = encode_call(contract, function, *arguments)
    answer = ledger.connection.simulate(None, ledger.deployment.addresses[contract], call)
    return int(decode_result(contract, function, answer)[0])


def wall_clock() -> int:
    """UTC seconds, now."""
    return int(time.time())
