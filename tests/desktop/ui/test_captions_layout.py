"""Rows of captions: broken where people break lines, and still once they were read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.core.captions_view import CaptionsLine
from desktop.ui.captions_alignment import kept_breaks
from desktop.ui.captions_breaks import fitting, is_right_to_left, is_wide, signs
from desktop.ui.captions_layout import CaptionsLayout, Page, Row, one_line

WIDTH = 20.0


def measure(text: str) -> float:
    """A Latin letter is 1 wide, a Chinese one 2."""
    return float(sum(2 if is_wide(sign) else 1 for sign in text))


def broken(text: str, width: float = WIDTH) -> list[str]:
    rows, start = [], 0
    while start < len(text):
        end = fitting(text, start, width, measure)
        rows.append(text[start:end])
        start = end
    return rows


def layout(spare_px: float = 0.0) -> CaptionsLayout:
    return CaptionsLayout(WIDTH, measure, lambda label: len(label) + 1.0, spare_px)


def line(key: int, committed: str, tentative: str = "", speaker: str = "") -> CaptionsLine:
    return CaptionsLine(key, speaker, committed, tentative, is_final=not tentative)


def texts(page: Page) -> list[str]:
    return [row.text for row in page.rows]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("one two three four five", ["one two three four ", "five"]),
        ("a well-known compromise", ["a well-known ", "compromise"]),
        ("a thoroughly well-known", ["a thoroughly well-", "known"]),
        ("it was exactly 17.5 percent", ["it was exactly 17.5 ", "percent"]),
        ("大家早上好感谢各位今天，到场", ["大家早上好感谢各位今", "天，到场"]),  # no comma begins a row
        ("大家早上好感谢各位（今天）到场", ["大家早上好感谢各位", "（今天）到场"]),  # no bracket ends one
        ("这个数字是百分之三十：30%", ["这个数字是百分之三", "十：30%"]),
        ("大家早上好感谢各位好……今天", ["大家早上好感谢各位", "好……今天"]),
        ("我们用 GPU 跑 Paraformer 模型", ["我们用 GPU 跑 ", "Paraformer 模型"]),
        ("Supercalifragilisticexpialidocious", ["Supercalifragilistic", "expialidocious"]),
        ("no break in 10\u00a0000\u00a0000 here", ["no break in ", "10\u00a0000\u00a0000 here"]),
        ("c'est vrai, n'est-ce pas ?", ["c'est vrai, n'est-ce ", "pas ?"]),
        ("", []),
    ],
)
def test_breaks(text: str, rows: list[str]) -> None:
    assert broken(text) == rows


def test_what_is_seen_as_one_sign_is_never_cut() -> None:
    text = "👩‍👩‍👧👍🏽🇩🇪🇫🇷e\u0301☀️🏴\U000e0067\U000e0062\U000e007f"
    one_by_one = [text[start:end] for start, end in pairwise([0, *signs(text)])]
    assert one_by_one == ["👩‍👩‍👧", "👍🏽", "🇩🇪", "🇫🇷", "e\u0301", "☀️", "🏴\U000e0067\U000e0062\U000e007f"]
    assert broken(text, 1.0) == one_by_one


@given(st.text(alphabet="ab ,.-（）、。大家好👍🏽\u0301é مرحبا\u200d\u00a0", max_size=80), st.integers(1, 30))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, width: int) -> None:
    rows = broken(text, float(width))
    assert "".join(rows) == text
    for row in rows:
        assert measure(row.rstrip()) <= width or len(list(signs(row.rstrip()))) == 1


WORDS = st.lists(
    st.sampled_from(["one", "two,", "fifteen", "a", "extraordinarily", "今天", "会议。", "well-known", "GPU"])
)


GUESSES = st.sampled_from(["", " gu", " guess", " a wrong guess that is long"])


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.sampled_from(["", "Me"])), min_size=1, max_size=6), st.data())
def test_rows_that_were_complete_and_certain_never_change(
    said: list[tuple[list[str], str]], data: st.DataObject
) -> None:
    """Words come one after the other, uncertain at first and often wrong; sentences follow each other."""
    shown, lines, certain = layout(), list[CaptionsLine](), list[Row]()
    for key, (words, speaker) in enumerate(said, 1):
        spoken = [*words, "end"]
        for count in range(len(spoken)):
            guess = data.draw(GUESSES) if count + 1 < len(spoken) else ""
            now = line(key, " ".join(spoken[: count + 1]), guess, speaker)
            lines = [*[each for each in lines if each.key != key][-3:], now]
            page = shown.show(lines, 2)
            assert all(measure(row.text) <= WIDTH for row in page.rows)
            assert page.first >= len(page.rows) - 2
            assert set(certain[-2:]) <= set(page.rows)
            certain = [row for row in page.rows[:-1] if not row.tentative]


def test_the_word_being_said_may_move_and_what_is_above_may_not() -> None:
    shown = layout()
    first = shown.show([line(1, "one two three", " fo")], 2)
    assert texts(first) == ["one two three fo"]
    assert texts(shown.show([line(1, "one two three", " formidable")], 2)) == ["one two three", "formidable"]
    still = shown.show([line(1, "one two three", " four")], 2)
    assert texts(still) == ["one two three", "four"], "it does not jump back"
    assert texts(shown.show([line(1, "one two three four five")], 2)) == ["one two three", "four five"]


def test_rows_roll_up_and_never_back() -> None:
    shown = layout()
    assert shown.show([line(1, "one two three four")], 2).first == 0
    page = shown.show([line(1, "one two three four", " five six seven eight nine ten")], 2)
    assert (page.first, page.risen, len(page.visible)) == (1, 1, 2)
    page = shown.show([line(1, "one two three four", " five")], 2)
    assert (page.first, page.risen, [row.text for row in page.visible]) == (1, 0, ["five"])
    page = shown.show([], 2)
    assert page == Page()


def test_a_row_that_stays_does_not_roll_while_another_speaker_goes_on_above() -> None:
    shown = layout()
    shown.show([line(1, "one two three", "", "A"), line(2, "yes", "", "B")], 2)
    page = shown.show([line(1, "one two three four five six", "", "A"), line(2, "yes", "", "B")], 2)
    assert [row.text for row in page.visible] == ["five six", "yes"]
    assert page.risen == 0
    page = shown.show([line(1, "one two three four five six", "", "A"), line(2, "yes. " * 5, "", "B")], 2)
    assert (page.risen, page.visible[0].speaker) == (1, "B")


def test_second_pass_keeps_words_in_their_rows() -> None:
    shown = layout(spare_px=2.0)
    plain = "hello and welcome to this meeting we begin now with the first item"
    before = shown.show([line(1, plain, " x")], 4)
    better = "Hello, and welcome to this meeting. We begin now with the first item."
    after = shown.show([line(1, better)], 4)
    bare = [[row.text.casefold().strip(" x,.") for row in page.rows] for page in (before, after)]
    assert [row.replace(",", "").replace(".", "") for row in bare[1]] == bare[0]
    assert texts(after)[0] == "Hello, and welcome"
    said = ("今天开会我们先看上周测量的结果", "今天开会，我们先看上周测量的结果。")
    chinese = [shown.show([line(2, text)], 4) for text in said]
    starts = [[row.text[0] for row in page.rows if row.key == 2] for page in chinese]
    assert starts[0] == starts[1]


def test_a_second_pass_that_needs_more_room_lets_the_rows_below_begin_as_before() -> None:
    shown = layout()
    before = shown.show([line(1, "aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj")], 6)
    assert texts(before) == ["aaaa bbbb cccc dddd", "eeee ffff gggg hhhh", "iiii jjjj"]
    after = shown.show([line(1, "aaaa bbbb cccc,,,, dddd eeee ffff gggg hhhh iiii jjjj")], 6)
    assert texts(after) == ["aaaa bbbb cccc,,,,", "dddd", "eeee ffff gggg hhhh", "iiii jjjj"]


def test_kept_breaks() -> None:
    assert kept_breaks([4, 8], "one two six", "one two six ten", 11) == [4, 8]
    assert kept_breaks([4, 8], "one two six", "one too six", 11) == [4, 8]
    assert kept_breaks([4, 8], "one two six", "One, two six", 11) == [5, 9]
    assert kept_breaks([8], "one two six", "one two", 7) == []
    assert kept_breaks([8], "one two six", "one other", 3) == [], "what was tentative is broken anew"


def test_speakers_begin_paragraphs_and_are_named_once() -> None:
    page = layout().show(
        [line(1, "good morning", "", "Others"), line(2, "all", "", "Others"), line(3, "yes", " no", "Me")], 6
    )
    assert [(row.speaker, row.text) for row in page.rows] == [
        ("Others", "good morning"),  # the label takes room
        ("", "all"),
        ("Me", "yes no"),
    ]
    assert page.rows[-1].tentative == ((3, 6),)


def test_sentences_of_one_speaker_run_on() -> None:
    page = layout().show([line(1, "Yes."), line(2, "No."), line(3, "今天。"), line(4, "明天。")], 2)
    assert texts(page) == ["Yes. No.今天。明天。"]


def test_right_to_left_begins_a_paragraph_of_its_own() -> None:
    page = layout().show([line(1, "hello"), line(2, "مرحبا بكم"), line(3, "42"), line(4, "hello")], 6)
    assert [(row.text, row.is_right_to_left) for row in page.rows] == [
        ("hello", False),
        ("مرحبا بكم 42", True),
        ("hello", False),
    ]
    assert [is_right_to_left(text) for text in ("42 שלום", "a שלום", "…")] == [True, False, False]


def test_lines_that_are_no_longer_given_stay_until_they_have_rolled_away() -> None:
    shown = layout()
    shown.show([line(key, f"number {key} is here") for key in range(1, 4)], 2)
    page = shown.show([line(3, "number 3 is here")], 2)
    assert texts(page)[-2:] == ["number 2 is here", "number 3 is here"]
    for key in range(4, 200):
        page = shown.show([line(key, f"number {key} is here")], 2)
    assert len(page.rows) < 16
    assert [row.text for row in page.visible] == ["number 198 is here", "number 199 is here"]


def test_work_does_not_grow_with_the_meeting() -> None:
    """Texts measured for one new word are as many after hours as after minutes."""
    measured = [0]

    def counted(text: str) -> float:
        measured[0] += 1
        return measure(text)

    shown = CaptionsLayout(WIDTH, counted, len)
    lines: list[CaptionsLine] = []
    costs = []
    for key in range(1, 301):
        for count in range(1, 12):
            now = line(key, " ".join(["word"] * count), " and more", ("Me", "Others")[key % 2])
            before, _ = measured[0], shown.show([*lines[-11:], now], 2)
            costs.append(measured[0] - before)
        lines = [*lines[-11:], line(key, "word " * 11, "", ("Me", "Others")[key % 2])]
    assert max(costs[-1000:]) <= max(costs[500:1500])


def test_a_line_that_is_taken_back_leaves() -> None:
    shown = layout()
    shown.show([line(1, "one"), line(2, "", "noise", "Me"), line(3, "two", "", "Me")], 6)
    assert texts(shown.show([line(1, "one"), line(3, "two", "", "Me")], 6)) == ["one", "two"]


def test_a_new_width_shows_the_same_words() -> None:
    old, new = layout(), CaptionsLayout(9.0, measure, len)
    given_ = [line(1, "one two three four five")]
    old.show(given_, 2)
    new.again(old)
    assert texts(new.show(given_, 2)) == ["one two", "three", "four five"]


def test_one_line() -> None:
    assert one_line(" a\nb\tc\u2028d\u202eevil\u2066 e\u200df") == "a b c devil e\u200df"


def test_row_is_a_value() -> None:
    assert Row(1, 0, "", "a") == Row(1, 0, "", "a")


def test_what_was_said_before_is_not_laid_out_again_with_every_word() -> None:
    measured: list[str] = []

    def watched(text: str) -> float:
        measured.append(text)
        return measure(text)

    made = CaptionsLayout(WIDTH, watched, lambda label: len(label) + 1.0)
    said = [
        line(key, f"sentence {key} is long enough for two rows", speaker="AB"[key % 2]) for key in range(6)
    ]
    page = made.show([*said, line(6, "and now", "we", speaker="A")], 4)
    measured.clear()
    again = made.show([*said, line(6, "and now we", "go", speaker="A")], 4)
    assert not any("sentence" in text for text in measured) and measured
    assert again.rows[:-1] == page.rows[:-1]


WORDS = st.sampled_from(
    ["so", "measured", "第一次的结果", "well-known,", "and", "שלום", "מה", "it's", "ok.", "🙂"]
)
SENTENCES = st.lists(st.tuples(st.sampled_from(["", "A", "B"]), st.lists(WORDS, min_size=1, max_size=9)))


@given(SENTENCES, st.integers(1, 4), st.booleans())
@settings(max_examples=60, deadline=None)
def test_what_is_kept_of_a_paragraph_is_as_if_all_were_laid_out(
    said: list[tuple[str, list[str]]], shown: int, is_second_pass: bool
) -> None:
    kept, anew = layout(2.0), layout(2.0)
    done: list[CaptionsLine] = []
    for key, (speaker, words) in enumerate(said):
        for count in range(1, len(words) + 1):
            now = line(key, " ".join(words[: count - 1]), f" {words[count - 1]}", speaker)
            anew._laid.clear()
            assert kept.show([*done[-3:], now], shown) == anew.show([*done[-3:], now], shown)
        done.append(line(key, " ".join(words[is_second_pass:]), speaker=speaker))
        anew._laid.clear()
        assert kept.show(done[-3:], shown) == anew.show(done[-3:], shown)
