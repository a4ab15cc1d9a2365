"""Rubrics that compare a contact with all others: the order in which they came changes nothing."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from qa.coaching.load import reviewed_calls
from qa.store.replies import generic_shares
from tests.calls import call_of
from tests.runner.night import Night, WordFinder, rubric
from tests.scoring.dialogues import criterion_of, rubric_of

if TYPE_CHECKING:
    from pathlib import Path

    from qa.nouns import Transcript
    from qa.scoring.rubric import Rubric

STOCK = "Your order has left our warehouse and arrives tomorrow"
OWN = {name: f"{name} has asked for a set of six blue glasses" for name in ("ann", "bob", "cid")}


def chat(*replies: str) -> Transcript:
    lines = [f"{60 * at} agent: {reply}" for at, reply in enumerate(replies, 1)]
    return call_of("0 customer: Where is it?", *lines, channel="chat")


SCRIPT = {
    "ann": chat(STOCK, OWN["ann"]),  # one of two shared
    "bob": chat(f"Dear Bob, {STOCK}. Kind regards"),  # one of one
    "cid": chat(OWN["cid"], OWN["cid"]),  # twice, but to nobody else
}
SHARES = {"ann": 0.5, "bob": 1.0, "cid": 0.0}
# up to 0 is met, up to a half partly (half the points), more is not
TOTALS = {"ann": 50, "bob": 0, "cid": 100}


def personal(version: str = "1") -> Rubric:
    check = {
        "kind": "fact",
        "fact": "generic_reply_share",
        "bands": [
            {"up_to": 0, "outcome": "MET"},
            {"up_to": 0.5, "outcome": "PARTLY_MET"},
            {"outcome": "NOT_MET"},
        ],
    }
    return rubric_of(criterion_of("personal", check=check), version=version, name="personal")


def night_of(folder: Path, *ids: str) -> Night:
    night = Night(folder, *ids)
    night.calls = [night.call(one, channel="chat") for one in ids]
    night.ears.script = dict(SCRIPT)
    return night


def totals(night: Night) -> dict[str, float | None]:
    return {one.call.id: card.total for one in reviewed_calls(night.store) for card in one.cards}


@pytest.mark.parametrize("order", list(permutations(SCRIPT)), ids=" ".join)
def test_in_whatever_order_they_come(tmp_path: Path, order: tuple[str, ...]) -> None:
    night = night_of(tmp_path, *order)
    result = night.run(personal(), workers=2)
    assert totals(night) == TOTALS
    assert generic_shares(night.store) == SHARES
    assert night.ledger(result) == dict.fromkeys(SCRIPT, "done")
    assert [(p.done, p.total) for p in night.progress] == [(1, 3), (2, 3), (3, 3)]


def test_the_pages_show_what_was_compared(tmp_path: Path) -> None:
    night = night_of(tmp_path, *SCRIPT)
    night.run(personal())
    shown = {
        one.call.id: fact.value
        for one in reviewed_calls(night.store)
        for fact in one.facts
        if fact.name == "generic_reply_share"
    }
    assert shown == SHARES


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    night = night_of(tmp_path, *SCRIPT)
    night.run(personal())
    before = night.versions()
    assert night.ledger(night.run(personal())) == dict.fromkeys(SCRIPT, "skipped")
    assert night.ledger(night.score(personal())) == dict.fromkeys(SCRIPT, "skipped")
    assert night.versions() == before


def test_what_a_later_night_shows_is_scored_without_an_encoder(tmp_path: Path) -> None:
    night = night_of(tmp_path, "ann", "cid")
    night.run(personal())
    assert totals(night) == {"ann": 100, "cid": 100}  # nobody else has had the reply
    night.calls = [night.call("bob", channel="chat")]
    night.run(personal())
    night.finder = WordFinder()
    result = night.score(personal())
    assert night.ledger(result) == {"ann": "done", "bob": "skipped", "cid": "skipped"}
    assert night.finder.asked == 0
    assert totals(night) == TOTALS
    ann = [row for row in night.rows("scorecards", "call_id", "total") if row[0] == "ann"]
    assert ann == [("ann", 50), ("ann", 100)]  # history is kept


def test_other_rubrics_and_voice_calls_are_not_held_back(tmp_path: Path) -> None:
    night = night_of(tmp_path, *SCRIPT)
    night.calls.append(night.call("v"))
    result = night.run(rubric(), personal())
    assert night.ledger(result) == dict.fromkeys((*SCRIPT, "v"), "done")
    cards = {one.call.id: {c.rubric for c in one.cards} for one in reviewed_calls(night.store)}
    assert cards == {one: {"trial", "personal"} for one in (*SCRIPT, "v")}
