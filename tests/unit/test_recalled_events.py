"""Events come back from the bodies under which the history keeps them."""

from __future__ import annotations

import typing
from dataclasses import fields, is_dataclass
from enum import IntEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.events import EVENTS
from ledger.domain.moments import MAY_BE_NO_MOMENT, MOMENT_FIELDS, MOMENT_MAX
from ledger.store.projection.bodies import body_text
from ledger.store.projection.recalled import event_from


def any_of(name: str, hint: Any) -> st.SearchStrategy[Any]:
    if typing.get_origin(hint) is tuple:
        return st.lists(any_of(name, typing.get_args(hint)[0]), max_size=3).map(tuple)
    if hint is bytes:
        if name == "currency":
            return st.sampled_from([b"CNY", b"KWD", b"\0\0\0"])
        return st.sampled_from([bytes(32), b"\x01" * 32, bytes(range(32))])
    if is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        return st.builds(
            typing.cast(type, hint), **{field.name: any_of(field.name, hints[field.name]) for field in fields(hint)}
        )
    if issubclass(hint, IntEnum):
        return st.sampled_from(hint)
    if hint is bool:
        return st.booleans()
    if hint is int:
        if name in MOMENT_FIELDS:
            return st.integers(0 if name in MAY_BE_NO_MOMENT else 1, MOMENT_MAX)
        return st.integers(0, 2**64 - 1)
    return st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)


@pytest.mark.parametrize("twin", EVENTS.values(), ids=EVENTS)
@settings(max_examples=15)
@given(data=st.data())
def test_an_event_comes_back_as_it_was(twin: type, data: st.DataObject) -> None:
    event = data.draw(any_of("event", twin))
    assert event_from(twin, body_text(event)) == event
