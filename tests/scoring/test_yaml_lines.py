"""Lines of faults, also in the other files that people write: pipelines and moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pytest
from pydantic import BaseModel, ValidationError, model_validator

from qa.moments.bank import MomentBank
from qa.settings import Pipeline, faults
from qa.yaml_lines import Fault, at_lines, repeated_keys

if TYPE_CHECKING:
    from pathlib import Path


class Between(BaseModel):
    """Something of which only the whole can be wrong."""

    first: int
    last: int

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first > self.last:
            raise ValueError("first comes after last")
        return self


def told(path: Path, model: type[BaseModel], data: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(data)
    return [line.removeprefix(f"{path}:") for line in faults(path, caught.value)]


def test_a_pipeline(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("name: p\nspeech:\n  beam_size: 11\n  patience: 2\n")
    assert told(path, Pipeline, {"name": "p", "speech": {"beam_size": 11, "patience": 2}}) == [
        "3: speech.beam_size: Input should be less than or equal to 10 (given: 11)",
        "4: speech.patience: Extra inputs are not permitted: remove it or check its spelling",
    ]


def test_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("speaker: clerk\ntitle:\n  en: M\n")
    assert told(path, MomentBank, {"speaker": "clerk", "title": {"en": "M"}}) == [
        "1: examples: Field required: write `examples: ...`",
        "1: speaker: Input should be 'agent' or 'customer' (given: 'clerk')",
    ]


def test_a_fault_of_the_whole_file_is_on_its_first_line_of_content(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text("# a comment\n\nfirst: 2\nlast: 1\n")
    assert told(path, Between, {"first": 2, "last": 1}) == ["3: file: first comes after last"]


def test_a_file_that_is_gone_still_has_its_faults(tmp_path: Path) -> None:
    gone = tmp_path / "gone.yaml"
    assert at_lines(gone, [Fault(("a", 0), "wrong")]) == [f"{gone}:1: a.0: wrong"]


@pytest.mark.parametrize(
    ("loc", "missing", "place"),
    [
        (("check", "kind"), False, "3: check.kind"),
        # "fact" is first the union's member, then a field of the same name
        (("check", "fact", "fact"), False, "4: check.fact"),
        (("check", "fact", "bands"), True, "2: check.bands"),
        (("list", 1, "b"), False, "8: list.1.b"),
        (("nowhere",), False, "1: file"),
        ((), False, "1: file"),
    ],
)
def test_parts_that_are_not_in_the_file_are_left_out(
    tmp_path: Path, loc: tuple[str | int, ...], missing: bool, place: str
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("name: x\ncheck:\n  kind: fact\n  fact: x\nlist:\n- a: 1\n- a: 2\n  b: 3\n")
    assert at_lines(path, [Fault(loc, "wrong", missing)]) == [f"{path}:{place}: wrong"]


def test_a_name_given_twice_is_found_at_any_depth_and_told_at_the_last(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\nb:\n- c: 1\n  c: 2\n  d: {e: 1, e: 2, e: 3}\na: 2\n")
    assert at_lines(path, repeated_keys(path)) == [
        f"{path}:4: b.0.c: given more than once: keep one",
        f"{path}:5: b.0.d.e: given more than once: keep one",
        f"{path}:6: a: given more than once: keep one",
    ]
    path.write_text("a: {b: 1}\nc: {b: 1}\n")
    assert repeated_keys(path) == []


def test_of_very_many_faults_the_first_hundred_are_told(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("".join(f"k{at}: 1\n" for at in range(250)))
    lines = at_lines(path, [Fault((f"k{at}",), "no") for at in range(250)])
    assert lines[0] == f"{path}:1: k0: no"
    assert lines[99:] == [f"{path}:100: k99: no", f"{path}: and 150 more: mend these first"]
    assert len(at_lines(path, [Fault((f"k{at}",), "no") for at in range(100)])) == 100
