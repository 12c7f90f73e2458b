"""Opens and closes everything the flows touch, and hands it to them."""

from __future__ import annotations

import asyncio
import hashlib
import math
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson
from cachetools import LRUCache

from askdocs import __version__
from askdocs.access_tokens import AccessTokens, open_access_tokens
from askdocs.cache.flights import Flights
from askdocs.cache.loading import LoadingCache
from askdocs.cache.shared import open_cache
from askdocs.config import Settings, SiteOptions, merge
from askdocs.db import calibrations, pins, revisions, sites
from askdocs.db.database import Database, Session, read_only
from askdocs.db.pins import Pin
from askdocs.edges import (
    open_database,
    open_models,
    open_openid,
    open_outbound,
    open_shared_streams,
    open_vectors,
)
from askdocs.errors import AskdocsError, Conflict
from askdocs.issuers import Issuers
from askdocs.limits import Limiter
from askdocs.models import calibrated, prices
from askdocs.models.prices import Prices
from askdocs.observability.logging import log
from askdocs.observability.memory import container_limit
from askdocs.observability.metrics import Metrics
from askdocs.observability.tracing import Tracer, open_tracer
from askdocs.openid.provider import Provider
from askdocs.outbound.fetching import Outbound
from askdocs.passwords import Passwords
from askdocs.protocols import AnswerModel, Cache, Embedder, VectorStore
from askdocs.signing import Keys, Pseudonyms, SessionTokens, read_key
from askdocs.spending.budget import Budget
from askdocs.spending.repeats import Repeats
from askdocs.streams.registry import Streams
from askdocs.streams.slots import Slots
from askdocs.tasks import Tasks
from askdocs.text.bm25 import Statistics
from askdocs.types import Calibration, Revision, Site, Vector
from askdocs.user_tokens import UserTokens


class _Closed(Protocol):
    async def close(self) -> None: ...


Edge = TypeVar("Edge", bound=_Closed | None)

UNFINISHED_RESTORE = ".restore.json"
"""In the home folder while a restore changes what the program uses."""

LIVE_TTL = 1.0
"""Seconds after which a switch of the live revision is in force in every process."""

PINS_TTL = 5.0
"""Seconds after which every process knows of a pinned answer."""

CALIBRATION_TTL = 60.0
"""Seconds after which a calibration is in force in every process."""

_STATISTICS_BYTES = 64_000_000
"""Room for the statistics of 35 stores with 20,000 different terms, or of 1,000 with 700."""

_PINS = 10_000
"""Pinned answers that a process keeps, a kilobyte or two each."""

_BYTES_PER_TERM = 198
"""A term of 4 to 14 letters, count and places in the vocabulary, of 20,000, by tracemalloc: 89 + 98 + 8."""

_NOT_OF_ANSWERS = {
    "home",
    "image",
    "server",
    "sites",
    "deployment",
    "alert_thresholds",
    "backups",
    "evaluation",
    "guard",
    "prices",
    "tracing",
    "error_tracking",
    "log_level",
    "log_format",
    "outbound",
    "accounts",
    "openid",
    "publishers",
}
"""Settings that no answer depends on."""

_NO_OPTIONS = SiteOptions()

_OPTIONS = 1000
"""Sites whose options a process keeps as they were merged, which takes some 20 µs."""

_SPAN_BYTES = 16_000_000
"""Room for the vectors of 15,000 spans with 384 dimensions, or of 2,500 with 3,072."""

_SPAN_OVERHEAD = 300
"""Bytes that a vector of a span takes besides its numbers: the array, its key, its place in the order."""

StatisticsKey = tuple[str, str, int]
"""Site id, store id and number of a revision."""

CalibrationKey = tuple[str, str]
"""Collection and embedding model of a revision."""

SpanKey = tuple[str, str, bytes]
"""Site id, embedding model, digest of the text."""


@dataclass(slots=True)
class Runtime:
    """What a flow needs, handed to it first. `model` is None when answers are extractive.

    Time and ids come from here, so that tests can hold them still.
    """

    settings: Settings
    db: Database
    vectors: VectorStore
    embedder: Embedder
    model: AnswerModel | None
    cache: Cache
    limiter: Limiter
    outbound: Outbound
    openid: Provider | None
    """With whose accounts people may sign in."""
    issuers: Issuers
    """Of tokens for CI jobs, with their keys."""
    metrics: Metrics
    session_tokens: SessionTokens
    user_tokens: UserTokens
    pseudonyms: Pseudonyms
    """What readers are counted by: no address and no user is kept anywhere."""
    keys: Keys
    """What is signed here and has no form of its own is signed with one of these."""
    access_tokens: AccessTokens
    """By which people who signed in are known."""
    passwords: Passwords
    streams: Streams
    """Answers whose readers can come back to them."""
    slots: Slots
    tasks: Tasks
    """What runs on its own, and ends before the edges are closed."""
    live: LoadingCache[str, Revision | None]
    """The live revision of a site's docs, by the site's id; None before the first publish. A publish or a
    rollback in another process is seen after `LIVE_TTL` seconds."""
    statistics: LoadingCache[StatisticsKey, Statistics]
    pins: LoadingCache[StatisticsKey, Sequence[Pin]]
    """The answers that are pinned on a site, held against a revision of its docs. One that is added or taken
    away elsewhere is seen after `PINS_TTL` seconds."""
    calibrations: LoadingCache[CalibrationKey, Calibration]
    """How sure retrieval is with embeddings: as an evaluation found, or as it is built in for the model."""
    prices: Prices
    budget: Budget
    repeats: Repeats
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex
    release: Mapping[str, str] = field(default_factory=dict)
    """What this process is made of, stamped on every logged answer."""
    tracer: Tracer | None = None
    """Tells of questions where that is wanted."""
    _options: LRUCache[tuple[str, bytes], SiteOptions] = field(default_factory=lambda: LRUCache(_OPTIONS))
    spans: LRUCache[SpanKey, Vector] = field(
        default_factory=lambda: LRUCache(_SPAN_BYTES, getsizeof=lambda one: one.nbytes + _SPAN_OVERHEAD)
    )
    """Vectors of what passages say, which marks are held against, in half precision."""
    doubts: int = 0
    """Marks that the embedder is asked about at the moment."""
    flights: Flights[Any] = field(default_factory=Flights)
    """Answers that are being composed for whoever asks the same at the moment."""

    def options(self, site: Site) -> SiteOptions:
        """What was set for the site, and what is configured where nothing was."""
        configured = self.settings.site(site.name) or _NO_OPTIONS
        if not site.options:
            return configured
        key = (site.name, orjson.dumps(site.options))
        if key not in self._options:
            self._options[key] = merge(configured, site.options)
        return self._options[key]

    def retention_days(self, site: Site) -> int:
        """How long conversations are kept, 0 for not at all."""
        days = self.options(site).retention_days
        return self.settings.sessions.ttl_days if days is None else days

    def keeps(self, site: Site) -> bool:
        """Whether anything of questions and answers is stored."""
        return self.retention_days(site) > 0

    async def warm(self) -> None:
        """Load what the first question would wait for. Trouble is left for that question to meet."""
        for model in (self.embedder, self.model):
            try:
                if model is not None:
                    await model.warm()
            except AskdocsError as error:
                log.warning("not_warmed", model=model and model.model, error=str(error))


@asynccontextmanager
async def open_runtime(settings: Settings, *, migrate: bool = False) -> AsyncIterator[Runtime]:
    """Open every edge that `settings` ask for; close them in the reverse order.

    Nothing is dialled that is not needed to start: a remote service that sleeps or is down shows in /health
    and in the first request, not here. The database is the exception, since its tables must be ours: they are
    brought up to date if `migrate`. Raises `SchemaMismatch` if they are not, and `Conflict` after a restore
    that was interrupted.
    """
    _refuse_half_restored(settings)
    _keep_out_of_git(settings.home)
    async with AsyncExitStack() as stack:
        rt = await _open(settings, stack, migrate=migrate)
        stack.push_async_callback(rt.tasks.close)
        stack.push_async_callback(rt.flights.close)
        stack.callback(rt.streams.stop_all)
        stack.callback(rt.db.hurry)
        yield rt


async def _open(settings: Settings, stack: AsyncExitStack, *, migrate: bool) -> Runtime:
    """All edges, which the stack closes."""

    def closed(edge: Edge) -> Edge:
        """In the end, if there is one."""
        if edge is not None:
            stack.push_async_callback(edge.close)
        return edge

    metrics = Metrics(memory_limit=settings.server.memory_limit or container_limit())
    db = open_database(settings, metrics)
    stack.callback(db.close)
    await asyncio.to_thread(db.upgrade if migrate else db.prepare)
    await _ensure_sites(db, settings)
    vectors = closed(open_vectors(settings))
    embedder, model = open_models(settings)
    closed(embedder)
    closed(model)
    cache = closed(open_cache(settings, metrics))
    limiter = closed(Limiter(settings, metrics))
    outbound = closed(open_outbound(settings))
    tracer = closed(open_tracer(settings))
    copies = (*_open_copies(db), _open_calibrations(db))
    for kept in copies:
        closed(kept)
    cost, tasks = prices.of(settings), Tasks()
    caps = settings.guard.caps
    budget = closed(Budget(db, tasks, metrics, deployment=caps, usual=cost.dearest(settings)))
    shared_streams = closed(open_shared_streams(settings, metrics))
    secret = read_key(settings)
    streams = Streams(tasks, grace=settings.server.resume_grace, shared=shared_streams)
    return Runtime(
        settings,
        db,
        vectors,
        embedder,
        model,
        cache,
        limiter,
        outbound,
        open_openid(settings, outbound),
        Issuers(db, outbound, file=settings.publishers.keys_file),
        metrics,
        SessionTokens(secret),
        UserTokens(secret),
        Pseudonyms(secret),
        Keys(secret),
        open_access_tokens(settings.accounts, secret, _derive),
        Passwords(),
        streams,
        _open_slots(settings),
        tasks,
        *copies,
        cost,
        budget,
        _open_repeats(settings),
        release=_release(settings),
        tracer=tracer,
    )


def _open_slots(settings: Settings) -> Slots:
    guard = settings.guard
    return Slots(
        per_session=guard.streams_per_session,
        per_client=guard.streams_per_client,
        in_all=guard.streams_per_process,
    )


def _open_repeats(settings: Settings) -> Repeats:
    guard = settings.guard
    return Repeats(per_session=guard.repeats_per_session, per_site=guard.repeats_per_hour)


def _derive(secret: bytes) -> bytes:
    return Keys(secret).derive("access token")


def _refuse_half_restored(settings: Settings) -> None:
    if (settings.home / UNFINISHED_RESTORE).exists():
        raise Conflict(
            f"A restore into {settings.home} was interrupted, and what is there is half of it.",
            fix="Run the same scripts/restore.sh again: it goes on where it was.",
        )


def _keep_out_of_git(home: Path) -> None:
    """State beside somebody's docs lies in their repository, and holds a key that signs: the folder ignores
    itself. One that was named is left alone."""
    if home.name != ".askdocs":
        return
    with suppress(OSError):  # what is wrong with the folder is said by whatever stores something in it
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        (home / ".gitignore").write_text("*\n", encoding="utf-8")


def _open_copies(
    db: Database,
) -> tuple[
    LoadingCache[str, Revision | None],
    LoadingCache[StatisticsKey, Statistics],
    LoadingCache[StatisticsKey, Sequence[Pin]],
]:
    """This process's copies of what each question needs of the database."""

    async def statistics(key: StatisticsKey) -> Statistics:
        site_id, store_id, number = key
        stored = await db.run(revisions.statistics, site_id, store_id=store_id, number=number)
        return await asyncio.to_thread(_read_statistics, stored) if stored else Statistics()

    async def pinned(key: StatisticsKey) -> Sequence[Pin]:
        site_id, store_id, number = key
        return await db.run(pins.listing, site_id, store_id=store_id, revision=number)

    return (
        LoadingCache(lambda site_id: db.run(_live_revision, site_id), ttl=LIVE_TTL, max_weight=10_000),
        # They never change: a revision that is published stays as it is.
        LoadingCache(statistics, ttl=math.inf, max_weight=_STATISTICS_BYTES, weigh=_weigh),
        LoadingCache(pinned, ttl=PINS_TTL, max_weight=_PINS, weigh=lambda found: 1 + len(found)),
    )


def _open_calibrations(db: Database) -> LoadingCache[CalibrationKey, Calibration]:
    """Who has none is told so once in each process."""
    warned: set[CalibrationKey] = set()

    async def load(key: CalibrationKey) -> Calibration:
        collection, model = key
        if fitted := await db.run(calibrations.get, collection) or calibrated.BUILT_IN.get(model):
            return fitted
        if key not in warned:
            warned.add(key)
            log.warning(
                "embeddings_not_calibrated", model=model, fix="Run `askdocs eval QUESTIONS --calibrate`."
            )
        return calibrated.BY_WORDS

    return LoadingCache(load, ttl=CALIBRATION_TTL, max_weight=1000)


@read_only
def _live_revision(db: Session, site_id: str) -> Revision | None:
    store = sites.find_store(db, site_id)
    return revisions.live(db, site_id, store_id=store.id) if store else None


def _read_statistics(stored: bytes) -> Statistics:
    """With the vocabulary made, for which no question should wait."""
    statistics = Statistics.from_bytes(stored)
    statistics.vocabulary  # noqa: B018  it is made when it is read first
    return statistics


def _weigh(statistics: Statistics) -> int:
    """About how many bytes they take."""
    return 500 + _BYTES_PER_TERM * len(statistics.frequencies)


async def _ensure_sites(db: Database, settings: Settings) -> None:
    """Create the configured sites that are missing. One that exists stays as it is."""
    if not settings.sites:
        return
    # Read first, since commands run beside each other and a writer waits for all others on SQLite.
    known = {site.name for site in await db.run(sites.all_sites)}
    for site in settings.sites:
        if site.name not in known:
            await db.run(sites.ensure, site.name, origins=site.origins, key=site.key)


def _release(settings: Settings) -> dict[str, str]:
    config = settings.model_dump_json(exclude=_NOT_OF_ANSWERS)
    # Readers see it: without the registry, whose path names the project.
    image = settings.image.rpartition("/")[2] if settings.image else __version__
    return {"image": image, "config": hashlib.sha256(config.encode()).hexdigest()[:12]}
