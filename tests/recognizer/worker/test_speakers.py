"""Speakers of captions: CAM++ like FunASR's own, its life beside the second pass, and what goes wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from recognizer import messages
from recognizer.child import Ladder, WorkerProcess
from recognizer.events import ModelSpec, Priority
from recognizer.messages import Message, UtteranceDone, decode, encode
from recognizer.models.structure import check_model_folder
from recognizer.wire import FrameDecoder
from recognizer.worker.campplus import Campplus, load_campplus
from recognizer.worker.heard_pieces import samples_of
from recognizer.worker.second_pass_dir import SPEAKER_KINDS, open_whole_model_dir
from recognizer.worker.speakers import FULL, Speakers
from tests.fakes.tiny_campplus import WEIGHTS, make_campplus, spoken
from tests.fakes.tiny_second_pass import make_sensevoice
from tests.recognizer.worker.test_second_pass_parity import auto_model
from tests.recognizer.worker.test_second_pass_server import Desk, spec, utterance


@pytest.fixture(scope="module")
def campplus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_campplus(tmp_path_factory.mktemp("cam++"))


def loaded(folder: Path) -> Campplus:
    loading = load_campplus(open_whole_model_dir(str(folder), SPEAKER_KINDS), "cpu")
    while True:
        try:
            next(loading)
        except StopIteration as last:
            return last.value  # type: ignore[no-any-return]


def speakers(folder: Path, clock: Callable[[], float] = lambda: 0.0) -> Speakers:
    model = ModelSpec("scripted", "m", None, "cpu", options=(("speakers_model", str(folder)),))
    return Speakers(model, lambda: "cpu", clock)


def turn(several: Speakers, pcm: bytes) -> int | None:
    steps = several.turn(pcm)
    while True:
        try:
            next(steps)
        except StopIteration as last:
            return last.value  # type: ignore[no-any-return]


@pytest.mark.parametrize("seconds", [0.25, 1.0, 3.77])
def test_embeddings_are_those_of_funasr(campplus: Path, seconds: float) -> None:
    pcm = spoken(1, seconds)
    theirs: Any = auto_model(campplus).generate(input=samples_of(pcm))[0]["spk_embedding"]
    np.testing.assert_allclose(
        loaded(campplus).embed(samples_of(pcm)), theirs[0].numpy(), rtol=1e-4, atol=1e-5
    )


def test_it_can_be_imported_as_what_it_is(campplus: Path) -> None:
    assert check_model_folder(campplus) == ("speakers",)


def test_voices_are_told_apart_and_known_again(campplus: Path) -> None:
    several = speakers(campplus)
    heard = [turn(several, spoken(person, take=take)) for take, person in enumerate([0, 1, 0, 2, 1, 0])]
    assert heard == [0, 1, 0, 2, 1, 0]
    several.release()
    assert not several.is_loaded
    assert turn(several, spoken(1, take=9)) == 1, "whom it heard it remembers"


def test_what_is_too_short_has_no_speaker_and_loads_nothing(campplus: Path) -> None:
    several = speakers(campplus)
    assert [turn(several, spoken(0, 0.2)), turn(several, b"")] == [None, None]
    assert not several.is_loaded


def test_a_bad_directory_is_told_once(campplus: Path, tmp_path: Path) -> None:
    several = speakers(tmp_path / "nowhere")
    assert turn(several, spoken(0)) is None
    notice = several.take_notice()
    assert notice and notice.code == "model-missing"
    assert notice.sentence.endswith("Speakers are not told apart.")
    assert (turn(several, spoken(0)), several.take_notice()) == (None, None)
    other = make_sensevoice(tmp_path / "other")
    several = speakers(other)
    assert turn(several, spoken(0)) is None
    assert (notice := several.take_notice()) and "CAMPPlus" in notice.remedy
    short = shutil.copytree(campplus, tmp_path / "short")
    whole = (short / WEIGHTS).read_bytes()
    (short / WEIGHTS).write_bytes(whole[: len(whole) // 2])
    several = speakers(short)
    assert turn(several, spoken(0)) is None
    assert (notice := several.take_notice()) and notice.code == "model-damaged"


def test_weights_are_never_executed(campplus: Path, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    folder = shutil.copytree(campplus, tmp_path / "trap")
    torch.save({"head": Trap()}, folder / WEIGHTS)
    several = speakers(folder)
    assert turn(several, spoken(0)) is None and several.take_notice()
    assert not (tmp_path / "sprung").exists()


def test_full_memory_is_tried_again_later(campplus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = [0.0]
    several = speakers(campplus, lambda: now_s[0])

    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("")

    with monkeypatch.context() as patched:
        patched.setattr(Campplus, "embed", full)
        assert turn(several, spoken(0)) is None
    assert (notice := several.take_notice()) and notice.code == FULL.code
    assert not several.is_loaded and turn(several, spoken(0)) is None
    now_s[0] = 61.0
    assert turn(several, spoken(0)) == 0


def test_one_bad_recording_is_told_and_the_model_stays(
    campplus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = speakers(campplus)
    assert turn(several, spoken(0)) == 0

    def stumble(*_: object) -> None:
        raise ValueError("what was said")

    with monkeypatch.context() as patched:
        patched.setattr(Campplus, "embed", stumble)
        assert [turn(several, spoken(0)), turn(several, spoken(0))] == [None, None]
    assert (notice := several.take_notice()) and notice.code == "speakers-failed"
    assert several.take_notice() is None
    assert turn(several, spoken(1)) == 1


# --- in the worker ------------------------------------------------------------------------------


def desk(folder: Path, second: Path | None = None) -> Desk:
    return Desk(spec(second, ("speakers_model", str(folder))))


def test_captions_have_speakers_and_nobody_else(campplus: Path) -> None:
    told = desk(campplus)
    for number, (person, priority) in enumerate(
        [(0, Priority.CAPTIONS), (1, Priority.DICTATION), (2, Priority.FILE), (1, Priority.CAPTIONS)], 1
    ):
        told.tell(*utterance(number, spoken(person), priority))
        told.turns_until(number)
    assert [each.speaker for each in told.done] == [0, None, None, 1]
    assert {each.text for each in told.done} == {"first"}


def test_beside_a_second_pass_and_released_with_it(campplus: Path, tmp_path: Path) -> None:
    told = desk(campplus, make_sensevoice(tmp_path / "sv"))
    told.tell(*utterance(1, spoken(0)), *utterance(2, spoken(1)))
    told.turns_until(2)
    finishing = told._server._finishing
    assert finishing and finishing.speakers.is_loaded and finishing.second_pass.is_loaded
    told.tell(messages.ReleaseSecondPass())
    assert not finishing.speakers.is_loaded and not finishing.second_pass.is_loaded
    told.tell(*utterance(3, spoken(1, take=3)))
    told.turns_until(3)
    assert [each.speaker for each in told.done] == [0, 1, 1]
    assert all(each.notice is None and each.text != "first" for each in told.done)


def test_a_model_that_is_gone_costs_no_words(tmp_path: Path) -> None:
    """Nor does it silence what is wrong with the second pass: one is told after the other."""
    told = desk(tmp_path / "nothing", tmp_path / "neither")
    for number in (1, 2, 3):
        told.tell(*utterance(number, spoken(0)))
        told.turns_until(number)
    assert [(each.text, each.speaker) for each in told.done] == [("first", None)] * 3
    notices = [each.notice.sentence if each.notice else "" for each in told.done]
    assert notices[0].endswith("was taken.") and notices[1].endswith("told apart.") and not notices[2]


def test_without_the_option_nothing_is_kept_or_told() -> None:
    told = Desk(spec(None))
    told.tell(*utterance(1, spoken(0)))
    told.turns_until(1)
    assert told.done[0].speaker is None


def test_in_a_real_worker(campplus: Path, tmp_path: Path) -> None:
    """What the libraries print while they are imported must not come between the messages."""
    worker = WorkerProcess(tmp_path / "w.log")
    decoder, said = FrameDecoder(), list[Message]()
    sent: list[messages.ToWorker] = [messages.Load(spec(None, ("speakers_model", str(campplus))))]
    sent += [each for person in (0, 1) for each in utterance(person, spoken(person))]
    try:
        for message in sent:
            worker.send(messages.encode(message))
        while sum(isinstance(each, UtteranceDone) for each in said) < 2:
            data = worker.read()
            assert data, "the worker ended"
            said += [decode(frame) for frame in decoder.feed(data)]
    finally:
        worker.end(Ladder(), messages.encode(messages.Exit()))
    done = [(each.utterance_id, each.speaker) for each in said if isinstance(each, UtteranceDone)]
    assert done == [(0, 0), (1, 1)]


def test_a_speaker_travels_to_the_driver() -> None:
    done: Message = UtteranceDone(1, "words", 900, 4.0, speaker=2)
    decoder = FrameDecoder()
    assert [decode(frame) for frame in decoder.feed(encode(done))] == [done]
