"""What one reader gets: read back by our own parser of FunASR's protocol, and by the rule of its clients."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desktop.core.captions_facts import PublishCaption, Source
from desktop.live_output.reader import MOST_GROWING, MOST_OWED, Reader, end_answer
from recognizer.funasr_wire import CLOSING, opening, parse
from recognizer.remote_transcript import Delta, Ended, Sentence, Transcript
from tests.desktop.live_output.said import final, said


def drained(reader: Reader) -> list[dict[str, Any]]:
    messages = []
    while (message := reader.take()) is not None:
        messages.append(json.loads(message))
    return messages


def told(*captions: PublishCaption, source: str = "") -> list[dict[str, Any]]:
    """Every message, when the reader takes each at once."""
    reader = Reader(source)
    messages = []
    for caption in captions:
        reader.add(caption)
        messages += drained(reader)
    return messages


def test_half_a_character_costs_no_reader() -> None:
    reader = Reader()
    for caption in (said(1, "one \ud83d"), final(1, "one \ud83d two")):
        reader.add(caption)
        assert "one ?" in (reader.take() or "").encode("utf-8").decode("utf-8")


class FunasrClient:
    """The rule of FunASR's own clients: add what is online, replace it by what is offline."""

    def __init__(self) -> None:
        self.online = self.offline = ""

    def take(self, message: dict[str, Any]) -> None:
        if message["mode"] == "2pass-online":
            self.online += message["text"]
        else:
            self.online = ""
            self.offline += message["text"] + "|"


GROWING = (
    said(1, "", "the whether"),
    said(1, "the weather", "is"),
    said(1, "the weather is very", "nicely"),
    final(1, "The weather is very nice."),
)


def test_a_client_of_funasr_sees_the_words_grow_and_the_sentence_replace_them() -> None:
    client, seen = FunasrClient(), []
    for message in told(*GROWING):
        client.take(message)
        seen.append(client.online)
    assert seen == ["", "the weather", "the weather is very", ""]
    assert client.offline == "The weather is very nice.|"


def test_our_own_parser_of_funasr_reads_every_message() -> None:
    messages = [json.dumps(message, ensure_ascii=False) for message in told(*GROWING)]
    replies = [parse(message, "Others") for message in messages]
    assert [type(reply) for reply in replies] == [Delta, Delta, Delta, Sentence]
    transcript = Transcript()
    for reply in replies:
        transcript.take(reply)
    assert (transcript.committed, transcript.tentative) == ("The weather is very nice.", "")


def test_a_final_carries_times_and_a_partial_what_may_change() -> None:
    partial, whole = told(said(2, "so far", "so"), final(2, "So far, so good!"))
    assert {key: partial[key] for key in ("mode", "text", "wav_name", "is_final", "source", "key")} == {
        "mode": "2pass-online", "text": "so far", "wav_name": "Others", "is_final": False,
        "source": "others", "key": 2,
    }  # fmt: skip
    assert (partial["committed"], partial["tentative"]) == ("so far", " so")
    assert (whole["mode"], whole["text"], whole["is_final"]) == ("2pass-offline", "So far, so good!", True)
    assert whole["timestamp"] == [[20_000, 20_200], [20_200, 20_400], [20_400, 20_600], [20_600, 20_800]]
    assert whole["stamp_sents"] == [
        {"text_seg": "So far, so good!", "punc": "!", "start": 20_000, "end": 23_000,
         "ts_list": whole["timestamp"]},
    ]  # fmt: skip
    assert (whole["start_ms"], whole["end_ms"]) == (20_000, 23_000)


def test_an_echo_is_taken_back() -> None:
    client = FunasrClient()
    for message in told(said(1, "hello there"), said(1, ""), final(2, "Next.")):
        client.take(message)
    assert (client.online, client.offline) == ("", "|Next.|")


def test_committed_words_that_change_after_all_are_not_added_twice() -> None:
    client = FunasrClient()
    for message in told(said(1, "ice cream"), said(1, "I scream"), said(1, "I scream loudly")):
        client.take(message)
    assert client.online == "ice cream", "only the sentence can correct it"
    for message in told(said(1, "ice cream"), said(1, "I scream"), said(1, "ice cream too")):
        client.take(message)


def test_a_reader_may_read_one_side_only() -> None:
    captions = (final(1, "mine", Source.ME), final(2, "theirs"), said(3, "growing", source=Source.ME))
    assert [message["wav_name"] for message in told(*captions, source="me")] == ["Me", "Me"]
    assert [message["text"] for message in told(*captions, source="others")] == ["theirs"]
    assert len(told(*captions)) == 3


def test_who_reads_slowly_misses_partials_and_no_final() -> None:
    reader = Reader()
    for utterance_id in range(1, 101):
        for count in range(1, 9):
            reader.add(said(utterance_id, " ".join(["word"] * count)))
        reader.add(final(utterance_id, f"final {utterance_id}"))
    reader.add(said(101, "and"))
    reader.add(said(101, "and so on"))
    messages = drained(reader)
    assert [message["text"] for message in messages] == [
        *(f"final {utterance_id}" for utterance_id in range(1, 101)), "and so on",
    ]  # fmt: skip
    assert not reader.is_hopeless


def test_who_never_reads_is_given_up_and_costs_a_bounded_amount() -> None:
    reader = Reader()
    for utterance_id in range(MOST_GROWING * 3):
        reader.add(said(utterance_id, "word"))
    assert len(reader._owed) == MOST_GROWING
    for utterance_id in range(MOST_OWED + 1):
        assert not reader.is_hopeless
        reader.add(final(utterance_id, "final"))
    assert reader.is_hopeless


def test_utterances_that_never_end_are_forgotten() -> None:
    messages = told(*(said(utterance_id, "word") for utterance_id in range(MOST_GROWING * 3)))
    assert len(messages) == MOST_GROWING * 3
    reader = Reader()
    for utterance_id in range(MOST_GROWING * 3):
        reader.add(said(utterance_id, "word"))
        drained(reader)
    assert len(reader._sent) <= MOST_GROWING


def test_a_client_that_has_sent_its_sound_is_answered() -> None:
    answer = end_answer(CLOSING)
    assert answer is not None
    assert parse(answer, "Others") == Ended()
    for other in (opening("x"), "", "[]", '{"is_end": 1}', "{" * 100_000):
        assert end_answer(other) is None


@given(st.lists(st.tuples(st.integers(0, 2), st.text(max_size=8), st.booleans()), max_size=30))
def test_however_words_change_what_ends_is_right(steps: list[tuple[int, str, bool]]) -> None:
    """Reading at random moments, every final arrives once, in order, and unchanged."""
    reader, client, wanted = Reader(), FunasrClient(), []
    for utterance_id, text, is_final in steps:
        caption = said(utterance_id, text, is_final=is_final)
        reader.add(caption)
        if is_final or not caption.line.text:
            wanted.append(caption.line.text)
        if utterance_id == 2:
            for message in drained(reader):
                client.take(message)
    for message in drained(reader):
        client.take(message)
    assert client.offline == "".join(f"{text}|" for text in wanted)
