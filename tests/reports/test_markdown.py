from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markupsafe import Markup

from qa.reports.markdown import escape_markdown, finalize

_HOSTILE = st.text(st.sampled_from("<>[]()!*_`~|#\\&:/@.-+=123 \n\taš;$\"'") | st.characters())


def rendered(markdown: str) -> str:
    """Return what a reader sees of one paragraph; anything but text in it fails."""
    block, inline, end = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(markdown)
    assert (block.type, inline.type, end.type) == (
        "paragraph_open",
        "inline",
        "paragraph_close",
    )
    assert inline.children is not None
    assert {child.type for child in inline.children} <= {"text"}
    return "".join(child.content for child in inline.children)


@settings(deadline=None, derandomize=True, max_examples=400)
@given(_HOSTILE)
@example("<script>alert(1)</script>")
@example("![x](//evil.example/i.png) [a]: //b <http://c> `d` **e** &lt;")
@example("a\n\n# b\n- c\r\n| - |")
def test_hostile_text_is_shown_as_it_is(text: str) -> None:
    kept = "".join(letter for letter in text if letter.isprintable() or letter in "\n\r")
    seen = rendered(f"x {escape_markdown(kept)} y").replace("\u2060", "")
    assert seen.split() == f"x {kept} y".replace("\u2060", "").split()


@settings(deadline=None, derandomize=True, max_examples=400)
@given(_HOSTILE.filter(lambda text: text[:1].isprintable() and text[:1].strip()))
@example("1. list")
@example("- list")
@example("===")
@example("> quote")
def test_hostile_text_at_the_start_of_a_line_starts_no_block(text: str) -> None:
    rendered("".join(letter for letter in escape_markdown(text) if letter.isprintable()))


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Dobar dan, Ana!", r"Dobar dan, Ana\!"),
        ("a | b", r"a \| b"),
        ("two\nlines", "two lines"),
        # GFM makes links of bare addresses; a backslash or a joiner inside prevents it
        ("https://evil.example", r"https\://evil.example"),
        ("WWW.evil.example", r"WWW\.evil.example"),
        ("me@evil.example", "me@\u2060evil.example"),
        ("3.\u00a011.\u00a02026.", "3.\u00a011.\u00a02026."),  # a date is no list
        ("", ""),
    ],
)
def test_escapes(text: str, escaped: str) -> None:
    assert escape_markdown(text) == escaped


def test_what_a_macro_made_is_not_escaped_again() -> None:
    assert finalize(Markup("[a](b.md)")) == "[a](b.md)"
    assert finalize("[a](b.md)") == r"\[a\](b.md)"
    assert finalize(7) == "7"
