"""Overlapping windows joined: nothing lost, nothing twice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.core.overlap import tokens_of, without_doubles
from desktop.core.timed_text import TimedText
from recognizer.events import Word

WORD_MS = 250


def line(text: str, start_ms: int, end_ms: int, words: tuple[Word, ...] = ()) -> TimedText:
    return TimedText(start_ms, end_ms, text, words=words)


def joined(before: str, after: str, overlap_ms: int = 2_000) -> str:
    """Two texts without times; windows of 10 s."""
    one, other = without_doubles(
        line(before, 0, 10_000), line(after, 10_000 - overlap_ms, 20_000 - overlap_ms), overlap_ms
    )
    assert one.end_ms <= other.start_ms
    return f"{one.text}|{other.text}"


@pytest.mark.parametrize(
    ("before", "after", "both"),
    [
        ("we went to the river and", "the river and swam across", "we went to the river|and swam across"),
        ("We went to the River, and", "the river and swam.", "We went to the River,|and swam."),
        ("we went to the river an", "iver and swam across", "we went to the river an|iver and swam across"),
        ("we went to the river an", "the river and swam across", "we went to the river|and swam across"),
        ("we went to the green river and", "a green river and swam", "we went to the green river|and swam"),
        ("we went to the crean river and", "to the green river and swam", None),
        ("今天我们去河边游泳然后", "河边游泳然后回家吃饭", "今天我们去河边游泳|然后回家吃饭"),
        ("我们用GPU来训练", "GPU来训练模型，很快", "我们用GPU来训|练模型，很快"),
        ("", "and swam across", "|and swam across"),
        ("we went", "", "we went|"),
        ("one two three", "four five six", "one two three|four five six"),
        ("it's John's", "John’s well-known dog", None),
    ],
)
def test_texts_alone(before: str, after: str, both: str | None) -> None:
    found = joined(before, after)
    if both is not None:
        assert found == both
    else:
        keys = [token.key for token in tokens_of(found.replace("|", " "))]
        assert len(keys) == len(set(keys))


def test_no_overlap_changes_nothing() -> None:
    one, other = line("the same", 0, 1_000), line("the same", 1_000, 2_000)
    assert without_doubles(one, other, 0) == (one, other)


def spoken(words: list[str], start_ms: int = 0) -> tuple[Word, ...]:
    return tuple(
        Word(word, start_ms + at * WORD_MS, start_ms + at * WORD_MS + WORD_MS - 40)
        for at, word in enumerate(words)
    )


def window(words: tuple[Word, ...], start_ms: int, end_ms: int) -> TimedText:
    """What a window hears: the words of which it hears at least the middle."""
    heard = tuple(word for word in words if start_ms <= (word.start_ms + word.end_ms) // 2 < end_ms)
    return TimedText(start_ms, end_ms, " ".join(word.text for word in heard), words=heard)


def test_times_tell_repeated_words_apart() -> None:
    said = spoken(["no"] * 40)
    one, other = without_doubles(window(said, 0, 6_000), window(said, 4_000, 10_000), 2_000)
    assert len((one.text + " " + other.text).split()) == 40
    assert one.words + other.words == said


def test_nothing_agrees_but_times_decide() -> None:
    said, misheard = spoken([f"a{at}" for at in range(40)]), spoken([f"b{at}" for at in range(40)])
    one, other = without_doubles(window(said, 0, 6_000), window(misheard, 4_000, 10_000), 2_000)
    numbers = [int(word[1:]) for word in (one.text + " " + other.text).split()]
    assert numbers == list(range(40))


def test_where_one_heard_nothing_the_other_keeps_all() -> None:
    said = spoken([f"a{at}" for at in range(40)])
    deaf = window(said[:16], 0, 6_000)
    one, other = without_doubles(deaf, window(said, 4_000, 10_000), 2_000)
    assert one.words + other.words == said


def test_words_that_do_not_spell_the_text_are_cut_by_time() -> None:
    said = spoken("on the third of may we went to the river and swam across it all day long".split())
    first, second = window(said, 0, 3_000), window(said, 2_000, 5_000)
    first = replace(first, text=first.text.replace("third", "3rd"))
    one, other = without_doubles(first, second, 1_000)
    assert (one.text + " " + other.text).split() == " ".join(word.text for word in said).replace(
        "third", "3rd"
    ).split()
    assert len(one.words) + len(other.words) in (len(said) - 1, len(said), len(said) + 1)


vocabulary = st.one_of(
    st.sampled_from("the of and to a in it is was he".split()), st.from_regex(r"[a-z]{2,9}", fullmatch=True)
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(vocabulary, min_size=30, max_size=60),
    st.integers(4_000, 6_000),
    st.sampled_from([1_000, 2_000, 3_000]),
    st.randoms(use_true_random=False),
)
def test_words_with_times_are_joined_exactly(
    words: list[str], cut_ms: int, overlap_ms: int, chance: object
) -> None:
    said = spoken(words)
    end_ms = len(words) * WORD_MS
    first = window(said, 0, cut_ms)
    # the other window places its words a little differently
    moved = tuple(replace(w, start_ms=w.start_ms + chance.randint(-80, 80)) for w in said)  # type: ignore[attr-defined]
    second = window(moved, cut_ms - overlap_ms, end_ms)
    one, other = without_doubles(first, second, overlap_ms)
    assert (one.text + " " + other.text).split() == words
    assert [word.text for word in one.words + other.words] == words
    assert one.end_ms <= other.start_ms
    starts = [word.start_ms for word in other.words]
    assert starts == sorted(starts)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.from_regex(r"[a-z]{3,9}", fullmatch=True), min_size=30, max_size=60, unique=True),
    st.integers(12, 20),
    st.integers(4, 10),
    st.sampled_from([str.upper, str.title, lambda word: word + ",", lambda word: f"“{word}”"]),
    st.booleans(),
)
def test_texts_without_times_are_joined_exactly(
    words: list[str], cut: int, shared: int, dress: object, is_spoilt: bool
) -> None:
    first, second = words[:cut], [dress(word) for word in words[cut - shared :]]  # type: ignore[operator]
    if is_spoilt:  # the word on each edge was heard by half
        first[-1], second[0] = first[-1][:2], "x"
    one, other = without_doubles(
        line(" ".join(first), 0, cut * WORD_MS),
        line(" ".join(second), (cut - shared) * WORD_MS, len(words) * WORD_MS),
        shared * WORD_MS,
    )
    keys = [token.key for token in tokens_of(one.text + " " + other.text)]
    assert keys == words


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.sampled_from("的是了我不在人有他这中大来上国个到说们为子和你地出道也时年得就那要下以生会"),
        min_size=40,
        max_size=80,
    ),
    st.integers(20, 28),
    st.integers(6, 12),
)
def test_chinese_with_times_is_joined_by_character(signs: list[str], cut: int, shared: int) -> None:
    said = tuple(Word(sign, at * 200, at * 200 + 190) for at, sign in enumerate(signs))
    first, second = said[:cut], said[cut - shared :]
    one, other = without_doubles(
        line("".join(word.text for word in first), 0, cut * 200, first),
        line("".join(word.text for word in second), (cut - shared) * 200, len(signs) * 200, second),
        shared * 200,
    )
    assert one.text + other.text == "".join(signs)
    assert one.words + other.words == said


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60), st.text(max_size=60), st.integers(1, 5_000))
def test_any_two_texts_are_joined_without_a_word_made_up(before: str, after: str, overlap_ms: int) -> None:
    one, other = without_doubles(
        line(before, 0, 10_000), line(after, 10_000 - overlap_ms, 20_000), overlap_ms
    )
    assert before.startswith(one.text)
    assert after.endswith(other.text)
    kept = {token.key for token in tokens_of(one.text)} | {token.key for token in tokens_of(other.text)}
    assert {token.key for token in tokens_of(before)} <= kept | {token.key for token in tokens_of(after)}


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.from_regex(r"[a-y]{3,9}", fullmatch=True), min_size=30, max_size=50, unique=True),
    st.randoms(use_true_random=False),
)
def test_mishearings_in_the_overlap_lose_nothing_outside_it(words: list[str], chance: object) -> None:
    said = spoken(words)
    noisy = [
        replace(w, text="zz" + w.text if chance.random() < 0.4 else w.text)
        for w in said  # type: ignore[attr-defined]
    ]
    first, second = window(said, 0, 5_000), window(tuple(noisy), 3_000, len(words) * WORD_MS)
    one, other = without_doubles(first, second, 2_000)
    found = [word.removeprefix("zz") for word in (one.text + " " + other.text).split()]
    assert found[:12] == words[:12]
    assert found[-(len(words) - 20) :] == words[20:]
    assert len(found) == len(words)
