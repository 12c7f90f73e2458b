"""People signing in and out. Tokens come and go in bodies and in the header Authorization, not in cookies."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field, SecretStr

from askdocs.api import problems
from askdocs.api.clients import pseudonym
from askdocs.api.deps import JsonOnly, RuntimeDep
from askdocs.openid import attempts
from askdocs.passwords import LONGEST
from askdocs.tenancy import addresses, openid, sign_ins
from askdocs.tenancy.openid import Returned
from askdocs.tenancy.sign_ins import Tokens


async def not_kept(response: Response) -> None:
    response.headers["cache-control"] = "no-store"


async def network(request: Request, rt: RuntimeDep) -> str:
    """What the sender's network is counted by."""
    return pseudonym(request.scope, rt)


Client = Annotated[str, Depends(network)]

router = APIRouter(
    prefix="/api/v1/auth",
    tags=["auth"],
    responses=problems.documented(400, 401, 408, 413, 415, 422, 429, 503, 507),
    dependencies=[JsonOnly, Depends(not_kept)],
)


_UNKNOWN = problems.documented(404)


class Credentials(BaseModel):
    address: str = Field(max_length=addresses.LONGEST, description="By which the member was added.")
    password: SecretStr = Field(max_length=LONGEST)


class OtherPassword(Credentials):
    new_password: SecretStr = Field(max_length=LONGEST, description="At least 15 characters.")


class RefreshToken(BaseModel):
    refresh_token: SecretStr = Field(max_length=200, description="The last one that was given out.")


class Redirect(BaseModel):
    redirect_uri: str = Field(
        max_length=2000, description="Where the provider sends the person back to; one that is configured."
    )


class StartedBody(BaseModel):
    """`url` is where the person signs in; the client keeps `attempt` to itself."""

    url: str
    attempt: str
    expires_in: int


class ReturnedBody(BaseModel):
    attempt: SecretStr = Field(max_length=attempts.LONGEST, description="What starting it gave.")
    code: SecretStr = Field(max_length=8192, description="As the redirect URI has it, as the next ones.")
    state: str = Field(max_length=200)
    iss: str | None = Field(default=None, max_length=2000, description="Of those providers that send it.")


class TokensBody(BaseModel):
    """`access_token` goes into the header Authorization and is good for `expires_in` seconds;
    `refresh_token` gets others, once."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  it is the name of a scheme
    expires_in: int
    refresh_token: str


@router.post("/sign-in", summary="Sign in with a password")
async def sign_in(credentials: Credentials, client: Client, rt: RuntimeDep) -> TokensBody:
    password = credentials.password.get_secret_value()
    return _body(await sign_ins.begin(rt, credentials.address, password, client=client))


@router.post("/openid", summary="Start to sign in with the provider's account", responses=_UNKNOWN)
async def start_openid(given: Redirect, client: Client, rt: RuntimeDep) -> StartedBody:
    """Within `expires_in` seconds `code` and `state` of the redirect are to be sent along with `attempt`."""
    started = await openid.start(rt, given.redirect_uri, client=client)
    return StartedBody(url=started.url, attempt=started.attempt, expires_in=started.expires_in)


@router.post("/openid/finish", summary="Sign in with the provider's account", responses=_UNKNOWN)
async def finish_openid(given: ReturnedBody, client: Client, rt: RuntimeDep) -> TokensBody:
    """An attempt is good once, whatever comes of it."""
    attempt, code = given.attempt.get_secret_value(), given.code.get_secret_value()
    return _body(await openid.finish(rt, Returned(attempt, code, given.state, given.iss), client=client))


@router.post("/password", summary="Choose another password")
async def change_password(given: OtherPassword, client: Client, rt: RuntimeDep) -> TokensBody:
    """All other tokens that this person has, wherever, are void at once."""
    old, new = given.password.get_secret_value(), given.new_password.get_secret_value()
    return _body(await sign_ins.change_password(rt, given.address, old, new, client=client))


@router.post("/refresh", summary="Get other tokens")
async def refresh(given: RefreshToken, client: Client, rt: RuntimeDep) -> TokensBody:
    """A refresh token that comes a second time ends the sign-in."""
    return _body(await sign_ins.refresh(rt, given.refresh_token.get_secret_value(), client=client))


@router.post("/sign-out", summary="Sign out", status_code=204)
async def sign_out(given: RefreshToken, rt: RuntimeDep) -> None:
    """Access tokens of this sign-in are void at once. It is no error to have signed out before."""
    await sign_ins.end(rt, given.refresh_token.get_secret_value())


@router.post("/sign-out-everywhere", summary="Sign out everywhere", status_code=204)
async def sign_out_everywhere(given: RefreshToken, client: Client, rt: RuntimeDep) -> None:
    """All tokens that this person has, wherever, are void at once."""
    await sign_ins.end_all(rt, given.refresh_token.get_secret_value(), client=client)


def _body(tokens: Tokens) -> TokensBody:
    return TokensBody(
        access_token=tokens.access_token, expires_in=tokens.expires_in, refresh_token=tokens.refresh_token
    )
