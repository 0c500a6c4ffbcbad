"""Refusals of the register of dialogues."""

from __future__ import annotations

from ledger.domain.refusals.base import Refused


class DialogueNotParty(Refused):
    """Only a party puts a dialogue on record."""

    template = "government {caller} is not a party of agreement {agreement}; only a party puts its dialogue on record"
    agreement: int
    caller: int


class DialogueCounterpartInvalid(Refused):
    """The counterpart is not another government, or not a party."""

    template = (
        "government {counterpart} cannot be the counterpart of a dialogue about agreement {agreement}; expected "
        "another registered government, and a party where there is an agreement"
    )
    agreement: int
    counterpart: int


class DialogueEmpty(Refused):
    """A record of nothing."""

    template = "the dialogue's {field} is empty; a record needs a digest and at least one message"
    field: str
