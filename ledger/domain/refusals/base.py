"""
What every refusal is: fields, a sentence and a form for JSON.

A refusal is declared as a class whose fields are the parameters of the Solidity error, in order, and whose `template`
is the sentence that people read. In a template, `{field}` shows a value as people write it: enums by name, bytes in
hexadecimal, text quoted. `{field:moment}` shows UTC seconds as RFC 3339, `{field:currency}` a currency as letters.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from string import Formatter
from typing import Any, ClassVar, dataclass_transform

from ledger.domain.moments import MAY_BE_NO_MOMENT, MOMENT_FIELDS, format_moment
from ledger.errors import LedgerError, shown

_PLAIN_CHARACTERS_MAX = 42
"""An address has as many; a longer text was written by a caller."""

REFUSALS: dict[str, type[Refused]] = {}
"""Every refusal by the name of its Solidity error."""


def named(enum: type[IntEnum], number: int) -> str:
    """The name of a state that another contract's error carries as a number; the number where there is none."""
    names = {int(member): member.name.lower().replace("_", " ") for member in enum}
    return names.get(number, str(number))


def _currency(code: bytes) -> str:
    text = code.rstrip(b"\0")
    return text.decode("ascii") if text.isalnum() else "0x" + code.hex()


class _Sentence(Formatter):
    """Shows values as people write them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec == "moment":
            return format_moment(value)
        if format_spec == "currency":
            return _currency(value)
        if isinstance(value, IntEnum):
            return value.name.lower().replace("_", " ")
        if isinstance(value, bytes):
            return "0x" + value.hex()
        if isinstance(value, str):
            # Addresses and names of fields are plain words; what a caller wrote may hold anything and is quoted.
            plain = value.isascii() and value.replace(" ", "").isalnum() and len(value) <= _PLAIN_CHARACTERS_MAX
            return value if plain else shown(value)
        return f"{value:,}" if format_spec == "count" else str(value)


@dataclass_transform(eq_default=False, frozen_default=True, kw_only_default=False)
class Refused(LedgerError):
    """
    A contract refused a command, and nothing was recorded.

    Subclasses have the name of the Solidity error and its parameters as fields; a field cannot be changed, and two
    refusals with the same name and values are equal.
    """

    template: ClassVar[str]

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Make the class a dataclass and put it on record."""
        super().__init_subclass__(**kwargs)
        # Not frozen by the dataclass: the interpreter itself must be able to set an exception's traceback and notes.
        dataclass(eq=False)(cls)
        REFUSALS[cls.__name__] = cls

    def __post_init__(self) -> None:
        """Give the exception its text."""
        super().__init__(self.message())

    def __setattr__(self, name: str, value: object) -> None:
        if name in self.__dict__ and name in {field.name for field in fields(self)}:  # type: ignore[arg-type]
            raise AttributeError(f"{type(self).__name__}.{name} cannot be changed: it is what the contract said")
        super().__setattr__(name, value)

    def parts(self) -> dict[str, Any]:
        """The fields in order, as domain values."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    def message(self) -> str:
        """One sentence: what was wrong, the value, and what is allowed."""
        return self.sentence(self.template)

    def sentence(self, template: str) -> str:
        """A template with this refusal's values in it."""
        return _Sentence().vformat(template, (), self.parts())

    def values(self) -> dict[str, object]:
        """The fields in order, ready for JSON: enums in small letters, bytes in hexadecimal, moments in RFC 3339."""
        return {name: _json(name, value) for name, value in self.parts().items()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refused) and type(self) is type(other) and self.parts() == other.parts()

    def __hash__(self) -> int:
        return hash((type(self).__name__, *self.parts().values()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple(self.parts().values())


def _json(name: str, value: Any) -> object:
    if isinstance(value, IntEnum):
        return value.name.lower()
    if isinstance(value, bytes):
        return _currency(value) if name == "currency" else "0x" + value.hex()
    if name in MAY_BE_NO_MOMENT and value == 0:
        return None
    return format_moment(value) if name in MOMENT_FIELDS else value
