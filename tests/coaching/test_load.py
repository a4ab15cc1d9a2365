"""The texts of a rubric in the pages' language."""

from __future__ import annotations

from qa.coaching.load import rubric_text
from qa.coaching.views import CriterionText
from qa.scoring.rubric import Rubric


def rubric(**fields: object) -> Rubric:
    criterion: dict[str, object] = {
        "name": "empathy",
        "weight": 100,
        "title": {"en": "Empathy", "hr": "Empatija"},
        "why": {"en": "It calms."},
        "say_instead": {"en": ["I see."], "hr": ["Razumijem."]},
        "check": {"kind": "present", "moments": ["empathy"]},
    }
    section = {"name": "only", "title": {"en": "Only"}, "criteria": [criterion | fields]}
    head = {"name": "core", "version": "1.2", "title": {"en": "Core", "sr": "Основно"}}
    return Rubric.model_validate(head | {"sections": [section]})


def test_texts_are_in_the_language_asked_for_else_in_english():
    text = rubric_text(rubric(), "hr")
    assert (text.name, text.version, text.language) == ("core", "1.2", "hr")
    assert text.title == "Core"
    expected = CriterionText("Empatija", "It calms.", ("Razumijem.",))
    assert text.criteria == (("empathy", expected),)
    assert rubric_text(rubric(), "sr").title == "Основно"
    assert rubric_text(rubric(), "sr").criteria[0][1].say_instead == ("I see.",)


def test_a_rubric_without_english_shows_what_it_has():
    only = rubric(title={"sr": "Саосећање"}, say_instead={})
    assert rubric_text(only, "hr").criteria[0][1] == CriterionText("Саосећање", "It calms.", ())
