"""Keeps what a source was read from, so that what has not changed need not be parsed again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import askdocs
from askdocs.errors import SourceError
from askdocs.types import Inputs, Page, SourceSpec

P = ParamSpec("P")
T = TypeVar("T")

PARSERS = ("markdown-it-py", "mdit-py-plugins", "orjson", "pathspec", "pyyaml", "selectolax")
_PACKAGES = ("sources", "text", "types")
_DIGEST = 16
"""Bytes. Of the answers for a million files, two are the same by chance once in 10^26 times."""

_ASKED: dict[str, Callable[..., Any]] = {}
_recorder: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


def recorded(ask: Callable[Concatenate[Path, P], T]) -> Callable[Concatenate[Path, P], T]:
    """A question about a path whose answer pages depend on, and `SourceError` is an answer, too. Its further
    arguments are strings."""
    _ASKED[ask.__name__] = ask

    def asked(path: Path, /, *words: P.args, **named: P.kwargs) -> T:
        recorder = _recorder.get()
        if recorder is None:
            return ask(path, *words, **named)
        try:
            answer = ask(path, *words, **named)
        except SourceError as error:
            recorder.note(ask.__name__, path, words, _digest(error))
            raise
        recorder.note(ask.__name__, path, words, _digest(answer))
        return answer

    asked.__doc__ = ask.__doc__
    return asked


def changes_at(moment: datetime) -> None:
    """Say that the page that is being read will be another at this time, though no file changes."""
    recorder = _recorder.get()
    if recorder is not None:
        recorder.note_moment(moment)


class Recorder:
    """What is asked of the file system while a source is opened and read, by the path below its `root`."""

    def __init__(self, root: Path, spec: SourceSpec) -> None:
        self._root = root
        self._read_by = _read_by(root, spec)
        self._answers: dict[str, str] = {}
        self._until: datetime | None = None
        self._is_torn = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        token = _recorder.set(self)
        try:
            yield
        finally:
            _recorder.reset(token)

    def over(self, pages: Iterator[Page]) -> Iterator[Page]:
        """The pages, each of which is read while this listens."""
        while True:
            with self.listening():
                page = next(pages, None)
            if page is None:
                return
            yield page

    def note(self, verb: str, path: Path, words: tuple[Any, ...], answer: str) -> None:
        question = json.dumps([verb, os.path.relpath(path, self._root), *words])
        self._is_torn |= self._answers.setdefault(question, answer) != answer

    def note_moment(self, moment: datetime) -> None:
        self._until = min(moment, self._until or moment)

    def inputs(self) -> Inputs | None:
        """What was asked so far; None if something changed between two questions."""
        if self._is_torn:
            return None
        questions = tuple(sorted(self._answers))
        answers = _together(map(self._answers.__getitem__, questions))
        return Inputs(self._read_by, questions, answers, self._until)

    def finds(self, before: Inputs) -> bool:
        """Whether everything that was asked then has the same answer now, and would be read the same way."""
        if before.read_by != self._read_by or (before.until and before.until <= datetime.now(UTC)):
            return False
        return _together(map(self._answer, before.questions)) == before.answers

    def _answer(self, question: str) -> str:
        verb, path, *words = json.loads(question)
        try:
            return _digest(_ASKED[verb](Path(os.path.normpath(self._root / path)), *words))
        except SourceError as error:
            return _digest(error)


def _read_by(root: Path, spec: SourceSpec) -> str:
    """Of the code and the settings that make pages of files, and of the folder's name, which a wiki is known
    by; neither of where that is nor of what its pages weigh."""
    told = json.dumps(replace(spec, path=Path(), weight=1.0).fields(), sort_keys=True)
    return _digest(f"{_code()} {root.name} {told}")


@cache
def _code() -> str:
    program = hashlib.blake2b(digest_size=_DIGEST)
    for name in _PACKAGES:
        for file in sorted((Path(askdocs.__file__).parent / name).glob("*.py")):
            program.update(file.read_bytes())
    versions = " ".join(f"{name} {version(name)}" for name in PARSERS)
    return f"{askdocs.__version__} {program.hexdigest()} {versions}"


def _digest(answer: object) -> str:
    data = answer if isinstance(answer, bytes) else repr(answer).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(data, digest_size=_DIGEST).hexdigest()


def _together(answers: Iterable[str]) -> str:
    return _digest(" ".join(answers))
