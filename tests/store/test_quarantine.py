"""What is set aside, what lifts it, and what the order of the rows has to do with it: nothing."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from qa.nouns import Problem
from qa.store.quarantine import held, lift, quarantine_rows
from qa.store.tables import Store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def row(key: str, since: str, code: str = "crashed", run_id: str = "r1") -> dict[str, Any]:
    return {
        **{"key": key, "call_id": f"call {key}", "run_id": run_id, "stage": "speech"},
        **{"code": code, "message": "", "since": since},
    }


def test_nothing_is_set_aside_at_first(store: Store):
    assert held(store) == {}
    lift(store, {"c1"})
    assert not (store.root / "tables").exists()


@pytest.mark.parametrize(
    ("code", "aside"),
    [
        *(("timeout", True), ("crashed", True), ("empty", False), ("missing", False), ("", False)),
        ("quarantined", False),  # it was not tried: that it is set aside is known
    ],
)
def test_only_what_takes_a_worker_down_is_set_aside(code: str, aside: bool):
    rows = quarantine_rows(Problem("c1", "intake", code, "why"), "k1")
    assert [(r["key"], r["call_id"], r["stage"], r["code"], r["message"]) for r in rows] == (
        [("k1", "c1", "intake", code, "why")] if aside else []
    )


def test_a_lift_ends_it_and_a_new_one_begins_it_again(store: Store):
    store.append("quarantine", [row("k1", "t1"), row("k2", "t1")])
    lift(store, {"call k1"})
    assert held(store).keys() == {"k2"}
    lift(store, {"call k1"})  # nothing left to lift: no row
    assert store.scan("quarantine").collect().height == 3
    store.append("quarantine", [row("k1", "t2", run_id="r5")])
    assert held(store)["k1"]["run_id"] == "r5"


def test_two_machines_may_both_have_set_it_aside(store: Store):
    store.append("quarantine", [row("k1", "t1", run_id="r1")])
    store.append("quarantine", [row("k1", "t2", run_id="r2")])
    assert held(store)["k1"]["run_id"] == "r2"
    lift(store, {"call k1"})
    assert held(store) == {}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_order_of_rows_changes_nothing(store: Store, order: tuple[int, ...]):
    rows = [row("k1", "t1"), row("k1", "t1", code=""), row("k1", "t2")]
    for at in order:
        store.append("quarantine", [rows[at]])
    assert held(store)["k1"]["since"] == "t2"
