"""The example bank: what each moment sounds like, as YAML that anyone can extend."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from qa.nouns import Language, Speaker
from qa.problems import ConfigError
from qa.settings import faults, read_yaml, shipped
from qa.text import normalise
from qa.yaml_lines import at_lines, repeated_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

EVERYDAY = "everyday.yaml"  # sentences that do none of the moments, beside the moments' folder

FEWEST = 5  # examples, one for each fold of the cross-validation

ByLanguage = dict[Language, tuple[str, ...]]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MomentBank(_Data):
    """One moment: who says it, what it is, and sentences that do it or only look like it."""

    name: str = ""
    speaker: Speaker
    title: dict[Language, str]
    description: dict[Language, str] = {}
    overlaps: tuple[str, ...] = ()  # moments that a sentence may well be at the same time
    examples: ByLanguage
    near_misses: ByLanguage = {}

    @model_validator(mode="after")
    def _apart(self) -> MomentBank:
        for language, lines in self.examples.items():
            wrong = {normalise(x) for x in self.near_misses.get(language, ())}
            for line in lines:
                if normalise(line) in wrong:
                    msg = f"'{line}' ({language}) is both an example and a near miss"
                    raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _enough(self) -> MomentBank:
        if len({normalise(x) for lines in self.examples.values() for x in lines}) < FEWEST:
            msg = f"fewer than {FEWEST} different examples: write more, some dozens work well"
            raise ValueError(msg)
        return self


class Everyday(_Data):
    """Sentences of both sides that do none of the moments."""

    agent: ByLanguage = {}
    customer: ByLanguage = {}


class Bank(_Data):
    """All moments in order of name, and the everyday sentences."""

    moments: tuple[MomentBank, ...]
    everyday: Everyday

    def digest(self) -> str:
        """Return the sha256 of the bank's content: the same sentences, the same digest."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def read_bank(folders: Sequence[Path] = ()) -> Bank:
    """Return the shipped moments with those of `folders` added; later files win by name.

    Raises ConfigError with every fault of every file.
    """
    root = shipped("rubrics")
    found: dict[str, MomentBank] = {}
    problems: list[str] = []
    for folder in (root / "moments", *folders):
        for path in sorted(folder.glob("*.yaml")):
            try:
                found[path.stem] = _read_moment(path)
            except ConfigError as error:
                problems.extend(error.problems)
    for moment in found.values():
        problems.extend(
            f"moment '{moment.name}': overlaps '{other}', which does not exist"
            for other in moment.overlaps
            if other not in found
        )
    if problems:
        raise ConfigError(problems)
    everyday = Everyday.model_validate(read_yaml(root / EVERYDAY))
    return Bank(moments=tuple(found[name] for name in sorted(found)), everyday=everyday)


def _read_moment(path: Path) -> MomentBank:
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise ConfigError([f"{path}: a moment is a list of `name: value` lines"])
    twice = repeated_keys(path)
    problems = at_lines(path, twice) if twice else []  # which reads the file once more
    try:
        moment = MomentBank.model_validate(data | {"name": path.stem})
    except ValidationError as error:
        raise ConfigError([*problems, *faults(path, error)]) from error
    if problems:
        raise ConfigError(problems)
    return moment
