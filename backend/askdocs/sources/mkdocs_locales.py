"""Tells the locales of a site that the i18n plugin of MkDocs builds: by folder, or by the end of a name."""

from __future__ import annotations

from pathlib import PurePosixPath

from askdocs.sources.mkdocs_config import Config


class Locales:
    """Of a site without the plugin there are none, and every page is where its file is."""

    def __init__(self, config: Config) -> None:
        options = next(config.plugin("i18n"), {})
        languages = options.get("languages")
        known = [each for each in languages if isinstance(each, dict)] if isinstance(languages, list) else []
        built = {str(each.get("locale")): each.get("build", True) is not False for each in known}
        self._built = {name: is_built for name, is_built in built.items() if name != "null"}
        self._by_folder = options.get("docs_structure") == "folder"
        self.default = next((str(each.get("locale")) for each in known if each.get("default") is True), "")

    def of(self, path: str) -> str:
        return self._named(path) or self.default

    def is_built(self, path: str) -> bool:
        return self._built.get(self.of(path), True)

    def prefix(self, path: str) -> str:
        """What stands before the page's address, as "/de"."""
        locale = self.of(path)
        return f"/{locale}" if locale != self.default else ""

    def without(self, path: str) -> str:
        """The path without what names its locale."""
        locale = self._named(path)
        if not locale:
            return path
        if self._by_folder:
            return path.partition("/")[2]
        file = PurePosixPath(path)
        return str(file.with_name(file.stem.removesuffix(f".{locale}") + file.suffix))

    def _named(self, path: str) -> str:
        named = path.partition("/")[0] if self._by_folder else PurePosixPath(path).stem.rpartition(".")[2]
        return named if named in self._built and named != path else ""
