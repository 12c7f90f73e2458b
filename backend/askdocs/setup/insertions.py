"""Adds an entry to configuration in JavaScript or TypeScript, leaving every other character as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from askdocs.setup.javascript import Module, Span, Unclear

_INDENT = re.compile(r"\n([ \t]+)\S")
_HARMLESS_TAIL = re.compile(r"\s*(?:\.filter\(\s*Boolean\s*\)|(?:as|satisfies)\s+[\w$.<>\[\]]+)?\s*$")
"""What may follow a list without deciding anew what becomes of its entries."""

Value = str | bool | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True, slots=True)
class _Style:
    """How the file is written: its quotation mark and its unit of indentation."""

    quote: str
    unit: str

    def written(self, value: Value, indent: str) -> str:
        """A value as source text over several lines, the first one without indentation."""
        deeper = indent + self.unit
        match value:
            case bool():
                return "true" if value else "false"
            case str():
                escaped = value.replace("\\", "\\\\").replace(self.quote, "\\" + self.quote)
                return f"{self.quote}{escaped}{self.quote}"
            case list():
                lines = [f"{deeper}{self.written(one, deeper)},\n" for one in value]
                return "[\n" + "".join(lines) + indent + "]"
            case _:
                lines = [f"{deeper}{self._key(k)}: {self.written(v, deeper)},\n" for k, v in value.items()]
                return "{\n" + "".join(lines) + indent + "}"

    def _key(self, name: str) -> str:
        return name if re.fullmatch(r"[A-Za-z_$][\w$]*", name) else f"{self.quote}{name}{self.quote}"


def written(value: Value, indent: str = "", *, quote: str = '"', unit: str = "  ") -> str:
    """A value as JavaScript has it, for people to copy."""
    return _Style(quote, unit).written(value, indent)


def add_to_list(module: Module, within: Span, name: str, entry: Value) -> str:
    """The text with `entry` as the last of the list `name` of an object, which is made if it is missing.

    Raises `Unclear` if the list is not written out, or if a spread might hold it.
    """
    style = _style(module)
    properties = module.properties(within)
    if name not in properties:
        if module.has_spread(within):
            raise Unclear(f"its {name} may come from what is spread into it")
        indent = _inner_indent(module, within, style)
        return _append(module, within, f"{name}: {style.written([entry], indent)}", style)
    value = properties[name].value
    if module.has_spread(within, behind=value.end):
        raise Unclear(f"what is spread into it may replace its {name}")
    if not module.masked.startswith("[", value.start):
        raise Unclear(f"its {name} are not written out as a list")
    array = module.literal(value.start)
    if not _HARMLESS_TAIL.match(module.masked[array.end : value.end]):
        raise Unclear(f"something is done with its {name} where they are set")
    indent = _inner_indent(module, array, style)
    return _append(module, array, style.written(entry, indent), style)


def _append(module: Module, literal: Span, entry: str, style: _Style) -> str:
    """The text with an entry before the closing bracket, behind a comma where one is needed."""
    text, masked = module.text, module.masked
    close = literal.end - 1
    last = close - 1
    while masked[last].isspace():
        last -= 1
    is_empty = last == literal.start
    comma = "" if is_empty or masked[last] == "," else ","
    indent = _inner_indent(module, literal, style)
    # Comments behind the last entry stay before ours; the line of the bracket moves down.
    tail = text[last + 1 : close]
    kept = tail.rstrip(" \t\n\r")
    outer = _line_indent(text, close) if "\n" in tail[len(kept) :] else _line_indent(text, literal.start)
    return text[: last + 1] + comma + kept + f"\n{indent}{entry},\n{outer}" + text[close:]


def _inner_indent(module: Module, literal: Span, style: _Style) -> str:
    """Of the entries: that of the first one on a line of its own, else one unit more than the literal's."""
    for item in module.items(literal):
        if "\n" in module.text[literal.start : item.start]:
            return _line_indent(module.text, item.start)
        break
    return _line_indent(module.text, literal.start) + style.unit


def _line_indent(text: str, position: int) -> str:
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]


def _style(module: Module) -> _Style:
    quote = "'" if module.masked.count("'") > module.masked.count('"') else '"'
    units = _INDENT.findall(module.masked)
    return _Style(quote, "\t" if units and units[0].startswith("\t") else units[0][:4] if units else "  ")
