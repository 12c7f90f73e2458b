"""Tells greetings, thanks and questions about the assistant itself from questions about the docs.

A message is small talk only when all of it is: it falls without rest into phrases that small talk is made of.
What names anything else, as "hi, how do I deploy?" and "thanks for the config, where does it go?" do, is a
question, and so is a word that docs may be searched for ("testing", "super").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["introduction", "thanks", "farewell", "hello"]
"""What a message of several kinds is taken for: the first of these."""


@dataclass(frozen=True, slots=True)
class SmallTalk:
    """`language` is that of the message, "" for words that are said in many."""

    kind: Kind
    language: str = ""


_LONGEST = 60
"""Characters of a message that may be small talk."""

_HELLO = """
    hi; hii; hiya; hey; heya; hello; helo; howdy; yo; greetings; good morning; good afternoon
    good evening; good day; how are you; how are you doing; how is it going; how's it going; what's up
    whats up; sup; is anyone there; is anybody there; is someone there; is somebody there; are you there
    nice to meet you; bonjour; salut; hola; ciao; olá; hej; привет; こんにちは; 你好; 안녕하세요; 👋
"""
_HELLO_IN_GERMAN = """
    hallo; hallöchen; moin; servus; grüezi; grüß gott; guten morgen; guten tag; guten abend; wie geht's
    wie geht es dir; wie geht es ihnen; jemand da; ist jemand da; bist du da; freut mich
"""
_THANKS = """
    thanks; thank you; thank u; thankyou; thx; thanx; ty; tysm; cheers; much appreciated; appreciate it
    i appreciate it; that helped; this helped; that helps; that worked; this worked; it worked; it works
    that works; that was helpful; this was helpful; problem solved; got it; i see; ok; okay; well done
    great; nice; excellent; awesome; amazing; cool; good job; great job; nice job; good work; great work
    nice work; good answer; great answer; nice answer; perfect; good one; you're great; you are great
    love it; merci; gracias; grazie; obrigado; obrigada; спасибо; ありがとう; ありがとうございます; 谢谢
    감사합니다; 👍; 🙏
"""
_THANKS_IN_GERMAN = """
    danke; dankeschön; danke schön; danke sehr; vielen dank; besten dank; herzlichen dank; tausend dank
    das hat geholfen; hat geholfen; alles klar; verstanden; klasse; toll; prima; gute antwort
    gute arbeit
"""
_FAREWELL = """
    bye; bye bye; goodbye; good bye; see you; see ya; cya; good night; have a nice day; have a good day
    have a great day; have a good one; have a nice weekend; adieu; au revoir; adiós
"""
_FAREWELL_IN_GERMAN = """
    tschüss; tschüs; tschau; auf wiedersehen; bis bald; bis später; gute nacht; schönen tag noch
    schönen abend noch
"""
_INTRODUCTION = """
    who are you; who r u; what are you; who is this; what can you do; what do you do; what can i ask
    what can i ask you; are you a bot; are you a robot; are you a human; are you human; are you a person
    are you a real person; are you real; are you an ai; are you ai; are you a machine; are you a chatbot
    are you chatgpt; am i talking to a bot; am i talking to a human; what's your name; what is your name
    who made you; who built you; who created you; tell me about yourself; introduce yourself
    how can you help; how can you help me; can you help; can you help me; help; help me; qui es-tu
"""
_INTRODUCTION_IN_GERMAN = """
    wer bist du; wer sind sie; was bist du; was kannst du; was können sie; wie heißt du; bist du ein bot
    bist du ein mensch; bist du eine ki; hilfe; kannst du mir helfen; können sie mir helfen
"""
_BESIDE = """
    a lot; a bunch; a million; again; ah; all; and; askdocs; assistant; bot; buddy; but; dear; docs
    everybody; everyone; exactly; folks; for everything; for helping; for that; for the answer
    for the help; for the info; for the quick answer; for this; for your answer; for your help
    for your support; for your time; friend; guys; haha; it is; it's; just; lol; lots; mate; much; now
    oh; please; really; sir; so; super; team; that is; that's; then; there; to you; today; very
    very much; well; what i needed; what i wanted; wow; yeah; yep; yes; you; aber; alle; an alle; bitte
    für alles; für deine antwort; für deine hilfe; für die antwort; für die hilfe; für ihre antwort
    für ihre hilfe; ihr; ja; leute; sehr; so sehr; und; zusammen
"""


def _phrases(text: str) -> Iterator[tuple[str, ...]]:
    return (tuple(phrase.split()) for phrase in re.split(r"[;\n]", text) if phrase.strip())


_MEANINGS: dict[tuple[str, ...], SmallTalk | None] = {
    **dict.fromkeys(_phrases(_BESIDE)),
    **dict.fromkeys(_phrases(_HELLO), SmallTalk("hello")),
    **dict.fromkeys(_phrases(_HELLO_IN_GERMAN), SmallTalk("hello", "de")),
    **dict.fromkeys(_phrases(_FAREWELL), SmallTalk("farewell")),
    **dict.fromkeys(_phrases(_FAREWELL_IN_GERMAN), SmallTalk("farewell", "de")),
    **dict.fromkeys(_phrases(_THANKS), SmallTalk("thanks")),
    **dict.fromkeys(_phrases(_THANKS_IN_GERMAN), SmallTalk("thanks", "de")),
    **dict.fromkeys(_phrases(_INTRODUCTION), SmallTalk("introduction")),
    **dict.fromkeys(_phrases(_INTRODUCTION_IN_GERMAN), SmallTalk("introduction", "de")),
}
_MOST_WORDS = max(map(len, _MEANINGS))

_WORD = re.compile(r"[\w'-]+|[👋👍🙏]")
_REST = re.compile(r"[^\w\s.,;:!?'’)(~*\u2600-\u27bf\ufe0f\U0001f300-\U0001faff-]")
"""What small talk has no use for, such as slashes and brackets."""


def read(message: str) -> SmallTalk | None:
    """What the whole message is; None if it is a question or anything else."""
    if len(message) > _LONGEST or _REST.search(message):
        return None
    words = _WORD.findall(message.lower().replace("’", "'"))
    found: set[SmallTalk] = set()
    while words:
        lengths = range(min(_MOST_WORDS, len(words)), 0, -1)
        length = next((length for length in lengths if tuple(words[:length]) in _MEANINGS), 0)
        if not length:
            return None
        if meaning := _MEANINGS[tuple(words[:length])]:
            found.add(meaning)
        words = words[length:]
    if not found:
        return None
    kind = next(kind for kind in get_args(Kind) if any(each.kind == kind for each in found))
    return SmallTalk(kind, max(each.language for each in found))
