"""From a call to its transcript: the `Transcriber` protocol and its two implementations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from qa.intake.ready import read_ready
from qa.nouns import Call, Transcript
from qa.speech.diarizer import diarizer_for
from qa.speech.listening import listen
from qa.speech.turns import build_turns

if TYPE_CHECKING:
    from qa.intake.decoder_process import Decoder
    from qa.speech.whisper import Whisper


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


class Recordings:
    """Decodes and recognises recordings; one instance per thread, sharing the recogniser."""

    def __init__(
        self, decoder: Decoder, recogniser: Whisper, *, agent_channel: int, name: str
    ) -> None:
        self._decoder = decoder
        self._recogniser = recogniser
        self._agent_channel = agent_channel
        self._name = name

    def transcribe(self, call: Call) -> Transcript:
        recording = self._decoder.decode(call.recording)
        listening = listen(call, recording, agent_channel=self._agent_channel)
        heard = self._recogniser.recognise(listening)
        spoken = diarizer_for(listening).who_spoke(listening, heard)
        return Transcript(
            call_id=call.id,
            turns=build_turns(spoken.words),
            spans=spoken.spans,
            language=heard.language,
            basis=listening.basis,
            channel=call.channel,
            duration_ms=listening.duration_ms,
            asr=self._name,
        )
