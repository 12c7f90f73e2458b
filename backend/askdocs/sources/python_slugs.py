"""Makes the anchors of headings as the extensions of Python-Markdown do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal
from urllib.parse import quote

from askdocs.sources.mkdocs_config import Config, Tagged

Slugify = Callable[[str], str]

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
_FORMS: dict[object, Form] = {"NFD": "NFD", "NFKC": "NFKC", "NFKD": "NFKD"}

_COUNTED = re.compile(r"(.*)_([0-9]+)")

_CASES: dict[object, Callable[[str], str]] = {
    "lower": str.lower,
    "fold": str.casefold,
    "lower-ascii": lambda text: re.sub("[A-Z]", lambda found: found[0].lower(), text),
}

_OLD_CASES = {
    "uslugify": "lower",
    "uslugify_encoded": "lower",
    "gfm": "lower-ascii",
    "gfm_encoded": "lower-ascii",
}
"""What names of pymdownx.slugs of before version 8 stand for."""


class PythonSlugs:
    """Anchors that are unique on one page, where those that authors gave themselves are taken beforehand."""

    def __init__(self, slugify: Slugify, taken: Iterable[str] = ()) -> None:
        self._slugify = slugify
        self._taken = set(taken)

    def slug(self, heading: str) -> str:
        anchor = self._slugify(heading)
        while anchor in self._taken or not anchor:
            counted = _COUNTED.fullmatch(anchor)
            anchor = f"{counted[1]}_{int(counted[2]) + 1}" if counted else f"{anchor}_1"
        self._taken.add(anchor)
        return anchor


def of_config(config: Config) -> Slugify:
    """As the `toc` extension is set up."""
    separator = config.option("toc", "separator")
    return of_setting(config.option("toc", "slugify"), separator if isinstance(separator, str) else "-")


def of_setting(setting: Any, separator: str) -> Slugify:
    """The function that a setting names; Python-Markdown's own if it names none that is known."""
    name = setting.name if isinstance(setting, Tagged) else str(setting or "")
    function = name.rpartition(".")[2]
    if "pymdownx" in name and (function == "slugify" or function in _OLD_CASES or "uslugify" in function):
        options = setting.values if isinstance(setting, Tagged) else {}
        case = options.get("case") or _OLD_CASES.get(function, "none")
        percent = bool(options.get("percent_encode")) or function.endswith("_encoded")
        form = _FORMS.get(options.get("normalize"), "NFC")
        return partial(
            _of_pymdownx, separator=separator, case=_CASES.get(case, str), percent=percent, form=form
        )
    return partial(_of_toc, separator=separator, is_ascii=function != "slugify_unicode")


def _of_toc(text: str, *, separator: str, is_ascii: bool) -> str:
    if is_ascii:
        text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    kept = re.sub(r"[^\w\s-]", "", text).strip().lower()
    return re.sub(rf"[{re.escape(separator)}\s]+", separator, kept)


def _of_pymdownx(
    text: str,
    *,
    separator: str,
    case: Callable[[str], str],
    percent: bool,
    form: Form,
) -> str:
    bare = re.sub(r"</?[^>]*>", "", unicodedata.normalize(form, text)).strip()
    slug = re.sub(r"[^\w\- ]", "", case(bare)).replace(" ", separator)
    return quote(slug) if percent else slug
