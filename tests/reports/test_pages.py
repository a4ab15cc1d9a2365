from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from qa.coaching.views import Review
from qa.nouns import LANGUAGES, Language
from qa.reports.call_page import call_page
from qa.reports.catalogue import words_in
from qa.reports.pages import write_pages
from qa.reports.site import site_of
from qa.reports.slugs import slug
from qa.reports.team_page import alphabet_key
from tests.reports.review_fixture import HOSTILE, review

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent / "golden"
_VOID = {"meta", "link", "br", "img", "input", "hr"}
_TAGS = frozenset(
    re.findall(
        r"\w+",
        """br html head meta title style body a nav ol ul li main section div p span b strong h1 h2
h3 h4 table caption thead tbody tfoot tr th td dl dt dd figure figcaption blockquote footer
svg path circle rect line polyline g defs pattern use text""",
    )
)


@dataclass
class Page(HTMLParser):
    """What a browser would make of a page, as far as these tests ask."""

    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    text: str = ""
    css: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> does not close what is open"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.css += data
        else:
            self.text += data

    def all(self, attribute: str) -> list[str]:
        return [attrs[attribute] for _, attrs in self.tags if attribute in attrs]


def parsed(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    page.close()
    assert page.open == []
    return page


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_pages(review(), folder)
    return folder


@pytest.fixture(scope="module")
def pages(out: Path) -> dict[Path, Page]:
    return {path: parsed(path) for path in sorted(out.rglob("*.html"))}


def only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


@pytest.mark.parametrize(
    ("language", "pattern", "golden"),
    [
        ("hr", "agents/ana-horvat-*.html", "agent.hr.html"),
        ("hr", "agents/ana-horvat-*.md", "agent.hr.md"),
        ("en", "agents/ana-horvat-*.md", "agent.en.md"),
        ("hr", "calls/call-0001.html", "call.hr.html"),
        ("sr", "calls/call-0001.md", "call.sr.md"),
        ("sr", "teams/podrska-*.md", "team.sr.md"),
        ("en", "index.md", "index.en.md"),
    ],
)
def test_golden(
    language: Language,
    pattern: str,
    golden: str,
    tmp_path: Path,
    equals_golden: Callable[[bytes, Path], None],
) -> None:
    write_pages(review(language), tmp_path)
    equals_golden(only(tmp_path / "pages", pattern).read_bytes(), GOLDEN / golden)


def test_the_same_review_gives_the_same_bytes(tmp_path: Path) -> None:
    first = write_pages(review(), tmp_path / "a")
    second = write_pages(review(), tmp_path / "b")
    assert [path.relative_to(tmp_path / "a") for path in first] == [
        path.relative_to(tmp_path / "b") for path in second
    ]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_it_returns_what_it_wrote(tmp_path: Path) -> None:
    written = write_pages(review(), tmp_path)
    assert set(written) == {path for path in tmp_path.rglob("*") if path.is_file()}
    # index, 2 teams, 3 agents, 5 calls; HTML and Markdown each
    assert len(written) == 2 * (1 + 2 + 3 + 5)


def test_a_review_of_nothing_has_a_first_page(tmp_path: Path) -> None:
    written = write_pages(Review("sr", (), (), ()), tmp_path)
    assert [path.name for path in written] == ["index.html", "index.md"]
    assert "Još nijedan razgovor nije pregledan." in parsed(written[0]).text


def test_only_the_tags_of_the_templates_are_on_a_page(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert {tag for tag, _ in page.tags} <= _TAGS, path
        handlers = {name for _, attrs in page.tags for name in attrs if name.startswith("on")}
        assert handlers == set(), path


def test_hostile_text_is_shown_as_it_is(pages: dict[Path, Page]) -> None:
    shown = [path for path, page in pages.items() if HOSTILE in page.text]
    # its agent, its call, and the failed call on the first page
    assert {path.parent.name for path in shown} == {"agents", "calls", "pages"}


def test_letters_that_cannot_be_shown_are_replaced(pages: dict[Path, Page]) -> None:
    page = next(page for path, page in pages.items() if path.name.startswith("b-html"))
    assert "- item\ufffd\ufffd\ufffd" in page.text


def test_hostile_text_is_no_markup_in_markdown_either(out: Path) -> None:
    parser = MarkdownIt("commonmark").enable("table")
    for path in out.rglob("*.md"):
        for token in parser.parse(path.read_text(encoding="utf-8")):
            for child in [token, *(token.children or [])]:
                assert child.type not in {"html_block", "html_inline", "image", "code_block"}, path
                if child.type == "link_open":
                    target = path.parent / str(child.attrs["href"])
                    assert target.resolve().is_file(), path


def test_every_row_of_a_markdown_table_has_all_its_cells(out: Path) -> None:
    parser = MarkdownIt("commonmark").enable("table")
    path = only(out / "pages", "calls/b-html-*.md")
    types = [token.type for token in parser.parse(path.read_text(encoding="utf-8"))]
    # the scorecard: 3 columns, head and one row; the measurements: the same
    assert (types.count("table_open"), types.count("th_open"), types.count("td_open")) == (2, 6, 6)


def test_the_policy_allows_the_one_style_sheet_and_nothing_else(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        policies = [
            attrs["content"] for _, attrs in page.tags if "content-security" in str(attrs).lower()
        ]
        digest = b64encode(hashlib.sha256(page.css.encode()).digest()).decode()
        assert policies == [
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        ], path
        assert [tag for tag, _ in page.tags].count("style") == 1
        assert page.all("style") == []  # the policy would not let it through


def test_nothing_is_fetched_from_anywhere(pages: dict[Path, Page]) -> None:
    for page in pages.values():
        assert page.all("src") == []
        assert not re.search(r"url\(|@import|https?:", page.css)
        assert not any(":" in href or href.startswith("/") for href in page.all("href"))


def test_every_link_leads_somewhere(pages: dict[Path, Page]) -> None:
    followed = 0
    for path, page in pages.items():
        for href in page.all("href"):
            file, _, anchor = href.partition("#")
            target = (path.parent / file).resolve() if file else path.resolve()
            assert target.is_file(), f"{path}: {href}"
            if anchor:
                assert parsed(target).all("id").count(anchor) == 1, f"{path}: {href}"
            followed += 1
    assert followed > 80


def test_a_quote_leads_to_the_turn_in_which_it_was_said(out: Path) -> None:
    page = parsed(only(out / "pages", "agents/ana-horvat-*.html"))
    # the clips of the fixture: turn 3 of call 2 (well), turns 2 and 3 of call 1 (to try)
    assert {href for href in page.all("href") if "#t" in href} == {
        "../calls/call-0002.html#t3",
        "../calls/call-0001.html#t2",
        "../calls/call-0001.html#t3",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_carries_the_notice(language: Language, tmp_path: Path) -> None:
    words = words_in(language)
    for path in write_pages(review(language), tmp_path):
        text = path.read_text(encoding="utf-8") if path.suffix == ".md" else parsed(path).text
        assert words.say("notice_tone") in text, path
        assert words.say("notice_marks") in text, path


def test_totals_on_the_pages_are_the_totals_of_the_cards(tmp_path: Path) -> None:
    write_pages(review("hr"), tmp_path)
    calls = [call for team in review().teams for agent in team.agents for call in agent.calls]
    shown = {call.call.id: _totals_shown(tmp_path, call.call.id) for call in calls}
    # the cards of the fixture, one decimal (53.125 is 53.1), with the decimal comma
    assert shown == {
        "call-0001": ["53,1 od 100"],
        "call-0002": ["100 od 100"],
        "ćaskanje 12/b": ["100 od 100"],
        "CALL-0002": ["bez ukupne ocjene"],
        "<b>.html": ["12,5 od 100"],
    }
    agent = parsed(only(tmp_path / "pages", "agents/ana-horvat-*.html"))
    assert re.findall(r"[\d,]+ od 100", agent.text) == ["53,1 od 100", "100 od 100"]


def _totals_shown(out: Path, call_id: str) -> list[str]:
    page = (out / "pages" / "calls" / f"{slug(call_id)}.html").read_text(encoding="utf-8")
    return re.findall(r'class="total">[^<]*<strong>([^<]*)</strong>', page)


def test_headings_go_down_by_one_and_there_is_one_title(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
        assert levels.count(1) == 1, path
        assert levels[0] == 1
        steps = [later - earlier for earlier, later in pairwise(levels)]
        assert all(step <= 1 for step in steps), path


def test_tables_have_captions_and_heads_with_a_scope(pages: dict[Path, Page]) -> None:
    for page in pages.values():
        names = [tag for tag, _ in page.tags]
        assert names.count("table") == names.count("caption")
        assert all("scope" in attrs for tag, attrs in page.tags if tag == "th")


def test_pictures_have_a_text_or_are_hidden_from_readers(pages: dict[Path, Page]) -> None:
    for page in pages.values():
        for tag, attrs in page.tags:
            if tag == "svg":
                assert attrs.get("aria-hidden") == "true" or attrs["aria-label"]


def test_what_was_perhaps_misheard_is_told_with_its_reason(out: Path) -> None:
    """Two places in the call; its last words are doubted for two reasons."""
    call = parsed(only(out / "pages", "calls/call-0001.html"))
    assert call.all("class").count("doubted") == 2
    assert call.all("class").count("label maybe misheard") == 2
    assert "misheard? too many words for the time" in call.text
    assert "misheard? perhaps nobody spoke, a phrase that noise is often taken for" in call.text
    assert "marked “misheard?” may not be what was said" in call.text
    other = parsed(only(out / "pages", "calls/call-0002.html"))
    assert "misheard" not in other.text


@pytest.mark.parametrize(
    ("coverage", "told"),
    [
        (0.86, "only 86% of the speech was understood"),
        (0.0, "only 0% of the speech was understood"),
        (0.9, ""),
        (None, ""),
    ],
)
def test_a_card_says_when_little_was_understood(coverage: float | None, told: str) -> None:
    site = site_of(review())
    agent = review().teams[0].agents[0]
    call = agent.calls[0]
    call = replace(call, transcript=replace(call.transcript, coverage=coverage))
    assert call_page(call, agent, site).understood == told


def test_spoken_words_carry_their_language(out: Path) -> None:
    chat = parsed(only(out / "pages", "calls/caskanje-*.html"))
    assert set(chat.all("lang")) == {"en", "sr-Cyrl"}


def test_pages_of_an_earlier_review_go_and_files_of_others_stay(tmp_path: Path) -> None:
    write_pages(review(), tmp_path)
    own = tmp_path / "pages" / "calls" / "notes.md"
    own.write_text("my own notes", encoding="utf-8")
    fewer = replace(review(), teams=review().teams[:1])
    written = write_pages(fewer, tmp_path)
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {*written, own}


def test_an_agent_of_two_teams_has_a_page_in_each(tmp_path: Path) -> None:
    first = review().teams[0].agents[0]
    second = replace(first, team="Other", calls=())
    teams = review().teams
    both = (replace(teams[0], agents=(first,)), replace(teams[1], team="Other", agents=(second,)))
    write_pages(Review("en", both, (), ()), tmp_path)
    assert len(list((tmp_path / "pages" / "agents").glob("*.html"))) == 2


def test_names_sort_as_in_the_dictionary() -> None:
    names = ["Žarko", "Čedo", "Ćiro", "Cvita", "Đuro", "Dora", "Ana", "Зоран"]
    assert sorted(names, key=alphabet_key("hr")) == (
        ["Ana", "Cvita", "Čedo", "Ćiro", "Dora", "Đuro", "Зоран", "Žarko"]
    )


@pytest.mark.parametrize(
    ("language", "sections", "card", "said"),
    [
        ("en", ("care",), False, "What has failed with it: Care."),
        ("en", ("care",), True, "The whole card has failed with it."),
        ("hr", ("care",), False, "Time pada dio: Care."),
        ("sr", (), True, "Time pada cela ocena."),
    ],
)
def test_a_critical_failure_says_what_has_failed_with_it(
    language: Language, sections: tuple[str, ...], card: bool, said: str
) -> None:
    found = review(language)
    site = site_of(found)
    agent = next(a for team in found.teams for a in team.agents if "call-0001" in site.calls)
    call = site.calls["call-0001"]
    failed = replace(call.cards[0], sections_failed=sections, card_failed=card)
    page = call_page(replace(call, cards=(failed,)), agent, site)
    assert page.cards[0].critical.endswith(f". {said}")
    unchanged = call_page(call, agent, site).cards[0]
    assert page.cards[0].total == unchanged.total
