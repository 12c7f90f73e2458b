"""A made-up documentation, the same in every run, with the sizes of real ones.

Per page about 8 sections, 12 chunks, 600 words and 6 blocks of code, as in the docs of FastAPI and Docusaurus
(7 to 10, 12 to 15, 580 to 720, 5 to 9). Words are as unevenly frequent as in any text; names of functions and
options make the long tail of rare terms.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from random import Random


def _words(text: str) -> Sequence[str]:
    return text.split()


_COMMON = _words("""
the a to of and is in you for it that can this with are be on as if by or from not when will an at which your
use more one all have has only also each then but so its them other any into does same first after before
""")
_NOUNS = _words("""
value request function server page option response file parameter client type application model name route
path method message version plugin token error default field connection user example header key list query
object module template build environment cache session table index document block chunk response worker event
schema theme handler host port process thread queue task stream body cookie domain certificate container image
deployment release branch folder package command argument flag setting variable class instance attribute
decorator dependency middleware test fixture database transaction row column record migration backup locale
translation sidebar heading link anchor component layout button form input style script asset bundle browser
""")
_VERBS = _words("""
create define return read write update remove declare install configure start stop run call send receive
validate convert import export load store check allow refuse override extend render build deploy publish
register inject parse serialize encrypt authenticate limit retry cancel wait log trace measure test document
""")
_ADJECTIVES = _words("""
optional required nested custom simple complete asynchronous static dynamic local remote secure valid empty
multiple internal external automatic explicit generic reusable compatible deprecated experimental stable
""")

_SECTIONS, _SENTENCES, _CODE_LINES, _API = (5, 11), (3, 6), (2, 8), 4000

_LANGUAGES = ("python", "bash", "yaml", "typescript", "json")


def write(folder: Path, pages: int) -> None:
    """Put the documentation's first pages into the folder, as Markdown."""
    for number in range(pages):
        path = folder / page_path(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(number))


def page_path(number: int) -> str:
    return f"{_NOUNS[number % 20]}/page-{number:04}.md"


def page(number: int, *, edition: int = 0) -> str:
    """A page's Markdown. Another edition differs in its last section."""
    chance = Random(number)
    title = _title(chance)
    sections = [_section(chance) for _ in range(chance.randint(*_SECTIONS))]
    if edition:
        sections.append(_section(Random(f"{number}/{edition}")))
    front = f'---\ntitle: {title}\ndescription: "{_sentence(chance)}"\n---\n'
    return f"{front}\n{_paragraph(chance)}\n" + "".join(sections)


def questions(seed: int = 0) -> Iterator[str]:
    """Questions without end, no two alike, in the documentation's words."""
    chance = Random(f"questions/{seed}")
    for number in range(10**9):
        verb, adjective, noun, other = _verb(chance), _adjective(chance), _noun(chance), _noun(chance)
        where = f"{_identifier(chance)} {number}"
        yield f"How do I {verb} a {adjective} {noun} in {where} when the {other} fails?"


def answer(tokens: int) -> str:
    """What the model says: so many words, in short paragraphs, each statement citing one of four passages."""
    chance = Random("answer")
    text, length = "", 0
    for number in range(1, tokens):
        statement = f"{_sentence(chance, 12, 22)[:-1]} [{chance.randint(1, 4)}]."
        words = statement.split()[: tokens - length]
        text += " ".join(words)
        length += len(words)
        if length == tokens:
            break
        text += " " if number % 3 else "\n\n"
    return text


def _section(chance: Random) -> str:
    parts = [f"\n## {_title(chance)}\n\n{_paragraph(chance)}"]
    if chance.random() < 0.72:
        parts.append(_code(chance))
    if chance.random() < 0.3:
        parts.append("\n".join(f"- **{_identifier(chance)}**: {_sentence(chance)}" for _ in range(3)))
    if chance.random() < 0.15:
        parts.append(f":::tip\n\n{_sentence(chance)}\n\n:::")
    return "\n\n".join(parts) + "\n"


def _paragraph(chance: Random) -> str:
    return " ".join(_sentence(chance) for _ in range(chance.randint(*_SENTENCES)))


def _sentence(chance: Random, least: int = 6, most: int = 18) -> str:
    words = [_word(chance) for _ in range(chance.randint(least, most))]
    return f"{' '.join(words).capitalize()}."


def _code(chance: Random) -> str:
    lines = "\n".join(_call(chance) for _ in range(chance.randint(*_CODE_LINES)))
    return f"```{chance.choice(_LANGUAGES)}\n{lines}\n```"


def _call(chance: Random) -> str:
    arguments = f"{_identifier(chance)}, {_noun(chance)}={chance.randint(1, 999)}"
    return f"{_identifier(chance)}.{_verb(chance)}({arguments})"


def _title(chance: Random) -> str:
    return f"{_verb(chance)} {_adjective(chance)} {_noun(chance)}s".capitalize()


def _word(chance: Random) -> str:
    kind = chance.random()
    if kind < 0.5:
        return _uneven(chance, _COMMON)
    if kind < 0.76:
        return _noun(chance)
    if kind < 0.88:
        return _verb(chance)
    return _adjective(chance) if kind < 0.97 else f"`{_identifier(chance)}`"


def _identifier(chance: Random) -> str:
    return _uneven(chance, _identifiers())


def _noun(chance: Random) -> str:
    return _uneven(chance, _NOUNS)


def _verb(chance: Random) -> str:
    return _uneven(chance, _VERBS)


def _adjective(chance: Random) -> str:
    return _uneven(chance, _ADJECTIVES)


@lru_cache
def _identifiers() -> tuple[str, ...]:
    """What the project's code is said to define."""
    chance = Random("identifiers")
    parts = [(chance.choice(_VERBS), chance.choice(_NOUNS), chance.choice(_NOUNS)) for _ in range(_API)]
    return tuple(
        "_".join(names) if chance.random() < 0.7 else "".join(name.capitalize() for name in names)
        for names in parts
    )


def _uneven(chance: Random, words: Sequence[str]) -> str:
    """By Zipf's law: the nth word is n times rarer than the first."""
    return chance.choices(words, cum_weights=_weights(len(words)))[0]


@lru_cache
def _weights(count: int) -> list[float]:
    return list(accumulate(1 / rank for rank in range(1, count + 1)))
