import os
import sys
from pathlib import Path

import pytest

from qa.intake.manifest import read_manifest
from tests.intake.test_manifest import HEADER, manifest, problems


class TestRecordingsRoot:
    def test_links_that_lead_out_are_refused(self, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        inside = tmp_path / "night"
        for folder in (outside, inside, inside / "real"):
            folder.mkdir()
        (inside / "away").symlink_to(outside)
        (inside / "secret.wav").symlink_to(outside / "secret.wav")
        (inside / "near").symlink_to(inside / "real")
        text = HEADER + "c1,away/1.wav,a\nc2,secret.wav,a\nc3,near/1.wav,a\nc4,near/../../x.wav,a\n"
        found = problems(manifest(inside, text))
        assert [problem.split(":")[1] for problem in found] == ["2", "3", "5"]
        assert all("outside the recordings folder" in problem for problem in found)

    def test_the_call_carries_where_the_link_leads(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "near").symlink_to(tmp_path / "real")
        (call,) = read_manifest(manifest(tmp_path, HEADER + "c1,near/1.wav,a\n"))
        assert call.recording == tmp_path.resolve() / "real" / "1.wav"

    @pytest.mark.skipif(sys.version_info >= (3, 13), reason="then a circle is followed no further")
    def test_a_circle_of_links(self, tmp_path: Path) -> None:
        (tmp_path / "a").symlink_to(tmp_path / "b")
        (tmp_path / "b").symlink_to(tmp_path / "a")
        (problem,) = problems(manifest(tmp_path, HEADER + "c1,a/1.wav,x\n"))
        assert "check its links" in problem

    def test_a_wider_root_allows_names_beside_the_manifest(self, tmp_path: Path) -> None:
        (tmp_path / "lists").mkdir()
        path = manifest(tmp_path / "lists", HEADER + "c1,../audio/1.wav,a\n")
        assert "outside" in problems(path)[0]
        (call,) = read_manifest(path, tmp_path)
        assert call.recording == tmp_path.resolve() / "audio" / "1.wav"

    def test_a_narrower_root_binds(self, tmp_path: Path) -> None:
        (tmp_path / "audio").mkdir()
        path = manifest(tmp_path, HEADER + "c1,audio/1.wav,a\nc2,audio2/1.wav,a\n")
        (problem,) = problems(path, tmp_path / "audio")
        assert problem.startswith("calls.csv:3:")  # "audio2" begins like "audio" and is another

    def test_the_working_folder_does_not_matter(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        manifest(tmp_path, HEADER + "c1,1.wav,a\n")
        monkeypatch.chdir(tmp_path)
        (call,) = read_manifest(Path("calls.csv"))
        assert call.recording == Path(os.path.realpath(tmp_path)) / "1.wav"
