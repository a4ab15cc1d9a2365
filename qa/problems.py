"""The project's own errors. Only these become `Problem` rows; anything else is a bug and raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class QaError(Exception):
    """Base of every error that callqa raises on purpose."""


class CallError(QaError):
    """One call cannot be finished; the run goes on.

    `stage` is the part of the flow (intake, speech, ...), `code` a short stable word for the
    ledger, `message` one line that says what, where and what to do.
    """

    def __init__(self, stage: str, code: str, message: str) -> None:
        super().__init__(message)
        self.stage = stage
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[CallError], tuple[str, str, str]]:
        # crosses a process border: the default would rebuild it from the message alone
        return (type(self), (self.stage, self.code, self.message))


class ConfigError(QaError):
    """The command, a manifest, a pipeline or a rubric is wrong: exit code 2, before any work.

    Carries every problem found, one line each, so that they can be mended in one go.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class NothingToRunError(QaError):
    """Nothing could run at all (no model, no disk): exit code 3."""
