"""
The root of the exception tree.

Every error that the product raises on purpose is a `LedgerError`. Its message names the component, the offender, the
value and the rule: what was wrong, what it was, what is allowed. `slug` is its lasting name, in kebab-case, for
programs; `values` are the parts of the message, ready for JSON.

    LedgerError
    ├── InvalidInput            a value breaks a rule, before anything was sent
    ├── NotFound                nothing on the ledger has this name or number
    ├── Ambiguous               a name means more than one thing
    ├── Conflict                it contradicts what is there already
    ├── SignatureRefused        a signed command that must not be sent, and why (ledger.chain.typed_data)
    ├── Refused                 a contract refused a command (ledger.domain.refusals: one class per Solidity error)
    ├── NotAllowed              the caller may not do or read this
    └── Unavailable             something that is needed does not answer: a node, a database, a home
"""

from __future__ import annotations

import re
from typing import ClassVar


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


class LedgerError(Exception):
    """Something was refused or has failed, for the reason that the message gives."""

    slug: ClassVar[str] = "ledger-error"

    def __init_subclass__(cls, **kwargs: object) -> None:
        super().__init_subclass__(**kwargs)
        if "slug" not in cls.__dict__:
            cls.slug = _kebab(cls.__name__)

    def values(self) -> dict[str, object]:
        """The parts of the message, ready for JSON."""
        return {}


def shown(value: object, length_max: int = 120) -> str:
    """A value as a message shows it: quoted, and cut where it is long, because messages are read by people."""
    text = repr(value)
    return text if len(text) <= length_max else f"{text[:length_max]}… ({len(text)} characters)"


class InvalidInput(LedgerError):
    """A value breaks a rule; nothing was sent or written."""

    def __init__(self, field: str, value: object, rule: str) -> None:
        super().__init__(f"{field}: {shown(value)} is not allowed; expected {rule}")
        self.field = field
        self.value = value
        self.rule = rule

    def values(self) -> dict[str, object]:
        """The field, the value as shown, and the rule."""
        return {"field": self.field, "value": shown(self.value), "rule": self.rule}


class NotFound(LedgerError):
    """Nothing on the ledger has this name or number."""

    def __init__(self, kind: str, value: object) -> None:
        super().__init__(f"no {kind} {shown(value)} on this ledger")
        self.kind = kind
        self.value = value

    def values(self) -> dict[str, object]:
        """What was looked for, and by which value."""
        return {"kind": self.kind, "value": shown(self.value)}


class Ambiguous(LedgerError):
    """A name means more than one thing; the candidates are named so that the caller can choose."""

    def __init__(self, kind: str, value: object, candidates: list[str]) -> None:
        super().__init__(f"{kind} {shown(value)} may mean {', '.join(candidates)}; name one of these")
        self.kind = kind
        self.value = value
        self.candidates = candidates

    def values(self) -> dict[str, object]:
        """What was looked for, by which value, and what it may mean."""
        return {"kind": self.kind, "value": shown(self.value), "candidates": self.candidates}


class Conflict(LedgerError):
    """It contradicts what is there already."""


class NotAllowed(LedgerError):
    """The caller may not do or read this."""


class Unavailable(LedgerError):
    """Something that is needed does not answer or cannot be used now."""
