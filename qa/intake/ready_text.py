"""The two text formats of ready transcripts: WebVTT with voices, and "Agent: ..." lines."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.intake.draft import Draft, MalformedError, Said, role
from qa.intake.stamps import Stamp, read_stamp, since_first

if TYPE_CHECKING:
    from collections.abc import Iterator

# Every expression is linear: a repetition is bounded or excludes the character that ends it.
_TIMING = re.compile(
    r"(?:(\d{2,4}):)?(\d\d):(\d\d)[.,](\d{3})[ \t]+-->[ \t]+"
    r"(?:(\d{2,4}):)?(\d\d):(\d\d)[.,](\d{3})(?:[ \t].*)?"
)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]([^<>]*)>")
_TAG = re.compile(r"<[^<>]*>")
_LABELLED = re.compile(r"[ \t]{0,8}\[?([^\[\]:]{1,60})\]?[ \t]{0,8}:(.*)", re.DOTALL)
_NAMED = re.compile(
    r"[A-ZČĆĐŠŽА-ЯЂЈЉЊЋЏ][\w.'-]{0,30}(?: [A-ZČĆĐŠŽА-ЯЂЈЉЊЋЏ(][\w.'()-]{0,30}){0,3}:\s"
)
_QUALIFIER = re.compile(r"\s*(?:\d+|\([^()]*\))?\s*")  # "Agent 2", "Agent (Ana)"


@dataclass(frozen=True, slots=True)
class _Message:
    number: int  # of its first line
    label: str
    stamp: Stamp | None
    lines: list[str]

    @property
    def where(self) -> str:
        return f"line {self.number}"


def read_plain(text: str, *, written: bool) -> Draft:
    """Return "Agent: ..." and "Customer: ..." lines; roles also in Croatian, Serbian, Cyrillic.

    A line without a role in front goes on with the message before it. `written` (chat, e-mail)
    allows the time of a message before its role, "[2026-11-02 09:14] Agent: ..."; else no times
    are known. Raises MalformedError if the first line names nobody, and for a time that is followed
    by no role or given to some messages only.
    """
    said: list[_Message] = []
    for number, line in enumerate(_lines(text), 1):
        where = f"line {number}"
        stamp = read_stamp(line, where)
        label, words = _label(line[stamp.length :] if stamp else line)
        if label:
            if stamp and not written:
                raise MalformedError(f"{where}: times are for chat and e-mail: use WebVTT")
            said.append(_Message(number, label, stamp, [words]))
        elif stamp and stamp.bracketed and written and (stamp.has_date or _names(line, stamp)):
            raise MalformedError(f"{where}: after the time, write `Agent:` or `Customer:`")
        elif said:
            said[-1].lines.append(line)
        elif line.strip():
            raise MalformedError(f"{where}: begin it with `Agent:` or `Customer:`")
    stamped = [(one.where, one.stamp) for one in said if one.stamp]
    starts = dict(zip((where for where, _ in stamped), since_first(stamped), strict=True))
    return Draft(
        tuple(
            Said(one.where, one.label, "\n".join(one.lines), starts.get(one.where)) for one in said
        )
    )


def _names(line: str, stamp: Stamp) -> bool:
    """Return whether somebody is named after a time: "[09:15] Marko: ..."."""
    return _NAMED.match(line, stamp.length) is not None


def _lines(text: str) -> list[str]:
    """Return the lines as editors count them; `splitlines` also splits at form feeds and such."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _label(line: str) -> tuple[str, str]:
    """Return the role that `line` begins with and the rest; "" and "" if it begins with none.

    The role stands alone or with a number or name in brackets: "Korisnik kaže: ..." is text.
    """
    found = _LABELLED.match(line)
    if not found:
        return "", ""
    word, _, rest = found[1].strip().partition(" ")
    if role(word) is None or not _QUALIFIER.fullmatch(rest):
        return "", ""
    return word, found[2]


def read_vtt(text: str) -> Draft:
    """Return the cues of a WebVTT text; each names its speaker, `<v Agent>` or "Agent: ...".

    A cue with several voices is several utterances of the same time. "Language: sr" in the
    header is understood. Raises MalformedError naming the line.
    """
    blocks = list(_blocks(text))
    if not blocks or not re.match(r"WEBVTT(?:[ \t]|$)", blocks[0][1][0]):
        raise MalformedError("line 1: a WebVTT file begins with WEBVTT")
    said: list[Said] = []
    for number, lines in blocks[1:]:
        if not re.match(r"(?:NOTE|STYLE|REGION)(?:\s|$)", lines[0]):
            said.extend(_cue(number, lines))
    return Draft(tuple(said), _header_language(blocks[0][1]), segments=True)


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the runs of lines between blank lines, with the number of their first line."""
    block: list[str] = []
    for number, line in enumerate([*_lines(text), ""], 1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _header_language(lines: list[str]) -> str:
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() == "language":
            return value.strip()
    return ""


def _cue(number: int, lines: list[str]) -> Iterator[Said]:
    timing = next((at for at, line in enumerate(lines[:2]) if "-->" in line), None)
    if timing is None:
        raise MalformedError(f"line {number}: no time in this cue: write 00:00.000 --> 00:01.000")
    where = f"line {number + timing}"
    found = _TIMING.fullmatch(lines[timing].strip())
    if not found:
        raise MalformedError(f"{where}: not a time: write 00:00.000 --> 00:01.000")
    groups = [int(group or 0) for group in found.groups()]
    start, end = _milliseconds(groups[:4]), _milliseconds(groups[4:])
    for label, words in _voices("\n".join(lines[timing + 1 :]), where):
        yield Said(where, label, words, start, end)


def _milliseconds(clock: list[int]) -> int:
    hours, minutes, seconds, rest = clock
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + rest


def _voices(payload: str, where: str) -> Iterator[tuple[str, str]]:
    """Yield speaker and text of each voice of a cue; nothing for a cue without text."""
    before, *voices = _VOICE.split(payload)
    before = _plain(before)
    if before:
        prefixed = _LABELLED.match(before)
        if voices or not prefixed:
            raise MalformedError(f"{where}: text without a speaker: mark it <v Agent>")
        yield prefixed[1].strip(), prefixed[2]
    for label, words in zip(voices[::2], voices[1::2], strict=True):
        yield html.unescape(label).strip(), _plain(words)


def _plain(marked: str) -> str:
    return html.unescape(_TAG.sub("", marked)).strip()
