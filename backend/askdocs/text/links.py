"""Takes out of a streamed answer the links and images that lead to other hosts than its sources and its site.

What a page says may have told the model what to write, and readers of the stream other than our widget load
images and follow definitions of links. So this holds for every reader of Markdown, not for one: an address is
let through where all agree that it is in code or leads to an allowed host, and what they may read differently
(a fence that may belong to a list, a backtick that nothing closes, HTML) is written so that they agree.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from askdocs.text.addresses import AllowedHosts, is_visible
from askdocs.text.fences import CODE_LINE_OPEN, FENCE, LEAD, LEAD_OPEN, Fence

_FARTHEST = 2000
"""Characters that are looked ahead: the longest address that browsers and servers agree on. What needs more
to become a link is text. It bounds what is held back, and with it the time for each character."""

_RULE = re.compile(r" *([-*_])(?: *\1){2,} *$")

# What may become a link, within a line.
_SPECIAL = re.compile(
    r"[\\`<!\[\]\n@]|~{3}|&(?:#|colon;|sol;|period;|commat;|[lr]brack;|[lr]sqb;)|https?://|www\.|://",
    re.IGNORECASE,
)
_WORD = 64
"""Characters of a scheme, or of an e-mail address before its `@`, that become code with the rest: the longest
that mail allows. Of a longer word the last ones do, and what is left makes no address."""
_WORD_OPEN = re.compile(r"(?:~{1,2}|&[a-z]{0,6}|(?<![\w.+:/-])[\w.+:/-]+)\Z", re.IGNORECASE)
_SCHEME_BEFORE = re.compile(r"(?<![a-z\d+.-])[a-z\d+.-]+\Z", re.IGNORECASE)
_NAME_BEFORE = re.compile(r"(?:(?:mailto|xmpp):)?(?<![\w.+-])[\w.+-]+\Z", re.IGNORECASE)
_EMAIL = re.compile(r"(?:(?:mailto|xmpp):)?[\w.+-]*@[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_EMAIL_OPEN = re.compile(r"(?:(?:mailto|xmpp):)?[\w.+-]*@[\w.-]*\Z", re.IGNORECASE)
_LABEL = r"(?:\\.|`[^`\n]+`|\[(?:\\.|[^\[\]\\`\n])*\]|[^\[\]\\`\n])*"
_LINK = re.compile(
    rf"!?\[({_LABEL})\]\( *(?:<([^<>\n`]*)>|([^\s()<`]*(?:\([^\s()<`]*\)[^\s()<`]*)*))"
    r"""(?: +(?:"[^"\n`<]*"|'[^'\n`<]*'))? *\)"""
)
_LINK_OPEN = re.compile(rf"!?\[{_LABEL}(?:\\|`[^`\n]*|\[(?:\\.|[^\[\]\\`\n])*\\?|\](?:\([^\n`]*)?)?\Z")
_AUTOLINK = re.compile(
    r"<(?:(https?://[^\s<>`]*)|([a-z][a-z\d+.-]{1,31}://[^\s<>`]*|mailto:[^\s<>`]*|[\w.!#$%&'*+/=?^{|}~-]+@[^\s<>`@]+))>",
    re.IGNORECASE,
)
_AUTOLINK_OPEN = re.compile(r"<(?:[\w.!#$%&'*+/=?^{|}~-][^\s<>`]*)?\Z")
_BREAK = re.compile(r"<br ?/?>")
_BREAK_OPEN = re.compile(r"<b?r? ?/?\Z")
_TRAILING = ").,;:!?'\"*_~\\"
_AFTER_HOST = ").,;:!?'\"*_~]|>"
_CUT_BY_TABLES = re.compile(r"[|].*(?://|www|[\[\](<&])|(?://|www|[\[\](<&]).*[|]")
_MARK = re.compile(r"\[\d{1,3}\Z")
_BRACKET = re.compile(r"[\[\]【】［］]")
"""In an address or a title of a link it may be taken for a mark."""
# Where an address within another begins, to readers that see emphasis first or end it at a bracket.
_INNER = r"(?<!^)(?=(?:https?|ftp)://|www\.)|(?<=[*_~(])(?=\S*(?:@|://))"
# After what all readers see a bare address begin. After another character some see but what is within it.
_BEFORE_ADDRESS = re.compile(r"(?:^|[\s*_~(\[\]])\Z")
_ADDRESS_END = re.compile(rf"[\s\ufeff<>`\[\]|\"]|{_INNER}", re.IGNORECASE)


class LinkFilter:
    """A reducer over the text of one answer: `feed` deltas, emit what it returns, `close` at the end.

    How the text is cut into deltas makes no difference. `allowed` are addresses: links to their hosts, and
    relative ones, are left as they are. Other links become their text with the address as code beside it,
    other images their text, other bare addresses code. Fenced code, and code within a line, is left alone.
    """

    def __init__(self, allowed: Iterable[str]) -> None:
        self._hosts = AllowedHosts(allowed)
        self._held = ""
        self._after_return = False
        self._out: list[str] = []
        self._at_line_start = True
        self._fence: Fence | None = None
        self._copying = False
        self._items: list[int] = []
        self._in_paragraph = False
        self._line = ""
        self._after_code = False
        self._in_address = False

    def feed(self, delta: str) -> str:
        if self._after_return and delta.startswith("\n"):
            delta = delta[1:]
            self._after_return = False
        if delta:
            self._after_return = delta.endswith("\r")
        lines = delta.replace("\r\n", "\n").replace("\r", "\n")
        return self._advance(self._held + lines, final=False)

    def close(self) -> str:
        return self._advance(self._held, final=True)

    def _advance(self, text: str, *, final: bool) -> str:
        self._out = []
        at = 0
        taken: int | None
        while at < len(text):
            ahead = text[at : at + _FARTHEST]
            whole = final or len(ahead) == _FARTHEST
            if self._copying:
                taken = self._copy_code(ahead)
            elif not self._at_line_start:
                taken = self._take_inline(ahead, whole=whole)
            elif self._fence:
                taken = self._begin_code_line(self._fence, ahead, whole=whole)
            else:
                taken = self._begin_line(ahead, whole=whole)
            if taken is None:
                break
            at += taken
        self._held = text[at:]
        return "".join(self._out)

    def _emit(self, text: str) -> None:
        self._out.append(text)
        self._line = (self._line + text)[-8:]
        self._after_code = False
        self._in_address = self._in_address and not re.search(r"[ \t\n]", text)

    # Lines. Each method returns how many characters it took, None to wait for more.

    def _begin_line(self, ahead: str, *, whole: bool) -> int | None:
        if not whole and LEAD_OPEN.match(ahead):
            return None
        lead = next(LEAD.finditer(ahead))  # It matches nothing, too.
        quotes, spaces, marker = lead[1], lead[2], lead[3] or ""
        fence = FENCE.match(ahead, lead.end())
        if fence and fence.end() == len(ahead) and not whole:
            return None
        line = ahead.partition("\n")[0]
        is_blank = not line[len(quotes) :].strip(" \t")
        margin = None if is_blank else self._margin(quotes, spaces, marker, line)
        self._at_line_start = False
        self._line = ""
        if fence is None or (fence[1][0] == "`" and "`" in fence[2]):
            self._in_paragraph = not is_blank
            self._emit(lead[0])
            return lead.end() or self._take_inline(ahead, whole=whole)
        self._in_paragraph = False
        if margin is None or "|" in fence[2] or fence.end() == _FARTHEST:
            # Some would read code here and others text: now it is text for all.
            self._emit(lead[0] + "".join(f"\\{mark}" for mark in fence[1]))
            return fence.end(1)
        self._fence = Fence(quotes.count(">"), margin, fence[1])
        self._copying = True
        self._emit(ahead[: fence.end(1)])
        return fence.end(1)

    def _margin(self, quotes: str, spaces: str, marker: str, line: str) -> int | None:
        """How far in a fence of this line stands, None if it may be none. Notes the item that begins here.

        Items are noted only where every reader sees one. A number but 1 begins none within a paragraph.
        """
        indent = len(spaces)
        if quotes:
            self._items = []
            return indent if indent <= 3 and not marker else None
        is_next = bool(self._items) and self._items[-1] > indent
        while self._items and self._items[-1] > indent:
            self._items.pop()
        if indent - (self._items[-1] if self._items else 0) > 3:
            return None
        if not marker:
            return indent
        begins = not marker[0].isdigit() or int(marker.strip(" .)")) == 1 or not self._in_paragraph
        if not (begins or is_next) or _RULE.match(line):
            return None
        self._items.append(indent + len(marker))
        return self._items[-1]

    def _begin_code_line(self, fence: Fence, ahead: str, *, whole: bool) -> int | None:
        """A line of code is moved in as far as its fence, so that it is code wherever its fence belongs."""
        if not whole and CODE_LINE_OPEN.match(ahead):
            return None
        quotes = fence.lead(ahead)
        if quotes is None:
            self._fence = None
            return self._begin_line(ahead, whole=whole)
        line = ahead[len(quotes) :].partition("\n")[0]
        code = line.lstrip(" ")
        indent = len(line) - len(code)
        is_end = fence.is_end(line) and ("\n" in ahead or len(ahead) < _FARTHEST)
        if fence.indent and code and (indent < fence.indent or is_end):
            indent = fence.indent
        self._emit(quotes + " " * indent)
        if is_end:
            self._fence = None
        self._copying, self._at_line_start = True, False
        return len(ahead) - len(ahead[len(quotes) :].lstrip(" ")) or self._copy_code(ahead)

    def _copy_code(self, ahead: str) -> int:
        end = ahead.find("\n") + 1
        self._emit(ahead[:end] if end else ahead)
        if end:
            self._copying, self._at_line_start = False, True
        return end or len(ahead)

    # Text within a line.

    def _take_inline(self, ahead: str, *, whole: bool) -> int | None:
        special = _SPECIAL.search(ahead)
        stop = _begin_of(special) if special else len(ahead)
        if special is None:
            # What may begin an address is held back, also where the look-ahead ends.
            end = ahead[-_WORD - len("://") :]
            if half := _WORD_OPEN.search(end):
                stop -= len(end) - half.start()
            if stop == 0 and whole:
                stop = len(ahead)
        if special is None or stop > 0:
            self._emit(ahead[:stop])
            return stop or None
        match special[0]:
            case "\n":
                self._emit("\n")
                self._at_line_start = True
                return 1
            case "~~~":  # no fence, but one if what stands before it went
                self._emit(" " * self._in_address + "\\~" * 3)
                return 3
            case "\\":
                return self._take_escape(ahead, whole=whole)
            case "`":
                return self._take_code(ahead, whole=whole)
            case "<":
                return self._take_angle(ahead, whole=whole)
            case "!" | "[":
                return self._take_bracket(ahead, whole=whole)
            case "]":
                return self._take_closing(ahead, whole=whole)
            case entity if entity[0] == "&":  # It may stand for a letter of an address.
                self._emit("\\&")
                return 1
            case "@":
                return self._take_email(ahead, after=special.end(), whole=whole)
            case "://" if special.start() == 0:
                self._emit(":")
                return 1
            case _:
                return self._take_address(ahead, whole=whole)

    def _take_escape(self, ahead: str, *, whole: bool) -> int | None:
        if len(ahead) == 1 and not whole:
            return None
        is_definition = ahead[1:2] == ":" and self._line.endswith("]")  # one that was made none
        if ahead[1:2] in (":", "/", ".", "@") and not is_definition:  # `https\://` is an address to some.
            self._emit("\\\\")
            return 1
        taken = 2 if re.match(r"\\[!-/:-@\[-`{-~]", ahead) else 1
        self._emit(ahead[:taken])
        return taken

    def _take_code(self, ahead: str, *, whole: bool) -> int | None:
        """Code that is closed within its line, and that no cell of a table can cut in two."""
        line = ahead.partition("\n")[0]
        run = line[: len(line) - len(line.lstrip("`"))]
        closing = re.compile(rf"(?<!`){run}(?!`)").search(line, len(run))
        is_open = len(line) == len(ahead) and not whole
        if is_open and (closing is None or closing.end() == len(line)):
            return None
        if self._after_code or self._in_address:
            self._emit(" ")
        if closing and closing.end() < _FARTHEST and not _CUT_BY_TABLES.search(line[: closing.end()]):
            self._emit(line[: closing.end()])
            return closing.end()
        self._emit("\\`" * len(run))
        return len(run)

    def _take_angle(self, ahead: str, *, whole: bool) -> int | None:
        if not whole and (_AUTOLINK_OPEN.match(ahead) or _BREAK_OPEN.match(ahead)):
            return None
        if link := _AUTOLINK.match(ahead):
            is_plain = link[1] is not None and is_visible(link[1]) and not _BRACKET.search(link[1])
            is_allowed = is_plain and self._hosts.allow_absolute(link[1])
            self._emit(link[0] if is_allowed else self._as_code(link[1] or link[2]))
            self._after_code = not is_allowed
            return link.end()
        if (line_break := _BREAK.match(ahead)) and re.search(r"[^\W\d_]", self._line):
            self._emit(line_break[0])
            return line_break.end()
        is_html = re.match(r"<[a-zA-Z/!?]", ahead)
        touches = self._in_address or self._line.endswith("\\")  # which would take the backslash for itself
        self._emit(" " * touches + "\\<" if is_html else "<")
        return 1

    def _take_bracket(self, ahead: str, *, whole: bool) -> int | None:
        link = _LINK.match(ahead)
        is_open = link.end() == len(ahead) if link else ahead == "!" or bool(_LINK_OPEN.match(ahead))
        if is_open and not whole:
            return None
        if link:
            rewritten = self._rewrite(link, after=ahead[link.end() : link.end() + 1])
            self._emit(rewritten)
            self._after_code = rewritten.endswith("`")
            return link.end()
        self._emit(ahead[0])
        return 1

    def _rewrite(self, link: re.Match[str], *, after: str) -> str:
        label, url = self._filter(link[1]), link[2] or link[3] or ""
        plain = re.sub(r"[^\w.]|_", "", unicodedata.normalize("NFKC", label))
        is_image = link[0][0] == "!"
        is_like_mark = not is_image and re.fullmatch(r"\d{1,3}", plain)
        target = link[0][link.end(1) - link.start() + 1 :]
        is_plain = is_visible(url) and not _BRACKET.search(target)
        if is_plain and self._hosts.allow(url) and not (is_image or is_like_mark):
            return f"[{label}]{target}"
        # What stands beside a text without its brackets must make no address, link or HTML with it.
        touches = (
            re.search(r"[\w:/&.@+\\`<\]-]\Z", self._line)
            or re.match(r"[\w:/&`]", after)
            or (after == "." and label.lower().endswith("w"))
        )
        if label.isdecimal() or touches:
            label = f"[{label}]"
        if label.endswith("]") and after in ("(", ":"):
            label += "\\"
        if is_image or is_like_mark or " " in url or not re.match("https?://|mailto:", url, re.IGNORECASE):
            return label
        return self._as_code(url) if link[1].strip() == url else f"{label} (`{url}`)"

    def _filter(self, label: str) -> str:
        inner = LinkFilter(())
        inner._hosts, inner._at_line_start = self._hosts, False
        return inner.feed(label) + inner.close()

    def _take_closing(self, ahead: str, *, whole: bool) -> int | None:
        """No link to an address that was not looked at, and no definition of one."""
        if len(ahead) == 1 and not whole:
            return None
        mark = _MARK.search(self._line)
        is_mark = mark and re.search(r"[^\W\d_]", self._line[: mark.start()])
        unsafe = ahead[1:2] == "(" or (ahead[1:2] == ":" and not is_mark)
        self._emit("]\\" if unsafe else "]")
        return 1

    def _take_address(self, ahead: str, *, whole: bool) -> int | None:
        # Readers differ in where they end an address, and what they take in may say where it leads.
        longest = re.split(r"[ \t\n]", ahead, maxsplit=1)[0]
        if longest == ahead and not whole:
            return None
        address = _ADDRESS_END.split(ahead, maxsplit=1)[0]
        is_seen = len(longest) < _FARTHEST and _BEFORE_ADDRESS.search(self._line)
        if is_seen and self._hosts.allow_absolute(longest.rstrip(_AFTER_HOST)):
            self._emit(address)
            self._in_address = True  # To some readers it goes on to the next space, through code, too.
            return len(address)
        url = address.rstrip(_TRAILING) or address
        self._emit(self._as_code(url))
        self._after_code = True
        return len(url)

    def _take_email(self, ahead: str, *, after: int, whole: bool) -> int | None:
        if _EMAIL_OPEN.match(ahead) and not whole:
            return None
        email = _EMAIL.match(ahead)
        is_named = after > len("@") or self._line[-1:].strip() != ""
        if email is None or not is_named:
            self._emit(ahead[:after])
            return after
        self._emit(self._as_code(email[0]))
        self._after_code = True
        return email.end()

    def _as_code(self, url: str) -> str:
        url = url.replace("|", "%7C")  # a table would cut it in two
        touches = self._in_address or self._line.endswith(("`", "\\"))
        return f" `{url}`" if touches else f"`{url}`"


def _begin_of(special: re.Match[str]) -> int:
    """Where what is special begins: an address of e-mail, or of any scheme, with the word before."""
    before = {"@": _NAME_BEFORE, "://": _SCHEME_BEFORE}.get(special[0])
    start = special.start()
    word = before.search(special.string[max(0, start - _WORD) : start]) if before else None
    return start - len(word[0]) if word else start
