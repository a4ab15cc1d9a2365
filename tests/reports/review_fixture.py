"""A review as a small centre would have it: two teams, three agents, five calls, one failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from qa.coaching.views import (
    AgentReview,
    AgentStat,
    Clip,
    CriterionText,
    FailedCall,
    Review,
    ReviewedCall,
    RubricText,
    TeamReview,
)
from qa.nouns import (
    Call,
    Doubt,
    Event,
    Evidence,
    Fact,
    Language,
    Moment,
    Outcome,
    Repair,
    Score,
    Scorecard,
    Span,
    Speaker,
    Transcript,
    Turn,
)

HOSTILE = '<script>alert(1)</script> "x" \' | [a](https://evil.example) ![i](//evil.example/i.png)'

VOICES = "the voices sound too much alike: who spoke when is not known for certain"

ENGLISH = RubricText(
    "core",
    "1.2",
    "Core",
    "en",
    (
        (
            "interruptions",
            CriterionText(
                "Lets the customer finish",
                "A customer who is heard out says the whole matter once. It is quicker.",
                ("Please go on, I am listening.", "Sorry, you first."),
            ),
        ),
        (
            "empathy",
            CriterionText(
                "Names what the customer is going through",
                "People calm down when they hear that their trouble has been understood. "
                "One sentence is enough, and it comes before the solution.",
                (
                    "Two weeks without internet, and you work from home: that is hard.",
                    "I can see why you are annoyed. Let me look at it with you.",
                ),
            ),
        ),
        ("apology", CriterionText("Apologises for the trouble", "It costs nothing.", ())),
        ("resolution", CriterionText("Brings it to an end", "That is why people call.", ())),
        ("blame", CriterionText("Points at nobody", "The customer talks to us, not to a depot.")),
    ),
)

CROATIAN = RubricText(
    "core",
    "1.2",
    "Osnovno",
    "hr",
    (
        (
            "interruptions",
            CriterionText(
                "Pušta korisnika da dovrši",
                "Tko je saslušan, sve kaže jednom. To je brže, a ne sporije.",
                ("Samo recite, slušam vas.", "Oprostite, izvolite vi prvi."),
            ),
        ),
        (
            "empathy",
            CriterionText(
                "Imenuje kako je korisniku",
                "Ljudi se smire kad čuju da smo razumjeli u čemu je nevolja. "
                "Dovoljna je jedna rečenica, i to prije rješenja.",
                (
                    "Dva tjedna bez interneta, a radite od kuće: to zaista nije lako.",
                    "Razumijem da vas to ljuti. Hajdemo to odmah pogledati.",
                ),
            ),
        ),
        ("apology", CriterionText("Ispričava se zbog neugodnosti", "Ništa ne košta, a znači.")),
        ("resolution", CriterionText("Dovodi stvar do kraja", "Zbog toga ljudi zovu.")),
        ("blame", CriterionText("Ne upire prstom ni u koga", "Korisnik razgovara s nama.")),
    ),
)

WRITTEN = RubricText(
    "written-support",
    "1.0",
    "Written support",
    "en",
    (("first_answer", CriterionText("Answers within three hours", "Waiting is the worst part.")),),
)


def review(language: Language = "en") -> Review:
    """Return the whole fixture with the pages' language."""
    rubric = CROATIAN if language == "hr" else ENGLISH
    return Review(
        language,
        (
            TeamReview("Podrška", (_ana(), _zeljka()), _team_stats()),
            TeamReview("Retention", (_hostile_agent(),), ()),
        ),
        (rubric, WRITTEN),
        (
            FailedCall("call-0999", "failed", "not_audio", "The file holds no audio stream."),
            FailedCall("../../etc|passwd", "empty", "no_speech", f"Nothing was said. {HOSTILE}"),
        ),
    )


def stat(
    criterion: str, period: str, applicable: int, mean: float | None, *, of: int = 18
) -> AgentStat:
    """Return a row for Ana; the interval is made up but contains the mean."""
    low = None if mean is None else max(mean - 0.21, 0.0)
    high = None if mean is None else min(mean + 0.16, 1.0)
    return AgentStat(
        "ana.horvat", "Ana Horvat", "Podrška", period, "core", criterion, of, applicable,
        mean, low, high, None,
    )  # fmt: skip


def _ana() -> AgentReview:
    stats = (
        stat("blame", "all", 18, 0.94),
        stat("interruptions", "all", 18, 0.72),
        stat("interruptions", "2026-W41", 6, 0.5),
        stat("interruptions", "2026-W42", 5, 0.67),
        stat("interruptions", "2026-W44", 7, 0.86),
        stat("empathy", "all", 9, 0.44),
        stat("empathy", "2026-W41", 4, 0.62),
        stat("empathy", "2026-W43", 3, 0.5),
        stat("empathy", "2026-W44", 2, 0.25),
        stat("apology", "all", 2, 1.0),
        stat("resolution", "all", 0, None),
    )
    return AgentReview(
        "ana.horvat",
        "Ana Horvat",
        "Podrška",
        stats,
        (phone_call(), english_call()),
        (
            Clip("call-0002", "core", "empathy", Outcome.MET, "Named the customer's trouble.",
                 Evidence(3, "That must have been a long week for you.", 21_000, 24_500)),
        ),
        (
            Clip("call-0001", "core", "empathy", Outcome.NOT_MET,
                 "The customer was frustrated at 00:12 and the next 2 turns did not answer it.",
                 Evidence(2, "dva tjedna čekam, ja radim od kuće, ovo je stvarno strašno",
                          12_000, 18_000)),
            Clip("call-0001", "core", "interruptions", Outcome.PARTLY_MET, "1 interruption.",
                 Evidence(3, "Dobro, a broj ugovora?", 17_200, 19_000)),
        ),
        ("core", "empathy"),
    )  # fmt: skip


def phone_call() -> ReviewedCall:
    """Return a Croatian call of 1:36 with one interruption, one silence and an uncertain label.

    Two places were perhaps misheard, and 14 % of the speech gave no words.
    """
    texts: tuple[tuple[Speaker, int, int, str], ...] = (
        ("agent", 0, 4_000, "Dobar dan, Ana kod telefona. Kako vam mogu pomoći?"),
        ("customer", 5_000, 11_500, "Dobar dan, internet mi ne radi."),
        ("customer", 12_000, 18_000, "dva tjedna čekam, ja radim od kuće, ovo je stvarno strašno"),
        ("agent", 17_200, 19_000, "Dobro, a broj ugovora?"),
        ("customer", 20_000, 27_000, "Četrdeset dva, sedamnaest."),
        ("agent", 39_000, 58_000, "Evo, gledam. Tehničar dolazi sutra do deset sati."),
        ("customer", 59_000, 62_000, "Dobro, hvala."),
        ("agent", 63_000, 95_500, "Hvala vama na strpljenju. Trebate li još nešto? Ugodan dan."),
    )
    call = _call("call-0001", "ana.horvat", "Ana Horvat", "Podrška", texts, "hr")
    interruption = Event("interruption", "agent", 17_200, 19_000)
    silence = Event("silence", None, 27_000, 39_000)
    backchannel = Event("backchannel", "customer", 45_000, 45_600)
    facts = (
        Fact("agent_interruptions", 1.0, "count", events=(interruption,)),
        Fact("agent_interruptions_per_min", 0.625, "per_min"),
        Fact("silences", 1.0, "count", events=(silence,)),
        Fact("dead_air", 1.0, "count", events=(Event("dead_air", None, 27_000, 39_000),)),
        Fact("agent_backchannels", 0.0, "count", events=(backchannel,)),
        Fact("opening_heard_out", 0.0, "bool"),
        Fact("talk_share_agent", 0.7187, "share"),
        Fact("longest_agent_monologue_ms", 32_500.0, "ms"),
        Fact("agent_reply_gap_ms", 1_050.0, "ms", trusted=False, reason=VOICES),
        Fact("agent_words_per_min", 128.4, "words_per_min"),
        Fact("time_to_greeting_ms", None, "ms", reason="no greeting was recognised"),
        Fact("duration_ms", 96_000.0, "ms"),
    )
    moments = (
        Moment("greeting", "agent", 0, "Dobar dan, Ana kod telefona.", 0, 2_000, 0.98, "present"),
        Moment("offer_help", "agent", 0, "Kako vam mogu pomoći?", 2_000, 4_000, 0.97, "present"),
        Moment("frustration", "customer", 2, texts[2][3], 12_000, 18_000, 0.91, "present"),
        Moment("promise_with_term", "agent", 5, "Tehničar dolazi sutra do deset sati.",
               45_000, 58_000, 0.9, "present"),
        Moment("satisfaction", "customer", 6, "Dobro, hvala.", 59_000, 62_000, 0.52, "uncertain"),
    )  # fmt: skip
    scores = (
        Score("interruptions", Outcome.PARTLY_MET, 0.5, 1.0, "1 interruption by the agent.",
              (Evidence(3, "Dobro, a broj ugovora?", 17_200, 19_000),), "fact"),
        Score("empathy", Outcome.NOT_MET, 0.0, 2.0,
              "The customer was frustrated at 00:12 and the next 2 turns did not answer it.",
              (Evidence(2, texts[2][3], 12_000, 18_000),), "reply"),
        Score("apology", Outcome.UNSCORED, None, 1.0,
              "One sentence may be an apology; a person should decide.", (), "present"),
        Score("resolution", Outcome.MET, 1.0, 2.0, "A promise with a term was given.",
              (Evidence(5, "Tehničar dolazi sutra do deset sati.", 45_000, 58_000),), "present"),
        Score("blame", Outcome.NOT_APPLICABLE, None, 1.0, "Nothing went wrong on our side.", ()),
    )  # fmt: skip
    card = Scorecard("call-0001", "core", "1.2", 53.125, 0.83, ("empathy",), scores)
    doubts = (
        Doubt("customer", 24_000, 27_000, "pace"),
        Doubt("customer", 59_000, 62_000, "no_speech"),
        Doubt("customer", 59_000, 62_000, "known_phrase"),
    )
    transcript = replace(call.transcript, doubts=doubts, coverage=0.86)
    return replace(call, transcript=transcript, facts=facts, moments=moments, cards=(card,))


def english_call() -> ReviewedCall:
    texts: tuple[tuple[Speaker, int, int, str], ...] = (
        ("agent", 0, 3_000, "Good morning, this is Ana."),
        ("customer", 4_000, 19_000, "My parcel has been missing for a week. A week!"),
        ("agent", 19_500, 20_500, "I see."),
        ("agent", 21_000, 30_000, "That must have been a long week for you. I will find it."),
    )
    call = _call("call-0002", "ana.horvat", "Ana Horvat", "Podrška", texts, "en")
    said = "That must have been a long week for you."
    evidence = (Evidence(3, said, 21_000, 24_500),)
    score = Score("empathy", Outcome.MET, 1.0, 2.0, "Named the customer's trouble.", evidence)
    moment = Moment("empathy", "agent", 3, said, 21_000, 24_500, 0.95, "present")
    card = Scorecard("call-0002", "core", "1.2", 100.0, 0.29, (), (score,))
    return replace(call, moments=(moment,), cards=(card,))


def _zeljka() -> AgentReview:
    stats = tuple(
        replace(stat(name, "all", applicable, mean, of=6), agent_id="Željka", agent_name="")
        for name, applicable, mean in (("interruptions", 6, 0.83), ("empathy", 3, 0.67))
    )
    return AgentReview("Željka", "", "Podrška", stats, (chat_call(), quiet_call()), (), (), None)


def chat_call() -> ReviewedCall:
    """Return a chat in Cyrillic: no spans, no length."""
    texts: tuple[tuple[Speaker, int, int, str], ...] = (
        ("customer", 0, 0, "Добар дан, где ми је поруџбина?\nЧекам већ недељу дана."),
        ("agent", 95_000, 95_000, "Добар дан! Извините због кашњења. Стиже сутра."),
        ("customer", 3_725_000, 3_725_000, "Хвала."),
    )
    call = _call("ćaskanje 12/b", "Željka", "", "Podrška", texts, "sr")
    apology = Moment(
        "apology", "agent", 1, "Извините због кашњења.", 95_000, 95_000, 0.9, "present"
    )
    score = Score("first_answer", Outcome.MET, 1.0, 1.0, "First answer after 95 s.",
                  (Evidence(1, "Извините због кашњења.", 95_000, 95_000),))  # fmt: skip
    return replace(
        call,
        call=replace(call.call, channel="chat", csat=4.5),
        transcript=replace(
            call.transcript, spans=(), channel="chat", basis="ready", duration_ms=0, asr=""
        ),
        moments=(apology,),
        facts=(Fact("first_response_ms", 95_000.0, "ms"), Fact("agent_updates", 1.0, "count")),
        cards=(Scorecard(call.call.id, "written-support", "1.0", 100.0, 1.0, (), (score,)),),
    )


def quiet_call() -> ReviewedCall:
    """Return a call in which nothing could be judged."""
    call = _call("CALL-0002", "Željka", "", "Podrška", (("agent", 0, 900, "Halo?"),), "hr")
    score = Score("empathy", Outcome.NOT_APPLICABLE, None, 2.0, "No customer was heard.")
    card = Scorecard("CALL-0002", "core", "1.2", None, 0.0, (), (score,))
    return replace(call, call=replace(call.call, started_at=None), cards=(card,))


def _hostile_agent() -> AgentReview:
    """Return an agent whose every text is an attack."""
    texts: tuple[tuple[Speaker, int, int, str], ...] = (
        ("customer", 0, 5_000, f"{HOSTILE}\n\n# heading\n- item\u202e\x00\ud800"),
        ("agent", 6_000, 9_000, "mail me@evil.example or www.evil.example & javascript:alert(1)"),
    )
    name = "<img src=x onerror=alert(1)>"
    identifier = "../" + "ш" * 200
    call = _call("<b>.html", identifier, name, "Retention", texts, "en")
    evidence = Evidence(0, HOSTILE, 0, 5_000)
    clips = (
        Clip("<b>.html", "core", "empathy", Outcome.MET, HOSTILE, evidence),
        Clip("not here", "core", "<i>new</i>", Outcome.MET, "", Evidence(7, "gone", 0, 1)),
    )
    moment = Moment("</p>", "customer", 0, HOSTILE, 0, 5_000, 0.9, "uncertain")
    events = (Event("</svg><b>", "agent", 1_000, 2_000), Event("hold", None, 5_000, 6_000))
    score = Score("<i>new</i>", Outcome.UNSCORED, None, 1.0, HOSTILE, (evidence,))
    hostile = replace(
        call,
        call=replace(call.call, queue="queue\n| --- |"),
        moments=(moment,),
        facts=(Fact("<u>fact</u>", 1.5, "<u>/s", trusted=False, reason=HOSTILE, events=events),),
        transcript=replace(
            call.transcript,
            caveats=(HOSTILE,),
            repairs=(Repair("<i>", 1, HOSTILE), Repair("no_length", 2, "turn 1\n# heading")),
        ),
        cards=(Scorecard(call.call.id, "<r>", "'\"<", 12.5, 0.5, ("<i>new</i>",), (score,)),),
    )
    return AgentReview(identifier, name, "Retention", (), (hostile,), clips, clips, None)


def _call(
    identifier: str,
    agent_id: str,
    agent_name: str,
    team: str,
    texts: tuple[tuple[Speaker, int, int, str], ...],
    language: Language,
) -> ReviewedCall:
    turns = tuple(
        Turn(index, speaker, start, end, text)
        for index, (speaker, start, end, text) in enumerate(texts)
    )
    spans = tuple(Span(turn.start_ms, turn.end_ms, turn.speaker) for turn in turns)
    started_at = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    call = Call(identifier, Path("a.wav"), agent_id, agent_name, team, started_at, language)
    length = turns[-1].end_ms + 500
    transcript = Transcript(identifier, turns, spans, language, "stereo", duration_ms=length)
    return ReviewedCall(call, transcript, (), (), ())


def _team_stats() -> tuple[AgentStat, ...]:
    return tuple(
        replace(stat(name, period, applicable, mean, of=24), agent_id="", agent_name="")
        for name, period, applicable, mean in (
            ("interruptions", "all", 24, 0.75),
            ("interruptions", "2026-W41", 8, 0.6),
            ("interruptions", "2026-W44", 16, 0.65),
            ("empathy", "all", 12, 0.5),
            ("apology", "all", 2, 1.0),
            ("blame", "all", 18, 0.94),
            ("resolution", "all", 0, None),
        )
    )
