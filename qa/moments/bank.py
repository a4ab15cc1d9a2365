"""The example bank: what each moment sounds like, as YAML that anyone can extend.

A file with a wrong shape ends the command; a single bad sentence or cue in it is left out and
named, with its line, and the rest works.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from qa.cache import cache_dir, written_whole
from qa.moments.cues import Cue, fault_of
from qa.nouns import Language, Speaker
from qa.problems import ConfigError
from qa.settings import faults, read_yaml, shipped
from qa.text import normalise
from qa.yaml_lines import Fault, at_lines, repeated_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

# Sentences that do none of the moments; as a moment's overlap: that it is part of ordinary talk.
EVERYDAY: Final = "everyday"

FEWEST: Final = 5  # examples: each of the four folds has one
# Fewer examples in a language work, but badly: with a quarter of the shipped ones the
# cross-validated F1 was 6 points lower than with all of them.
ENOUGH: Final = 20
_LONGEST: Final = 1_000  # letters of a sentence
_MAX_BYTES: Final = 16_000_000  # of one file
_FORM: Final = "3"  # of what is kept: change it when reading changes
_SENTENCES: Final = {
    "examples": "an example",
    "near_misses": "a near miss",
    "borderline": "borderline",
}

ByLanguage = dict[Language, tuple[str, ...]]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MomentBank(_Data):
    """One moment: who says it, what it is, and sentences that do it or only look like it.

    `borderline` are sentences that careful people decide differently: they teach nothing of this
    moment. `shipped` moments have been held against each other's sentences, one by one.
    """

    name: str = ""
    shipped: bool = False
    speaker: Speaker
    title: dict[Language, str]
    description: dict[Language, str] = {}
    overlaps: tuple[str, ...] = ()  # moments that a sentence may well be at the same time
    cues: tuple[Cue, ...] = ()
    examples: ByLanguage
    near_misses: ByLanguage = {}
    borderline: ByLanguage = {}


class Everyday(_Data):
    """Sentences of both sides that do none of the moments."""

    agent: ByLanguage = {}
    customer: ByLanguage = {}


class Bank(_Data):
    """All moments in order of name, and the everyday sentences."""

    moments: tuple[MomentBank, ...]
    everyday: Everyday
    warnings: tuple[str, ...] = ()  # what was left out, and what is thin; with file and line

    @property
    def speakers(self) -> dict[str, Speaker]:
        """Return whose each moment is, by its name."""
        return {moment.name: moment.speaker for moment in self.moments}

    def digest(self) -> str:
        """Return the sha256 of the bank's content: the same sentences, the same digest."""
        return _sha256(self.model_dump(mode="json", exclude={"warnings"}))

    def lesson(self) -> str:
        """Return the sha256 of what classifiers learn from: texts for people and cues do not count.

        So a cue is tried in a moment, and fits the classifiers as they are.
        """
        learnt = {"name", "shipped", "speaker", "overlaps", *_SENTENCES}
        moments = [moment.model_dump(mode="json", include=learnt) for moment in self.moments]
        return _sha256({"moments": moments, "everyday": self.everyday.model_dump(mode="json")})


def _sha256(content: object) -> str:
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Read:
    moment: MomentBank | None  # None: too few examples
    warnings: list[str]


def read_bank(folders: Sequence[Path] = ()) -> Bank:
    """Return the shipped moments with those of `folders` added; later files win by name.

    Raises ConfigError with every file that has not the shape of a moment. Sentences and cues that
    cannot be used are left out, with a warning each. What the same files gave before is taken from
    the cache: reading thousands of sentences as YAML takes seconds.
    """
    root = shipped("rubrics")
    paths = [p for folder in (root / "moments", *folders) for p in sorted(folder.glob("*.yaml"))]
    everyday = root / f"{EVERYDAY}.yaml"
    key = _key((*paths, everyday))
    kept = cache_dir() / "banks" / f"{key}.json"
    if key and kept.exists():
        return Bank.model_validate_json(kept.read_bytes())
    bank = _read(paths, everyday)
    if key:
        with written_whole(kept) as out:
            out.write(bank.model_dump_json().encode())
    return bank


def _key(paths: Iterable[Path]) -> str:
    """Return what tells these files, as they are now, from any others; empty if one is too big."""
    digest = hashlib.sha256(_FORM.encode())
    for path in paths:
        try:
            if path.stat().st_size > _MAX_BYTES:
                return ""
            content = path.read_bytes()
        except OSError:
            return ""
        # with its path, which warnings name
        digest.update(f"{path.absolute()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:32]


def _read(paths: Iterable[Path], everyday: Path) -> Bank:
    found: dict[str, _Read] = {}
    problems: list[str] = []
    for path in paths:
        try:
            found[path.stem] = _read_moment(
                path, shipped=path.parent == everyday.parent / "moments"
            )
        except ConfigError as error:
            problems.extend(error.problems)
    moments = {name: read.moment for name, read in found.items() if read.moment is not None}
    problems.extend(
        f"moment '{moment.name}': overlaps '{other}', which does not exist"
        for moment in moments.values()
        for other in moment.overlaps
        if other not in found and other != EVERYDAY
    )
    if problems:
        raise ConfigError(problems)
    return Bank(
        moments=tuple(moments[name] for name in sorted(moments)),
        everyday=Everyday.model_validate(read_yaml(everyday, max_bytes=_MAX_BYTES)),
        warnings=tuple(line for name in sorted(found) for line in found[name].warnings),
    )


def _read_moment(path: Path, *, shipped: bool) -> _Read:
    data = read_yaml(path, max_bytes=_MAX_BYTES)
    if not isinstance(data, dict):
        raise ConfigError([f"{path}: a moment is a list of `name: value` lines"])
    problems = at_lines(path, repeated_keys(path))
    left_out = [*_unusable_cues(data), *_unusable_sentences(data)]
    usable = _without(data, {fault.loc for fault in left_out})
    try:
        moment = MomentBank.model_validate(usable | {"name": path.stem, "shipped": shipped})
    except ValidationError as error:
        raise ConfigError([*problems, *faults(path, error)]) from error
    if problems:
        raise ConfigError(problems)
    warnings = at_lines(path, left_out)
    different = len({normalise(x) for lines in moment.examples.values() for x in lines})
    if different < FEWEST:
        few = f"{path}: only {different} different examples, so the moment is left out: write "
        return _Read(None, [*warnings, f"{few}{FEWEST - different} more at least, {ENOUGH} work"])
    return _Read(moment, [*warnings, *at_lines(path, _thin(moment))])


def _unusable_cues(data: dict[str, Any]) -> Iterator[Fault]:
    cues = data.get("cues")
    for at, cue in enumerate(cues if isinstance(cues, list) else ()):
        for part in ("pattern", "after"):
            pattern = cue.get(part) if isinstance(cue, dict) else None
            if isinstance(pattern, str) and pattern and (fault := fault_of(pattern)):
                yield Fault(("cues", at), f"left out: {part}: {fault}")
                break


def _unusable_sentences(data: dict[str, Any]) -> Iterator[Fault]:
    """Yield a fault per sentence that nothing can be learnt from, or only wrong things."""
    listed = [
        (kind, language, at, text)
        for kind in _SENTENCES
        for language, lines in (data[kind].items() if isinstance(data.get(kind), dict) else ())
        for at, text in enumerate(lines if isinstance(lines, list) else ())
        if isinstance(text, str)
    ]
    both: dict[tuple[str, str], set[str]] = {}
    for kind, language, _, text in listed:
        both.setdefault((language, normalise(text)), set()).add(kind)
    for kind, language, at, text in listed:
        if fault := _fault(text, both[language, normalise(text)]):
            yield Fault((kind, language, at), f"left out: {fault}")


def _fault(text: str, kinds: set[str]) -> str:
    if len(text) > _LONGEST:
        return f"{len(text):,} letters are no sentence: {_LONGEST:,} at most"
    if any(unicodedata.category(letter) == "Cc" and letter not in "\t\n" for letter in text):
        return "control characters in it: remove them"
    if not normalise(text):
        return "no words in it"
    if len(kinds) > 1:
        names = " and ".join(name for kind, name in _SENTENCES.items() if kind in kinds)
        return f"'{text}' is both {names}: decide"
    return ""


def _without(data: dict[str, Any], places: set[tuple[str | int, ...]]) -> dict[str, Any]:
    """Return the data without what stands at these places."""
    kept = dict(data)
    if isinstance(data.get("cues"), list):
        cues = enumerate(data["cues"])
        kept["cues"] = [cue for at, cue in cues if ("cues", at) not in places]
    for kind in _SENTENCES:
        if isinstance(data.get(kind), dict):
            kept[kind] = {
                language: [x for at, x in enumerate(lines) if (kind, language, at) not in places]
                if isinstance(lines, list)
                else lines
                for language, lines in data[kind].items()
            }
    return kept


def _thin(moment: MomentBank) -> Iterator[Fault]:
    for language, lines in moment.examples.items():
        count = len({normalise(line) for line in lines})
        if count < ENOUGH:
            more = f"write {ENOUGH - count} more, {2 * ENOUGH} are better"
            yield Fault(("examples", language), f"only {count} examples in {language}: {more}")
