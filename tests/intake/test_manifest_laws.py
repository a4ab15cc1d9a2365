import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.intake.manifest import read_manifest
from qa.nouns import LANGUAGES, Call, Hold
from qa.problems import ConfigError
from tests.intake.test_manifest import HEADER, manifest

# what the reader strips, and what an id may not hold, stays out
_cell = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp")), max_size=20
).map(str.strip)
_name = _cell.filter(bool)
_ZONES = [UTC, timezone(timedelta(hours=1)), timezone(-timedelta(hours=3, minutes=30))]
_times = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001  # the zones are added
    datetime(2199, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from(_ZONES),
)
_holds = (
    st.lists(st.integers(0, 80_000_000), max_size=6, unique=True)
    .map(sorted)
    .map(lambda edges: tuple(map(Hold, edges[::2], edges[1::2])))
)
_calls = st.lists(
    st.builds(
        Call,
        id=_name,
        recording=st.from_regex(r"[a-zč0-9]{1,8}(/[a-zć0-9]{1,8})?\.wav", fullmatch=True).map(Path),
        agent_id=_name,
        agent_name=_cell,
        team=_cell,
        started_at=st.none() | _times,
        language=st.none() | st.sampled_from(LANGUAGES),
        channel=st.sampled_from(["voice", "chat", "email"]),
        agent_channel=st.sampled_from([None, 0, 1]),
        queue=_cell,
        csat=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        first_speaker=st.sampled_from([None, "agent", "customer"]),
        holds=st.none() | _holds,
    ),
    unique_by=lambda call: call.id,
    max_size=6,
)


def _shown(cell: object) -> object:
    """Return a value as a sheet would hold it."""
    match cell:
        case datetime():
            return cell.isoformat()
        case tuple():
            return ";".join(f"{h.start_ms / 1000}-{h.end_ms / 1000}" for h in cell) or "none"
        case _:
            return "" if cell is None else cell


@settings(deadline=None, derandomize=True)
@given(_calls, st.sampled_from([",", ";"]), st.booleans())
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, calls: list[Call], separator: str, mark: bool
) -> None:
    folder = tmp_path_factory.getbasetemp().resolve()
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, quoting=csv.QUOTE_ALL)
    names = [name for name in Call.__slots__ if name != "id"]
    writer.writerow(["call_id", *names])
    for call in calls:
        cells = [getattr(call, name) for name in names]
        writer.writerow([call.id, *map(_shown, cells)])
    path = manifest(folder, text.getvalue().encode("utf-8-sig" if mark else "utf-8"))
    read = read_manifest(path)
    assert [(call.recording.relative_to(folder), call) for call in read] == [
        (wanted.recording, got) for wanted, got in zip(calls, read, strict=True)
    ]
    for wanted, got in zip(calls, read, strict=True):
        for name in Call.__slots__:
            if name != "recording":
                assert getattr(got, name) == getattr(wanted, name), name


@settings(deadline=None, derandomize=True)
@given(
    st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda b: HEADER.encode() + b))
)
def test_no_bytes_raise_anything_but_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = manifest(tmp_path_factory.getbasetemp(), data)
    try:
        calls = read_manifest(path)
    except ConfigError as error:
        lines = [problem.splitlines() for problem in error.problems]
        wrong = [line for line in lines if len(line) != 1]
    else:
        wrong = [[call.id] for call in calls if not call.id]
    assert wrong == []
