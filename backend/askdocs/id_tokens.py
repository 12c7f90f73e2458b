"""Tokens that CI providers sign about a job: read, checked against a public key, and turned into a `Job`.

Nothing here opens a connection. What a token says before its signature was checked is good for nothing but to
look up whom to ask for the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from askdocs.errors import CredentialsInvalid
from askdocs.types import Job

LEEWAY = 30
"""Seconds by which the clocks of two servers may differ."""

LONGEST_LIFE = 24 * 3600
"""Seconds between `iat` and `exp`. GitHub's tokens are good for minutes, GitLab's for as long as the job may
take, an hour unless somebody wants more."""

_LONGEST = 8192
"""Characters. GitHub's have some 1,700 to 2,500."""

_SMALLEST_RSA, _LARGEST_RSA = 2048, 8192
"""Bits: as RFC 7518 asks, and up to where checking a signature still takes less than a millisecond."""

_MOST_KEYS = 100
"""Of an issuer. Large ones have two to six."""

_LONGEST_NAME = 255
_ID = re.compile(r"[0-9]{1,20}")
_REPOSITORY = re.compile(r"[a-z0-9_.-]+(/[a-z0-9_.-]+)+")
_BRANCH = re.compile(r"[^\x00-\x20\x7f-\x9f~^:?*\[\\]+")

_GITHUB_EVENTS = frozenset({"push", "schedule", "workflow_dispatch", "repository_dispatch"})
"""Begun by who may write to the repository. `pull_request_target`, `workflow_run`, `issue_comment` and others
run on the default branch too, with what a stranger sent."""

_GITLAB_EVENTS = frozenset({"push", "schedule", "web", "api", "trigger"})
"""The same; not `merge_request_event`, nor `parent_pipeline`, which may come of one."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says of itself, which anybody may have written."""

    token: str
    kid: str
    job: Job


def peek(token: str) -> Unverified | None:
    """None for a token that says no CI provider signed it. Raises `CredentialsInvalid` for one that could not
    be accepted whoever had signed it."""
    import jwt  # see `user_tokens` for what it costs

    try:
        if len(token) > _LONGEST:
            return None
        header = jwt.get_unverified_header(token)
        claims = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        return None
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer.startswith(("https://", "http://")):
        return None
    kid = header.get("kid")
    if header.get("alg") != "RS256":
        _refuse("is not signed by RS256")
    if "crit" in header or header.get("typ", "JWT") != "JWT":
        _refuse("is one for something else")
    if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_NAME:
        _refuse("does not say which key signed it")
    return Unverified(token, kid, _job(issuer, claims))


def verify(told: Unverified, key: Any, *, audience: str, now: datetime) -> Job:
    """Raises `CredentialsInvalid`."""
    import jwt

    try:
        claims: Mapping[str, Any] = jwt.decode(
            told.token,
            key,
            algorithms=["RS256"],
            options={
                "require": ["iss", "aud", "sub", "iat", "exp"],
                "verify_aud": False,  # below, by words that say what was expected
                # By the clock that is handed in.
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
            },
        )
    except jwt.MissingRequiredClaimError as error:
        _refuse(f"has no claim `{error.claim}`", error)
    except jwt.InvalidSignatureError as error:
        _refuse("was not signed by who it says", error)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        _refuse("has claims that cannot be read", error)
    _check_times(claims, now.timestamp())
    given = claims["aud"]
    if not isinstance(given, str) or given.rstrip("/") != audience:
        _refuse(
            f"is for another audience than {audience}",
            fix="Name the server with --api as its publishers.audience does; in GitLab, that is the `aud`.",
        )
    return _job(told.job.issuer, claims)


def read_keys(told: Any) -> Sequence[Mapping[str, str]]:
    """The public RSA keys of a JSON web key set that may sign, each with no more than kid, n and e. Raises
    `ValueError` for what is no such set; keys of other kinds are left out."""
    given = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(given, list) or len(given) > _MOST_KEYS:
        raise ValueError("it is no set of JSON web keys")
    keys = [
        {"kid": one["kid"], "n": one["n"], "e": one["e"]}
        for one in given
        if isinstance(one, dict)
        and one.get("kty") == "RSA"
        and one.get("use", "sig") == "sig"
        and one.get("alg", "RS256") == "RS256"
        and all(isinstance(one.get(name), str) for name in ("kid", "n", "e"))
    ]
    return [key for key in keys if _rsa(key) is not None]


def public_keys(keys: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
    """What signatures are checked with, by `kid`."""
    return {key["kid"]: _rsa(key) for key in keys}


def _rsa(key: Mapping[str, str]) -> Any:
    import jwt

    try:
        found = jwt.PyJWK.from_dict({"kty": "RSA", "alg": "RS256", "n": key["n"], "e": key["e"]}).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return found if _SMALLEST_RSA <= found.key_size <= _LARGEST_RSA else None


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    made, ends, begins = claims["iat"], claims["exp"], claims.get("nbf", claims["iat"])
    if not all(type(number) is int for number in (made, ends, begins)):
        _refuse("has claims that cannot be read")
    if now + LEEWAY < max(made, begins):
        _refuse("is not valid yet: `nbf` or `iat` lies ahead", fix="Set the clock of the server.")
    if now >= ends + LEEWAY:
        _refuse("has expired", fix="Run the job again; `askdocs publish` asks GitHub for another in time.")
    if ends - made > LONGEST_LIFE:
        _refuse(f"is good for more than {LONGEST_LIFE // 3600} hours")


def _job(issuer: str, claims: Mapping[str, Any]) -> Job:
    """Whatever its provider: GitLab's tokens have a `project_path`."""
    return _gitlab(issuer, claims) if "project_path" in claims else _github(issuer, claims)


def _github(issuer: str, claims: Mapping[str, Any]) -> Job:
    event, ref = _text(claims, "event_name"), _text(claims, "ref")
    if event not in _GITHUB_EVENTS:
        _refuse_event(event, _GITHUB_EVENTS)
    if _text(claims, "ref_type") != "branch" or not ref.startswith("refs/heads/"):
        _refuse(f"is of {ref}, which is no branch")
    return Job(
        issuer=issuer,
        provider="github",
        repository=_repository(claims, "repository"),
        repository_id=_id(claims, "repository_id"),
        owner_id=_id(claims, "repository_owner_id"),
        branch=_branch(ref.removeprefix("refs/heads/")),
        environment="" if claims.get("environment") is None else _text(claims, "environment"),
    )


def _gitlab(issuer: str, claims: Mapping[str, Any]) -> Job:
    event, ref = _text(claims, "pipeline_source"), _text(claims, "ref")
    if event not in _GITLAB_EVENTS:
        _refuse_event(event, _GITLAB_EVENTS)
    if _text(claims, "ref_type") != "branch":
        _refuse(f"is of {ref}, which is no branch")
    if _text(claims, "ref_protected") != "true":
        _refuse(f"is of the branch {ref}, which is not protected", fix="Protect the branch in GitLab.")
    return Job(
        issuer=issuer,
        provider="gitlab",
        repository=_repository(claims, "project_path"),
        repository_id=_id(claims, "project_id"),
        owner_id=_id(claims, "namespace_id"),
        branch=_branch(ref),
        environment="" if claims.get("environment") is None else _text(claims, "environment"),
    )


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    if not isinstance(found, str) or len(found) > _LONGEST_NAME or not found.isprintable():
        _refuse(f"has no claim `{name}` that can be read")
    return found


def _repository(claims: Mapping[str, Any], name: str) -> str:
    found = _text(claims, name)
    if not is_repository(found):
        _refuse(f"has a claim `{name}` that names no repository")
    return found.lower()


def _branch(name: str) -> str:
    if not is_branch(name):
        _refuse("is of a branch with a name that none has")
    return name


def _id(claims: Mapping[str, Any], name: str) -> str:
    found = _text(claims, name)
    if not is_id(found):
        _refuse(f"has a claim `{name}` that is no number")
    return found


def is_repository(name: str) -> bool:
    """Whether it is like `owner/name`; with GitLab there may be more groups."""
    is_short = name.isascii() and len(name) <= _LONGEST_NAME
    return is_short and _REPOSITORY.fullmatch(name.lower()) is not None


def is_branch(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and _BRANCH.fullmatch(name) is not None


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def _refuse_event(event: str, known: frozenset[str]) -> NoReturn:
    _refuse(
        f"is of a job that {event} began",
        fix=f"Publish from jobs that one of these begins: {', '.join(sorted(known))}.",
    )


def _refuse(what: str, error: Exception | None = None, *, fix: str = "") -> NoReturn:
    usual = "`askdocs publisher list SITE` shows whose jobs a site trusts."
    raise CredentialsInvalid(f"The CI job's token {what}.", fix=fix or usual) from error
