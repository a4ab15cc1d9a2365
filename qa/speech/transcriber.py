"""From a call to its transcript: the `Transcriber` protocol and one of its implementations.

The other is `qa.speech.engine.Engine`, for recordings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from qa.intake.ready import read_ready

if TYPE_CHECKING:
    from qa.nouns import Call, Transcript


class Transcriber(Protocol):
    """A call in, who said what when out.

    >>> ReadyTranscripts().transcribe(call).basis  # doctest: +SKIP
    'ready'
    """

    def transcribe(self, call: Call) -> Transcript:
        """Return the transcript; raises CallError if the recording cannot be used."""
        ...


class ReadyTranscripts:
    """Reads what another system has transcribed, and chats and e-mails."""

    def transcribe(self, call: Call) -> Transcript:
        return read_ready(call.recording, call)
