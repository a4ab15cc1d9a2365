from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.intake.ready import is_ready, read_ready
from qa.nouns import Call
from tests.intake.sounds import code_of
from tests.intake.transcripts import complaint, own, read, said, turn


@pytest.mark.parametrize(
    ("name", "ready"), [("a.json", True), ("a.VTT", True), ("a.txt", True), ("a.wav", False)]
)
def test_the_extension_tells_a_transcript_from_sound(name: str, ready: bool) -> None:
    assert is_ready(Path(name)) == ready


class TestLanguage:
    def test_the_manifest_goes_before_the_file(self, tmp_path: Path) -> None:
        content = own(turn("agent", 0, 1), language="sr")
        assert read(tmp_path, "a.json", content, language="hr").language == "hr"

    @pytest.mark.parametrize(("found", "language"), [("sr_Latn", "sr"), ("HR-hr", "hr")])
    def test_regions_and_scripts_do_not_matter(
        self, tmp_path: Path, found: str, language: str
    ) -> None:
        content = own(turn("agent", 0, 1), language=found)
        assert read(tmp_path, "a.json", content, language=None).language == language

    @pytest.mark.parametrize("found", [None, "", "de", "srx"])
    def test_it_is_not_guessed(self, tmp_path: Path, found: str | None) -> None:
        content = own(turn("agent", 0, 1), language=found)
        assert code_of(lambda: read(tmp_path, "a.json", content, language=None)) == "language"


class TestHostileFiles:
    @pytest.mark.parametrize(
        ("content", "expected"),
        [
            (b"{", "not valid JSON"),
            (b"[" * 100_000, "not valid JSON"),
            (b"[]", "a JSON object is expected"),
            (b"{}", "unknown JSON"),
            (b'{"format": "callqa-transcript/2"}', "unknown JSON"),
            (b'{"segments": 5}', "segments: Input should be a valid list"),
            (b'{"segments": [{"start": NaN, "end": 1, "text": ""}]}', "not valid JSON"),
            (b'{"segments": [{"start": 1, "end": 1e999, "text": "a"}]}', "segment 1: end: "),
            (
                b'{"segments": [{"start": 1, "end": 1e300, "text": "a", "speaker": "SPEAKER_00"}]}',
                "y",
            ),
            (b'{"segments": [{"start": 1, "end": ' + b"9" * 5000 + b"}]}", "not valid JSON"),
            (b'{"format": "callqa-transcript/1", "turns": "\xff"}', "not valid JSON"),
            (b'{"format": "callqa-transcript/1", "turns": "\\ud800"}', "not valid JSON"),
        ],
    )
    def test_json(self, tmp_path: Path, content: bytes, expected: str) -> None:
        assert expected in complaint(tmp_path, "a.json", content)

    def test_empty_missing_and_too_large(self, tmp_path: Path) -> None:
        assert code_of(lambda: read(tmp_path, "a.txt", b"")) == "empty_file"
        none = tmp_path / "none.txt"
        assert code_of(lambda: read_ready(none, Call("c", none, "a"))) == "missing"
        with (tmp_path / "b.txt").open("wb") as file:
            file.truncate(32_000_001)  # a hole on the disk, not 32 MB
        large = tmp_path / "b.txt"
        assert code_of(lambda: read_ready(large, Call("c", large, "a"))) == "too_large"

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * 100_000),
            ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v" + " " * 300_000),
            ("a.vtt", "WEBVTT\n\n00:01.000" + " " * 300_000 + "x"),
            ("a.txt", " " * 300_000 + "x"),
            ("a.txt", "[" * 300_000 + "x"),
        ],
    )
    def test_patterns_do_not_run_away(self, tmp_path: Path, name: str, text: str) -> None:
        """Each takes milliseconds; with one careless repetition it would take minutes."""
        assert code_of(lambda: read(tmp_path, name, text)) == "transcript"

    def test_a_long_monologue_is_joined_in_one_go(self, tmp_path: Path) -> None:
        one = {"start": 1.0, "end": 2.0, "text": "da " * 30, "speaker": "SPEAKER_00"}
        (only,) = read(tmp_path, "a.json", {"segments": [one] * 20_000}).turns
        assert len(only.text) == 20_000 * 90 - 1  # "da da ... da" of 89 letters, and spaces between


_times = st.tuples(st.integers(0, 10**7), st.integers(0, 10**5))
_turns = st.lists(
    st.tuples(
        st.sampled_from(["agent", "customer"]),
        _times,
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp", "Zs"))),
    ),
    max_size=8,
)


@settings(deadline=None, derandomize=True)
@given(_turns)
def test_no_turn_is_lost_or_changed(
    tmp_path_factory: pytest.TempPathFactory, turns: list[tuple[str, tuple[int, int], str]]
) -> None:
    rows = [(who, start, start + length, text) for who, (start, length), text in turns]
    content = own(*(turn(*row) for row in rows))
    transcript = read(tmp_path_factory.getbasetemp(), "a.json", content)
    kept = [row for row in rows if row[3]]
    assert said(transcript) == sorted(kept, key=lambda row: row[1])
    assert [t.index for t in transcript.turns] == list(range(len(kept)))


_pieces = st.sampled_from(
    [
        "WEBVTT",
        "\n",
        "\n\n",
        "00:01.000 --> 00:02.000",
        "<v Agent>",
        "</v>",
        "Agent:",
        "x",
        " ",
        "<",
        '{"segments": [',
        '{"start": 1, "end": 2, "text": "a", "speaker": "SPEAKER_00"}',
        "]",
        "}",
    ]
)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(
    st.sampled_from(["a.json", "a.vtt", "a.txt"]),
    st.binary(max_size=60) | st.lists(_pieces, max_size=12).map(lambda p: "".join(p).encode()),
)
def test_no_bytes_raise_anything_but_a_call_error(
    tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes
) -> None:
    code = code_of(lambda: read(tmp_path_factory.getbasetemp(), name, data))
    assert code in {"", "transcript", "empty_file"}
