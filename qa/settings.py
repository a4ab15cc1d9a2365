"""Pipelines: which models and settings a run uses, as a YAML file of `pipelines/`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa.nouns import Language
from qa.problems import ConfigError
from qa.yaml_lines import at_lines, explained, repeated_keys

_MAX_BYTES = 1_000_000
_REFUSED = {yaml.AliasToken: "aliases (*name)", yaml.TagToken: "tags (!name)"}


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class IntakeSettings(_Settings):
    """Caps on what one recording may cost."""

    max_seconds: Annotated[int, Field(gt=0)] = 2 * 3600  # two channels of it take 0.9 GB decoded
    max_megabytes: Annotated[int, Field(gt=0)] = 2_000
    deadline_s: Annotated[float, Field(gt=0)] = 300
    agent_channel: Literal[0, 1] = 0  # where the manifest does not say


class SpeechSettings(_Settings):
    """The recogniser."""

    model: str = "bundled"  # "bundled", a local folder, or a hub name
    device: Literal["auto", "cpu", "cuda"] = "auto"
    compute_type: str = "auto"
    beam_size: Annotated[int, Field(ge=1, le=10)] = 5
    # windows at a time: a GPU wants many; on a processor more only take more memory
    batch_size: Annotated[int, Field(ge=1, le=256)] = 1
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en", "hr", "sr")
    hotwords: str = ""
    local_files_only: bool = False


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
    """Return the plain data of a YAML file; tags and aliases are refused.

    Raises ConfigError naming file and line. Aliases are refused because a few lines of them
    can stand for gigabytes, tags because they build objects; none of our files needs either.
    """
    try:
        if path.stat().st_size > max_bytes:
            raise ConfigError([f"{path}: larger than {max_bytes:,} bytes: split or shorten it"])
        text = path.read_text("utf-8-sig")
        refused = [
            (token, _REFUSED[type(token)]) for token in yaml.scan(text) if type(token) in _REFUSED
        ]
        if refused:
            lines = [
                f"{path}:{t.start_mark.line + 1}: YAML {what} are not allowed"
                for t, what in refused
            ]
            raise ConfigError(lines)
        return yaml.safe_load(text)
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
    if repeated or missing:
        raise ConfigError([*repeated, *missing])
    moments = pipeline.moments.model_copy(update={"folders": folders})
    return pipeline.model_copy(update={"moments": moments})


def faults(path: Path, error: ValidationError) -> list[str]:
    """Return one line per fault of a validated file: file and line, field, what to write."""
    return at_lines(path, explained(error))
