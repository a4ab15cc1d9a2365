from pathlib import Path

import pytest

from tests.intake.transcripts import complaint, read, said


class TestWebVtt:
    def test_voices_several_in_a_cue_tags_and_notes(self, tmp_path: Path) -> None:
        text = (
            "\ufeffWEBVTT - call\nKind: captions\nLanguage: sr-RS\n\n"
            "NOTE made by\nhand\n\nSTYLE\n::cue {}\n\n"
            "1\n00:01.000 --> 00:02.500 align:start\n"
            "<v.loud Agent Ana>Dobar <b>dan</b>,\nizvolite?\n\n"
            "01:00:00.000 --> 01:00:01.000\n<v Корисник>A &lt;3</v><v Agent Ana>Da.</v>\r\n\r\n"
            "01:00:02.000 --> 01:00:03.000\n\n"
        )
        transcript = read(tmp_path, "a.vtt", text, language=None)
        assert said(transcript) == [
            ("agent", 1000, 2500, "Dobar dan, izvolite?"),
            ("customer", 3_600_000, 3_601_000, "A <3"),
            ("agent", 3_600_000, 3_601_000, "Da."),
        ]
        assert transcript.language == "sr"
        assert len(transcript.spans) == 3

    def test_the_speaker_may_stand_in_the_text(self, tmp_path: Path) -> None:
        text = (
            "WEBVTT\n\n00:01.000 --> 00:02.000\n[SPEAKER_00]: Halo: tko je?\n\n"
            "00:03.000 --> 00:04.000\nSPEAKER_01: Ja.\n"
        )
        transcript = read(tmp_path, "a.vtt", text)
        assert said(transcript) == [
            ("agent", 1000, 2000, "Halo: tko je?"),
            ("customer", 3000, 4000, "Ja."),
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "line 1: a WebVTT file begins with WEBVTT"),
            ("1\n00:01.000 --> 00:02.000\n<v Agent>a\n", "line 1: a WebVTT file begins"),
            ("WEBVTTX\n", "line 1: a WebVTT file begins"),
            ("WEBVTT\n\n00:01.000 --> 00:02.000\nno name\n", "line 3: text without a speaker"),
            ("WEBVTT\n\n00:01 --> 00:02\n<v Agent>a\n", "line 3: not a time"),
            ("WEBVTT\n\n\n7\nhello\n", "line 4: no time in this cue"),
            ("WEBVTT\n\n7\n00:03.000 --> 00:02.000\n<v Agent>a", "line 4: ends at 2000 ms"),
            ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Marko>a\n", "line 3: speaker 'Marko'"),
            ("WEBVTT\n\n00:01.000 --> 00:02.000\na <v Agent>b\n", "line 3: text without"),
            ("WEBVTT\n\n9999:99:99.999 --> 9999:99:99.999\n<v Agent>b\n", "more than a year"),
        ],
    )
    def test_what_is_wrong_is_named_with_its_line(
        self, tmp_path: Path, text: str, expected: str
    ) -> None:
        if not text:
            text = "\n"
        assert expected in complaint(tmp_path, "a.vtt", text)


class TestPlainLines:
    @pytest.mark.parametrize(
        ("label", "speaker"),
        [
            ("Agent", "agent"),
            ("AGENTICA", "agent"),
            ("Operater 2", "agent"),
            ("Агент", "agent"),
            ("Оператер", "agent"),
            ("Customer", "customer"),
            ("Korisnik", "customer"),
            ("korisnica (Ana)", "customer"),
            ("Kupac", "customer"),
            ("Stranka", "customer"),
            ("Klijent", "customer"),
            ("Корисник", "customer"),
            ("Странка", "customer"),
            ("Mušterija", "customer"),
            ("Musterija", "customer"),
        ],
    )
    def test_roles_in_three_languages_and_two_scripts(
        self, tmp_path: Path, label: str, speaker: str
    ) -> None:
        assert said(read(tmp_path, "a.txt", f"{label} : Da: dobro.")) == [
            (speaker, 0, 0, "Da: dobro.")
        ]

    def test_lines_without_a_role_go_on_with_the_message(self, tmp_path: Path) -> None:
        text = (
            "\nKorisnik: Naručio sam.\r\n\r\nAdresa: Ilica 5\nKorisnik kaže: hitno\n"
            "Agent:\nProvjeravam.\n"
        )
        transcript = read(tmp_path, "a.txt", text, channel="email")
        assert said(transcript) == [
            ("customer", 0, 0, "Naručio sam.\n\nAdresa: Ilica 5\nKorisnik kaže: hitno"),
            ("agent", 0, 0, "Provjeravam."),
        ]
        assert transcript.spans == ()
        spoken = read(tmp_path, "a.txt", text)
        assert spoken.turns[1].text == "Provjeravam."
        assert "\n" not in spoken.turns[0].text

    def test_a_first_line_of_nobody(self, tmp_path: Path) -> None:
        message = complaint(tmp_path, "a.txt", "\nMarko: Dobar dan\nAgent: Da\n")
        assert message == "a.txt: line 2: begin it with `Agent:` or `Customer:`"

    def test_another_encoding(self, tmp_path: Path) -> None:
        text = "Agent: da\nAgent: čekajte\n".encode("cp1250")
        assert "a.txt: line 2: not UTF-8" in complaint(tmp_path, "a.txt", text)


class TestTimesOfMessages:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ("[2026-11-02 09:14]", "[2026-11-02 11:44:30]"),
            ("2026-11-02T09:14:00+01:00", "2026-11-02T10:44:30Z"),
            ("[02.11.2026. 09:14]", "[2. 11. 2026. 11:44:30]"),
            ("02.11.2026, 09:14 -", "02.11.2026, 11:44:30 -"),
            ("(09:14)", "(11:44:30)"),
            ("9:14", "11:44:30"),
        ],
    )
    def test_before_the_role(self, tmp_path: Path, first: str, second: str) -> None:
        # 11:44:30 less 9:14:00 is 2 h 30 min 30 s = 9,030 s
        text = f"{first} Kupac: Gdje je paket?\nNaručen je 1.10.\n{second} Agentica: Stiže sutra."
        assert said(read(tmp_path, "a.txt", text, channel="email")) == [
            ("customer", 0, 0, "Gdje je paket?\nNaručen je 1.10."),
            ("agent", 9_030_000, 9_030_000, "Stiže sutra."),
        ]

    def test_over_days_and_out_of_order(self, tmp_path: Path) -> None:
        text = "[2026-11-03 00:01] Agent: b\n[2026-11-02 23:59] Customer: a"
        transcript = read(tmp_path, "a.txt", text, channel="chat")
        assert said(transcript) == [("customer", 0, 0, "a"), ("agent", 120_000, 120_000, "b")]
        assert [repair.code for repair in transcript.repairs] == ["out_of_order"]

    def test_a_time_inside_a_message_is_text(self, tmp_path: Path) -> None:
        text = "[9:14] Agent: Termini su:\n12:30 u uredu\n[10:00] na adresi\n[9:15] Kupac: da"
        assert [words for *_, words in said(read(tmp_path, "a.txt", text, channel="chat"))] == [
            "Termini su:\n12:30 u uredu\n[10:00] na adresi",
            "da",
        ]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("[23:59] Agent: a\n[00:01] Kupac: b", "line 2: earlier than the message before it"),
            ("[2026-11-02 09:14] Agent: a\n[09:15] Kupac: b", "line 2: a time without a date"),
            ("[2026-11-02 09:14] Agent: a\nKupac: b", "line 2: has no time while others have"),
            ("[2026-11-02 09:14] Agent: a\n[2026-11-02 09:15] Ana: b", "line 2: after the time"),
            ("[09:14] Agent: a\n[09:15] Ana Horvat: b", "line 2: after the time"),
            (
                "[2026-11-02 09:00] Kupac: a\n2026-11-02T09:10:00+01:00 Agent: b",
                "line 1: a time without a zone while others have one",
            ),
            ("[2026-13-02 09:14] Agent: a", "line 1: no such time: [2026-13-02 09:14]"),
            ("[2026-11-02 25:14] Agent: a", "line 1: no such time"),
        ],
    )
    def test_what_cannot_be_told_is_refused(self, tmp_path: Path, text: str, expected: str) -> None:
        assert expected in complaint(tmp_path, "a.txt", text, channel="chat")

    def test_messages_of_one_minute_have_times_and_an_order(self, tmp_path: Path) -> None:
        text = "[09:14] Kupac: a\n[09:14] Agent: b\n[09:14] Kupac: c"
        transcript = read(tmp_path, "a.txt", text, channel="chat")
        assert [start for _, start, _, _ in said(transcript)] == [0, 1, 2]

    def test_speech_has_no_times_of_messages(self, tmp_path: Path) -> None:
        message = complaint(tmp_path, "a.txt", "[00:01] Agent: a")
        assert message == "a.txt: line 1: times are for chat and e-mail: use WebVTT"
