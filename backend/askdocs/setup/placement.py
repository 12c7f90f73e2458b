"""Puts the chat on a site's pages: for each generator the edit that does it, or the lines and where they
go."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from askdocs.setup import appending
from askdocs.setup.insertions import Value, add_to_list, written
from askdocs.setup.javascript import Module, Span, Unclear, mask
from askdocs.setup.projects import Project

PLUGIN = "docusaurus-plugin-askdocs"
_MKDOCS_SCRIPT = "javascripts/askdocs.js"
_WRAPPERS = frozenset({"defineConfig", "withMermaid", "withPwa"})
"""Functions that take a configuration and hand it on with the lists in it kept."""


@dataclass(frozen=True, slots=True)
class Chat:
    """What pages have to know: the site's public key and the address of the server."""

    key: str
    api: str

    @property
    def script(self) -> str:
        return f"{self.api}/widget/askdocs.js"

    @property
    def attributes(self) -> dict[str, str]:
        return {"src": self.script, "data-site-key": self.key, "data-api": self.api}

    @property
    def tag(self) -> str:
        return (
            f'<script\n  src="{self.script}"\n  data-site-key="{self.key}"\n  data-api="{self.api}"\n'
            "  defer\n></script>"
        )


@dataclass(frozen=True, slots=True)
class Edit:
    """A file as it is to be; `before` is None for a new one."""

    path: Path
    before: str | None
    after: str

    def apply(self) -> None:
        """Write the file, with the line ends that it had."""
        windows = self.before is not None and b"\r\n" in self.path.read_bytes()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.after, encoding="utf-8", newline="\r\n" if windows else "\n")

    def diff(self, root: Path) -> str:
        name = _relative(self.path, root)
        return "".join(
            difflib.unified_diff(
                (self.before or "").splitlines(keepends=True),
                self.after.splitlines(keepends=True),
                f"a/{name}" if self.before is not None else "/dev/null",
                f"b/{name}",
            )
        )


@dataclass(frozen=True, slots=True)
class Advice:
    """Lines for people to put somewhere themselves. `reason` says why that was not done for them, if it could
    be."""

    where: str
    lines: str
    reason: str = ""


Step = Edit | Advice


def place(project: Project, chat: Chat) -> list[Step]:
    """What puts the chat on the pages. Edits leave everything else in a file as it is; an edit that would
    take a guess becomes advice. [] when the project has the chat already."""
    if has_chat(project):
        return []
    if project.config is None:
        return [_by_hand(project, chat)]
    return _PLACES[project.kind](project, chat)


def has_chat(project: Project) -> bool:
    """Whether one of the files that would be edited loads the chat, comments not counted."""
    return any(_mentions_chat(path) for path in (project.config, *_own_files(project)) if path is not None)


def key_in(project: Project) -> str:
    """The site key that the project's files name, "" if none does."""
    return _first(project, r"\b(pk_[A-Za-z0-9_-]+)")


def local_api_in(project: Project) -> str:
    """The server on this machine that the project's files name, "" if none does."""
    return _first(project, r"(?:\bapi\b|\bdata-api\b).{1,5}(http://(?:localhost|127\.0\.0\.1):\d+)\b")


def _first(project: Project, pattern: str) -> str:
    """The first group of the first match in the files that hold the chat."""
    for path in (project.config, *_own_files(project)):
        found = re.search(pattern, _text(path)) if path and _mentions_chat(path) else None
        if found:
            return found[1]
    return ""


def _own_files(project: Project) -> list[Path]:
    """Files beside the configuration that hold the chat where we, or our advice, put it."""
    match project.kind:
        case "mkdocs":
            return [project.docs / _MKDOCS_SCRIPT, *sorted((project.folder / "overrides").glob("**/*.html"))]
        case "hugo":
            return sorted((project.folder / "layouts").glob("**/*.html"))
        case "vitepress":
            return sorted((project.folder / ".vitepress" / "theme").glob("*.*s"))
    return [project.docs / "index.html"] if project.config is None else []


def _mentions_chat(path: Path) -> bool:
    text = _text(path)
    if path.suffix in (".js", ".ts", ".mjs", ".cjs", ".mts", ".cts"):
        text = _without_comments(text)
    elif path.suffix in (".py", ".yml", ".yaml", ".toml"):
        text = re.sub(r"(?m)^\s*#.*$", "", text)
    else:
        text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return PLUGIN in text or "/askdocs.js" in text or "askdocs-chat" in text


def _without_comments(text: str) -> str:
    """Comments are what a mask makes spaces of."""
    try:
        masked = mask(text)
    except Unclear:
        return text
    return "".join(" " if shown == " " else real for real, shown in zip(text, masked, strict=True))


def _docusaurus(project: Project, chat: Chat) -> list[Step]:
    options: Value = {"siteKey": chat.key, "api": chat.api}
    entry: Value = [PLUGIN, options]

    def edit(module: Module) -> str:
        return add_to_list(module, _whole(module, "plugins"), "plugins", entry)

    where = f"{_name(project)}, into the list `plugins`"
    return [_in_script(project, edit, Advice(where, written(entry) + ","))]


def _vitepress(project: Project, chat: Chat) -> list[Step]:
    entry: Value = ["script", {**chat.attributes, "defer": ""}]

    def edit(module: Module) -> str:
        return add_to_list(module, _whole(module, "head"), "head", entry)

    return [
        _in_script(project, edit, Advice(f"{_name(project)}, into the list `head`", written(entry) + ","))
    ]


def _starlight(project: Project, chat: Chat) -> list[Step]:
    entry: Value = {"tag": "script", "attrs": {**chat.attributes, "defer": True}}

    def edit(module: Module) -> str:
        return add_to_list(module, module.call("starlight"), "head", entry)

    where = f"{_name(project)}, into the list `head` of starlight({{…}})"
    return [_in_script(project, edit, Advice(where, written(entry) + ","))]


def _whole(module: Module, name: str) -> Span:
    """The exported configuration, whose list `name` is not replaced later."""
    found = module.exported(wrappers=_WRAPPERS)
    if re.search(rf"\.{name}\s*=(?!=)", module.masked):
        raise Unclear(f"its {name} are set anew further down")
    return found


def _in_script(project: Project, edit: Callable[[Module], str], advice: Advice) -> Step:
    """An edit of the configuration that was read back before anybody sees it, else the advice."""
    if project.config is None:
        return advice
    text = _text(project.config)
    try:
        after = edit(Module.read(text))
        Module.read(after)
    except Unclear as unclear:
        return replace(advice, reason=f"{project.config.name} is left to you: {unclear}.")
    return Edit(project.config, text, after)


def _mkdocs(project: Project, chat: Chat) -> list[Step]:
    """MkDocs gives its script tags no attributes, so a script of ours makes the tag."""
    script = project.docs / _MKDOCS_SCRIPT
    made = Edit(script, None, _SCRIPT.format(chat=chat))
    lines = f"extra_javascript:\n  - {_MKDOCS_SCRIPT}"
    return [
        made,
        _appended(
            project, lambda text: appending.to_yaml_list(text, "extra_javascript", _MKDOCS_SCRIPT), lines
        ),
    ]


def _sphinx(project: Project, chat: Chat) -> list[Step]:
    attributes = {**chat.attributes, "defer": "defer"}
    entry = f'(\n        "{attributes.pop("src")}",\n        {_python(attributes)},\n    )'
    lines = f"html_js_files = [\n    {entry},\n]"
    return [_appended(project, lambda text: appending.to_python_list(text, "html_js_files", entry), lines)]


def _appended(project: Project, edit: Callable[[str], str], lines: str) -> Step:
    advice = Advice(_name(project), lines)
    if project.config is None:
        return advice
    text = _text(project.config)
    try:
        return Edit(project.config, text, edit(text))
    except Unclear as unclear:
        return replace(advice, reason=f"{project.config.name} is left to you: {unclear}.")


def _hugo(project: Project, chat: Chat) -> list[Step]:
    """Themes have a partial of their users' for this; it is made where it does not exist yet. A site with a
    base of its own has its tag there."""
    layouts = project.folder / "layouts"
    theme = project.said.theme.lower()
    partial = next((path for name, path in _HUGO_PARTIALS.items() if name in theme), "")
    if partial:
        for existing in (layouts / "partials" / partial, layouts / "_partials" / partial):
            if existing.exists():
                return [Advice(f"{existing.relative_to(project.folder)}, at the end", chat.tag)]
        return [Edit(layouts / "partials" / partial, None, chat.tag + "\n")]
    for base in (layouts / "_default" / "baseof.html", layouts / "baseof.html"):
        text = _text(base)
        if text.count("</body>") == 1:
            before, indent, after = re.split(r"([ \t]*)</body>", text)
            separate = "" if before.endswith("\n") else "\n"
            return [Edit(base, text, f"{before}{separate}{chat.tag}\n{indent}</body>{after}")]
    return [Advice("layouts/baseof.html, a copy of your theme's, before </body>", chat.tag)]


def _by_hand(project: Project, chat: Chat) -> Step:
    """Where a wiki is hosted no script may run, and plain Markdown is made a site by something we do not
    know."""
    return Advice(
        "every page, before </body>"
        if project.built
        else "the pages on which readers read this, before </body>",
        chat.tag,
    )


_PLACES: dict[str, Callable[[Project, Chat], list[Step]]] = {
    "docusaurus": _docusaurus,
    "vitepress": _vitepress,
    "starlight": _starlight,
    "mkdocs": _mkdocs,
    "sphinx": _sphinx,
    "hugo": _hugo,
}

_HUGO_PARTIALS = {
    "docsy": "hooks/body-end.html",
    "hugo-book": "docs/inject/body.html",
    "book": "docs/inject/body.html",
    "hextra": "custom/head-end.html",
    "papermod": "extend_footer.html",
    "relearn": "custom-footer.html",
    "geekdoc": "head/custom.html",
}
"""The partial that a theme leaves empty for its users, by a part of its name."""

_SCRIPT = """\
// The Askdocs chat. Before you publish the site, name the public address of your server here.
(() => {{
  const script = document.createElement("script");
  script.src = "{chat.script}";
  script.dataset.siteKey = "{chat.key}";
  script.dataset.api = "{chat.api}";
  document.head.append(script);
}})();
"""


def _python(attributes: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": "{value}"' for name, value in attributes.items()) + "}"


def _name(project: Project) -> str:
    return _relative(project.config, project.folder) if project.config else ""


def _relative(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return str(path)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="strict")
    except (OSError, UnicodeDecodeError):
        return ""
