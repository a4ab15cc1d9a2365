"""Turns: no word lost, moved or told twice; a listener's sign does not take the floor."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Speaker, Turn, Word
from qa.speech.turns import build_turns

_laws = settings(deadline=None, derandomize=True, max_examples=500)
_said = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 800), st.integers(0, 4_000)),
        st.one_of(st.integers(0, 900), st.integers(0, 3_000)),
    ),
    max_size=12,
)


def _words(name: str, rhythm: list[tuple[int, int]]) -> tuple[Word, ...]:
    """Return one speaker's words: silence before each and its length, none overlapping."""
    words, clock = [], 0
    for index, (silence, length) in enumerate(rhythm):
        start = clock + silence
        words.append(Word(f"{name}{index}", start, start + length, 1.0))
        clock = start + length
    return tuple(words)


def _said_at(line: str) -> tuple[Word, ...]:
    """Read "0-400 Dobar 500-900 dan"."""
    pieces = line.split()
    return tuple(
        Word(text, int(times.split("-")[0]), int(times.split("-")[1]), 1.0)
        for times, text in zip(pieces[::2], pieces[1::2], strict=True)
    )


def _turns(agent: str, customer: str) -> list[tuple[Speaker, int, int, str]]:
    turns = build_turns([("agent", _said_at(agent)), ("customer", _said_at(customer))])
    return [(turn.speaker, turn.start_ms, turn.end_ms, turn.text) for turn in turns]


def _of(turns: tuple[Turn, ...], speaker: Speaker) -> list[Word]:
    return [word for turn in turns if turn.speaker == speaker for word in turn.words]


@_laws
@given(_said, _said)
def test_every_word_is_in_one_turn_of_its_speaker(
    agent: list[tuple[int, int]], customer: list[tuple[int, int]]
) -> None:
    a, c = _words("a", agent), _words("c", customer)
    turns = build_turns([("agent", a), ("customer", c)])
    assert Counter(_of(turns, "agent")) == Counter(a)
    assert Counter(_of(turns, "customer")) == Counter(c)


@_laws
@given(_said, _said)
def test_turns_are_numbered_in_order_and_hold_their_words(
    agent: list[tuple[int, int]], customer: list[tuple[int, int]]
) -> None:
    turns = build_turns([("agent", _words("a", agent)), ("customer", _words("c", customer))])
    assert [turn.index for turn in turns] == list(range(len(turns)))
    assert [turn.start_ms for turn in turns] == sorted(turn.start_ms for turn in turns)
    for turn in turns:
        assert turn.text == " ".join(word.text for word in turn.words)
        assert turn.start_ms == min(word.start_ms for word in turn.words)
        assert turn.end_ms == max(word.end_ms for word in turn.words)
        starts = [word.start_ms for word in turn.words]
        assert starts == sorted(starts)


@_laws
@given(_said, _said)
def test_words_come_in_any_order(
    agent: list[tuple[int, int]], customer: list[tuple[int, int]]
) -> None:
    # words with equal starts keep the order they are given in, so those are left out
    a = [word for word in _words("a", agent) if word.end_ms > word.start_ms]
    c = [word for word in _words("c", customer) if word.end_ms > word.start_ms]
    there = build_turns([("agent", a), ("customer", c)])
    assert build_turns([("agent", a[::-1]), ("customer", c[::-1])]) == there


@_laws
@given(_said)
def test_one_voice_alone_is_one_turn(said: list[tuple[int, int]]) -> None:
    turns = build_turns([("agent", _words("a", said)), ("customer", ())])
    assert len(turns) == (1 if said else 0)


def test_nobody_speaks() -> None:
    assert build_turns([]) == ()
    assert build_turns([("agent", ()), ("customer", ())]) == ()


def test_question_and_answer() -> None:
    assert _turns("0-400 Dobar 500-900 dan", "1200-1600 Paket 1700-2000 kasni") == [
        ("agent", 0, 900, "Dobar dan"),
        ("customer", 1200, 2000, "Paket kasni"),
    ]


def test_a_listening_sign_does_not_split_a_turn() -> None:
    # the customer pauses for 1,000 ms in which the agent says "mhm"
    assert _turns("1100-1400 mhm", "0-1000 Paket 2000-3000 kasni") == [
        ("customer", 0, 3000, "Paket kasni"),
        ("agent", 1100, 1400, "mhm"),
    ]


def test_many_listening_signs_do_not_split_it_either() -> None:
    assert _turns("1100-1400 mhm 3100-3400 aha", "0-1000 a 2000-3000 b 4000-5000 c") == [
        ("customer", 0, 5000, "a b c"),
        ("agent", 1100, 1400, "mhm"),
        ("agent", 3100, 3400, "aha"),
    ]


def test_a_longer_word_takes_the_floor() -> None:
    # an aside lasts at most 1,500 ms: here 1,501
    assert _turns("1000-2501 Razumijem", "0-1000 Paket 2600-3000 kasni") == [
        ("customer", 0, 1000, "Paket"),
        ("agent", 1000, 2501, "Razumijem"),
        ("customer", 2600, 3000, "kasni"),
    ]


def test_a_longer_pause_ends_the_turn() -> None:
    # 1,500 ms from one word to the next is still held, 1,501 is not
    held = _turns("1100-1400 mhm", "0-1000 Paket 2500-3000 kasni")
    assert [text for *_, text in held] == ["Paket kasni", "mhm"]
    lost = _turns("1100-1400 mhm", "0-1000 Paket 2501-3000 kasni")
    assert [text for *_, text in lost] == ["Paket", "mhm", "kasni"]


def test_an_aside_that_outlasts_what_follows_is_none() -> None:
    # the agent goes on to 2,500 ms, after the customer's second word has ended at 2,300
    turns = _turns("1100-2500 Razumijem", "0-1000 Paket 2000-2300 kasni")
    assert [text for *_, text in turns] == ["Paket", "Razumijem", "kasni"]


def test_two_pieces_of_the_other_are_no_aside() -> None:
    # "Da" and, 800 ms later, "znam" are two utterances: the agent has taken the floor
    turns = _turns("1000-1100 Da 1900-2000 znam", "0-900 Paket 2100-3000 kasni")
    assert [text for *_, text in turns] == ["Paket", "Da znam", "kasni"]


def test_after_an_aside_an_answer_is_a_turn_of_its_own() -> None:
    turns = _turns("1100-1400 mhm 3200-5000 Odmah", "0-1000 Paket 2000-3000 kasni")
    assert [text for *_, text in turns] == ["Paket kasni", "mhm", "Odmah"]


def test_speech_at_once_keeps_both_turns_whole() -> None:
    # the customer begins while the agent still speaks, without a pause in either voice
    assert _turns("0-1000 Molim 1000-2000 vas", "1500-2500 Ne 2500-5000 mogu") == [
        ("agent", 0, 2000, "Molim vas"),
        ("customer", 1500, 5000, "Ne mogu"),
    ]


def test_of_turns_that_start_together_the_first_given_comes_first() -> None:
    # also where the second is an aside that the first speaks over
    assert [who for who, *_ in _turns("0-400 Dobar 1200-1600 dan", "0-300 Halo")] == [
        "agent",
        "customer",
    ]
