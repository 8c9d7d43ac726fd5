"""Makes the verifier's one page: `python static/verifier/build.py OUT.html`. Standard library only.

Each module becomes a function of its own, so names of modules never meet; imports become look-ups.
The page allows nothing but its own script and style, by their hashes, and its own workers.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import\s+(\* as \w+|\{[^}]*\})\s+from\s+"([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|const|class) (\w+))", re.MULTILINE)


def bundle(entry: Path) -> str:
    """One script of a module and all that it imports."""
    parts: dict[Path, str] = {}
    _collect(entry, parts, ())
    return '"use strict";\nconst modules = {};\n' + "".join(parts.values())


def _collect(path: Path, parts: dict[Path, str], above: tuple[Path, ...]) -> None:
    if path in parts:
        return
    if path in above:
        raise SystemExit(f"{path.name} imports itself")
    source = path.read_text(encoding="utf-8")
    for match in IMPORT.finditer(source):
        _collect((path.parent / match[2]).resolve(), parts, (*above, path))

    def looked_up(match: re.Match[str]) -> str:
        name = _name((path.parent / match[2]).resolve())
        names = match[1].removeprefix("* as ").replace(" as ", ": ")
        return f'const {names} = modules["{name}"];\n'

    exported = [match[2] for match in EXPORT.finditer(source)]
    body = EXPORT.sub(r"\1", IMPORT.sub(looked_up, source))
    if re.search(r"^(import|export)\b", body, re.MULTILINE):
        raise SystemExit(f"{path.name}: an import or export that this build does not know")
    result = f"return {{ {', '.join(exported)} }};"
    parts[path] = f'modules["{_name(path)}"] = (() => {{\n{body}{result}\n}})();\n'


def _name(path: Path) -> str:
    return path.relative_to(HERE.resolve()).as_posix()


def page() -> str:
    """The whole page."""
    folder = HERE / "page"
    style = (folder / "page.css").read_text(encoding="utf-8")
    script = bundle((folder / "page.js").resolve())
    worker = bundle((HERE / "worker.js").resolve())
    policy = [
        "default-src 'none'",
        f"script-src {_allowed(script)}",
        f"style-src {_allowed(style)}",
        "worker-src blob:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    values = {"csp": "; ".join(policy), "style": style, "worker": worker, "script": script}
    for text in values.values():
        if re.search(r"</(script|style)", text, re.IGNORECASE):
            raise SystemExit("a part would end its own element")
    template = (folder / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values[match[1]], template)


def _allowed(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
