"""Every error of the product has a status, and every problem a document."""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Iterator

import pytest

import ledger
from api.errors import REFUSAL_STATUS, STATUS, api_title, status_of
from api.faults import MethodNotAllowed, ServerFault, TooManyRequests
from api.problems import problem_of, render, without_places
from ledger.chain.connection import NodeUnreachable
from ledger.domain.refusals import REFUSALS
from ledger.domain.refusals.commitments import CommitmentNotDebtor
from ledger.errors import Ambiguous, Conflict, InvalidInput, LedgerError, NotAllowed, NotFound

# What the command line and the node's own process raise never comes to the API.
_ELSEWHERE = ("ledger.cli", "ledger.importing", "ledger.chain.embedded.params", "ledger.chain.embedded.rpc")


def shipped(kind: type[LedgerError]) -> bool:
    return kind.__module__.startswith(("ledger.", "api.")) and not kind.__module__.startswith(_ELSEWHERE)


def every_class(kind: type[LedgerError] = LedgerError) -> Iterator[type[LedgerError]]:
    for each in kind.__subclasses__():
        yield each
        yield from every_class(each)


def import_everything() -> None:
    for module in pkgutil.walk_packages(ledger.__path__, "ledger."):
        # Modules of this name start something when they are imported.
        if not module.name.endswith("__main__") and not module.name.startswith(_ELSEWHERE):
            importlib.import_module(module.name)


def test_every_error_is_in_the_table() -> None:
    import_everything()
    unmapped = sorted(
        f"{each.__module__}.{each.__name__}"
        for each in every_class()
        if shipped(each) and not any(base in STATUS for base in each.__mro__)
    )
    assert unmapped == []


def test_every_refusal_is_in_the_table_and_nothing_else() -> None:
    # Tests elsewhere may declare refusals of their own.
    shipped = {name for name, kind in REFUSALS.items() if kind.__module__.startswith("ledger.")}
    assert shipped == set(REFUSAL_STATUS)


def test_slugs_are_unique() -> None:
    import_everything()
    slugs = [each.slug for each in every_class() if shipped(each)]
    assert sorted({slug for slug in slugs if slugs.count(slug) > 1}) == []


def test_every_title_is_a_sentence() -> None:
    for each in every_class():
        title = api_title(each)
        assert title, each
        assert "\n" not in title


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInput("amount", -1, "more than 0"), 422),
        (NotFound("government", "iso3166:XYZ"), 404),
        (Ambiguous("government", "Harbour", ["gbt2260:330281", "local:harbour"]), 409),
        (Conflict("no"), 409),
        (NotAllowed("no"), 403),
        (CommitmentNotDebtor(id=7, caller=3, debtor=4), 403),
        (REFUSALS["CommitmentUnknown"](9), 422),
        (REFUSALS["AgreementAlreadySigned"](1, 2), 409),
        (NodeUnreachable("http://127.0.0.1:8545", "refused"), 503),
    ],
)
def test_status(error: LedgerError, status: int) -> None:
    assert status_of(error) == status
    assert problem_of(error).status == status


def test_a_refusal_carries_the_contracts_error_and_its_values() -> None:
    response = render(problem_of(CommitmentNotDebtor(id=7, caller=3, debtor=4)), "/v1/commands/SubmitEvidence", "abc")
    document = json.loads(bytes(response.body))
    assert response.media_type == "application/problem+json"
    assert document == {
        "type": "/v1/problems/commitment-not-debtor",
        "title": "The caller does not owe this commitment",
        "status": 403,
        "detail": "government 3 does not owe commitment 7; only its debtor, 4, may do this",
        "instance": "/v1/commands/SubmitEvidence",
        "values": {"id": 7, "caller": 3, "debtor": 4},
        "error": "CommitmentNotDebtor",
        "request_id": "abc",
    }


def test_headers_that_belong_to_a_status() -> None:
    assert problem_of(MethodNotAllowed("PUT", "GET")).headers["Allow"] == "GET"
    assert problem_of(TooManyRequests("1 per 1 minute", 7)).headers["Retry-After"] == "7"
    assert "Retry-After" in problem_of(NodeUnreachable("http://127.0.0.1:8545", "refused")).headers


@pytest.mark.parametrize("value", ["\ud800", "\0", "a" * 100_000, "\U0001f600", "\x1b[31m", '"\\\n'])
def test_nothing_that_is_shown_breaks_the_document(value: str) -> None:
    response = render(problem_of(InvalidInput("name", value, "a name")), f"/v1/{value}", None)
    document = json.loads(bytes(response.body).decode("ascii"))
    assert document["status"] == 422
    assert len(response.body) < 4_000


def test_a_fault_of_the_server_says_nothing_of_its_insides() -> None:
    document = json.loads(bytes(render(problem_of(ServerFault()), "/", "abc").body))
    assert document["status"] == 500
    assert document["values"] == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "the node at http://user:secret@node.example:8545/key/abc does not answer",
            "the node at http://node.example:8545 does not answer",
        ),
        ("database /srv/ledger/home/projection.sqlite: locked", "database projection.sqlite: locked"),
        ("run `intergov init` in '/srv/x'", "run `intergov init` in 'x'"),
        ("no place at all, 3/4 of it", "no place at all, 3/4 of it"),
    ],
)
def test_places_stay_with_the_operator(text: str, expected: str) -> None:
    assert without_places(text) == expected
