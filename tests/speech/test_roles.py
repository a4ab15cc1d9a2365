"""Who is the agent: written calls, calls in which the customer speaks first, misheard ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from qa.speech.roles import tell_roles

if TYPE_CHECKING:
    from qa.nouns import Language

SCRIPTS = sorted((Path(__file__).parents[2] / "data" / "samples" / "scripts").glob("*.yaml"))


def said(turns: list[tuple[str, str]]) -> tuple[tuple[str, str], int]:
    """Return what each voice says, that heard first first, and which of them is the agent."""
    first = turns[0][0]
    texts = (
        " ".join(text for who, text in turns if who == first),
        " ".join(text for who, text in turns if who != first),
    )
    return texts, 0 if first == "agent" else 1


def written(path: Path) -> tuple[Language, list[tuple[str, str]]]:
    script = yaml.safe_load(path.read_text("utf-8"))
    sides = ("agent", "customer")
    turns = [(who, turn[who]) for turn in script["turns"] for who in sides if who in turn]
    return script["language"], turns


def misheard(text: str) -> str:
    """Return text with every tenth letter lost, every space in four too, and no sign or accent."""
    kept = [
        letter for at, letter in enumerate(text.lower()) if at % 10 != 7 and letter not in ".,?!"
    ]
    spaces = 0
    out = []
    for letter in kept:
        spaces += letter == " "
        if letter != " " or spaces % 4:
            out.append(letter)
    return "".join(out)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_the_agent_of_a_written_call_is_known(path: Path) -> None:
    language, turns = written(path)
    texts, agent = said(turns)
    roles = tell_roles(texts, language)
    assert (roles.agent, roles.sure) == (agent, True)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_who_speaks_first_does_not_decide(path: Path) -> None:
    language, turns = written(path)
    texts, _ = said([("customer", "..."), *turns])
    assert tell_roles(texts, language).agent == 1


def test_misheard_calls_are_not_decided_wrongly_for_certain() -> None:
    decided = 0
    for path in SCRIPTS:
        language, turns = written(path)
        texts, agent = said([(who, misheard(text)) for who, text in turns])
        roles = tell_roles(texts, language)
        assert roles.agent == agent or not roles.sure, path.stem
        decided += roles.sure
    assert decided >= 0.6 * len(SCRIPTS)


@pytest.mark.parametrize(
    ("language", "customer", "agent"),
    [
        (
            "en",
            "Hello? Yes, that's me. Right, go ahead. No, that's all.",
            "Hi, this is Anna calling from Northwind, am I speaking with Mr Harris? You asked us "
            "to call you back about your order. I've booked a new delivery. Have a nice day.",
        ),
        (
            "hr",
            "Halo? Da, ja sam. A, da, slušam vas. Dobro. Doviđenja.",
            "Dobar dan, zovem vas iz Sjevernog vjetra, razgovaram li s gospodinom Perićem? "
            "Provjerila sam vaš račun, ispravila sam iznos. Ugodan dan.",
        ),
        (
            "sr",
            "Хало, молим? Да, ја сам. Добро, хвала лепо.",
            "Добар дан, зовем вас из Северног ветра, да ли разговарам са госпођом Илић? "
            "Послала сам вам нови уговор. Пријатан дан.",
        ),
    ],
)
def test_an_agent_who_calls_is_known_too(language: Language, customer: str, agent: str) -> None:
    roles = tell_roles((customer, agent), language)
    assert (roles.agent, roles.sure) == (1, True)
    swapped = tell_roles((agent, customer), language)
    assert (swapped.agent, swapped.sure) == (0, True)


def test_nothing_telling_is_a_guess_and_says_so() -> None:
    roles = tell_roles(("It was on Tuesday.", "The blue one, I think."), "en")
    # whoever speaks first, and no more than that: odds e^0.5 to 1
    assert (roles.agent, roles.sure) == (0, False)
    assert roles.confidence == pytest.approx(0.6225, abs=1e-4)


def test_both_saying_what_agents_say_is_not_decided() -> None:
    both = "Thank you for calling, how can I help you?"
    assert not tell_roles((both, both), "en").sure


def test_a_name_counts_where_a_voice_begins() -> None:
    told = ("Hello.", "Emma, good morning. It is about the kettle.")
    assert not tell_roles(told, "en").sure
    # 2 for the name against 0.5 for speaking first: e^1.5 to 1, the agent but not for certain
    named = tell_roles(told, "en", "Emma Clarke")
    assert (named.agent, named.sure) == (1, False)
    late = ("Hello.", " ".join(["well"] * 25) + " Emma")
    assert tell_roles(late, "en", "Emma Clarke").agent == 0


def test_the_more_is_said_the_surer() -> None:
    offer = "How can I help you?"
    alone = tell_roles(("Yes.", offer), "en").confidence
    answered = tell_roles(
        ("Yes. I'm calling because you charged me twice.", offer), "en"
    ).confidence
    assert alone < answered
