"""
The console: a page that shows what /v1 answers.

Static files, served from a table made at import: nothing else of the file system can be asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Final

from fastapi import FastAPI, Request, Response, status

_TYPES: Final = {
    "index.html": "text/html; charset=utf-8",
    "console.css": "text/css; charset=utf-8",
    "console.js": "text/javascript; charset=utf-8",
    "words.js": "text/javascript; charset=utf-8",
    "mark.svg": "image/svg+xml",
}


def mount(app: FastAPI) -> None:
    """Serve the console at `/`, its files below /console/."""
    for name, media_type in _TYPES.items():
        content = resources.files(__package__).joinpath(name).read_bytes()
        path = "/" if name == "index.html" else f"/console/{name}"
        app.add_api_route(path, _file(content, media_type), methods=["GET"], include_in_schema=False)


def _file(content: bytes, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}

    async def answer(request: Request) -> Response:
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
        return Response(content, media_type=media_type, headers=headers)

    return answer
