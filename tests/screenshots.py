"""`make screenshots`: a vote and what follows it are played, every page is photographed on its way.

The pictures lie in `instance/screenshots/`, and its `index.html` shows them all. A page is added by
a line in the list of the moment at which it is to be seen.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from tqdm import tqdm

from tests.gallery import BOTH, DESK, PAPER, PROJECTOR, TABLET, Gallery, Shot
from tests.world import all_do, congress, freeze, until_frozen
from voting.client.rehearsal import SAMPLES, TWO_PEOPLE, Rehearsal
from voting.client.tablet import Tablet
from voting.core.messages import Marks

FOLDER = Path(__file__).resolve().parents[1] / "instance" / "screenshots"
DEPUTIES, ITEMS, SEATS = 48, 13, 10
ROSTER, PROJECTS = SAMPLES / "roster-314.csv", SAMPLES / "candidates-county-13.csv"


def preview(file: Path, page: Page) -> None:
    """Have a file shown before it is imported."""
    page.set_input_files("input[type=file]", file)
    page.locator("form:has(input[type=file]) button").click()


def print_cards(page: Page) -> None:
    """Make all cards anew."""
    page.check("[name=confirm]")
    page.locator("form[action^='/office/cards'] button").click()
    page.locator(".card").first.wait_for()


def checked(page: Page) -> None:
    """Wait until a tablet has checked itself."""
    page.locator("body[data-passed]").wait_for()


def unfolded(page: Page) -> None:
    """Open the first thing that is folded up."""
    page.locator("details summary").first.click()


EMPTY = (
    Shot("home", "/", languages=BOTH),
    Shot("login", "/login", languages=BOTH),
    Shot("accounts", "/accounts", "admin", languages=BOTH),
    Shot("witnesses", "/witnesses", "admin"),
    Shot("office", "/office", "secretariat", languages=BOTH),
    Shot("checklist", "/office/checklist", "secretariat", languages=BOTH),
    Shot("checklist-printed", "/office/checklist", "secretariat", PAPER),
    Shot("roster", "/office/roster", "secretariat"),
    Shot("roster-preview", "/office/roster", "secretariat", act=lambda page: preview(ROSTER, page)),
    Shot("office-attendance", "/office/attendance", "secretariat"),
    Shot("help", "/polls/help", "secretariat"),
    Shot("help-printed", "/polls/help", "secretariat", PAPER),
    Shot("new-poll", "/office/polls/new", "secretariat", languages=BOTH),
    Shot("tablet-check", "/tablet/check", sizes=TABLET, act=checked),
    Shot("hall-nothing-chosen", "/hall", sizes=PROJECTOR),
)
DRAFT = (
    Shot("poll", "/polls/{poll}", "secretariat", languages=BOTH),
    Shot("card-keys", "/office/cards/keys", "secretariat", languages=BOTH),
    Shot("edit-poll", "/office/polls/{poll}", "secretariat"),
    Shot("projects", "/office/polls/{poll}/projects", "secretariat", languages=BOTH),
    Shot(
        "projects-preview",
        "/office/polls/{poll}/projects",
        "secretariat",
        act=lambda page: preview(PROJECTS, page),
    ),
    Shot("project", "/office/polls/{poll}/project", "secretariat"),
    Shot("project-removed", "/office/polls/{poll}/project/remove?id=13", "secretariat"),
    Shot("card-again", "/office/roster/card?number=0002", "secretariat"),
    Shot("specimen", "/office/polls/{poll}/specimen", "secretariat", sizes=TABLET),
    Shot("hall-title", "/hall", sizes=PROJECTOR, hall="title"),
)
DEFINED = (
    Shot("poll", "/polls/{poll}", "scrutineer", languages=BOTH),
    Shot("trial", "/scrutineer/{poll}/trial", "scrutineer", languages=BOTH),
    Shot("polls", "/polls", "presidium", languages=BOTH),
    Shot("deputies", "/polls/{poll}/deputies", "presidium"),
    Shot("hall-code", "/hall", sizes=PROJECTOR, hall="code"),
    Shot("hall-check-in", "/hall", sizes=PROJECTOR, hall="check_in"),
)
ISSUING = (Shot("poll", "/polls/{poll}", "presidium", languages=BOTH),)
FROZEN = (
    Shot("poll", "/polls/{poll}", "presidium"),
    Shot("scrutineer", "/scrutineer/{poll}", "scrutineer"),
    Shot("note-freeze", "/scrutineer/{poll}/notes/freeze", "scrutineer", PAPER),
)
VOTING = (
    Shot("poll", "/polls/{poll}", "presidium"),
    Shot("presidium", "/presidium/{poll}", "presidium", DESK + PROJECTOR, BOTH),
    Shot("scrutineer", "/scrutineer/{poll}", "scrutineer", languages=BOTH),
    Shot("hall-voting", "/hall", sizes=PROJECTOR, languages=BOTH, hall="voting"),
)
CLOSED = (
    Shot("poll", "/polls/{poll}", "scrutineer"),
    Shot("presidium", "/presidium/{poll}", "presidium"),
    Shot("scrutineer", "/scrutineer/{poll}", "scrutineer"),
    Shot("report-to-sign", "/polls/{poll}/report", "scrutineer"),
    Shot("hall-closed", "/hall", sizes=PROJECTOR, hall="closed"),
)
PUBLISHED = (
    Shot("poll", "/polls/{poll}", "secretariat", languages=BOTH),
    Shot("results", "/results/{hash}", sizes=DESK + PROJECTOR, languages=BOTH),
    Shot("results-printed", "/results/{hash}", sizes=PAPER),
    Shot("board", "/board/{hash}", sizes=DESK + TABLET, languages=BOTH),
    Shot("home", "/"),
    Shot("hall-result", "/hall", sizes=PROJECTOR, languages=BOTH, hall="result"),
    Shot("report", "/polls/{poll}/report", "secretariat", languages=BOTH),
    Shot("report-printed", "/polls/{poll}/report", "secretariat", PAPER),
    Shot("notice-printed", "/polls/{poll}/notice", "secretariat", PAPER),
    Shot("attendance-printed", "/polls/{poll}/attendance", "secretariat", PAPER),
    Shot("note-end", "/scrutineer/{poll}/notes/end", "scrutineer", PAPER),
    Shot("follow-up", "/polls/{poll}/follow-up", "presidium", languages=BOTH),
    Shot("records", "/records", "auditor", languages=BOTH),
    Shot("hand-over", "/records", "secretariat", act=unfolded),
    Shot("hand-over-printed", "/records/handovers/1", "auditor", PAPER),
    Shot("refused", "/results/nothing"),
)
SECOND_ROUND = (
    Shot("poll", "/polls/{poll}", "secretariat"),
    Shot("follow-up-decided", "/polls/{first}/follow-up", "presidium"),
    Shot("notice", "/polls/{poll}/notice", "secretariat", languages=BOTH),
    Shot("notice-printed", "/polls/{poll}/notice", "secretariat", PAPER),
    Shot("evaluation", "/office/polls/{poll}/evaluation", "secretariat", languages=BOTH),
)
TO_COUNT = (
    Shot("poll", "/polls/{poll}", "presidium", languages=BOTH),
    Shot("count", "/polls/{poll}/paper", "secretariat", languages=BOTH),
    Shot("ballot-printed", "/polls/{poll}/paper/ballot", "secretariat", PAPER),
    Shot("hall-taken", "/hall", sizes=PROJECTOR, hall="paper"),
)
COUNTED = (
    Shot("decision", "/polls/{poll}/paper", "presidium"),
    Shot("report-printed", "/polls/{poll}/paper/report", "scrutineer", PAPER),
)
ON_PAPER = (
    Shot("result", "/paper/1", languages=BOTH),
    Shot("poll", "/polls/{poll}", "secretariat"),
    Shot("notice-printed", "/polls/{poll}/notice", "secretariat", PAPER),
    Shot("hall-result", "/hall", sizes=PROJECTOR, hall="paper"),
)
EVALUATED = (
    Shot("results", "/results/{hash}", languages=BOTH),
    Shot("presidium", "/presidium/{poll}", "presidium"),
    Shot("report-printed", "/polls/{poll}/report", "secretariat", PAPER),
    Shot("hall-result", "/hall", sizes=PROJECTOR, hall="result"),
    Shot("cards", "/office", "secretariat", act=print_cards),
    Shot("cards-printed", "/office", "secretariat", PAPER, act=print_cards),
)
MOMENTS = (EMPTY, DRAFT, DEFINED, ISSUING, FROZEN, VOTING, CLOSED, PUBLISHED)
MOMENTS += (SECOND_ROUND, TO_COUNT, COUNTED, ON_PAPER, EVALUATED)
SCREENS = 9  # of a tablet, from the card to the closed poll


@contextmanager
def tablets(gallery: Gallery) -> Iterator[list[Page]]:
    """The deputy's page on a tablet that lies and on one that stands."""
    contexts = [gallery.context(*size) for size in TABLET]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.goto(f"{gallery.world.host.base}/tablet")
    yield pages
    for context in contexts:
        context.close()


def shoot_all(gallery: Gallery, pages: list[Page], screen: str, name: str = "") -> None:
    """All tablets at the same screen."""
    for page in pages:
        page.wait_for_selector(f"main[data-screen={screen}]", timeout=20_000)
        page.wait_for_timeout(300)
        gallery.shoot(page, f"tablet-{name or screen}")


def press(pages: list[Page], action: str) -> None:
    """The same button on all tablets."""
    for page in pages:
        page.locator(f"[data-action={action}]").first.click()


def a_tie(place: int) -> Marks:
    """The ballots of many: seven projects of all, and four that share what is left."""
    missing = 7 + place % 4
    return [0 if item < 11 and item != missing else None for item in range(ITEMS)]


def first_round(gallery: Gallery, pages: list[Page]) -> int:
    """From the draft to a result with a tie at the last place."""
    world = gallery.world
    poll = world.draft("2027年度民生实事项目票决", "choose", SEATS, 10, PROJECTS.read_bytes())
    gallery.take("2-draft", DRAFT, poll=poll)
    world.step(poll, "define")
    rest = world.tablets(world.cards[2:])
    all_do(rest, "check_in")
    gallery.take("3-defined", DEFINED, poll=poll)
    shoot_all(gallery, pages, "card")
    for page, card in zip(pages, world.cards, strict=False):
        page.keyboard.type(card)
        page.keyboard.press("Enter")
    shoot_all(gallery, pages, "confirm")
    press(pages, "confirm")
    shoot_all(gallery, pages, "waiting")
    world.step(poll, "issue")
    all_do(rest, "receive")
    gallery.take("4-issuing", ISSUING, poll=poll)
    shoot_all(gallery, pages, "held")
    freeze(world, poll, rest)
    gallery.take("5-frozen", FROZEN, poll=poll)
    world.step(poll, "open")
    vote(gallery, poll, pages, rest)
    world.step(poll, "close")
    gallery.take("7-closed", CLOSED, poll=poll)
    world.step(poll, "publish")
    return poll


def vote(gallery: Gallery, poll: int, pages: list[Page], rest: list[Tablet]) -> None:
    """On the photographed tablets by hand, on most of the others at once."""
    gallery.moment = "6-voting"
    shoot_all(gallery, pages, "ballot")
    for page in pages:
        for item in (0, 2, 3):
            page.locator(f"[data-item='{item}'] [data-mark]").first.click()
    shoot_all(gallery, pages, "ballot", "ballot-marked")
    press(pages, "review")
    shoot_all(gallery, pages, "review")
    press(pages, "cast")
    shoot_all(gallery, pages, "receipt")
    all_do(rest, "check_roll")
    for place, tablet in enumerate(rest[:44]):
        tablet.cast(a_tie(place))
    gallery.take("6-voting", VOTING, poll=poll)


def drafted(page: str) -> int:
    """The draft that an official was brought to."""
    found = re.search(r'data-page="/polls/([0-9]+)"', page)
    assert found
    return int(found.group(1))


def play(world: Rehearsal, poll: int, marks: Marks) -> None:
    """A draft to its publication, all of one mind."""
    world.step(poll, "define")
    tablets = world.tablets(world.cards[2:])
    until_frozen(world, poll, tablets)
    world.step(poll, "open")
    all_do(tablets, "check_roll")
    for tablet in tablets:
        tablet.cast(marks)
    for step in ("close", "publish"):
        world.step(poll, step)


def published(gallery: Gallery, poll: int, pages: list[Page]) -> None:
    """The result and its papers, the round that the tie leads to, and the evaluation."""
    world = gallery.world
    taker = {"name": "王建国", "unit": "县人大常委会监察和司法工作委员会", "medium": "光盘 1 张"}
    world.record(poll)
    world.people["auditor"].fill("/records", f"/records/{poll}/handovers", taker)
    press(pages, "clear")
    gallery.moment = "8-published"
    shoot_all(gallery, pages, "closed")
    gallery.take("8-published", PUBLISHED, poll=poll, hash=name_of(world))
    second = drafted(tied_again(world, poll))
    play(world, second, [0, 0, None, 0])
    gallery.take("9-second-round", SECOND_ROUND, poll=second, first=poll, hash=name_of(world))
    on_paper(gallery)
    path = f"/office/polls/{second}/evaluation"
    grading = drafted(world.secretary.fill(path, path, {"title": "2027年度民生实事项目测评"}))
    play(world, grading, [place % 3 for place in range(SEATS)])
    gallery.take("evaluation", EVALUATED, poll=grading, hash=name_of(world))


def on_paper(gallery: Gallery) -> None:
    """A vote that is given up for paper, counted twice and announced."""
    world = gallery.world
    poll = world.draft("2028年度民生实事项目票决", "choose", SEATS, 10, PROJECTS.read_bytes())
    world.step(poll, "define")
    world.step(poll, "void", "会场停电，主席团决定改用纸质票")
    page = f"/polls/{poll}/paper"
    for role in TWO_PEOPLE:
        world.people[role].fill(page, f"{page}/steps/paper", {})
    gallery.take("paper-1", TO_COUNT, poll=poll)
    counted = {"issued": 48, "returned": 47, "valid": 46, "invalid": 1, "blank": 1}
    counted |= {f"item-{item}-0": 44 - 2 * item for item in range(ITEMS)}
    for role in ("secretariat", "scrutineer"):
        typed = {name: str(number) for name, number in counted.items()}
        world.people[role].fill(page, f"{page}/count", typed)
    gallery.take("paper-2", COUNTED, poll=poll)
    for role in TWO_PEOPLE:
        world.people[role].fill(page, f"{page}/steps/paper_announce", {})
    gallery.take("paper-3", ON_PAPER, poll=poll)


def tied_again(world: Rehearsal, poll: int) -> str:
    """The presidium decides on a round among the tied; the draft's page."""
    page, presidium = f"/polls/{poll}/follow-up", world.people["presidium"]
    hidden = r'type="hidden" name="(csrf_token|item)" value="([^"]+)"'
    form = presidium.get(page)
    body = [*re.findall(hidden, form[form.index(f'action="{page}"') :])]
    return presidium.fetch("POST", page, body).decode()


def name_of(world: Rehearsal) -> str:
    """The hash of the poll that the tablets serve."""
    name: str = world.http.get("/api/status")["poll"]["hash"]
    return name


def main() -> None:
    """Play and photograph."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("no chromium on this machine: `make test` installs it where it may")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    total = sum(shot.count for shots in MOMENTS for shot in shots) + SCREENS * len(TABLET)
    with (
        tempfile.TemporaryDirectory() as folder,
        congress(Path(folder), DEPUTIES) as world,
        sync_playwright() as playwright,
        tqdm(total=total, unit="", ncols=78, desc="  pictures") as progress,
    ):
        arguments = ["--no-sandbox", "--disable-gpu", "--use-fake-device-for-media-stream"]
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        gallery = Gallery(world, browser, FOLDER, progress)
        gallery.take("1-empty", EMPTY)
        with tablets(gallery) as pages:
            published(gallery, first_round(gallery, pages), pages)
        browser.close()
    gallery.index()
    print(f"The pictures are in {FOLDER}; index.html shows them all")


if __name__ == "__main__":
    main()
