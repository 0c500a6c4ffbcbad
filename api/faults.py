"""
What can only go wrong over HTTP.

These errors extend the tree of `ledger.errors`, so that one table gives every error its status and one function
renders them all.

    LedgerError
    ├── InvalidInput
    │   ├── BodyNotJson             not UTF-8, not JSON, or JSON that readers would understand differently
    │   ├── CursorInvalid           not a cursor of this list with these filters
    │   └── RequestInvalid          parameters or a body that do not fit the schema
    ├── NotFound
    │   └── PathUnknown
    ├── NotAllowed
    │   ├── LoginRequired
    │   ├── MethodNotAllowed
    │   └── NotOwnRecords
    ├── Unavailable
    │   ├── LoginNotConfigured
    │   ├── NotReady
    │   └── TooManyStreams
    ├── BodyTooLarge
    ├── ContentTypeNotSupported
    ├── TooManyRequests
    └── ServerFault                 a mistake of ours; the log has it under the request's id
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.errors import InvalidInput, LedgerError, NotAllowed, NotFound, Unavailable, shown


class BodyNotJson(InvalidInput):
    """The request's body is not JSON, or JSON that not every reader understands alike."""

    def __init__(self, value: object, rule: str) -> None:
        super().__init__("body", value, rule)


class CursorInvalid(InvalidInput):
    """The cursor is not one of this list with these filters."""

    def __init__(self, value: object, rule: str) -> None:
        super().__init__("cursor", value, rule)


class RequestInvalid(LedgerError):
    """The request does not fit the schema."""

    def __init__(self, faults: Sequence[Mapping[str, str]]) -> None:
        parts = "; ".join(f"{fault['field']}: {fault['value']} is not allowed: {fault['rule']}" for fault in faults[:3])
        more = f"; and {len(faults) - 3} more" if len(faults) > 3 else ""
        super().__init__(f"{parts}{more}")
        self.faults = faults

    def values(self) -> dict[str, object]:
        """Each fault with its field, the value as shown, and the rule."""
        return {"faults": [dict(fault) for fault in self.faults]}


class PathUnknown(NotFound):
    """Nothing is served at this path."""

    def __init__(self, path: str) -> None:
        LedgerError.__init__(self, f"path: nothing is served at {shown(path)}; /v1/openapi.json lists what is")
        self.kind, self.value = "path", path


class MethodNotAllowed(NotAllowed):
    """The path does not take this method."""

    def __init__(self, method: str, allowed: str) -> None:
        super().__init__(f"method: {shown(method, 20)} is not allowed here; allowed: {allowed}")
        self.method = method
        self.allowed = allowed

    def values(self) -> dict[str, object]:
        """The method, and those that are allowed."""
        return {"method": shown(self.method, 20), "allowed": self.allowed}


class LoginRequired(NotAllowed):
    """What is asked for is not public: it needs a log-in by signed challenge."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: not public; log in at /v1/auth/login and send the token as Authorization: Bearer")
        self.what = what

    def values(self) -> dict[str, object]:
        """What was asked for."""
        return {"what": self.what}


class NotOwnRecords(NotAllowed):
    """The session is of another account than the records."""

    def __init__(self, what: str, owner: str, session_address: str) -> None:
        super().__init__(f"{what} of {owner}: only that account may read them; this session is of {session_address}")
        self.owner = owner
        self.session_address = session_address

    def values(self) -> dict[str, object]:
        """Whose records they are, and whose session it is."""
        return {"owner": self.owner, "session_address": self.session_address}


class LoginNotConfigured(Unavailable):
    """The server does not know its own public address, to which log-ins are bound."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"log-in: asked for at {shown(host)}, and this server's public address is not set; "
            "its operator must set INTERGOV_PUBLIC_URL, except on this machine"
        )
        self.host = host

    def values(self) -> dict[str, object]:
        """The host that was asked."""
        return {"host": shown(self.host)}


class NotReady(Unavailable):
    """Something that the server needs does not do its work."""

    def __init__(self, reasons: Sequence[str], checked: Mapping[str, object]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
        self.checked = checked

    def values(self) -> dict[str, object]:
        """The reasons, and what was measured."""
        return {"reasons": list(self.reasons), **self.checked}


class TooManyStreams(Unavailable):
    """So many callers listen to events that no more can."""

    def __init__(self, streams_max: int) -> None:
        super().__init__(f"{streams_max} callers listen to events already, which is as many as one process serves")
        self.streams_max = streams_max

    def values(self) -> dict[str, object]:
        """How many may listen."""
        return {"streams_max": self.streams_max}


class BodyTooLarge(LedgerError):
    """The request's body is larger than this server takes."""

    def __init__(self, bytes_max: int) -> None:
        super().__init__(f"body: larger than allowed; at most {bytes_max} bytes")
        self.bytes_max = bytes_max

    def values(self) -> dict[str, object]:
        """The most that is taken."""
        return {"bytes_max": self.bytes_max}


class ContentTypeNotSupported(LedgerError):
    """The request's body is declared as something else than JSON."""

    def __init__(self, value: str) -> None:
        super().__init__(f"Content-Type: {shown(value)} is not supported; expected application/json")
        self.value = value

    def values(self) -> dict[str, object]:
        """The type that was declared, and the one that is taken."""
        return {"value": shown(self.value), "expected": "application/json"}


class TooManyRequests(LedgerError):
    """The caller sent more requests than its limit allows."""

    def __init__(self, limit: str, retry_after_seconds: int) -> None:
        super().__init__(f"rate limit: more than {limit}; ask again in {retry_after_seconds} s")
        self.limit = limit
        self.retry_after_seconds = retry_after_seconds

    def values(self) -> dict[str, object]:
        """The limit, and when to ask again."""
        return {"limit": self.limit, "retry_after_seconds": self.retry_after_seconds}


class ServerFault(LedgerError):
    """The server made a mistake."""

    def __init__(self) -> None:
        super().__init__(
            "the server made a mistake and has logged it under this request's id; nothing is known to be half done"
        )
