"""The picture on the page: told apart without colour, reachable without eyes, mouse or script."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest

from qa.coaching.views import AgentReview, Review, ReviewedCall, TeamReview
from qa.nouns import LANGUAGES, Decision, Event, Fact, Language, Moment, Speaker
from qa.reports.catalogue import words_in
from qa.reports.pages import write_pages
from tests.reports.review_fixture import english_call
from tests.reports.test_pages import parsed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_KEY = re.compile(r'<li>(<(?:svg|b) class="key".*?</(?:svg|b)>)(.*?)</li>', re.DOTALL)
_BOTH = ("silence", "unexplained_silence", "hold", "unexplained_hold")
_ONE = ("interruption", "attempted_interruption", "backchannel")


def everything() -> ReviewedCall:
    """Return a call in which all that can be drawn happens, each at its own time."""
    sides: tuple[Speaker, Speaker] = ("agent", "customer")
    said: tuple[tuple[Speaker, Decision], ...] = (
        *(("agent", "present"), ("customer", "present"), ("agent", "uncertain")),
    )
    events = [Event(name, None, n * 4_000, n * 4_000 + 3_500) for n, name in enumerate(_BOTH)]
    events += [
        Event(name, side, 16_000 + n * 1_000, 16_700 + n * 1_000)
        for n, (name, side) in enumerate((name, side) for name in _ONE for side in sides)
    ]
    moments = tuple(
        Moment("empathy", side, turn, "...", turn * 5_000, turn * 5_000 + 900, 0.9, decision)
        for turn, (side, decision) in enumerate(said)
    )
    fact = Fact("any", 1.0, "count", trusted=False, reason="of its own", events=tuple(events))
    return replace(english_call(), facts=(fact,), moments=moments)


@pytest.fixture(scope="module")
def page_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Language, str], Path]:
    @cache
    def folder(language: Language) -> Path:
        out = tmp_path_factory.mktemp(language)
        call = everything()
        agent = AgentReview("a1", "", "T", (), (call,), (), (), None)
        write_pages(Review(language, (TeamReview("T", (agent,), ()),), (), ()), out)
        return out / "pages" / "calls"

    return lambda language, suffix: folder(language) / f"call-0002{suffix}"


def keys(page: Path) -> dict[str, str]:
    """Return the legend: text -> sign, colours and strokes (classes) left out."""
    html = page.read_text("utf-8")
    legend = html[html.index('<ul class="legend">') : html.index("</ul>", html.index('legend">'))]
    return {
        text: re.sub(r' class="[^"]*"| (?:width|height|viewBox)="[^"]*"', "", sign)
        for sign, text in _KEY.findall(legend)
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sign_is_explained_and_has_a_shape_of_its_own(
    language: Language, page_in: Callable[[Language, str], Path]
) -> None:
    found = keys(page_in(language, ".html"))
    sentences = words_in(language).sentences
    assert set(found) == {text for key, text in sentences.items() if key.startswith("legend_")}
    assert len(set(found.values())) == len(found)


def test_links_in_the_picture_are_for_the_mouse_and_are_found_again_outside_it(
    page_in: Callable[[Language, str], Path],
) -> None:
    page = parsed(page_in("en", ".html"))
    links = [attrs for tag, attrs in page.tags if tag == "a"]
    inside = {link["href"] for link in links if link.get("tabindex") == "-1"}
    outside = {link["href"] for link in links if "tabindex" not in link}
    assert inside == {"#t0", "#t1", "#t2", "#t3"}
    assert inside <= outside
    html = page_in("en", ".html").read_text("utf-8")
    for row in re.findall(r'<svg class="row".*?</svg>\n', html, re.DOTALL):
        assert 'aria-hidden="true"' in row[:80]
        assert row.count("<a ") == row.count('tabindex="-1"')


def test_what_is_under_a_row_says_all_that_is_in_it(
    page_in: Callable[[Language, str], Path],
) -> None:
    html = page_in("en", ".html").read_text("utf-8")
    told = html[html.index('<ul class="told"') : html.index("</figure>")]
    text = re.sub(r"[ \n]+", " ", re.sub(r"<[^>]*>", " ", told))
    for said in (
        "00:00 Silence, 3.5\u00a0s (? not reliable )",
        "00:12 Unexplained hold, 3.5\u00a0s (? not reliable )",
        "00:16 Interruption (agent), 0.7\u00a0s",
        "00:19 Attempted interruption (customer), 0.7\u00a0s",
        "00:21 Listening word (customer)",
        "00:05 empathy (customer)",
        "3? 00:10 empathy (agent) (uncertain, for a person to decide)",
    ):
        assert said in text
    assert 'aria-label="00:00–00:30"' in told


def test_the_text_version_says_the_same_in_order_of_time(
    page_in: Callable[[Language, str], Path],
) -> None:
    text = page_in("sr", ".md").read_text("utf-8")
    lines = [line[2:] for line in text.splitlines() if re.match(r"- \d\d:\d\d ", line)]
    assert lines[0] == "00:00 empatija (agent)"
    assert "00:10 empatija (agent) (nesigurno, odlučuje čovek)" in lines
    assert "00:16 Prekidanje (agent), 0,7\u00a0s (nepouzdano)" in lines
    # 3 flags, 4 pauses, 2 x 2 interruptions; then the listening words of each side
    assert len(lines) == 3 + 4 + 4 + 2
    timed = lines[:-2]
    assert timed == sorted(timed, key=lambda line: line[:5])


def test_the_untrusted_is_said_above_the_picture(page_in: Callable[[Language, str], Path]) -> None:
    html = page_in("hr", ".html").read_text("utf-8")
    assert 0 < html.index("Na ovom pozivu nije pouzdano") < html.index('<figure class="timeline">')
    assert "<li>Of its own.</li>" in html


def test_ids_of_the_picture_are_no_turns(page_in: Callable[[Language, str], Path]) -> None:
    ids = parsed(page_in("en", ".html")).all("id")
    assert len(ids) == len(set(ids))
    html = page_in("en", ".html").read_text("utf-8")
    for name in re.findall(r"url\(#([\w-]+)\)", html):
        assert name in ids
