"""Adds an entry to a list in YAML or Python, leaving every other character as it is."""

from __future__ import annotations

import ast
import re
from typing import Any

import yaml

from askdocs.setup.declared import Lenient
from askdocs.setup.javascript import Unclear


def to_yaml_list(text: str, name: str, entry: str) -> str:
    """The text with a plain string as the last of a list at the top level, which is made if it is missing.

    The result was read back: everything else in it is as before. Raises `Unclear` if it is not.
    """
    before = _yaml(text)
    listed = before.get(name)
    if listed is None and name not in before:
        if "INHERIT" in before:
            raise Unclear(f"its {name} may come from the file that it inherits")
        after = f"{text.rstrip()}\n\n{name}:\n  - {entry}\n"
    else:
        after = _behind_the_last(text, name, entry)
    if _yaml(after) != {**before, name: [*(listed or []), entry]}:
        raise Unclear(f"its {name} are written in a way that is not plain")
    return after


def _behind_the_last(text: str, name: str, entry: str) -> str:
    lines = text.splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if line.startswith(f"{name}:")), None)
    if start is None or not re.fullmatch(rf"{name}:\s*(?:#.*)?\s*", lines[start]):
        raise Unclear(f"its {name} are not written as a list, one entry a line")
    end = start + 1
    last = start
    indent = "  "
    while end < len(lines) and (not lines[end].strip() or lines[end][0] in " \t-#"):
        item = re.match(r"(\s*)- ", lines[end])
        if item and (last == start or item[1] == indent):
            indent = item[1]
        if lines[end].strip() and not lines[end].startswith("#"):
            last = end
        end += 1
    if not lines[last].endswith("\n"):
        lines[last] += "\n"
    lines.insert(last + 1, f"{indent}- {entry}\n")
    return "".join(lines)


def to_python_list(text: str, name: str, entry: str) -> str:
    """The text with an expression as the last of a module's list, which is made if it is missing.

    Raises `Unclear` if the list is set in another way than once, written out.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        raise Unclear(f"Python does not understand its line {error.lineno}") from error
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    if not named:
        return f"{text.rstrip()}\n\nhtml_js_files = [\n    {entry},\n]\n".replace("html_js_files", name)
    values = _assigned(tree, name)
    if len(named) != 1 or len(values) != 1 or not isinstance(values[0], ast.List):
        raise Unclear(f"its {name} are not set once, as a list that is written out")
    after = _within(text, values[0], entry)
    if _entries(after, name) != [
        *map(ast.dump, values[0].elts),
        ast.dump(ast.parse(entry, mode="eval").body),
    ]:
        raise Unclear(f"its {name} are written in a way that is not plain")
    return after


def _within(text: str, literal: ast.List, entry: str) -> str:
    lines = text.splitlines(keepends=True)
    last, column = literal.end_lineno or literal.lineno, (literal.end_col_offset or 1) - 1
    line = lines[last - 1].encode()
    head, tail = line[:column].decode(), line[column:].decode()
    before = "".join(lines[: last - 1]) + head
    after = tail + "".join(lines[last:])
    body = before.rstrip()
    comma = "" if body.endswith((",", "[")) else ","
    if last == literal.lineno:
        return f"{body}{comma} {entry}{after}" if comma else f"{body}{entry}{after}"
    return f"{body}{comma}\n    {entry},\n{head[: len(head) - len(head.lstrip())]}{after}"


def _entries(text: str, name: str) -> list[str]:
    return [
        ast.dump(one)
        for value in _assigned(ast.parse(text), name)
        if isinstance(value, ast.List)
        for one in value.elts
    ]


def _assigned(tree: ast.Module, name: str) -> list[ast.expr]:
    """The values that a module gives a name, outside of functions."""
    return [
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
    ]


def _yaml(text: str) -> dict[str, Any]:
    try:
        found = yaml.load(text, Loader=Lenient)  # noqa: S506  it makes nothing but plain values
    except yaml.YAMLError as error:
        raise Unclear("it is no valid YAML") from error
    if not isinstance(found, dict):
        raise Unclear("it holds no settings")
    return found
