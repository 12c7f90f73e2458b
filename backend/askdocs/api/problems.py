"""Errors as HTTP: the one file that turns them into RFC 9457 problems.

A problem's type is its error's class name, so that clients can tell `SiteNotFound` from `SessionNotFound`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException as RoutingError
from starlette.routing import Match
from starlette.types import Scope

from askdocs import errors
from askdocs.observability.logging import log

_STATUS: Mapping[type[errors.AskdocsError], int] = {
    errors.InputError: 422,
    errors.UploadTooLarge: 413,
    errors.ConfigError: 500,
    errors.NotFound: 404,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.SiteDisabled: 410,
    errors.RateLimited: 429,
    errors.Conflict: 409,
    errors.Unavailable: 503,
    errors.DiskFull: 507,
    errors.AskdocsError: 500,
}

_SCHEMES: Mapping[type[errors.AskdocsError], str] = {
    errors.CredentialsMissing: "Bearer",
    errors.CredentialsInvalid: "Bearer",
    errors.ReaderSessionRequired: "Askdocs-Reader",
}

_NAMES: Mapping[int, str] = {
    400: "MalformedJson",
    401: "Unauthorized",
    404: "NotFound",
    405: "MethodNotAllowed",
    408: "RequestTimeout",
    413: "ContentTooLarge",
    415: "UnsupportedMediaType",
    503: "ServiceUnavailable",
}
"""Refusals of the framework's; Python's own phrases for them change with its version."""

_FIXES: Mapping[int, str] = {
    400: "Send JSON in UTF-8.",
    401: "Send the header Authorization: Bearer with the token.",
    404: "See /docs for what there is.",
    405: "See /docs for the methods that this address takes.",
    408: "Send it again, over a connection that is fast enough.",
    413: "Send less.",
    415: "Send JSON with the header Content-Type: application/json.",
    431: "Send fewer or shorter headers.",
    503: "Try again in a moment.",
    500: "Try again; if it happens again, tell the operator the request_id.",
    507: "The operator frees some space.",
}

_ERRORS, _TOLD = 5, 200
"""How many errors of a request are listed, and how many characters of each: whoever mends a request needs the
first, and the answer to a bad one must not be longer than it."""


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These refusals, for OpenAPI."""
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in statuses}


DOCUMENTED = documented(400, 401, 403, 404, 408, 410, 413, 415, 422, 429, 503, 507)
"""What every route of a site may answer."""

_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")

SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "An error as RFC 9457 describes it.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "request_id", "fix"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:askdocs:problem:site-not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What went wrong, in a sentence."},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "request_id": {"type": "string", "description": "Finds this request in the logs."},
        "fix": {"type": "string", "description": "What to do about it."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}


def register(app: FastAPI) -> None:
    """Make the app answer errors with problems."""
    app.add_exception_handler(errors.AskdocsError, _answer_error)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(RoutingError, _answer_routing)


def render(
    scope: Scope,
    status: int,
    name: str,
    detail: str,
    *,
    fix: str = "",
    headers: Mapping[str, str] | None = None,
    **further: Any,
) -> Response:
    """A problem named like the error class `name`."""
    slug = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
    problem = {
        "type": f"urn:askdocs:problem:{slug}",
        "title": slug.replace("-", " ").capitalize(),
        "status": status,
        "detail": detail,
        "instance": scope.get("path", ""),
        "request_id": scope.get("request_id", ""),
        "fix": fix or _FIXES.get(status, ""),
        **further,
    }
    return Response(
        orjson.dumps(problem),
        status,
        {"cache-control": "no-store", **(headers or {})},
        media_type="application/problem+json",
    )


def render_error(scope: Scope, error: errors.AskdocsError) -> Response:
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    detail = str(error)
    is_told = isinstance(error, errors.Busy | errors.IssuerUnavailable | errors.ProviderUnavailable)
    if status >= 500 and not is_told:
        log.warning("request_failed", error=f"{type(error).__name__}: {error}", fix=error.fix)
        # What is wrong with which server is for the log; readers can only wait.
        detail = "Something that answers depend on is not available at the moment."
    headers = _headers(error, status)
    fix = error.fix if status < 500 or is_told else ""
    if status == 429 and not fix:
        fix = f"Wait {headers.get('retry-after', 60)} seconds."
    return render(scope, status, type(error).__name__, detail, fix=fix, headers=headers)


def _headers(error: errors.AskdocsError, status: int) -> dict[str, str]:
    retry_after = getattr(error, "retry_after", None)
    headers = {"retry-after": str(max(1, round(retry_after)))} if retry_after is not None else {}
    if status == 401:
        headers["www-authenticate"] = _SCHEMES.get(type(error), "Askdocs-User")
    if isinstance(error, errors.RateLimited) and error.policy:
        headers |= limit_fields(error.policy, error.amount, error.seconds, left=0, reset=error.retry_after)
    return headers


def limit_fields(policy: str, amount: int, seconds: int, *, left: int, reset: float) -> dict[str, str]:
    """What draft-ietf-httpapi-ratelimit-headers-11 has for a quota, and for what is left of it."""
    return {
        "ratelimit-policy": f'"{policy}";q={amount};w={seconds}',
        "ratelimit": f'"{policy}";r={left};t={reset:.0f}',
    }


def render_unexpected(scope: Scope) -> Response:
    return render(scope, 500, "InternalError", "Something went wrong on our side.")


def render_stopping(scope: Scope) -> Response:
    headers = {"connection": "close", "retry-after": "1"}
    return render(scope, 503, "ServiceUnavailable", "The server is restarting.", headers=headers)


async def _answer_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, errors.AskdocsError)  # noqa: S101  it is registered for these only
    return render_error(request.scope, error)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  it is registered for these only
    found = error.errors()
    if found and found[0]["type"] == "json_invalid":
        detail = f"The body is not JSON: {found[0]['ctx']['error']} at character {found[0]['loc'][-1]}."
        return render(request.scope, 400, "MalformedJson", detail)
    invalid = [
        {"field": ".".join(str(part) for part in item["loc"][1:])[:_TOLD], "message": _sentence(item["msg"])}
        for item in found[:_ERRORS]
    ]
    first = invalid[0] if invalid else {"field": "", "message": "The request is not valid."}
    detail = f"{first['field']}: {first['message']}" if first["field"] else first["message"]
    fix = "See /docs for the fields."
    if found and found[0]["loc"][0] == "header":
        fix = f"Send the header {first['field']}; /docs says what it holds."
    return render(request.scope, 422, "InvalidRequest", detail, fix=fix, errors=invalid)


def _sentence(message: str) -> str:
    return f"{message.removeprefix('Value error, ')[:_TOLD].rstrip('.')}."


async def _answer_routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, RoutingError)  # noqa: S101  it is registered for these only
    status, headers = error.status_code, error.headers
    phrase = HTTPStatus(status).phrase
    detail = error.detail
    if status == 404 and detail == phrase:
        detail = f"There is nothing at {request.scope['path']}."
    if status == 405:
        detail = f"{request.method} is not possible here."
        headers = {"allow": ", ".join(method for method in _METHODS if _takes(request, method))}
    if status == 400:
        # FastAPI's own refusal of a body that is not even text.
        detail = "The body is not JSON in UTF-8."
    name = _NAMES.get(status, "RequestRefused")
    return render(request.scope, status, name, detail, headers=headers)


def _takes(request: Request, method: str) -> bool:
    """Whether any route takes this method at the address; the framework names those of the first one."""
    asked = {**request.scope, "method": method}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.routes)
