"""The score policy: validated whole, one spelling, one digest."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest

from ledger.domain.policy import LIMITS, PolicyError, ScorePolicy
from ledger.policies import default_policy, load_policy

DEFAULT = default_policy()


def changed(**changes: Any) -> str:
    return json.dumps({**DEFAULT.to_mapping(), **changes})


def test_every_parameter_has_limits_and_a_unit_in_its_name() -> None:
    integers = {field.name for field in fields(ScorePolicy)} - {"name"}
    assert integers == set(LIMITS)
    assert all(smallest <= getattr(DEFAULT, key) <= largest for key, (smallest, largest) in LIMITS.items())
    unit = re.compile(r"_(millionths|days|years_max|commitments)$")
    assert [key for key in integers if not unit.search(key)] == ["version"]


@pytest.mark.parametrize("key", sorted(LIMITS))
def test_each_limit_holds_on_both_sides(key: str) -> None:
    smallest, largest = LIMITS[key]
    for value in (smallest, largest):
        assert getattr(ScorePolicy.from_json(changed(**{key: value})), key) == value
    for value in (smallest - 1, largest + 1):
        with pytest.raises(PolicyError, match=rf"{key}: {value} is not allowed; expected an integer from {smallest}"):
            ScorePolicy.from_json(changed(**{key: value}))


@pytest.mark.parametrize("value", [1.0, True, "1", None, [1], {"a": 1}])
def test_only_integers_are_parameters(value: object) -> None:
    with pytest.raises(PolicyError, match="rating_gain_millionths"):
        ScorePolicy.from_json(changed(rating_gain_millionths=value))


@pytest.mark.parametrize("value", ["", "x" * 101, 5, None])
def test_a_policy_has_a_name(value: object) -> None:
    with pytest.raises(PolicyError, match="policy: name"):
        ScorePolicy.from_json(changed(name=value))


def test_an_unknown_key_is_refused_by_name() -> None:
    with pytest.raises(PolicyError, match="policy: key: 'half_life' is not allowed; expected one of"):
        ScorePolicy.from_json(changed(half_life=-5))


def test_a_missing_key_is_refused_by_name() -> None:
    mapping = DEFAULT.to_mapping()
    del mapping["points_half_life_days"]
    with pytest.raises(PolicyError, match="policy: points_half_life_days: None"):
        ScorePolicy.from_mapping(mapping)


def test_a_negative_half_life_is_refused() -> None:
    with pytest.raises(PolicyError, match="points_half_life_days: -1 is not allowed; expected an integer from 1 to"):
        ScorePolicy.from_json(changed(points_half_life_days=-1))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "one JSON object in UTF-8"),
        ("{", "one JSON object in UTF-8"),
        ("[]", "one JSON object"),
        ("3", "one JSON object"),
        (b"\xff\xfe{", "one JSON object in UTF-8"),
        ('{"version": 1, "version": 2}', "policy: key: 'version' is not allowed; expected each key to stand once"),
        ('{"version": ' + "9" * 5_000 + "}", "one JSON object in UTF-8"),
        ("[" * 100_000, "one JSON object in UTF-8"),
    ],
)
def test_what_is_not_a_policy_file_is_refused(text: str | bytes, words: str) -> None:
    with pytest.raises(PolicyError, match=words):
        ScorePolicy.from_json(text)


def test_the_digest_is_of_the_canonical_form_whatever_the_spelling() -> None:
    mapping = DEFAULT.to_mapping()
    backwards = json.dumps(dict(reversed(mapping.items())), indent=7)
    assert ScorePolicy.from_json(backwards) == DEFAULT
    canonical = DEFAULT.canonical_json()
    assert canonical == json.dumps(mapping, sort_keys=True, separators=(",", ":")).encode()
    assert DEFAULT.digest == hashlib.sha256(canonical).digest()
    assert ScorePolicy.from_json(canonical) == DEFAULT


def test_another_value_or_name_is_another_digest() -> None:
    digests = {DEFAULT.digest}
    for key, (smallest, largest) in LIMITS.items():
        value = smallest if getattr(DEFAULT, key) != smallest else largest
        digests.add(ScorePolicy.from_json(changed(**{key: value})).digest)
    digests.add(ScorePolicy.from_json(changed(name="计分规则")).digest)
    assert len(digests) == len(LIMITS) + 2


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        DEFAULT.version = 2  # type: ignore[misc]


def test_a_file_is_named_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    with pytest.raises(PolicyError, match=r"mine\.json"):
        load_policy(path)
    path.write_text(changed(version=0), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"mine\.json: policy: version: 0"):
        load_policy(path)
    path.write_text(changed(name="我的"), encoding="utf-8")
    assert load_policy(path).name == "我的"
