"""What the API's reads are measured against: FastAPI with one endpoint, which has its answer ready."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI, Response


def create_app() -> FastAPI:
    """An app that answers every GET under /v1 with the bytes of a file."""
    body = Path(os.environ["BENCH_ANSWER"]).read_bytes()
    app = FastAPI(openapi_url=None)

    @app.get("/v1/{path:path}")
    async def answer() -> Response:
        return Response(body, media_type="application/json")

    return app
