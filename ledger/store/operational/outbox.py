"""
The outbox.

A command is accepted by one durable database transaction, and only then is its caller told so. From there on the relay
moves it: each step is again one transaction, written before the step is taken in the world (the nonce and the signed
bytes before they are sent), so that a process that is killed between any two of them finds out on its next start what
it was about to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Engine, Row, bindparam, case, func, insert, or_, select, update
from sqlalchemy.sql import Select

from ledger.errors import Conflict, NotFound
from ledger.store.engine import reading, writing
from ledger.store.operational.entries import Acceptance, Backlog, Claim, Ending, Entry, Pending
from ledger.store.operational.idempotency import Idempotency, remember
from ledger.store.operational.operations import QUARANTINE_ATTEMPTS, Operation, OperationState
from ledger.store.operational.tables import acceptances, insert_if_absent, outbox

_OPEN: Final = (OperationState.ACCEPTED.value, OperationState.SENT.value)
# Spelt out, because a list of values cannot be bound where a statement is executed many times at once.
_IS_OPEN: Final = or_(*(outbox.c.state == state for state in _OPEN))


class OperationReused(Conflict):
    """The signer has used this operation number for another command."""

    def __init__(self, signer: str, operation: int, name: str) -> None:
        super().__init__(
            f"operation {operation} of {signer} was accepted for another command ({name}); "
            "prepare the new command again, so that it gets its own number"
        )
        self.signer, self.operation, self.name = signer, operation, name

    def values(self) -> dict[str, object]:
        """Who signed, the number, and the command that has it."""
        return {"signer": self.signer, "operation": str(self.operation), "command": self.name}


def _operation(row: Row[Any]) -> Operation:
    return Operation(
        id=row.id,
        name=row.name,
        contract=row.contract,
        signer=row.signer,
        operation=int(row.operation),
        deadline=row.deadline,
        state=OperationState(row.state),
        accepted_at=row.accepted_at,
        transaction=row.transaction,
        block_number=row.block_number,
        block_hash=row.block_hash,
        refusal=None if row.refusal is None else json.loads(row.refusal),
        ended_at=row.ended_at,
    )


def _pending(row: Row[Any]) -> Pending:
    return Pending(
        operation=_operation(row),
        call_data=row.call_data,
        core_bytes=row.core_bytes,
        accepted_block=row.accepted_block,
        attempts=row.attempts,
        relayer=row.relayer,
        nonce=row.nonce,
        raw=row.raw,
        sent_at=row.sent_at,
        last_error=row.last_error,
    )


class Outbox:
    """The commands that were accepted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # ------------------------------------------------------------------------------------------------- the callers'

    def accept(
        self, entry: Entry, now: int, idempotency: Idempotency | None = None, acceptance: Acceptance | None = None
    ) -> Operation:
        """
        Take a command; when this returns it is on disk.

        Parameters
        ----------
        entry
            The command; it must have been verified.
        now
            UTC seconds.
        idempotency
            Recorded in the same transaction where given: the same request again gets the first answer.
        acceptance
            The relayer's word, kept with the operation. A command that was accepted before keeps its first.

        Returns
        -------
        The operation. The same command accepted before gives the operation as it stands, not a second one.

        Raises
        ------
        OperationReused
            Where the signer's number was accepted with another command.
        IdempotencyKeyReused
            Where the key stands for another request.
        """
        operation = Operation(
            id=entry.id,
            name=entry.name,
            contract=entry.contract,
            signer=entry.signer,
            operation=entry.operation,
            deadline=entry.deadline,
            state=OperationState.ACCEPTED,
            accepted_at=now,
        )
        row = {
            "id": entry.id,
            "name": entry.name,
            "contract": entry.contract,
            "signer": entry.signer,
            "operation": str(entry.operation),
            "deadline": entry.deadline,
            "digest": entry.digest,
            "call_data": entry.call_data,
            "core_bytes": entry.core_bytes,
            "accepted_block": entry.accepted_block,
            "accepted_at": now,
            "state": OperationState.ACCEPTED.value,
            "attempts": 0,
            "not_before": 0,
        }
        with writing(self._engine) as connection:
            if not insert_if_absent(connection, outbox, row):
                standing = connection.execute(select(outbox).where(outbox.c.id == entry.id)).one()
                if standing.digest != entry.digest:
                    raise OperationReused(entry.signer, entry.operation, standing.name)
                operation = _operation(standing)
            elif acceptance is not None:
                connection.execute(
                    insert(acceptances).values(
                        id=entry.id,
                        relayer=acceptance.relayer,
                        accepted_at=acceptance.accepted_at,
                        include_by=acceptance.include_by,
                        signature=acceptance.signature,
                        trace=acceptance.trace,
                    )
                )
            if idempotency is not None:
                first = remember(connection, idempotency, operation.to_text(), now)
                if first is not None:
                    operation = Operation.from_text(first)
        return operation

    def find(self, id: str) -> Operation | None:
        """The operation of this id, or None."""
        with reading(self._engine) as connection:
            row = connection.execute(select(outbox).where(outbox.c.id == id.lower())).first()
        return None if row is None else _operation(row)

    def get(self, id: str) -> Operation:
        """
        The operation of this id.

        Raises
        ------
        NotFound
        """
        operation = self.find(id)
        if operation is None:
            raise NotFound("operation", id)
        return operation

    def acceptance_of(self, id: str) -> Acceptance | None:
        """The relayer's word about the operation of this id; None where it gave none."""
        with reading(self._engine) as connection:
            row = connection.execute(select(acceptances).where(acceptances.c.id == id.lower())).first()
        if row is None:
            return None
        return Acceptance(row.relayer, row.accepted_at, row.include_by, row.signature, row.trace)

    def traces_of(self, ids: Sequence[str]) -> dict[str, str]:
        """The traces that operations belong to, by operation; those without one are left out."""
        query = select(acceptances.c.id, acceptances.c.trace).where(
            acceptances.c.id.in_(ids), acceptances.c.trace.is_not(None)
        )
        with reading(self._engine) as connection:
            return {row.id: row.trace for row in connection.execute(query)}

    def digest_of(self, id: str) -> bytes | None:
        """What was signed for the operation of this id, or None where there is none."""
        with reading(self._engine) as connection:
            return connection.scalar(select(outbox.c.digest).where(outbox.c.id == id))

    def page(
        self,
        *,
        signer: str | None = None,
        state: OperationState | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> list[tuple[int, Operation]]:
        """
        Operations, newest first, each with its position.

        Parameters
        ----------
        signer, state
            Only those of this signer, in this state.
        before
            Only those before this position; the last position of one page begins the next.
        limit
            How many at most.
        """
        query = select(outbox).order_by(outbox.c.position.desc()).limit(limit)
        if signer is not None:
            query = query.where(outbox.c.signer == signer)
        if state is not None:
            query = query.where(outbox.c.state == state.value)
        if before is not None:
            query = query.where(outbox.c.position < before)
        with reading(self._engine) as connection:
            return [(row.position, _operation(row)) for row in connection.execute(query)]

    def backlog(self) -> Backlog:
        """How much waits, for readiness and metrics."""
        query = (
            select(
                outbox.c.state,
                func.count().label("waiting"),
                func.min(outbox.c.accepted_at).label("oldest"),
                func.sum(case((outbox.c.attempts >= QUARANTINE_ATTEMPTS, 1), else_=0)).label("quarantined"),
            )
            .where(outbox.c.state.in_(_OPEN))
            .group_by(outbox.c.state)
        )
        with reading(self._engine) as connection:
            rows = {row.state: row for row in connection.execute(query)}
        counts = {state: rows[state].waiting if state in rows else 0 for state in _OPEN}
        waiting = rows.get(OperationState.ACCEPTED.value)
        return Backlog(
            accepted=counts[OperationState.ACCEPTED.value],
            sent=counts[OperationState.SENT.value],
            oldest_accepted_at=min((row.oldest for row in rows.values()), default=None),
            quarantined=0 if waiting is None else int(waiting.quarantined),
        )

    def quarantined(self, limit: int) -> list[Pending]:
        """Accepted operations that come back again and again, in the order of acceptance."""
        accepted = outbox.c.state == OperationState.ACCEPTED.value
        return self._select(
            select(outbox)
            .where(accepted, outbox.c.attempts >= QUARANTINE_ATTEMPTS)
            .order_by(outbox.c.position)
            .limit(limit)
        )

    # -------------------------------------------------------------------------------------------------- the relay's

    def to_send(self, now: int, limit: int) -> list[Pending]:
        """Accepted operations whose time to be tried has come, in the order of acceptance; the quarantined last."""
        return self._select(
            select(outbox)
            .where(outbox.c.state == OperationState.ACCEPTED.value, outbox.c.not_before <= now)
            .order_by(outbox.c.attempts >= QUARANTINE_ATTEMPTS, outbox.c.position)
            .limit(limit)
        )

    def in_flight(self) -> list[Pending]:
        """Operations for which a transaction is under way, by relayer and nonce."""
        return self._select(
            select(outbox).where(outbox.c.state == OperationState.SENT.value).order_by(outbox.c.relayer, outbox.c.nonce)
        )

    def _select(self, query: Select[Any]) -> list[Pending]:
        with reading(self._engine) as connection:
            return [_pending(row) for row in connection.execute(query)]

    def claim(self, claims: Sequence[Claim], now: int) -> list[Claim]:
        """
        Record the transactions that are about to be sent; only those returned may be.

        Left out is a claim for an operation that is accepted no more, and one with a nonce that a transaction under
        way has: another relay on this database was quicker.
        """
        if not claims:
            return []
        relayers = {each.relayer for each in claims}
        with writing(self._engine) as connection:
            accepted = set(
                connection.scalars(
                    select(outbox.c.id)
                    .where(
                        outbox.c.id.in_([each.id for each in claims]),
                        outbox.c.state == OperationState.ACCEPTED.value,
                    )
                    .with_for_update()
                )
            )
            taken = {
                (row.relayer, row.nonce)
                for row in connection.execute(
                    select(outbox.c.relayer, outbox.c.nonce).where(
                        outbox.c.state == OperationState.SENT.value, outbox.c.relayer.in_(relayers)
                    )
                )
            }
            good = [each for each in claims if each.id in accepted and (each.relayer, each.nonce) not in taken]
            if good:
                connection.execute(_CARRY.where(outbox.c.state == OperationState.ACCEPTED.value), _carried(good, now))
        return good

    def replace(self, claims: Sequence[Claim], now: int) -> None:
        """Record transactions that are about to take the place of those under way, with the same nonces."""
        if claims:
            statement = _CARRY.where(
                outbox.c.state == OperationState.SENT.value, outbox.c.nonce == bindparam("with_nonce")
            )
            with writing(self._engine) as connection:
                connection.execute(statement, _carried(claims, now))

    def put_back(self, ids: Iterable[str], error: str, not_before: int) -> None:
        """Bring operations back to accepted, to be tried again from a moment on; all or none."""
        rows = [{"returned": each} for each in ids]
        if not rows:
            return
        statement = (
            update(outbox)
            .where(outbox.c.id == bindparam("returned"), _IS_OPEN)
            .values(
                state=OperationState.ACCEPTED.value,
                relayer=None,
                nonce=None,
                transaction=None,
                raw=None,
                sent_at=None,
                attempts=outbox.c.attempts + 1,
                not_before=not_before,
                last_error=error,
            )
        )
        with writing(self._engine) as connection:
            connection.execute(statement, rows)

    def end(self, endings: Sequence[Ending], now: int) -> None:
        """Record how operations ended; all or none. One that has ended already keeps its first ending."""
        if not endings:
            return
        statement = (
            update(outbox)
            .where(outbox.c.id == bindparam("ended"), _IS_OPEN)
            .values(
                state=bindparam("as_state"),
                transaction=bindparam("in_transaction"),
                block_number=bindparam("in_block"),
                block_hash=bindparam("of_hash"),
                refusal=bindparam("because"),
                raw=None,
                ended_at=now,
            )
        )
        rows = [
            {
                "ended": each.id,
                "as_state": each.state.value,
                "in_transaction": each.transaction,
                "in_block": each.block_number,
                "of_hash": each.block_hash,
                "because": None
                if each.refusal is None
                else json.dumps(each.refusal, ensure_ascii=False, sort_keys=True),
            }
            for each in endings
        ]
        with writing(self._engine) as connection:
            connection.execute(statement, rows)

    def ended_in_blocks(self, first: int, limit: int) -> list[tuple[str, int, str]]:
        """Ids of operations that ended in a block from `first` on, with its number and hash; the highest first."""
        query = (
            select(outbox.c.id, outbox.c.block_number, outbox.c.block_hash)
            .where(outbox.c.block_number >= first, outbox.c.block_hash.is_not(None))
            .order_by(outbox.c.block_number.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return [(row.id, row.block_number, row.block_hash) for row in connection.execute(query)]

    def reopen(self, ids: Sequence[str], error: str, now: int) -> None:
        """Bring operations back to accepted whose blocks are on the chain no more; all or none."""
        if not ids:
            return
        statement = (
            update(outbox)
            .where(outbox.c.id.in_(ids), ~_IS_OPEN)
            .values(
                state=OperationState.ACCEPTED.value,
                relayer=None,
                nonce=None,
                transaction=None,
                sent_at=None,
                attempts=1,
                not_before=now,
                last_error=error,
                block_number=None,
                block_hash=None,
                refusal=None,
                ended_at=None,
            )
        )
        with writing(self._engine) as connection:
            connection.execute(statement)


_CARRY: Final = (
    update(outbox)
    .where(outbox.c.id == bindparam("claimed"))
    .values(
        state=OperationState.SENT.value,
        relayer=bindparam("by"),
        nonce=bindparam("with_nonce"),
        transaction=bindparam("as_transaction"),
        raw=bindparam("as_raw"),
        sent_at=bindparam("at"),
    )
)


def _carried(claims: Sequence[Claim], now: int) -> list[dict[str, Any]]:
    return [
        {
            "claimed": each.id,
            "by": each.relayer,
            "with_nonce": each.nonce,
            "as_transaction": each.transaction,
            "as_raw": each.raw,
            "at": now,
        }
        for each in claims
    ]
