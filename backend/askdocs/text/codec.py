"""A chunk as plain JSON values: what points carry, the answer cache keeps and operations send.

Old and new processes read each other's chunks during a deploy, and points outlive many releases. So a field
may be added, with a default in `decode` for chunks that lack it. A field is not removed or renamed, and its
meaning does not change, while a release that reads it may still run; what is not known is passed over.

- `text` is the chunk in Markdown, and all that schema 1 (release 0.1.0) knew of its content.
- `outline`, since schema 2, says which parts of `text` are which blocks, in order: a block's kind, the white
  space before it (which for the first one is not part of `text`) and the characters of its Markdown. Kinds
  may be added: one that is not known is prose. What follows these three are the block's inlines and what
  stands beside its text, each a list that begins with its kind.
- `kind` is the page's. One that is missing or not known is `docs`.
- `source` is the name of the source that the page is from, missing or "" for one without a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, fields
from typing import Any, get_args

from askdocs.types import OPEN, Beside, Block, BlockKind, Chunk, Citation, Inline, InlineKind, PageKind

SCHEMA = 2

_CODE = "code"
_BESIDE = "beside"
_KINDS: Mapping[str, BlockKind] = {kind: kind for kind in get_args(BlockKind)}

_CITATION = frozenset(field.name for field in fields(Citation))
_PAGE_KINDS: Mapping[str, PageKind] = {kind: kind for kind in get_args(PageKind)}
_INLINES = frozenset(get_args(InlineKind))

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`\n]*)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
_ROW = re.compile(r"\s*\|.*\|\s*")
_RULE = re.compile(r"[|:\s-]*\|[|:\s-]*-[|:\s-]*")


def payload(chunk: Chunk, *, store_id: str, revision: int) -> dict[str, Any]:
    """What a point of this chunk carries, written by `revision`."""
    return encode(chunk) | {"store_id": store_id, "from_rev": revision, "to_rev": OPEN}


def encode(chunk: Chunk) -> dict[str, Any]:
    """For `decode`. The dense text is left out: once it is embedded nobody needs it."""
    return {
        "schema": SCHEMA,
        "path": chunk.path,
        "url": chunk.url,
        "anchor": chunk.anchor,
        "title": chunk.title,
        "heading": list(chunk.heading),
        "version": chunk.version,
        "locale": chunk.locale,
        "language": chunk.language,
        "section": chunk.section,
        "position": chunk.position,
        "kind": chunk.kind,
        "source": chunk.source,
        "text": chunk.text,
        "outline": [
            [
                _CODE if block.is_code else block.kind,
                block.glue,
                len(block.markdown),
                *(list(astuple(one)) for one in block.inlines),
                *([_BESIDE, *astuple(one)] for one in block.beside),
            ]
            for block in chunk.blocks
        ],
    }


def decode(fields: Mapping[str, Any]) -> Chunk:
    """The chunk that `encode` or `payload` wrote, of any schema. Raises ValueError for other fields."""
    try:
        text = _text(fields, "text")
        outline = fields.get("outline")
        return Chunk(
            path=_text(fields, "path"),
            url=_text(fields, "url"),
            anchor=_text(fields, "anchor", ""),
            title=_text(fields, "title", ""),
            heading=_texts(fields.get("heading", ())),
            version=_text(fields, "version", ""),
            locale=_text(fields, "locale", ""),
            language=_text(fields, "language", ""),
            section=_number(fields, "section"),
            position=_number(fields, "position"),
            blocks=tuple(_blocks(text, outline) if outline is not None else read(text)),
            kind=_PAGE_KINDS.get(_text(fields, "kind", ""), "docs"),
            source=_text(fields, "source", ""),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"These are not the fields of a chunk: {error!r}.") from error


def decode_citation(stored: Mapping[str, Any]) -> Citation:
    """One that any release stored: what an older one lacks has its default, what a newer one adds is passed
    over."""
    return Citation(**{name: value for name, value in stored.items() if name in _CITATION})


def read(text: str) -> Iterator[Block]:
    """The blocks of Markdown whose outline is not known, a line or a block of code each."""
    lines = text.split("\n")
    at, glue = 0, "\n\n"
    while at < len(lines):
        fence, line = _FENCE.fullmatch(lines[at]), lines[at]
        above = at
        if fence:
            at = next((n for n in range(at + 1, len(lines)) if _closes(lines[n], fence[1])), len(lines))
            yield Block("\n".join(lines[above + 1 : at]), fence[2].strip())
        elif _ROW.fullmatch(line) and at + 1 < len(lines) and _RULE.fullmatch(lines[at + 1]):
            at += 1
            yield Block(f"{line}\n{lines[at]}", kind="head", glue=glue)
        elif line.strip():
            kind: BlockKind = "row" if _ROW.fullmatch(line) else "item" if _ITEM.match(line) else "prose"
            yield Block(line, kind=kind, glue=glue)
        at += 1
        glue = "\n" if line.strip() and not fence else "\n\n"


def _closes(line: str, fence: str) -> bool:
    return line.strip(" ").startswith(fence) and not line.strip(f" {fence[0]}")


def _blocks(text: str, outline: Sequence[Sequence[Any]]) -> Iterator[Block]:
    at = 0
    for number, (kind, glue, length, *more) in enumerate(outline):
        at += len(glue) if number else 0
        said = text[at : at + length]
        at += length
        beside = tuple(Beside(*one) for of_kind, *one in more if of_kind == _BESIDE)
        if kind == _CODE:
            yield _unfenced(said, glue, beside)
        else:
            inlines = tuple(Inline(*one) for one in more if one[0] in _INLINES)
            yield Block(said, kind=_KINDS.get(kind, "prose"), glue=glue, inlines=inlines, beside=beside)
    if at != len(text):
        raise ValueError("The outline of a chunk does not fit its text.")


def _unfenced(said: str, glue: str, beside: tuple[Beside, ...]) -> Block:
    fence, code = said.split("\n", 1)
    ticks = len(said) - len(said.rstrip("`"))
    return Block(code[: -ticks - 1], fence[ticks:], glue=glue, beside=beside)


def _text(fields: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = fields[name] if default is None else fields.get(name, default)
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _number(fields: Mapping[str, Any], name: str) -> int:
    value = fields[name]
    if not isinstance(value, int):
        raise TypeError(name)
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise TypeError("heading")
    return tuple(value)
