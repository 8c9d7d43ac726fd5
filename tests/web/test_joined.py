"""A page's modules in one file: they do what they do apart; what is not understood is refused."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from tests.world import new_app
from voting.web import shell
from voting.web.joined import Unjoinable, joined

NODE = shutil.which("node")
HEAVIEST = 150_000
PART = re.compile(
    r'^MODULES\["([^"]+)"\] = \(\(\) => \{\n(.*?)\nreturn \{[^\n]*\};\n\}\)\(\);$',
    re.MULTILINE | re.DOTALL,
)
LOOKED_UP = re.compile(r"(import|export) [{*]|\} from ")
IN_ORDER = {
    "/js/page/main.js": 'import { double, start as begin } from "../sums.js";\n'
    'import {\n  Sum, asked,\n  type,\n} from "../all.js";\n'
    "const hidden = 1;\n"
    "console.log(hidden, double(begin), new Sum().value, await_(asked), type);\n"
    "function await_(one) { return typeof one().then; }",
    "/js/all.js": 'export * from "./more.js";\nexport { start as type } from "./sums.js";\n',
    "/js/more.js": 'import { double } from "./sums.js";\nconst hidden = 20;\n'
    "export class Sum { value = double(hidden); }\n"
    "export async function asked() {}\n",
    "/js/sums.js": "// import nothing\n"
    '/** @typedef {import("./more.js").Sum} Sum */\nconst hidden = 300;\n'
    "export const start = hidden;\n"
    "export function double(n) { return 2 * n; }",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A server."""
    return new_app(tmp_path_factory.mktemp("joined"))


def node(script: str, folder: Path, *options: str) -> str:
    """What it prints as a module."""
    if NODE is None:
        pytest.skip("no node on this machine")
    path = folder / "joined.mjs"
    path.write_text(script)
    return subprocess.run(
        [NODE, *options, path], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_names_that_collide_are_renamed_or_passed_on_stay_apart(tmp_path: Path) -> None:
    assert node(joined("/js/page/main.js", IN_ORDER), tmp_path) == "1 600 40 function 300"


@pytest.mark.parametrize(
    "line",
    [
        'import whole from "./other.js";',
        'import * as other from "./other.js";',
        'import "./other.js";',
        "import { a } from './other.js';",
        'import { a } from "./other.js"',
        'import { a } from "./other.js"; // why',
        '  import { a } from "./other.js";',
        'import { a, from "./other.js";',
        'import { b } from "./other.js";',
        'import { a } from "./missing.js";',
        'import { a } from "other";',
        'import * from "./other.js";',
        'import { a } from "./main.js";',
        'import { a } from "./back.js";',
        'export { b } from "./other.js";',
        "export let a = 1;",
        "export var a = 1;",
        "export const { a } = {};",
        "export function* a() {}",
        "export default 1;",
        "const a = 1;\nexport { a };",
        'export const a = 1;\nexport * from "./other.js";',
        'const late = () => import("./other.js");',
        "const here = import.meta.url;",
    ],
)
def test_any_other_form_is_refused(line: str) -> None:
    sources = {
        "/main.js": line + "\n",
        "/other.js": "export const a = 1;\n",
        "/back.js": 'import { c } from "./main.js";\nexport const a = 1;\n',
    }
    with pytest.raises(Unjoinable):
        joined("/main.js", sources)


def test_what_tablets_run_is_line_for_line_what_the_repository_has(app: Flask) -> None:
    sources = shell.modules(app)
    root = Path(app.static_folder or "")
    for path, source in sources.items():
        if path != shell.WORDS:
            assert source == (root / path.removeprefix("/static/")).read_text(), path
    held: set[str] = set()
    for path in shell.JOINED:
        for name, body in PART.findall(app.extensions["shell"].files[path].body.decode()):
            pairs = zip(sources[name].split("\n"), body.split("\n"), strict=True)
            kept = [(old, new) for old, new in pairs if not LOOKED_UP.match(old)]
            assert [new for _, new in kept] == [old.removeprefix("export ") for old, _ in kept]
            held.add(name)
    assert held == set(sources), "a module that no page runs"


@pytest.mark.parametrize("path", shell.JOINED)
def test_node_reads_what_tablets_run(app: Flask, tmp_path: Path, path: str) -> None:
    node(app.extensions["shell"].files[path].body.decode(), tmp_path, "--check")


def test_the_tablets_page_asks_for_one_script_and_is_light(app: Flask) -> None:
    files = app.extensions["shell"].files
    asked = re.findall(r'(?:href|src)="(/static/[^"]+)"', files["/tablet"].body.decode())
    assert [path for path in asked if path.endswith(".js")] == ["/static/js/tablet.js"]
    sent = sum(len(files[path].packed) for path in ("/tablet", *asked))
    assert sent <= HEAVIEST
