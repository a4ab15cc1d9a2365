"""Pipelines: which models and settings a run uses, as a YAML file of `pipelines/`."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from qa.nouns import Language
from qa.problems import ConfigError
from qa.yaml_lines import LOADER, at_lines, explained, repeated_keys

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BYTES = 1_000_000
_DEEPEST = 100
# Whisper's prompt holds 224 tokens, of about three letters in English and less in names
_MAX_HOTWORDS = 600

ComputeType = Literal[
    "auto",
    "int8",
    "int8_float32",
    "int8_float16",
    "int8_bfloat16",
    "int16",
    "float16",
    "bfloat16",
    "float32",
]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class IntakeSettings(_Settings):
    """Caps on what one recording may cost."""

    max_seconds: Annotated[int, Field(gt=0)] = 2 * 3600  # two channels of it take 0.9 GB decoded
    max_megabytes: Annotated[int, Field(gt=0)] = 2_000
    deadline_s: Annotated[float, Field(gt=0)] = 300
    agent_channel: Literal[0, 1] = 0  # where the manifest does not say


class DiarizerSettings(_Settings):
    """What tells the voices of one-channel recordings apart; on two channels it is not asked."""

    # the local folder of a pipeline of pyannote.audio, relative to the pipeline file; None: our own
    pyannote: Path | None = None


class SpeechSettings(_Settings):
    """The recogniser, and who speaks."""

    model: Annotated[str, Field(min_length=1)] = "bundled"  # or a local folder, or a hub name
    # of the model folder's model.bin, as `sha256sum` prints it; empty: not checked
    sha256: str = ""
    device: Literal["auto", "cpu", "cuda"] = "auto"  # auto: cuda where there is one
    compute_type: ComputeType = "auto"  # auto: int8 on a processor, float16 on CUDA
    beam_size: Annotated[int, Field(ge=1, le=10)] = 5
    # windows decoded together; None: by the device. A GPU wants many; on a processor more than
    # eight only take more memory
    batch_size: Annotated[int, Field(ge=1, le=256)] | None = None
    feeders: Annotated[int, Field(ge=1, le=256)] | None = None  # processes that decode and listen
    deadline_s: Annotated[float, Field(gt=0)] = 300  # one batch of windows
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en", "hr", "sr")
    script: Literal["latin", "cyrillic"] = "latin"  # of Serbian; Croatian is always Latin
    # the time of every word; without, recognition is faster, turns keep their times, and facts of
    # overlapping speech are not trusted
    words: bool = True
    hotwords: str = ""  # names to expect: company, products, agents
    diarizer: DiarizerSettings = DiarizerSettings()
    local_files_only: bool = False

    @field_validator("sha256")
    @classmethod
    def _is_sha256(cls, value: str) -> str:
        if value and not re.fullmatch("[0-9a-fA-F]{64}", value):
            msg = "write the 64 digits that `sha256sum model.bin` prints, or leave it out"
            raise ValueError(msg)
        return value.lower()

    @field_validator("diarizer", mode="before")
    @classmethod
    def _is_a_choice(cls, value: object) -> object:
        if not isinstance(value, dict | DiarizerSettings):
            msg = (
                "write `pyannote: FOLDER` below it, the local folder of a pipeline of "
                "pyannote.audio, or leave it out: what tells voices apart comes with us"
            )
            raise ValueError(msg)  # noqa: TRY004 (pydantic turns it into a fault at its line)
        return value

    @field_validator("script")
    @classmethod
    def _has_serbian(cls, value: str, others: ValidationInfo) -> str:
        # without languages they have a fault of their own, and this one cannot be known
        if value == "cyrillic" and "sr" not in others.data.get("languages", ("sr",)):
            msg = "only Serbian is written in Cyrillic: add sr to languages, or write latin"
            raise ValueError(msg)
        return value

    @field_validator("hotwords")
    @classmethod
    def _fit_the_prompt(cls, value: str) -> str:
        value = " ".join(value.split())
        if len(value) > _MAX_HOTWORDS:
            msg = (
                f"{len(value)} letters are too many: the recogniser hears no more than "
                f"{_MAX_HOTWORDS} before a call; keep the names it gets wrong"
            )
            raise ValueError(msg)
        if "<|" in value:
            msg = "'<|' begins the recogniser's own signs: leave it out"
            raise ValueError(msg)
        return value


class MomentSettings(_Settings):
    """The text encoder and where examples come from."""

    encoder: str = "bundled"  # "bundled", a local folder, or a hub name
    device: Literal["auto", "cpu", "cuda"] = "auto"
    folders: tuple[Path, ...] = ()  # of your own moments, relative to the pipeline file


class Pipeline(_Settings):
    """One pipeline file."""

    name: str = "default"
    intake: IntakeSettings = IntakeSettings()
    speech: SpeechSettings = SpeechSettings()
    moments: MomentSettings = MomentSettings()
    rubrics: tuple[str, ...] = ("core",)  # shipped names, or files relative to the pipeline file
    pages_language: Language = "en"
    commit_every_s: Annotated[float, Field(ge=0)] = 20


def shipped(folder: Literal["rubrics", "pipelines"]) -> Path:
    """Return the folder that ships with callqa, from an installed wheel or a checkout."""
    installed = Path(str(resources.files("qa"))) / "shipped" / folder
    return installed if installed.is_dir() else Path(__file__).resolve().parents[1] / folder


def read_yaml(path: Path, *, max_bytes: int = _MAX_BYTES) -> object:
    """Return the plain data of a YAML file; tags, aliases, merges and deep nesting are refused.

    Raises ConfigError naming file and line. Aliases are refused because a few lines of them
    can stand for gigabytes, tags because they build objects, and nesting beyond reason because
    what reads it calls itself for each level; none of our files needs any of them.
    """
    try:
        if path.stat().st_size > max_bytes:
            raise ConfigError([f"{path}: larger than {max_bytes:,} bytes: split or shorten it"])
        text = path.read_text("utf-8-sig")
        if refused := [f"{path}:{line}: {what}" for line, what in _refused(text)]:
            raise ConfigError(refused)
        return yaml.load(text, Loader=LOADER)
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([f"{path}: not UTF-8 text: save it as UTF-8"]) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError([f"{path}:{line}: not valid YAML: {error.problem}"]) from error
    except RecursionError as error:
        raise ConfigError([f"{path}: nested too deeply"]) from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date or number that is none
        raise ConfigError([f"{path}: not valid YAML: {' '.join(str(error).split())}"]) from error


def _refused(text: str) -> Iterator[tuple[int, str]]:
    """Yield line and reason for what no file of ours may hold; ends at what is nested too deeply.

    Looks at one event after the other, so that nothing is built of a file that is refused.
    """
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            yield line, "YAML aliases (*name) are not allowed"
        elif getattr(event, "tag", None) is not None:
            yield line, "YAML tags (!name) are not allowed"
        elif isinstance(event, yaml.ScalarEvent) and event.value == "<<" and not event.style:
            yield line, "YAML merges (<<) are not allowed: write the lines out"
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                yield line, "nested too deeply"
                return
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def read_pipeline(path: Path | None) -> Pipeline:
    """Return the settings of a pipeline file, or the defaults; ConfigError names every fault."""
    if path is None:
        return Pipeline()
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise ConfigError([f"{path}: a pipeline is a list of `name: value` lines"])
    repeated = at_lines(path, repeated_keys(path))
    try:
        pipeline = Pipeline.model_validate(data)
    except ValidationError as error:
        raise ConfigError([*repeated, *faults(path, error)]) from error
    beside = path.resolve().parent
    folders = tuple(beside / folder for folder in pipeline.moments.folders)
    missing = [f"{path}: moments folder '{f}' does not exist" for f in folders if not f.is_dir()]
    speech = pipeline.speech
    if (voices := speech.diarizer.pyannote) is not None:
        speech = speech.model_copy(update={"diarizer": DiarizerSettings(pyannote=beside / voices)})
        if not (beside / voices).is_dir():
            missing.append(f"{path}: speech.diarizer.pyannote '{voices}' is not a folder")
    if repeated or missing:
        raise ConfigError([*repeated, *missing])
    moments = pipeline.moments.model_copy(update={"folders": folders})
    if speech.model != "bundled" and (beside / speech.model).is_dir():
        speech = speech.model_copy(update={"model": str(beside / speech.model)})
    return pipeline.model_copy(update={"moments": moments, "speech": speech})


def faults(path: Path, error: ValidationError) -> list[str]:
    """Return one line per fault of a validated file: file and line, field, what to write."""
    return at_lines(path, explained(error))
