"""Writes the map of the packages into the pages that show it, from the layers that the check enforces.

Each line is the first sentence of a docstring. `--check` writes nothing and fails when a page is out of date.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "backend" / "askdocs"
INDENT = 4


def layers(container: str) -> list[list[str]]:
    """The layers of a package from top to bottom, as import-linter's contracts list them; [] without one."""
    project = tomllib.loads((ROOT / "backend" / "pyproject.toml").read_text())
    for contract in project["tool"]["importlinter"]["contracts"]:
        if contract.get("containers") == [container]:
            return [[name.strip() for name in layer.split("|")] for layer in contract["layers"]]
    return []


def job(path: Path) -> str:
    """The first sentence of a module's or package's docstring. Raises ValueError if it has none."""
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(file.read_text()))
    if not text:
        raise ValueError(f"{file} has no docstring that says its job")
    first = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[.!?]) ", first)[0].rstrip(".")


def prose(path: Path) -> str:
    """The same for a page of the site, where braces and angle brackets are code, and a bar ends a cell."""
    return re.sub(r"[{<|]", r"\\\g<0>", job(path))


def packages() -> Iterator[str]:
    """One line for each package and lone module, in the order of the layers."""
    for layer in layers("askdocs"):
        for name in layer:
            path = PACKAGE / name
            shown = f"{name}/" if path.is_dir() else f"{name}.py"
            yield f"{' ' * INDENT}{shown:15} {job(path)}"


def overview() -> str:
    return "\n".join(packages())


def reference() -> str:
    """The layers, and a table of modules for each package."""
    parts = ["```text", *(" | ".join(layer) for layer in layers("askdocs")), "```"]
    for name in (name for layer in layers("askdocs") for name in layer):
        path = PACKAGE / name
        if not path.is_dir():
            continue
        parts += ["", f"### `{name}/`", "", f"{prose(path)}.", "", "| Module | Job |", "|---|---|"]
        order = [each for layer in layers(f"askdocs.{name}") for each in layer]
        found = sorted(modules(path), key=lambda each: (order.index(each) if each in order else 99, each))
        parts += [f"| `{each}` | {prose(path / each)} |" for each in found]
    return "\n".join(parts)


def modules(package: Path) -> Iterator[str]:
    for path in package.iterdir():
        if path.is_dir() and (path / "__init__.py").exists():
            yield path.name
            yield from (f"{path.name}/{each}" for each in modules(path))
        elif path.suffix == ".py" and not path.name.startswith("__"):
            yield path.stem


PAGES = {
    ROOT / "CONTRIBUTING.md": ("<!-- packages -->", "<!-- /packages -->", overview),
    ROOT / "website/docs/contribute/directory-map.md": ("{/* packages */}", "{/* /packages */}", reference),
}


def main() -> int:
    outdated = []
    for page, (begin, end, render) in PAGES.items():
        text = page.read_text()
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        new = f"{before}{begin}\n\n{render()}\n\n{end}{after}"
        if new != text and "--check" in sys.argv:
            outdated.append(str(page.relative_to(ROOT)))
        elif new != text:
            page.write_text(new)
    if outdated:
        print(f"{', '.join(outdated)}: the map of packages is out of date. Run: make docs")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
