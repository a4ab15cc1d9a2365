"""The whole path with real weights: two recorded calls and a chat, through the command line."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from qa.intake.decode import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "data" / "samples"
PIPELINE = ROOT / "pipelines" / "sample.yaml"
CRITERIA = ["interruptions", "empathy", "apology", "resolution", "blame"]
RESULTS = ("calls", "transcripts", "findings", "scorecards")


def qa(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command line as its user would, with whatever comes out kept."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "qa", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def table(out: Path, name: str) -> list[dict[str, Any]]:
    printed = qa("export", out, "--table", name, "--format", "json")
    assert printed.returncode == 0, printed.stderr
    rows: list[dict[str, Any]] = json.loads(printed.stdout)
    return rows


def sample_rows(ids: Sequence[str]) -> list[dict[str, str]]:
    with (SAMPLES / "calls.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["call_id"]: row for row in csv.DictReader(file)}
    return [rows[call_id] for call_id in ids]


def write_manifest(folder: Path, rows: Sequence[dict[str, str]]) -> Path:
    path = folder / "calls.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def versions(out: Path) -> dict[str, int]:
    """Return how many commits each table has."""
    return {
        name: len(list((out / "tables" / name / "_delta_log").glob("*.json"))) for name in RESULTS
    }


@dataclass(frozen=True)
class Night:
    """A finished run of two recordings."""

    folder: Path
    manifest: Path
    out: Path
    first: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Night:
    folder = tmp_path_factory.mktemp("night")
    rows = sample_rows(["en-01-late-parcel", "hr-02-prigovor-na-racun"])
    for row in rows:
        (folder / row["recording"]).write_bytes((SAMPLES / row["recording"]).read_bytes())
    manifest = write_manifest(folder, rows)
    out = folder / "out"
    return Night(folder, manifest, out, qa("run", manifest, "--out", out, "--pipeline", PIPELINE))


def test_the_first_run_does_every_call(night: Night):
    assert night.first.returncode == 0, night.first.stderr
    assert "2 done" in night.first.stdout
    assert "2/2 calls" in night.first.stderr  # plain progress: not a terminal
    assert [row["status"] for row in table(night.out, "ledger")[:2]] == ["done", "done"]


def test_every_call_has_the_five_core_criteria_with_reason_and_quote(night: Night):
    scores = table(night.out, "scores")
    said = {(row["call_id"], row["turn"]): row["text"] for row in table(night.out, "turns")}
    for call_id in ("en-01-late-parcel", "hr-02-prigovor-na-racun"):
        own = [row for row in scores if row["call_id"] == call_id]
        assert [row["criterion"] for row in own] == CRITERIA
        assert all(row["reason"] for row in own)
        for row in own:
            if row["outcome"] in ("NOT_APPLICABLE", "UNSCORED"):
                assert row["points"] is None
            if row["quote"]:
                turns = [text for (call, _), text in said.items() if call == call_id]
                assert any(row["quote"] in text for text in turns)
                assert 0 <= row["start_ms"] < row["end_ms"]


def test_words_are_recognised_and_the_right_side_says_them(night: Night):
    agent = " ".join(
        row["text"].lower()
        for row in table(night.out, "turns")
        if row["call_id"] == "en-01-late-parcel" and row["speaker"] == "agent"
    )
    assert "good morning" in agent
    assert "fed up" not in agent  # the customer's


def test_good_and_poor_service_are_told_apart(night: Night):
    total = {row["call_id"]: row["total"] for row in table(night.out, "cards")}
    assert total["en-01-late-parcel"] > 80
    assert total["hr-02-prigovor-na-racun"] < 40


def test_pages_name_every_agent_and_stand_alone(night: Night):
    pages = list((night.out / "pages").rglob("*.html"))
    together = "\n".join(page.read_text("utf-8") for page in pages)
    assert "Emma Clarke" in together
    assert "Marko Babić" in together
    assert len(list((night.out / "pages" / "agents").glob("*.html"))) == 2
    assert "<script" not in together
    assert "http://" not in together.replace("http://www.w3.org/2000/svg", "")


def test_a_second_run_does_nothing_and_one_more_call_is_just_that(night: Night):
    before = versions(night.out)
    again = qa("run", night.manifest, "--out", night.out, "--pipeline", PIPELINE, "--quiet")
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    assert "2 skipped" in again.stdout
    assert versions(night.out) == before

    rows = sample_rows(["en-01-late-parcel", "hr-02-prigovor-na-racun", "sr-06-chat"])
    (night.folder / "sr-06-chat.json").write_bytes((SAMPLES / "sr-06-chat.json").read_bytes())
    more = write_manifest(night.folder, rows)
    third = qa("run", more, "--out", night.out, "--pipeline", PIPELINE)
    assert "1 done, 2 skipped" in third.stdout
    assert len({row["call_id"] for row in table(night.out, "turns")}) == 3


def test_bad_recordings_fail_one_by_one_and_the_good_call_is_finished(tmp_path: Path):
    good = sample_rows(["sr-06-chat"])[0]
    (tmp_path / "sr-06-chat.json").write_bytes((SAMPLES / "sr-06-chat.json").read_bytes())
    (tmp_path / "zero.wav").write_bytes(b"")
    (tmp_path / "text.wav").write_text("this is not a recording\n" * 50, "utf-8")
    whole = (SAMPLES / "en-01-late-parcel.flac").read_bytes()
    (tmp_path / "cut.flac").write_bytes(whole[: len(whole) // 2])
    write_wav(tmp_path / "silent.wav", channels=2)
    write_wav(tmp_path / "three.wav", channels=3)
    bad = ["gone.wav", "zero.wav", "text.wav", "cut.flac", "silent.wav", "three.wav"]
    rows = [good] + [
        dict.fromkeys(good, "") | {"call_id": name, "recording": name, "agent_id": "A1"}
        for name in bad
    ]
    out = tmp_path / "out"
    ended = qa("run", write_manifest(tmp_path, rows), "--out", out, "--pipeline", PIPELINE)
    assert ended.returncode == 1
    ledger = {row["call_id"]: row for row in table(out, "ledger")}
    assert {name: ledger[name]["code"] for name in bad} == {
        "gone.wav": "missing",
        "zero.wav": "empty_file",
        "text.wav": "not_audio",
        "cut.flac": "truncated",
        "silent.wav": "empty",
        "three.wav": "channels",
    }
    for name in bad:
        wanted = "empty" if name == "silent.wav" else "failed"
        assert ledger[name]["status"] == wanted
        assert ledger[name]["stage"]
        assert "\n" not in ledger[name]["message"]
        assert name in ledger[name]["message"]
        assert f"{name}: {ledger[name]['message']}" in ended.stderr
    assert ledger["sr-06-chat"]["status"] == "done"
    index = (out / "pages" / "index.html").read_text("utf-8")
    assert all(name in index for name in bad)


def write_wav(path: Path, *, channels: int) -> None:
    import wave

    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * channels * 8000 * 3))


def test_the_samples_are_what_their_page_says():
    recordings = sorted(SAMPLES.glob("*.flac"))
    lengths = {path: decode(path) for path in recordings}
    stereo = [path for path, recording in lengths.items() if len(recording.channels) == 2]
    for language in ("en", "hr", "sr"):
        assert sum(path.name.startswith(language) for path in stereo) >= 5
    assert len(stereo) < len(recordings)  # one is mono
    assert all(30_000 <= r.duration_ms <= 90_000 for r in lengths.values())
    assert sum(path.stat().st_size for path in recordings) < 15_000_000
    with (SAMPLES / "calls.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["agent_id"] for row in rows}) == 5
    assert len({row["team"] for row in rows}) == 2
    for row in rows:
        truth = json.loads((SAMPLES / f"{row['call_id']}.truth.json").read_text("utf-8"))
        assert set(truth["expected"]) == set(CRITERIA)
        assert (SAMPLES / "scripts" / f"{row['call_id']}.yaml").exists()
