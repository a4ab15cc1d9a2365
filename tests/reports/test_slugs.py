from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.reports.slugs import slug, slugs_of

# any text, and texts made to be troublesome: case, dots, hashes, device names, other scripts
_IDS = st.one_of(
    st.text(max_size=200),
    st.text(st.characters(categories=["Cs", "Ll"]), max_size=5),
    st.from_regex(r"(con|NUL|aux|a|A|\.\.|/|-|[0-9a-f]{12}){1,5}", fullmatch=True),
)


@pytest.mark.parametrize("text", ["call-0001", "a", "7", "a_b-c", "0" * 48])
def test_a_plain_name_is_kept(text: str) -> None:
    assert slug(text) == text


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Željka Đurić", "zeljka-djuric-"),
        ("Милица Љубић", "milica-ljubic-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("<script>", "script-"),
        ("con", "con-"),
        ("LPT1", "lpt1-"),
        ("", "unnamed-"),
        ("日本", "unnamed-"),
        ("x" * 200, "x" * 48 + "-"),
        ("call-0123456789ab", "call-0123456789ab-"),  # ends as if it had been hashed
    ],
)
def test_any_other_name_is_made_plain_and_gets_a_hash(text: str, start: str) -> None:
    assert re.fullmatch(re.escape(start) + "[0-9a-f]{12}", slug(text))


@settings(deadline=None, derandomize=True)
@given(_IDS)
def test_every_name_is_safe_on_every_file_system(text: str) -> None:
    name = slug(text)
    assert re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,112}", name)
    assert name not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


@settings(deadline=None, derandomize=True)
@given(st.sets(_IDS, max_size=30))
def test_different_ids_have_different_files(texts: set[str]) -> None:
    names = slugs_of(texts)
    assert set(names) == texts
    assert len(set(names.values())) == len(texts)


@settings(deadline=None, derandomize=True)
@given(_IDS, _IDS)
def test_no_id_can_be_chosen_to_land_on_the_page_of_another(text: str, other: str) -> None:
    stolen = slug(text)
    names = slugs_of([text, stolen, other, slug(other)])
    assert len(set(names.values())) == len(names)


def test_ids_that_differ_by_case_have_different_files() -> None:
    # casefold: what a file system that ignores case compares
    assert len({name.casefold() for name in slugs_of(["Ana", "ana", "ANA"]).values()}) == 3


def test_where_short_hashes_meet_all_get_the_whole_one() -> None:
    # one hex digit has 16 values: among 17 names of the same base at least two meet
    texts = [f"{'ш' * 60}{n}" for n in range(17)]
    names = slugs_of(texts, hash_length=1)
    assert len(set(names.values())) == 17
    assert any(len(name.rpartition("-")[2]) == 64 for name in names.values())


def test_a_name_does_not_depend_on_the_other_names() -> None:
    assert slugs_of(["Ana", "b", "c"])["Ana"] == slugs_of(["Ana"])["Ana"]
