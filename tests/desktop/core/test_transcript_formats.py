"""Transcripts as files: readable, in order, and read back by programs that are not ours."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.core.cues import LABEL_COLUMNS, cues
from desktop.core.text_columns import atoms, clusters, columns, plain
from desktop.core.timed_text import About, Bookmark, TimedText
from desktop.core.transcript_formats import FORMATS, NotATranscript, read_json, written
from recognizer.events import Word

SPEECH = (
    "Good morning everybody, and welcome to the third meeting of the steering committee. We have a lot to go "
    "through today, so let us begin with the minutes of the last meeting. Are there any remarks?"
)
CHINESE = (
    "今天我们讨论一下第三季度的预算，然后决定由谁来负责新的项目。"
    "请大家先看一下我昨天发给你们的文件，有问题随时提出。"
)
ABOUT = About(
    "Weekly", "2026-11-21T09:30:00.000Z", 3_600_000, "paraformer", "cuda:0", (("itn", "on"),),
    (Bookmark(65_000, "the budget"),),
)  # fmt: skip

# Words as people say them, and anything that a keyboard, an engine or an attacker may put into a text.
SAID = st.text("ab c,.好。 你א🙂\u0301\n", max_size=200)
ANYTHING = st.one_of(
    SAID, st.text(max_size=60), st.sampled_from(["--> 1", "42", "<i>x", "{\\an8}", "👨‍👩‍👧"])
)
TIMES = st.integers(-5_000, 60_000)


@st.composite
def lines(draw: st.DrawFn, text: st.SearchStrategy[str] = ANYTHING) -> TimedText:
    """Anything that may be told, in any order of times, with words that need not fit the text."""
    start, said = draw(TIMES), draw(text)
    spoken = [each for each in said.split() if draw(st.booleans())]
    edges = sorted(draw(st.lists(TIMES, min_size=2 * len(spoken), max_size=2 * len(spoken))))
    words = tuple(Word(each, *edges[2 * at : 2 * at + 2]) for at, each in enumerate(spoken))
    speaker = draw(st.sampled_from(["", "Me", "Others", "R&D <b>\n", "A speaker with a very long name"]))
    return TimedText(start, start + draw(st.integers(-100, 30_000)), said, speaker, words)


def spoken_words(text: str, start_ms: int = 0, word_ms: int = 300) -> tuple[Word, ...]:
    """The words of ``text``, one after another."""
    pieces = list(atoms(text, 99))
    return tuple(
        Word(piece.text.strip(".,?，。"), start_ms + at * word_ms, start_ms + (at + 1) * word_ms)
        for at, piece in enumerate(pieces)
    )


# --- cues ---------------------------------------------------------------------------------------------


@given(st.lists(lines(), max_size=8), st.booleans())
def test_cues_are_always_in_order_short_and_readable(told: list[TimedText], is_labelled: bool) -> None:
    made = cues(told, is_labelled=is_labelled)
    for cue in made:
        assert 0 <= cue.start_ms < cue.end_ms <= cue.start_ms + 7000
        assert 1 <= len(cue.lines) <= 2
        for line in cue.lines:
            assert line.strip() and "\n" not in line and columns(line) <= 42
    for before, after in pairwise(made):
        assert before.end_ms <= after.start_ms


@given(st.lists(lines(), max_size=8))
def test_no_letter_is_lost_or_invented(told: list[TimedText]) -> None:
    bare = sorted("".join(plain(line.text).split()) for line in told if plain(line.text))
    made = cues([TimedText(at * 100_000, at * 100_000 + 9000, line.text) for at, line in enumerate(told)])
    shown: dict[int, str] = {}
    for cue in made:
        at = cue.start_ms // 100_000
        shown[at] = shown.get(at, "") + "".join("".join(cue.lines).split())
    assert sorted(shown.values()) == bare


@given(lines(st.text("abc好 ,。👨\u200d👩🏽\u0301\U0001f1e9\U0001f1ea", max_size=120)))
def test_what_a_reader_takes_for_one_character_is_never_broken(line: TimedText) -> None:
    whole = [each for chunk in plain(line.text).split() for each in clusters(chunk)]
    parts = [part for cue in cues([line]) for row in cue.lines for part in row.split()]
    if all(columns(cluster) <= 42 for cluster in whole):
        assert [each for part in parts for each in clusters(part)] == whole


def test_cues_end_with_sentences_and_clauses() -> None:
    made = cues([TimedText(0, 12_000, SPEECH)])
    assert [" ".join(cue.lines) for cue in made] == [
        "Good morning everybody, and welcome to the third meeting of the steering committee.",
        "We have a lot to go through today,",
        "so let us begin with the minutes of the last meeting. Are there any remarks?",
    ]


def test_chinese_fills_lines_of_twenty_one_characters_and_breaks_after_marks() -> None:
    made = cues([TimedText(0, 14_000, CHINESE)])
    assert "".join("".join(cue.lines) for cue in made) == CHINESE
    assert all(len(line) <= 21 for cue in made for line in cue.lines)
    assert all(line[-1] in "，。" and line[0] not in "，。" for cue in made for line in cue.lines)


def test_cues_follow_the_times_of_the_words() -> None:
    """Nine seconds of silence between two sentences; the cue of the second starts with its first word."""
    first, second = "This is the first sentence of all.", "This is the second one, after a long pause."
    words = spoken_words(first, 500) + spoken_words(second, 12_000)
    made = cues([TimedText(0, 16_000, f"{first} {second}", words=words)])
    assert [(cue.start_ms, cue.end_ms) for cue in made] == [(500, 2600), (12_000, 14_700)]


def test_words_that_were_rewritten_keep_the_times_around_them() -> None:
    """ "twenty one" became 21, and marks were set: the words after it are still where they were spoken."""
    said = "we met twenty one people there and after that we all went home again"
    words = spoken_words(said)
    text = "We met 21 people there. And after that, we all went home again!"
    made = cues([TimedText(0, 60_000, text, words=words)])
    assert made[-1].end_ms == words[-1].end_ms
    assert any(cue.start_ms == 5 * 300 and cue.lines[0].startswith("there") for cue in made) or (
        made[0].start_ms == 0
    )
    starts = {words[at].start_ms for at in range(len(words))}
    assert all(cue.start_ms in starts for cue in made)


def test_a_short_cue_stays_for_a_second_where_there_is_room() -> None:
    assert [(cue.start_ms, cue.end_ms) for cue in cues([TimedText(100, 200, "Yes.")])] == [(100, 1100)]
    told = [TimedText(100, 200, "Yes."), TimedText(700, 3000, "Well, no.")]
    assert [(cue.start_ms, cue.end_ms) for cue in cues(told)] == [(100, 700), (700, 3000)]


def test_who_interrupts_takes_over_and_both_are_named() -> None:
    told = [TimedText(0, 9000, SPEECH[:150], "Me"), TimedText(2500, 3200, "Yes.", "Others")]
    made = cues(told, is_labelled=True)
    named = [(cue.lines[0].split(":")[0], cue.start_ms) for cue in made if ": " in cue.lines[0]]
    assert [name for name, _ in named] == ["Me", "Others", "Me"]
    (interrupted,) = (cue for cue in made if "Yes." in cue.lines[0])
    assert interrupted.end_ms - interrupted.start_ms >= 500


def test_two_who_speak_at_once_all_the_time_are_both_readable() -> None:
    told = [TimedText(at, at + 3000, f"sentence number {at}", who) for at in range(0, 60_000, 3000)
            for who in ("Me", "Others")]  # fmt: skip
    made = cues(told, is_labelled=True)
    assert len(made) == len(told)
    assert min(cue.end_ms - cue.start_ms for cue in made) >= 1000


def test_a_long_name_leaves_room_for_words() -> None:
    ((cue,), name) = (
        cues([TimedText(0, 900, "Hello.", "n" * 99)], is_labelled=True),
        "n" * (LABEL_COLUMNS - 1),
    )
    assert cue.lines == (f"{name}…: Hello.",)


# --- files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("format_", FORMATS)
def test_an_empty_transcript_is_a_file_too(format_: str) -> None:
    text = written(format_, [], About(""))
    assert written(format_, [TimedText(0, 10, " \n")], About("")) or format_ in {"txt", "srt"}
    if format_ == "json":
        assert json.loads(text)["lines"] == []
    elif format_ in {"srt", "vtt"}:
        assert list(pysubs2.SSAFile.from_string(text, format_=format_)) == []


@given(st.lists(lines(SAID), max_size=6))
@pytest.mark.parametrize("format_", ["srt", "vtt"])
def test_another_program_reads_the_same_times_and_text(format_: str, told: list[TimedText]) -> None:
    expected = cues(told, is_labelled=format_ == "srt")
    read = list(pysubs2.SSAFile.from_string(written(format_, told, ABOUT), format_=format_))
    assert [(each.start, each.end) for each in read] == [(cue.start_ms, cue.end_ms) for cue in expected]
    assert [shown(each, format_) for each in read] == ["\n".join(cue.lines).strip() for cue in expected]


def test_a_number_never_stands_alone_at_the_end() -> None:
    """Readers of SRT take it for the number of the next cue; pysubs2 would drop it."""
    told = [TimedText(0, 4000, "and the number of all people who came was 42"), TimedText(5000, 6000, "So.")]
    first, _ = pysubs2.SSAFile.from_string(written("srt", told, ABOUT), format_="srt")
    assert shown(first, "srt").replace("\n", " ") == told[0].text


def shown(event: pysubs2.SSAEvent, format_: str) -> str:
    """What a player would show of a cue."""
    text = event.text.replace("\\N", "\n").replace("\u200b", "")
    if format_ == "vtt":
        text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text.strip()


TIME_LINE = re.compile(r"\d{2,}:\d\d:\d\d[,.]\d{3} --> \d{2,}:\d\d:\d\d[,.]\d{3}")


@given(st.lists(lines(), max_size=6), st.text(max_size=40))
@pytest.mark.parametrize("format_", ["srt", "vtt"])
def test_no_text_breaks_a_file(format_: str, told: list[TimedText], title: str) -> None:
    """Blocks are what the formats say: (number,) times, one or two lines, an empty line."""
    text = written(format_, told, About(title, model=title, options=((title, title),)))
    text.encode("utf-8")
    blocks = text.split("\n\n")
    assert blocks.pop() == ""
    if format_ == "vtt":
        assert blocks.pop(0) == "WEBVTT"
        assert not (blocks and blocks[0].startswith("NOTE")) or "-->" not in blocks.pop(0)
    assert len(blocks) == len(cues(told))
    for number, block in enumerate(blocks, start=1):
        rows = block.split("\n")
        if format_ == "srt":
            assert rows.pop(0) == str(number)
        assert TIME_LINE.fullmatch(rows.pop(0))
        assert 1 <= len(rows) <= 2 and all(rows)
        assert not any("-->" in row for row in rows)
        if format_ == "vtt":
            assert not re.search(r"<(?!v [^<>\n]+>)|&(?!amp;|lt;|gt;)", block)


def test_speakers_are_voices_in_webvtt() -> None:
    text = written("vtt", [TimedText(0, 2000, "AT&T <3 us", "R&D <1>")], About("x"))
    assert "<v R&amp;D &lt;1&gt;>AT&amp;T &lt;3 us" in text


def test_hours_may_have_three_digits() -> None:
    hours = 100 * 3_600_000
    told = [TimedText(hours, hours + 2000, "still here")]
    assert "100:00:00,000 --> 100:00:02,000" in written("srt", told, ABOUT)
    assert "100:00:00.000 --> 100:00:02.000" in written("vtt", told, ABOUT)
    assert "100:00:00" in written("md", told, ABOUT)


def test_tags_are_shown_not_obeyed() -> None:
    """In SRT something unseen stands between; without it the text is as it was said."""
    text = "a <b>bold</b> {\\an8}word --> 1 < 2"
    file = written("srt", [TimedText(0, 3000, text)], ABOUT)
    (read,) = pysubs2.SSAFile.from_string(file, format_="srt")
    assert "<b>" not in file and "{\\" not in file
    assert read.text.replace("\u200b", "").replace("\\N", " ") == text


@given(st.lists(lines(), max_size=6), st.lists(st.builds(Bookmark, TIMES, SAID), max_size=3))
def test_json_gives_everything_back(told: list[TimedText], marks: list[Bookmark]) -> None:
    about = About("t", "2026-11-21T09:30:00Z", 5, "m", "cpu", (("a", "b"),), tuple(marks))
    lines_read, about_read = read_json(written("json", told, about))
    assert about_read == about
    whole = [line for line in told if line.text == line.text.encode("utf-8", "replace").decode()]
    assert lines_read == sorted(told, key=lambda line: line.start_ms) or len(whole) < len(told)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "7", '{"format": "other", "version": 1}', '{"format": "plosive-transcript"}',
             '{"format": "plosive-transcript", "version": 2, "lines": []}',
             '{"format": "plosive-transcript", "version": 1, "lines": [{"text": "x"}]}'],
)  # fmt: skip
def test_what_is_no_transcript_is_refused(text: str) -> None:
    with pytest.raises(NotATranscript):
        read_json(text)


def test_json_says_what_it_is() -> None:
    known = json.loads(written("json", [TimedText(0, 5, "好", "Me", (Word("好", 0, 5),))], ABOUT))
    assert (known["format"], known["version"]) == ("plosive-transcript", 1)
    assert (known["model"], known["device"], known["options"]) == ("paraformer", "cuda:0", {"itn": "on"})
    assert known["bookmarks"] == [{"at_ms": 65_000, "note": "the budget"}]
    assert known["lines"][0]["words"] == [{"text": "好", "start_ms": 0, "end_ms": 5}]


def test_markdown_has_times_headings_and_bookmarks() -> None:
    told = [
        TimedText(3000, 5000, "Hello *all*\n# no heading", "Me"),
        TimedText(70_000, 71_000, "Fine.", "Others"),
        TimedText(1_300_000, 1_301_000, "Later."),
    ]
    assert written("md", told, ABOUT).split("\n\n") == [
        "# Weekly",
        "- 2026-11-21 09:30 UTC\n- 01:00:00\n- paraformer · cuda:0\n- itn: on",
        "- 🔖 **00:01:05** the budget",
        "**00:00:03 Me:** Hello \\*all\\* \\# no heading",
        "> 🔖 **00:01:05** the budget",
        "**00:01:10 Others:** Fine.",
        "## 00:20:00",
        "**00:21:40** Later.\n",
    ]


def test_plain_text_is_one_line_for_each_that_was_said() -> None:
    told = [
        TimedText(9, 10, "second", "Others"),
        TimedText(0, 5, "first\nof all", "Me"),
        TimedText(11, 12, "x"),
    ]
    assert written("txt", told, ABOUT) == "Me: first of all\nOthers: second\nx\n"


@pytest.mark.parametrize(
    "text", ["مرحبا بالعالم، كيف حالك؟", "שלום 👩‍👩‍👧‍👦 עולם", "नमस्ते दुनिया", "e\u0301te\u0301"]
)
@pytest.mark.parametrize("format_", FORMATS)
def test_every_script_stays_as_it_was_written(format_: str, text: str) -> None:
    assert text in written(format_, [TimedText(0, 3000, text, "Me")], About("x"))


def test_an_unknown_format_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        written("docx", [], ABOUT)
