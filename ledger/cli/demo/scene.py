"""
What every act of the play needs: the clock, the bodies' keys, the documents, and one way to give a command.

Everything goes the way that governments go: administrators propose and approve, governments sign with their own keys,
the relay carries, the contracts decide by the chain's clock what is late. Only that clock is another: it begins twenty
months behind and is brought forward, act by act, as far as the present.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar

from ledger.administration import Stage
from ledger.chain.embedded.clock import set_clock
from ledger.cli.demo.scenario import BODIES, PROMISES, Promise
from ledger.domain.commands import Command
from ledger.domain.events import CommandExecuted, Event
from ledger.domain.refusals.base import Refused
from ledger.errors import Conflict, NotAllowed
from ledger.home import write_text

if TYPE_CHECKING:
    from ledger.bootstrap import Ledger

DAY_SECONDS: Final = 86_400

PLAY_DAYS: Final = 600
"""From the first day of the play to the present."""

Say = Callable[[str], None]

_E = TypeVar("_E", bound=Event)


class DemoHomeInUse(Conflict):
    """The home holds another ledger's facts, and a play does not belong among them."""


class DemoHalfPlayed(Conflict):
    """An earlier play in this home was stopped in the middle."""


class DemoNeedsFreshHome(Conflict):
    """The chain of this home begins later than the play, and no chain can go back."""


class DemoNeedsOwnNode(NotAllowed):
    """The play sets the clock of a home's own node; a chain that others share has no such clock."""


class DemoNeedsAdministrators(NotAllowed):
    """The administrators of this home do not act at once, which the play cannot wait for."""


@dataclass(slots=True)
class Scene:
    """Where the play stands: the ledger, the day, and the numbers of what was made."""

    ledger: Ledger
    say: Say

    begin: int
    """The first moment of the play, UTC seconds."""

    now: int = 0
    """The moment to which the clock was last set. The chain's is this or little later."""

    ids: dict[str, int] = field(default_factory=dict)
    """Bodies, by their keys."""

    agreements: dict[str, int] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)
    """Of the terms in force, by the agreement's reference."""

    commitments: dict[str, int] = field(default_factory=dict)

    def go(self, day: int) -> None:
        """Bring the clock forward to a day of the play."""
        self.now = self.moment(day)
        set_clock(self.ledger.home.path, self.now)

    def come_to_present(self) -> None:
        """Set the clock right."""
        set_clock(self.ledger.home.path, None)
        self.now = int(time.time())

    def moment(self, day: int) -> int:
        """A day of the play in UTC seconds."""
        return self.begin + day * DAY_SECONDS

    def promise(self, reference: str) -> Promise:
        """A commitment of the scenario."""
        return next(each for each in PROMISES if each.reference == reference)

    def name(self, key: str) -> str:
        """A body's name."""
        return next(body.name for body in BODIES if body.key == key)

    def document(self, name: str, text: str) -> tuple[bytes, str]:
        """A document kept in the home; on the chain are its SHA-256 and its name."""
        file = f"{name}.txt"
        write_text(self.ledger.home.documents / file, text)
        return hashlib.sha256(text.encode()).digest(), file

    def administer(self, function: str, arguments: list[object], reason: str) -> None:
        """
        Have the administrators change the register.

        Raises
        ------
        DemoNeedsAdministrators
        """
        proposal = self.ledger.administration.carry_out(
            "GovernmentRegister", function, arguments, reason, self.ledger.administrators()
        )
        if proposal.stage is not Stage.EXECUTED:
            raise DemoNeedsAdministrators(
                f"{reason}: {proposal.in_words()}. The play needs a home whose administrators act at once; "
                "make a fresh one with `intergov demo --home DIR`"
            )

    def send(self, command: Command, key: str, kind: type[_E] = CommandExecuted) -> list[_E]:  # type: ignore[assignment]
        """Give a command as this body; what it changed, of one kind of event."""
        operation = self.ledger.commands.send(command, self.ledger.keys.signer(key))
        return [event for event in self.ledger.commands.facts(operation) if isinstance(event, kind)]

    def refused(self, command: Command, key: str, refusal: type[Refused]) -> Refused:
        """Give a command that the contracts must refuse; the refusal."""
        try:
            self.send(command, key)
        except refusal as error:
            return error
        raise AssertionError(f"{command.verb} of {key} was accepted, though {refusal.__name__} was to be expected")
