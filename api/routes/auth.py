"""Log-in by signed challenge (EIP-4361), for what is not public."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response, status

from api.deps import LedgerDep, NowDep, SessionDep, SettingsDep, TokenDep
from api.faults import LoginNotConfigured
from api.rendering import reference
from api.schemas.auth import ChallengeIn, ChallengeOut, LoginIn, MeOut, SessionOut
from api.settings import ApiSettings, is_loopback
from api.strict_json import JsonRoute
from ledger.chain.command_json import read_address

router = APIRouter(prefix="/auth", tags=["auth"], route_class=JsonRoute)


def site(request: Request, settings: ApiSettings) -> tuple[str, str]:
    """
    The domain and URI that log-ins are bound to.

    A caller's Host header is believed only where it names this machine: otherwise a page elsewhere that passes
    requests through could have a challenge made out to itself.

    Raises
    ------
    LoginNotConfigured
    """
    if settings.public_url is not None:
        return urlsplit(settings.public_url).netloc, settings.public_url
    host = request.headers.get("host", "")
    if not is_loopback(host):
        raise LoginNotConfigured(host)
    return host, f"{request.url.scheme}://{host}"


@router.post("/challenge")
def challenge(
    body: ChallengeIn, request: Request, ledger: LedgerDep, settings: SettingsDep, now: NowDep
) -> ChallengeOut:
    """Ask for a message to sign. It can be answered once, within ten minutes."""
    domain, uri = site(request, settings)
    address = read_address("address", body.address)
    given = ledger.store.logins.challenge(now, address)
    message = given.message(address=address, domain=domain, uri=uri, chain_id=ledger.deployment.chain_id)
    return ChallengeOut(message=message, nonce=given.nonce, expires_at=given.expires_at)


@router.post("/login")
def login(body: LoginIn, request: Request, ledger: LedgerDep, settings: SettingsDep, now: NowDep) -> SessionOut:
    """Answer a challenge. The token is shown once and is good for eight hours."""
    domain, _ = site(request, settings)
    session = ledger.store.logins.verify(
        body.message,
        bytes.fromhex(body.signature[2:]),
        domain=domain,
        chain_id=ledger.deployment.chain_id,
        now=now,
    )
    return SessionOut(token=session.token, address=session.address, expires_at=session.expires_at)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
def logout(token: TokenDep, ledger: LedgerDep) -> Response:
    """End the session."""
    ledger.store.logins.logout(token)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/me")
def me(session: SessionDep, ledger: LedgerDep) -> MeOut:
    """Whose session it is, and for whom the account speaks."""
    row = ledger.queries.speaks_for(session.address)
    government = None if row is None else reference(row)
    return MeOut(address=session.address, expires_at=session.expires_at, government=government)
