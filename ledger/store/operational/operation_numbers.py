"""
Operation numbers.

Each signed command has a number that its signer uses once per contract, in any order. The contracts keep 256 numbers in
one storage slot, so consecutive numbers cost less: the ledger draws a random word of 248 bits and hands out its 256
numbers in order, then draws another. Random words keep two homes, or a home restored from a backup and its original,
from handing out the same numbers.
"""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import Engine, update

from ledger.store.engine import writing
from ledger.store.operational.tables import insert_if_absent, operation_numbers

WORD_BITS: Final = 248
NUMBERS_PER_WORD: Final = 256


class OperationNumbers:
    """The numbers that signers have been given here."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def next(self, signer: str, contract: str) -> int:
        """
        A number that this signer has not been given for this contract; safe across threads and processes.

        Parameters
        ----------
        signer, contract
            Addresses with checksum.
        """
        table = operation_numbers
        this_one = (table.c.signer == signer, table.c.contract == contract)
        take = (
            update(table)
            .where(*this_one, table.c.next_bit < NUMBERS_PER_WORD)
            .values(next_bit=table.c.next_bit + 1)
            .returning(table.c.word, table.c.next_bit)
        )
        with writing(self._engine) as connection:
            row = connection.execute(take).first()
            if row is not None:
                return int(row.word, 16) * NUMBERS_PER_WORD + int(row.next_bit) - 1
            # 0 as a number means "none" in a direct call, so the word is never 0.
            word = secrets.randbelow(2**WORD_BITS - 1) + 1
            fresh = {"signer": signer, "contract": contract, "word": f"{word:062x}", "next_bit": 1}
            if not insert_if_absent(connection, table, fresh):
                connection.execute(update(table).where(*this_one).values(word=fresh["word"], next_bit=1))
            return word * NUMBERS_PER_WORD
