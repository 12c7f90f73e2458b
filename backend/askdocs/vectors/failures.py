"""What a Qdrant server and the way to it may raise, over REST or gRPC, in terms of our errors.

Both transports go through one table: a gRPC code counts as the HTTP status that Qdrant gives the same error.
"""

from __future__ import annotations

from http import HTTPStatus
from json import JSONDecodeError

import grpc
import httpx
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from askdocs.errors import VectorStoreRefused, VectorStoreUnavailable


class Unreadable(Exception):
    """A reply over gRPC that is no message of the kind asked for."""


FAILURES = (ApiException, QdrantException, JSONDecodeError, grpc.aio.AioRpcError, Unreadable)
"""What a request may raise: an answer that is none, a limit, an answer that cannot even be read."""

STATUSES = {
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.OUT_OF_RANGE: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.PRECONDITION_FAILED,
    grpc.StatusCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    grpc.StatusCode.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    grpc.StatusCode.DEADLINE_EXCEEDED: HTTPStatus.REQUEST_TIMEOUT,
    grpc.StatusCode.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    grpc.StatusCode.UNIMPLEMENTED: HTTPStatus.NOT_FOUND,
}
"""All others are failures of the server (500), and UNAVAILABLE one of the way to it."""

FORBIDDEN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)

PASSING = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)

CHECK = "Check that the server is running and that QDRANT_URL is right."
CHECK_GRPC = (
    "Check that the server is running and that QDRANT_URL and vectors.grpc_port are right, or set "
    "vectors.transport to rest."
)


class NoCollection(VectorStoreUnavailable):
    pass


def may_pass(error: Exception) -> bool:
    """Whether the same request may fare better a moment later."""
    if isinstance(error, grpc.aio.AioRpcError):
        return not _is_foreign(error) and _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR
    if isinstance(error, UnexpectedResponse):
        return _status(error) >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, ResponseHandlingException) and isinstance(error.source, httpx.TransportError)


def exists_already(error: Exception) -> bool:
    return (
        isinstance(error, UnexpectedResponse | grpc.aio.AioRpcError) and _status(error) == HTTPStatus.CONFLICT
    )


def refuses_key(error: Exception) -> bool:
    return isinstance(error, UnexpectedResponse | grpc.aio.AioRpcError) and _status(error) in FORBIDDEN


def unanswered(address: str, seconds: float, *, check: str) -> VectorStoreUnavailable:
    return VectorStoreUnavailable(f"Qdrant at {address} did not answer within {seconds:g} s.", fix=check)


def converted(error: Exception, address: str, *, check: str) -> VectorStoreUnavailable:
    """`check` is what to do about a server that does not answer at `address`, or is another one."""
    qdrant = f"Qdrant at {address}"
    if isinstance(error, ResourceExhaustedResponse):
        return VectorStoreUnavailable(f"{qdrant} is overloaded: {error}", retry_after=error.retry_after_s)
    if reason := _no_way(error):
        return VectorStoreUnavailable(f"{qdrant} cannot be reached: {reason}", fix=check)
    if not isinstance(error, UnexpectedResponse | grpc.aio.AioRpcError) or _is_foreign(error):
        return VectorStoreUnavailable(f"What answers at {address} is not Qdrant.", fix=check)
    status, text = _status(error), _message(error)
    name = error.code().name if isinstance(error, grpc.aio.AioRpcError) else status
    if refuses_key(error):
        return VectorStoreRefused(f"{qdrant} refused our key: {text}", fix="Check QDRANT_API_KEY.")
    if status == HTTPStatus.NOT_FOUND:
        return NoCollection(f"{qdrant}: {text}", fix="Build the index: run `askdocs index`.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in PASSING:
        return VectorStoreUnavailable(f"{qdrant} failed ({name}): {text}", fix=check)
    return VectorStoreRefused(f"{qdrant} refused a request ({name}): {text}")


def _no_way(error: Exception) -> str:
    """Why the server cannot be reached, "" if it can."""
    if isinstance(error, ResponseHandlingException) and isinstance(error.source, httpx.TransportError):
        return str(error.source) or type(error.source).__name__
    if (
        isinstance(error, grpc.aio.AioRpcError)
        and error.code() is grpc.StatusCode.UNAVAILABLE
        and not _is_foreign(error)
    ):
        return error.details() or error.code().name
    return ""


def _is_foreign(error: UnexpectedResponse | grpc.aio.AioRpcError) -> bool:
    """Whether something else than Qdrant has answered."""
    text = _message(error)
    if isinstance(error, grpc.aio.AioRpcError) and "http1.x server" in text:
        return True
    status = _status(error)
    return status < HTTPStatus.BAD_REQUEST or (status == HTTPStatus.NOT_FOUND and "Collection" not in text)


def _status(error: UnexpectedResponse | grpc.aio.AioRpcError) -> int:
    if isinstance(error, grpc.aio.AioRpcError):
        return STATUSES.get(error.code(), HTTPStatus.INTERNAL_SERVER_ERROR)
    return error.status_code or 0


def _message(error: UnexpectedResponse | grpc.aio.AioRpcError) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        return error.details() or ""
    try:
        return str(error.structured()["status"]["error"])
    except (ValueError, KeyError, TypeError):
        return error.content.decode(errors="replace")[:200] or error.reason_phrase
