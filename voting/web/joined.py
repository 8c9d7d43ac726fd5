"""A page's modules as one file, so that a tablet asks once and not fifty times.

Each module becomes a function of its own, so that private names never meet. Its lines stay as they
are in the repository; only imports and exports become look-ups by the modules' paths. The forms
that our modules use are understood, and the server does not start on any other.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping

HEAD = "// voting/web/joined.py made this: each module as in its file, imports looked up.\n"
BEGIN = "const MODULES = {};\n"
FROM = re.compile(r'^(import|export) (\{[^}]*\}|(?<=export )\*) from "([^"]+)";$', re.MULTILINE)
NAME = re.compile(r"\s*(\w+)(?: as (\w+))?\s*")
EXPORT = re.compile(r"^export ((?:async function|function|const|class) (\w+))\b", re.MULTILINE)
COMMENT = re.compile(r"\s*(/\*|\*|//)")
OTHER = re.compile(r"\s*(import|export)\b|.*\bimport\s*(\.|\(\s*[\"'`])")


class Unjoinable(RuntimeError):
    """A module cannot stand in one file with the others."""


def joined(entry: str, sources: Mapping[str, str]) -> str:
    """One module that does what `entry` does, with all that it imports; `sources` by paths."""
    modules = _Modules(sources)
    modules.add(entry, ())
    return HEAD + BEGIN + "".join(modules.texts.values())


class _Modules:
    """Those that are joined so far, in the order in which a browser would run them."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources
        self.texts: dict[str, str] = {}
        self.exports: dict[str, list[str]] = {}

    def add(self, path: str, above: tuple[str, ...]) -> None:
        """A module after those that it imports; `above` are those that wait for it."""
        if path in self.texts:
            return
        if path in above:
            raise Unjoinable(f"{path} imports itself, by {above[-1]}")
        if path not in self.sources:
            raise Unjoinable(f"{path}: no such module, wanted by {', '.join(above[-1:])}")
        source = self.sources[path]
        exports = [match[2] for match in EXPORT.finditer(source)]

        def looked_up(match: re.Match[str]) -> str:
            other = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[3]))
            self.add(other, (*above, path))
            every = f"{{ {', '.join(self.exports[other])} }}"
            names = every if match[2] == "*" else match[2]
            own = self._named(path, other, names)
            if match[1] == "export":
                exports.extend(own)
            return f'const {names.replace(" as ", ": ")} = MODULES["{other}"];'

        body = _understood(path, EXPORT.sub(r"\1", FROM.sub(looked_up, source)))
        if len(exports) > len(set(exports)):
            raise Unjoinable(f"{path} exports a name twice")
        self.exports[path] = exports
        result = f"return {{ {', '.join(exports)} }};"
        self.texts[path] = f'MODULES["{path}"] = (() => {{\n{body}\n{result}\n}})();\n'

    def _named(self, path: str, other: str, names: str) -> list[str]:
        """What `path` calls the names in braces, all of which `other` must export."""
        found = [NAME.fullmatch(part) for part in names.strip("{}").rstrip(", \n").split(",")]
        for match in found:
            if match is None or match[1] not in self.exports[other]:
                raise Unjoinable(f"{path}: {other} does not export all of {names}")
        return [match[2] or match[1] for match in found if match]


def _understood(path: str, body: str) -> str:
    """The body, in which no import or export may be left."""
    for line in body.splitlines():
        if "port" in line and OTHER.match(line) and not COMMENT.match(line):
            raise Unjoinable(f"{path}: an import or export of another form: {line.strip()}")
    return body
