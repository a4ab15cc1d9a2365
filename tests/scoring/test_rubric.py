"""The rubric model, its digest, its JSON Schema, and what ships."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from qa.moments.bank import read_bank
from qa.nouns import LANGUAGES
from qa.scoring.library import (
    facts_measured,
    json_schema,
    read_rubric,
    read_rubrics,
    shipped_rubrics,
)
from qa.scoring.references import in_criterion
from qa.scoring.rubric import Criterion, Rubric
from tests.scoring.dialogues import criterion_of, data_of, rubric_of

MOMENTS = [moment.name for moment in read_bank().moments]

# --- digest


def two(**fields: object) -> list[dict[str, Any]]:
    return [criterion_of("one", 60) | fields, criterion_of("two", 40)]


BASE = rubric_of(*two(say_instead={"en": ["a"]}))
BLAME = {"kind": "absent", "moments": ["blame"]}


@pytest.mark.parametrize(
    "other",
    [
        rubric_of(*two(title={"en": "another", "hr": "drugi"})),
        rubric_of(*two(why={"en": "for another reason"})),
        rubric_of(*two(say_instead={"en": ["b", "c"]})),
        rubric_of(*two(), title={"en": "Another"}),
        rubric_of(*two(check=BLAME | {"tolerate": 0})),  # written out, the default is the same
        rubric_of(*two(channels=["voice", "chat", "email"])),
        rubric_of(*two(weight=60.0)),
    ],
)
def test_texts_and_written_out_defaults_do_not_change_the_digest(other: Rubric) -> None:
    assert other.digest() == BASE.digest()


CHANGED = [
    rubric_of(criterion_of("one", 61), criterion_of("two", 39)),
    rubric_of(*two(name="uno")),
    rubric_of(*two(when={"moment": "complaint"})),
    rubric_of(*two(when={"moment": "complaint", "at_least": 2})),
    rubric_of(*two(when={"not": {"moment": "complaint"}})),
    rubric_of(*two(when={"all": [{"moment": "complaint"}]})),
    rubric_of(*two(when={"any": [{"moment": "complaint"}]})),
    rubric_of(*two(check=BLAME | {"tolerate": 1})),
    rubric_of(*two(check={"kind": "present", "moments": ["blame"]})),
    rubric_of(*two(channels=["voice"])),
    rubric_of(*two(critical=True)),
    rubric_of(*two(), minimum_coverage=0.5),
    rubric_of(*two(), name="other"),
    rubric_of(*two(), version="2"),
]


def test_whatever_changes_a_score_changes_the_digest() -> None:
    digests = {rubric.digest() for rubric in (BASE, *CHANGED)}
    assert len(digests) == 1 + len(CHANGED)  # also from each other


def test_bands_are_part_of_the_digest() -> None:
    def with_limit(limit: float, points: float | None = None) -> str:
        bands = [{"up_to": limit, "outcome": "MET", "points": points}, {"outcome": "NOT_MET"}]
        check = {"kind": "fact", "fact": "dead_air", "bands": bands}
        return rubric_of(criterion_of(check=check)).digest()

    assert len({with_limit(1), with_limit(2), with_limit(1, 0.9)}) == 3
    assert with_limit(1) == with_limit(1.0)


def test_the_digest_is_a_sha256_and_survives_a_round_trip() -> None:
    assert len(BASE.digest()) == 64
    again = Rubric.model_validate_json(BASE.model_dump_json(by_alias=True))
    assert again.digest() == BASE.digest()


# --- model


def test_a_rubric_made_in_code_is_checked_too() -> None:
    with pytest.raises(ValidationError, match="the weights sum to 90, not to 100"):
        rubric_of(criterion_of("one", 50), criterion_of("two", 40))
    with pytest.raises(ValidationError, match="criteria named twice: one"):
        rubric_of(criterion_of("one", 50), criterion_of("one", 50))


def test_weights_may_be_fractions() -> None:
    thirds = [criterion_of(name, 100 / 3) for name in ("one", "two", "three")]
    assert len(rubric_of(*thirds).criteria) == 3


def test_a_rubric_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        setattr(BASE, "version", "2")  # noqa: B010 (mypy knows better)


def test_everything_a_criterion_refers_to_has_its_place() -> None:
    criterion = Criterion.model_validate(
        criterion_of(
            when={"any": [{"moment": "a"}, {"not": {"moment": "b", "after_first": ["c", "d"]}}]},
            check={
                "kind": "graded",
                "met": {"all": [{"moment": "e", "after_last": ["f"]}]},
                "partly_met": {"moment": "g"},
                "failed_by": ["h"],
            },
        )
    )
    assert [
        (".".join(map(str, place)), name)
        for _, place, name in in_criterion(criterion.when, criterion.check)
    ] == [
        ("when.any.0.moment", "a"),
        ("when.any.1.not.moment", "b"),
        ("when.any.1.not.after_first.0", "c"),
        ("when.any.1.not.after_first.1", "d"),
        ("check.met.all.0.moment", "e"),
        ("check.met.all.0.after_last.0", "f"),
        ("check.partly_met.moment", "g"),
        ("check.failed_by.0", "h"),
    ]


@pytest.mark.parametrize(
    ("check", "places"),
    [
        (
            {"kind": "present", "moments": ["a", "b"], "after_first": ["c"]},
            ["check.moments.0", "check.moments.1", "check.after_first.0"],
        ),
        ({"kind": "absent", "moments": ["a"]}, ["check.moments.0"]),
        (
            {
                "kind": "fact",
                "fact": "dead_air",
                "bands": [{"up_to": 1, "outcome": "MET"}, {"outcome": "NOT_MET"}],
            },
            ["check.fact"],
        ),
    ],
)
def test_references_of_every_check(check: dict[str, Any], places: list[str]) -> None:
    criterion = Criterion.model_validate(criterion_of(check=check))
    assert [
        ".".join(map(str, place)) for _, place, _ in in_criterion(criterion.when, criterion.check)
    ] == places


# --- what ships


def test_core_ships_and_the_everyday_sentences_are_no_rubric() -> None:
    names = [path.stem for path in shipped_rubrics()]
    assert "core" in names
    assert "everyday" not in names


@pytest.mark.parametrize("name", [path.stem for path in shipped_rubrics()])
def test_every_shipped_rubric_is_valid_and_speaks_all_languages(name: str) -> None:
    rubric = read_rubric(name, MOMENTS)
    assert sum(criterion.weight for criterion in rubric.criteria) == pytest.approx(100)
    wanted = set(LANGUAGES)
    for texts in (rubric.title, *(section.title for section in rubric.sections)):
        assert set(texts) == wanted
    for criterion in rubric.criteria:
        for by_language in (criterion.title, criterion.why, criterion.say_instead):
            assert set(by_language) == wanted, criterion.name
        assert all(len(lines) >= 2 for lines in criterion.say_instead.values()), criterion.name


def test_core_asks_for_what_the_articles_ask() -> None:
    core = read_rubric("core", MOMENTS)
    assert [(c.name, c.weight) for c in core.criteria] == [
        ("interruptions", 20),
        ("empathy", 20),
        ("apology", 15),
        ("resolution", 30),
        ("blame", 15),
    ]
    assert [c.name for c in core.criteria if c.channels == ("voice",)] == ["interruptions"]


def test_several_rubrics_are_read_once_each() -> None:
    assert [rubric.name for rubric in read_rubrics(["core", "core"], MOMENTS)] == ["core"]


def test_the_facts_of_voice_and_of_writing_can_be_asked_for() -> None:
    some = {"agent_interruptions_per_min", "duration_ms", "longest_wait_ms"}
    assert some <= facts_measured().keys()
    assert "apology" not in facts_measured()


# --- schema


def test_the_schema_describes_a_rubric_and_allows_nothing_else() -> None:
    schema = json.loads(json_schema())
    assert set(schema["properties"]) == {
        *("name", "version", "title", "minimum_coverage", "conditions", "sections", "tests"),
    }
    assert set(schema["required"]) == {"name", "version", "title", "sections"}
    assert schema["additionalProperties"] is False
    objects = [part for part in schema["$defs"].values() if part.get("type") == "object"]
    assert len(objects) >= 10
    assert all(part["additionalProperties"] is False for part in objects)


def test_the_schema_names_fields_as_they_are_written() -> None:
    parts = json.loads(json_schema())["$defs"]
    assert set(parts["Not"]["properties"]) == {"not"}
    assert set(parts["GradedCheck"]["required"]) == {"kind", "met"}
    assert set(data_of(criterion_of())["sections"][0]["criteria"][0]) <= set(
        parts["Criterion"]["properties"]
    )
