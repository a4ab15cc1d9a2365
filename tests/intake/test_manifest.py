from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from qa.intake.manifest import read_manifest
from qa.intake.rows import COLUMNS
from qa.nouns import Call, Hold
from qa.problems import ConfigError

HEADER = "call_id,recording,agent_id\n"


def manifest(folder: Path, text: str | bytes) -> Path:
    path = folder / "calls.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def problems(path: Path, root: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        read_manifest(path, root)
    return caught.value.problems


def test_every_column_is_read(tmp_path: Path) -> None:
    path = manifest(
        tmp_path,
        "call_id,recording,agent_id,agent_name,team,started_at,language,channel,agent_channel,"
        "queue,csat,first_speaker,holds\n"
        "c1,day/1.wav,a7,Žarko Đurić,East,2026-01-31T14:05:00+01:00,hr,voice,1,billing,4.5,"
        "customer,63.5-95;2:00-2:31\n",
    )
    (call,) = read_manifest(path)
    assert call == Call(
        id="c1",
        recording=tmp_path.resolve() / "day" / "1.wav",
        agent_id="a7",
        agent_name="Žarko Đurić",
        team="East",
        started_at=datetime(2026, 1, 31, 14, 5, tzinfo=timezone(timedelta(hours=1))),
        language="hr",
        channel="voice",
        agent_channel=1,
        queue="billing",
        csat=4.5,
        first_speaker="customer",
        holds=(Hold(63_500, 95_000), Hold(120_000, 151_000)),
    )


def test_three_columns_are_enough_and_the_recording_need_not_exist(tmp_path: Path) -> None:
    (call,) = read_manifest(manifest(tmp_path, HEADER + "c1,none.wav,a7\n"))
    assert call == Call("c1", tmp_path.resolve() / "none.wav", "a7")


def test_a_header_alone_is_no_calls(tmp_path: Path) -> None:
    assert read_manifest(manifest(tmp_path, HEADER)) == ()


def test_a_sheet_as_excel_writes_it_in_zagreb_and_belgrade(tmp_path: Path) -> None:
    """Byte order mark, semicolons, decimal comma, CRLF, spaces, rows of nothing, more columns."""
    text = (
        "\ufeffCall_ID ; recording;agent_id;csat;Napomena\r\n"
        "\r\n"
        ' c1 ;noć\\1.wav; a7 ;4,5;"jedno; drugo"\r\n'
        ";;;;\r\n"
        "c2;2.wav;a7;;\r\n"
    )
    first, second = read_manifest(manifest(tmp_path, text))
    assert (first.id, first.agent_id, first.csat) == ("c1", "a7", 4.5)
    assert first.recording == tmp_path.resolve() / "noć" / "1.wav"
    assert (second.id, second.csat) == ("c2", None)


def test_case_of_language_and_channel_does_not_matter(tmp_path: Path) -> None:
    text = "call_id,recording,agent_id,language,channel\nc1,1.txt,a7,SR,Chat\n"
    (call,) = read_manifest(manifest(tmp_path, text))
    assert (call.language, call.channel) == ("sr", "chat")


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    header = "call_id,recording,agent_id,started_at\n"
    text = header + "c1,1.wav,a,2026-01-31 14:05\nc2,1.wav,a,2026-02-01\n"
    first, second = read_manifest(manifest(tmp_path, text))
    assert first.started_at == datetime(2026, 1, 31, 14, 5, tzinfo=UTC)
    assert second.started_at == datetime(2026, 2, 1, tzinfo=UTC)


def test_all_problems_come_at_once_each_with_its_line(tmp_path: Path) -> None:
    text = (
        "call_id,recording,agent_id,started_at,language,channel,agent_channel,csat\n"
        "x,1.wav,a7,,,,,\n"
        "\n"
        "x,2.wav,a7,,,,,\n"
        ",/etc/passwd,,31.1.2026.,de,phone,2,good\n"
        "y,3.wav,a7\n"
        'z,"4\n.wav",a7,,,,,nan\n'
        "w,5.wav,a7,0001-01-01T00:00:00+14:00,,,,,\n"
        f"{'v' * 201},../6.wav,a\u202e7,,,,,\n"
    )
    assert problems(manifest(tmp_path, text)) == (
        "calls.csv:4: call_id 'x' appears already on line 2: give each call its own id",
        "calls.csv:5: call_id is empty: every call needs one",
        "calls.csv:5: recording '/etc/passwd' is an absolute path: "
        "give it relative to the manifest",
        "calls.csv:5: agent_id is empty: every call needs one",
        "calls.csv:5: started_at '31.1.2026.' is not ISO 8601: "
        "write it as 2026-01-31T14:05:00+01:00",
        "calls.csv:5: language 'de' is unknown: use en, hr, sr or leave it empty",
        "calls.csv:5: channel 'phone' is unknown: use voice, chat, email or leave it empty",
        "calls.csv:5: agent_channel '2' must be 0 (first, left), 1 (second, right) or empty",
        "calls.csv:5: csat 'good' is not a number: write it as 4 or 4.5, or leave it empty",
        'calls.csv:6: 3 cells where the header has 8: put values that hold a separator in "quotes"',
        "calls.csv:7: recording '4\\n.wav' has invisible or control characters: type it again",
        "calls.csv:7: csat 'nan' is not a number: write it as 4 or 4.5, or leave it empty",
        'calls.csv:9: 9 cells where the header has 8: put values that hold a separator in "quotes"',
        f"calls.csv:10: call_id '{'v' * 60}...' is 201 characters long: 200 are allowed",
        "calls.csv:10: recording '../6.wav' lies outside the recordings folder: "
        "move or copy it there",
        "calls.csv:10: agent_id 'a\\u202e7' has invisible or control characters: type it again",
    )


def test_faults_of_holds_and_first_speaker_come_with_all_others(tmp_path: Path) -> None:
    text = (
        "call_id,recording,agent_id,first_speaker,holds\n"
        "c1,1.wav,a7,Agent,none\n"
        "c2,2.wav,a7,bot,95-63\n"
        "c3,,a7,,63 to 95\n"
    )
    assert problems(manifest(tmp_path, text)) == (
        "calls.csv:3: first_speaker 'bot' is unknown: use agent, customer or leave it empty",
        "calls.csv:3: holds '95-63' has a hold without length or that ends before it starts "
        "(95-63): mend it",
        "calls.csv:4: recording is empty: every call needs one",
        "calls.csv:4: holds '63 to 95' is no list of holds at '63': write start-end in seconds or "
        'mm:ss, a semicolon between two, as 63.5-95;120-151, or "none", or leave it empty if it '
        "is not known",
    )


def test_holds_of_a_sheet_that_separates_by_semicolons(tmp_path: Path) -> None:
    text = 'call_id;recording;agent_id;holds\nc1;1.wav;a;"63,5-95; 120-151,25"\nc2;2.wav;a;\n'
    first, second = read_manifest(manifest(tmp_path, text))
    assert first.holds == (Hold(63_500, 95_000), Hold(120_000, 151_250))
    assert second.holds is None


def test_years_that_no_call_has(tmp_path: Path) -> None:
    text = "call_id,recording,agent_id,started_at\nc1,1.wav,a7,0001-01-01T00:00:00+14:00\n"
    (problem,) = problems(manifest(tmp_path, text))
    assert "is no year of a call" in problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "nothing in it"),
        ("\n\n", "nothing in it"),
        ("id,recording\n", "column call_id is missing"),
        (HEADER.strip() + ",team,team\n", "column team appears twice"),
        (HEADER + 'c1,"1.wav,a7\n', "not valid CSV"),
        (HEADER + f"c1,{'x' * 200_000},a7\n", "not valid CSV (field larger"),
        ((HEADER + "c1,č.wav,a7\n").encode("cp1250"), "calls.csv:2: not UTF-8 (byte 0xE8)"),
        ((HEADER + "c1,1.wav,a7\n").encode("utf-16"), "calls.csv:1: not UTF-8"),
    ],
)
def test_a_manifest_that_is_no_table(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert any(expected in problem for problem in problems(manifest(tmp_path, text)))


def test_both_missing_columns_are_named(tmp_path: Path) -> None:
    found = problems(manifest(tmp_path, "id,recording\n"))
    assert [problem.split()[2] for problem in found] == ["call_id", "agent_id"]


def test_a_missing_manifest_or_folder(tmp_path: Path) -> None:
    assert "cannot be read" in problems(tmp_path / "none.csv")[0]
    assert "cannot be read" in problems(tmp_path)[0]
    path = manifest(tmp_path, HEADER)
    assert "recordings folder does not exist" in problems(path, tmp_path / "none")[0]


def test_a_wrong_column_does_not_print_a_line_per_call(tmp_path: Path) -> None:
    rows = "".join(f"c{n},/{n}.wav,a7\n" for n in range(250))
    found = problems(manifest(tmp_path, HEADER + rows))
    assert len(found) == 201
    assert found[-1] == "... and 50 more problems"


@pytest.mark.parametrize(
    "name", ["C:\\calls\\1.wav", "C:1.wav", "\\\\server\\share\\1.wav", "/1.wav"]
)
def test_absolute_names_of_any_system(tmp_path: Path, name: str) -> None:
    (problem,) = problems(manifest(tmp_path, HEADER + f"c1,{name},a7\n"))
    assert "absolute path" in problem


def test_languages_are_those_configured(tmp_path: Path) -> None:
    path = manifest(tmp_path, "call_id,recording,agent_id,language\nc1,1.wav,a,sr\n")
    assert read_manifest(path, languages=("sr", "en"))[0].language == "sr"
    with pytest.raises(ConfigError, match="use en, hr or leave"):
        read_manifest(path, languages=("en", "hr"))


def test_the_readme_shows_every_column_and_a_row_that_can_be_read(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    header, row = (line.strip() for line in readme.split("    call_id,")[1].splitlines()[:2])
    assert f"call_id,{header}".split(",") == list(COLUMNS)
    (call,) = read_manifest(manifest(tmp_path, f"call_id,{header}\n{row}\n"))
    assert call.holds == (Hold(63_500, 95_000), Hold(120_000, 151_000))
