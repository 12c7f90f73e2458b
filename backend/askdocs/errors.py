"""The tree of everything that can go wrong on purpose.

AskdocsError                      a sentence for people; `fix` says what to do about it
├── InputError                    the caller's fault
│   ├── ConfigError
│   ├── SourceError
│   ├── QuestionError
│   ├── ExcerptError              what a question is about is too long
│   ├── AddressRefused            a URL that leads where the server must not go for others
│   ├── FormatMismatch            pages that were sent in another program's format
│   └── UploadTooLarge            more pages than the site may send
├── PagesSkipped                  a build that was to be strict left pages out
├── NotFound                      no such site, session, revision …
│   ├── SiteNotFound
│   ├── SessionNotFound
│   ├── AnswerNotFound
│   ├── UploadNotFound            never begun, or forgotten by now
│   └── OpenIdNotConfigured       nobody signs in with another provider's account
├── Forbidden                     an origin or a key that may not
│   ├── OriginNotAllowed
│   └── ProofRejected             a puzzle's solution that is wrong, too late or used
├── Unauthorized                  who asks has not shown to be who they say
│   ├── UserTokenInvalid
│   ├── UserTokenExpired
│   ├── ReaderSessionRequired     too much is asked without one
│   └── UserTokensNotConfigured   the site has no key to check one with
├── RateLimited                   retry_after: seconds
├── Conflict                      the state of things does not allow it
│   ├── PublishInProgress
│   ├── PagesMissing              what was sent is not all that the publish needs
│   ├── SuspiciousShrinkage
│   ├── VerificationFailed
│   ├── ShardLocked
│   ├── NotTheLastExchange        only that can be replaced
│   └── SchemaMismatch            the database's tables are not those of this program
└── Unavailable                   something we depend on; retry_after: seconds or None
    ├── DatabaseUnavailable
    ├── VectorStoreUnavailable
    │   └── VectorStoreRefused    wrong key or a request that it will never take
    ├── ModelUnavailable
    │   ├── ModelSlow             has not begun to answer in time
    │   └── ModelMisconfigured    wrong key, unknown model: trying again does not help
    ├── CacheUnavailable
    ├── RemoteUnavailable         another server, whose address was given to us
    │   ├── IssuerUnavailable     the keys that sign a CI job's token cannot be had
    │   └── ProviderUnavailable   who signs people in cannot be asked
    ├── Busy                      as many answers are given as may be
    └── DiskFull
"""


class AskdocsError(Exception):
    """`str(error)` is one sentence for people; `fix` says what to do, or is empty."""

    def __init__(self, message: str, *, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix


class InputError(AskdocsError):
    pass


class ConfigError(InputError):
    pass


class SourceError(InputError):
    pass


class QuestionError(InputError):
    pass


class ExcerptError(InputError):
    pass


class AddressRefused(InputError):
    pass


class FormatMismatch(InputError):
    pass


class UploadTooLarge(InputError):
    pass


class PagesSkipped(AskdocsError):
    pass


class NotFound(AskdocsError):
    pass


class SiteNotFound(NotFound):
    pass


class SessionNotFound(NotFound):
    pass


class AnswerNotFound(NotFound):
    pass


class UploadNotFound(NotFound):
    pass


class OpenIdNotConfigured(NotFound):
    pass


class NothingKept(NotFound):
    pass


class Forbidden(AskdocsError):
    pass


class OriginNotAllowed(Forbidden):
    pass


class ProofRejected(Forbidden):
    pass


class PermissionMissing(Forbidden):
    pass


class SiteDisabled(AskdocsError):
    pass


class Unauthorized(AskdocsError):
    pass


class ReaderSessionRequired(Unauthorized):
    pass


class CredentialsMissing(Unauthorized):
    pass


class CredentialsInvalid(Unauthorized):
    pass


class UserTokenRequired(Unauthorized):
    pass


class UserTokenInvalid(Unauthorized):
    pass


class UserTokenExpired(Unauthorized):
    pass


class UserTokensNotConfigured(Unauthorized):
    pass


class RateLimited(AskdocsError):
    """`policy` names what is used up: `amount` requests in `seconds`."""

    def __init__(
        self,
        message: str,
        *,
        retry_after: float,
        fix: str = "",
        policy: str = "",
        amount: int = 0,
        seconds: int = 60,
    ) -> None:
        super().__init__(message, fix=fix)
        self.retry_after = retry_after
        self.policy, self.amount, self.seconds = policy, amount, seconds


class Conflict(AskdocsError):
    pass


class PublishInProgress(Conflict):
    pass


class PagesMissing(Conflict):
    pass


class SuspiciousShrinkage(Conflict):
    pass


class VerificationFailed(Conflict):
    pass


class ShardLocked(Conflict):
    pass


class NotTheLastExchange(Conflict):
    pass


class SchemaMismatch(Conflict):
    pass


class Unavailable(AskdocsError):
    def __init__(self, message: str, *, retry_after: float | None = None, fix: str = "") -> None:
        super().__init__(message, fix=fix)
        self.retry_after = retry_after


class DatabaseUnavailable(Unavailable):
    pass


class VectorStoreUnavailable(Unavailable):
    pass


class VectorStoreRefused(VectorStoreUnavailable):
    pass


class ModelUnavailable(Unavailable):
    is_free = False
    """Whether the model was not even begun, so that the call cost nothing."""


class ModelSlow(ModelUnavailable):
    pass


class ModelMisconfigured(ModelUnavailable):
    pass


class CacheUnavailable(Unavailable):
    pass


class RemoteUnavailable(Unavailable):
    pass


class IssuerUnavailable(RemoteUnavailable):
    pass


class ProviderUnavailable(RemoteUnavailable):
    pass


class Busy(Unavailable):
    pass


class DiskFull(Unavailable):
    pass
