"""Finds what tells of a person in a text: e-mail addresses, phone numbers, cards, accounts and IP addresses.

Questions about software are full of what looks like these and tells of nobody: versions, ids, ports, packages
and addresses of examples. Whatever documentation may show everybody stays.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

Found = tuple[int, int, str]
"""Where it begins and ends, and what it is."""


def find(text: str) -> Iterator[Found]:
    """All that is found, in no order; some may lie within others. Takes time in proportion to the text's
    length: no pattern looks at a place more often than a bounded number of times."""
    if "@" in text:
        yield from _emails(text)
    if _SEVEN_DIGITS.search(text):
        yield from _ibans(text)
        yield from _cards(text)
        yield from _phones(text)
    if _DOTTED.search(text):
        yield from _ipv4(text)
    if text.count(":") > 1:
        yield from _ipv6(text)


_SEVEN_DIGITS = re.compile(r"\d(?:[^\w\n]{0,2}\d){6}|[A-Za-z]{2}\d\d ?\w")
_DOTTED = re.compile(r"\d\.\d{1,3}\.\d")

# e-mail

_LOCAL = re.compile(r"[\w.+%'-]{1,64}\Z")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}([^\W\d_]{2,24})(?![\w-])")
_FILES = frozenset(
    (
        *("png", "jpg", "jpeg", "gif", "svg", "webp", "avif", "ico", "js", "mjs", "cjs", "ts", "jsx"),
        *("tsx", "css", "json", "yml", "yaml", "toml", "html", "md", "mdx", "xml", "txt", "lock"),
        *("map", "py", "rb", "exe", "get", "post", "dll", "jar", "zip", "gz", "tgz", "whl"),
    )
)
"""Ends of files' names, as in `icon@2x.png`, which are no domain that people have mail at."""
_RESERVED = frozenset(["example", "test", "invalid", "localhost", "local", "internal", "lan", "home", "corp"])
_NOBODY = frozenset(
    (
        *("example", "domain", "yourdomain", "your-domain", "mydomain", "my-domain", "somedomain"),
        *("company", "yourcompany", "your-company", "mycompany", "test", "foo", "bar", "baz", "qux"),
        *("acme", "site", "yoursite", "your-site", "mysite", "website", "host", "server", "localhost"),
    )
)
"""Names of domains in examples."""
_PLACEHOLDER = re.compile(
    r"(?:your|my)(?:[._-]?(?:e?mail|name|user|username|address|account|login))?|(?:user|first)[._-]?name"
    r"|no[._-]?reply|git|you|someone|somebody|foo|bar|username|e?mail",
    re.IGNORECASE,
)
_REMOTE = re.compile(r"(?:\b(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id)\b[^\n@]{0,80}|://)\Z")
_REMOTE_PATH = re.compile(r":(?!\d+(?:\D|$))[\w.~-]*/")


def _emails(text: str) -> Iterator[Found]:
    for at in re.finditer("@", text):
        domain = _DOMAIN.match(text, at.end())
        if domain is None:
            continue
        local = _LOCAL.search(text[max(0, at.start() - 64) : at.start()])
        if local is None:
            continue
        name = local[0].lstrip(".'-%")
        if name and not _is_nobody(text, at.start() - len(name), name, domain):
            yield at.start() - len(name), domain.end(), "email"


def _is_nobody(text: str, start: int, name: str, domain: re.Match[str]) -> bool:
    labels, ending = domain[0].lower().split("."), domain[1].lower()
    if ending in _FILES or ending in _RESERVED or text[domain.end() : domain.end() + 1] in ("(", "["):
        return True
    owner = labels[-2] if len(labels[-2]) > 3 or len(labels) < 3 else labels[-3]
    if owner in _NOBODY or owner.startswith("example") or owner == name.lower():
        return True
    if _PLACEHOLDER.fullmatch(name):
        return True
    if _REMOTE_PATH.match(text, domain.end()):
        return True
    return _REMOTE.search(text[max(0, start - 100) : start]) is not None


# cards

_CARD = re.compile(r"(?<![\w.#-])(?<!\d[ ,])\d(?:[ -]?\d){13,18}(?![\w-])(?![.,]\d)")
_ISSUERS = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|3(?:0[0-5]|[68]\d)\d{11}|62\d{14,17}"
)
_TEST_CARDS = frozenset(
    (
        *("4242424242424242", "4111111111111111", "5555555555554444", "378282246310005"),
        *("371449635398431", "4000056655665556", "4012888888881881", "5105105105105100"),
        *("6011111111111117", "6011000990139424", "30569309025904", "38520000023237"),
        *("3530111333300000", "3566002020360505", "2223003122003222", "5200828282828210"),
        *("4000000000000002", "4000002500003155", "4000000000003220", "4000000000009995"),
    )
)
"""Those that payment services tell developers to try with."""


def _cards(text: str) -> Iterator[Found]:
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if _ISSUERS.fullmatch(digits) and passes_luhn(digits) and digits not in _TEST_CARDS:
            yield match.start(), match.end(), "card"


def passes_luhn(digits: str) -> bool:
    """ISO/IEC 7812: every second digit from the right counts twice, as the sum of its digits."""
    odd, even = digits[-1::-2], digits[-2::-2]
    return (sum(map(int, odd)) + sum(int("0246813579"[int(digit)]) for digit in even)) % 10 == 0


# IBAN

_IBAN = re.compile(r"(?<![\w-])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}(?![\w-])")
_IBAN_LENGTHS = {
    country: int(length)
    for length, countries in (
        entry.split(":")
        for entry in (
            *(
                "15:NO",
                "16:BE",
                "18:DK,FO,FI,GL,NL,SD",
                "19:MK,SI",
                "20:AT,BA,EE,KZ,XK,LT,LU,MN",
                "21:HR,LV,LI,CH",
            ),
            *("22:BH,BG,CR,GE,DE,IE,ME,RS,GB,VA", "23:GI,IQ,IL,OM,SO,TL,AE"),
            *("24:AD,CZ,MD,PK,RO,SA,SK,ES,SE,TN,VG", "25:LY,PT,ST", "26:IS,TR"),
            *("27:DJ,FR,GR,IT,MR,MC,SM,BI", "28:AL,AZ,BY,CY,DO,SV,GT,HU,LB,NI,PL"),
            *("29:BR,EG,PS,QA,UA", "30:JO,KW,MU,YE", "31:MT,SC", "32:LC", "33:RU"),
        )
    )
    for country in countries.split(",")
}
"""By the SWIFT registry."""
_KNOWN_IBANS = frozenset(
    (
        *("DE89370400440532013000", "GB82WEST12345698765432", "GB29NWBK60161331926819"),
        *("NL91ABNA0417164300", "FR1420041010050500013M02606", "CH9300762011623852957"),
        *("AT611904300234573201", "BE68539007547034", "ES9121000418450200051332"),
        *("IT60X0542811101000000123456",),
    )
)
"""The examples of the standard, which documentation repeats."""


def _ibans(text: str) -> Iterator[Found]:
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        if length is None:
            continue
        end, account = _take(match, length)
        if len(account) == length and passes_mod97(account) and account not in _KNOWN_IBANS:
            yield match.start(), end, "iban"


def _take(match: re.Match[str], length: int) -> tuple[int, str]:
    """So many letters and digits of it, and where they end: words may follow after a space."""
    account = ""
    for place, char in enumerate(match[0], match.start()):
        if char != " ":
            account += char.upper()
        if len(account) == length:
            following = match.string[place + 1 : place + 2]
            return place + 1, account if not following.isalnum() else ""
    return match.end(), account


def passes_mod97(account: str) -> bool:
    """ISO 13616: as a number, with the first four moved to the end and letters as 10 to 35, it leaves 1."""
    moved = account[4:] + account[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


# phone

_INTERNATIONAL = re.compile(r"(?<![\w+./-])\+[1-9](?:[ ()./-]{0,2}\d){7,14}(?![\w-])(?![.,:]\d)")
_AMERICAN = re.compile(
    r"(?<![\w.+/-])(?<!\d )(?:1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d-)[2-9]\d\d-\d{4}(?![\w-])(?!\.\d)"
)
_NATIONAL = re.compile(r"(?<![\w.:+/-])\(?\d(?:[ ()./-]{0,2}\d){6,12}(?![\w-])(?![.,:]\d)")
_TELLS_OF_PHONES = re.compile(
    r"\b(?:call|phone|phones|telephone|tel|mobile|cell|whatsapp|sms|text me|reach me|fax|ring me|dial"
    r"|handy|telefon|telefonnummer|handynummer|rufnummer|mobilnummer|ruf|anruf|erreichbar|rückruf"
    r"|téléphone|portable|móvil|teléfono|telefono|cellulare)\b[^\n]{0,30}\Z",
    re.IGNORECASE,
)
_SEQUENCES = ("0123456789", "1234567890", "9876543210")


def _phones(text: str) -> Iterator[Found]:
    for pattern, is_sure in ((_INTERNATIONAL, True), (_AMERICAN, True), (_NATIONAL, False)):
        for match in pattern.finditer(text):
            digits = re.sub(r"\D", "", match[0])
            if _is_fiction(digits):
                continue
            if is_sure or _TELLS_OF_PHONES.search(text[max(0, match.start() - 60) : match.start()]):
                yield match.start(), match.end(), "phone"


def _is_fiction(digits: str) -> bool:
    """Counted up, one digit again and again, or with the 555 that no subscriber has."""
    own = digits[-10:]
    return (
        any(digits.endswith(end) for end in _SEQUENCES)
        or digits[1:] in _SEQUENCES[1]
        or len(set(digits[-7:])) == 1
        or own[:3] in ("555", "500")
        or own[3:6] == "555"
        or digits[-7:-4] == "555"
    )


# IP addresses

_IPV4 = re.compile(r"(?<![\w.+@^~=<>*])(?<!v-)(?:\d{1,3}\.){3}\d{1,3}(?![\w-])(?!\.\w)(?:/(\d\d?)(?!\d))?")
_TELLS_OF_VERSIONS = re.compile(
    r"(?:\bv|version|release|build|upgrade|update|askdocs|chrome|firefox|safari|edge|windows|server|assembly"
    r"|\w+version|oid|[A-Za-z]\w*[:@-])[\s:=\"'-]{0,3}\Z",
    re.IGNORECASE,
)
_TELLS_OF_HOSTS = re.compile(
    r"(?:\b(?:ip|ips|address|addresses|host|hosts|ping|bind|connect|connection|dns|proxy|curl|ssh|nameserver"
    r"|server at|allow|deny|from|client|remote_addr|listen|firewall)\b[^\n]{0,20}|://|x-forwarded-for[^\n]{0,40})\Z",
    re.IGNORECASE,
)
_TELLS_AFTER = re.compile(r":\d{2,5}\b|/\w| (?:port|refused|timed out|unreachable)")
_EVERYBODYS = frozenset(
    ipaddress.ip_address(address)
    for address in (
        *("8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9", "149.112.112.112", "208.67.222.222"),
        *("208.67.220.220", "2001:4860:4860::8888", "2001:4860:4860::8844"),
        *("2606:4700:4700::1111", "2606:4700:4700::1001"),
    )
)
"""Public name servers."""
_WIDEST = 24
"""Bits of the smallest IPv4 network that tells of nobody in it."""


def _ipv4(text: str) -> Iterator[Found]:
    for match in _IPV4.finditer(text):
        address = match[0].partition("/")[0]
        if match[1] and int(match[1]) <= _WIDEST:
            continue
        if _is_public(address) and not _is_version(text, match, address):
            yield match.start(), match.start() + len(address), "ip"


def _is_public(address: str) -> bool:
    """Whether it leads to somebody, as no private, reserved or documentation address does."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast and parsed not in _EVERYBODYS


def _is_version(text: str, match: re.Match[str], address: str) -> bool:
    """Four small numbers are a version unless something tells of hosts, and larger ones an address unless
    something tells of versions."""
    before = text[max(0, match.start() - 60) : match.start()]
    if _TELLS_OF_HOSTS.search(before) or _TELLS_AFTER.match(text, match.end()):
        return False
    return _TELLS_OF_VERSIONS.search(before) is not None or max(map(int, address.split("."))) < 100


_IPV6 = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f]{1,4}:)[0-9A-Fa-f:]{6,39}(?![\w:])")


def _ipv6(text: str) -> Iterator[Found]:
    for match in _IPV6.finditer(text):
        if match[0][0] in "23" and _is_public(match[0]):
            yield match.start(), match.end(), "ip"
