"""Downloads from a hub of our own that stalls, truncates, lies and fails; with the real fetching process."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import URLError

import psutil
import pytest

from recognizer.models import transfer as transfer_module
from recognizer.models.catalogue import CatalogueModel
from recognizer.models.download import FetchProcess, Progress, Speed
from recognizer.models.fetch import FetchRequest
from recognizer.models.hub import RemoteFile, list_files
from recognizer.models.install import Source, install, installed_names, locked, remove
from recognizer.models.manifest import FILE_NAME, passes_of, read_manifest
from recognizer.models.problems import ModelFailed
from recognizer.models.transfer import Patience, Transfer
from recognizer.models.verify import verify
from tests.fakes.model_hub import BIG, COMMIT, ModelHub, model_files, sha256

HASTY = Patience(stall_s=0.4, attempts=3, pause_s=0.01, reserve_bytes=1 << 20)
MODEL = CatalogueModel(
    name="tiny",
    about="",
    about_zh="",
    passes=("live",),
    languages=("zh",),
    licence="MIT",
    size_bytes=300_000,
    files=("config.yaml", "configuration.json", "*.pt", "tokens.json", "am.mvn", "*.py"),
    required=("config.yaml", "model.pt"),
    repositories={"huggingface": "some/model", "modelscope": "some/model"},
)
HUBS = ("huggingface", "modelscope")
ROOT = Path(__file__).resolve().parents[3]
INSTALL = f"""
import importlib.util, pathlib, sys
spec = importlib.util.spec_from_file_location("t", {__file__!r})
t = importlib.util.module_from_spec(spec)
spec.loader.exec_module(t)
t.install(t.MODEL, t.Source("huggingface", sys.argv[1]), pathlib.Path(sys.argv[2]), lambda progress: None)
"""


@pytest.fixture
def hub() -> Iterator[ModelHub]:
    with ModelHub() as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def fetch(
    hub: ModelHub, folder: Path, which: str = "huggingface", patience: Patience = HASTY
) -> list[Progress]:
    told: list[Progress] = []
    install(MODEL, Source(which, hub.endpoint), folder, told.append, patience=patience)
    return told


def fails(hub: ModelHub, folder: Path, which: str = "huggingface", patience: Patience = HASTY) -> str:
    with pytest.raises(ModelFailed) as caught:
        fetch(hub, folder, which, patience)
    problem = caught.value.problem
    assert problem.sentence.endswith(".") and problem.remedy.endswith(".")
    assert installed_names(folder) == [], "nothing half is ever seen"
    return problem.code


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "tiny").iterdir() if path.name != FILE_NAME}


@pytest.mark.parametrize("which", HUBS)
def test_model_arrives_whole_and_is_recorded(hub: ModelHub, folder: Path, which: str) -> None:
    hub.files |= {"model.py": b"import os", "README.md": b"about", "example/a.wav": b"RIFF"}
    told = fetch(hub, folder, which)
    assert bytes_of(folder) == model_files()
    manifest = read_manifest(folder / "tiny")
    revision = COMMIT if which == "huggingface" else "master"
    assert manifest and manifest.source == f"{which}:some/model@{revision}"
    assert {file.path: file.sha256 for file in manifest.files} == {
        name: sha256(data) for name, data in model_files().items()
    }
    assert passes_of(folder / "tiny") == ("live",)
    assert told[-1].done_bytes == told[-1].total_bytes == sum(map(len, model_files().values()))
    assert not {path for _, path, _ in hub.asked} & {"model.py", "README.md", "example/a.wav"}
    assert (folder / "tiny").stat().st_mode & 0o077 == 0
    assert verify(folder / "tiny").problem is None


@pytest.mark.parametrize("behaviour", ["stall@100000", "cut@100000"])
@pytest.mark.parametrize("which", HUBS)
def test_it_goes_on_where_the_server_gave_up(hub: ModelHub, folder: Path, which: str, behaviour: str) -> None:
    hub.behave(BIG, behaviour, behaviour)
    told = fetch(hub, folder, which)
    assert hub.ranges(BIG) == ["", "bytes=100000-", "bytes=200000-"]
    assert bytes_of(folder) == model_files()
    assert "waiting" in {each.stage for each in told}


def test_server_without_ranges_begins_anew(hub: ModelHub, folder: Path) -> None:
    hub.behave(BIG, "cut@100000", "whole")
    fetch(hub, folder)
    assert bytes_of(folder) == model_files()


@pytest.mark.parametrize(
    ("path", "behaviours", "code"),
    [
        (BIG, ["stall@0"] * 3, "models.stalled"),
        (BIG, ["cut@0"] * 3, "models.cut_off"),
        (BIG, ["longer"] * 3, "models.cut_off"),
        (BIG, ["500"] * 3, "models.server_failed"),
        (BIG, ["429"] * 3, "models.server_failed"),
        (BIG, ["404"], "models.not_found"),
        (BIG, ["403"], "models.refused"),
        (BIG, ["wrong"] * 2, "models.wrong_checksum"),
        ("config.yaml", ["wrong"] * 2, "models.wrong_checksum"),
        ("listing", ["404"], "models.not_found"),
        ("listing", ["401"], "models.refused"),
        ("listing", ["wrong"] * 3, "models.strange_answer"),
    ],
)
def test_what_does_not_mend_is_told(
    hub: ModelHub, folder: Path, path: str, behaviours: list[str], code: str
) -> None:
    hub.behave(path, *behaviours)
    assert fails(hub, folder) == code


@pytest.mark.parametrize("behaviours", [["500"], ["429"], ["wrong"], ["cut@5", "503", "cut@9"]])
def test_what_mends_is_tried_again(hub: ModelHub, folder: Path, behaviours: list[str]) -> None:
    hub.behave(BIG, *behaviours)
    fetch(hub, folder)
    assert bytes_of(folder) == model_files()


def test_listing_that_fails_once_is_asked_again(hub: ModelHub, folder: Path) -> None:
    hub.behave("listing", "503")
    fetch(hub, folder)
    assert bytes_of(folder) == model_files()


@pytest.mark.parametrize("which", HUBS)
def test_names_that_point_elsewhere_are_refused(hub: ModelHub, folder: Path, which: str) -> None:
    hub.extra_names = ["../evil.pt"]
    assert fails(hub, folder, which) == "models.unsafe_listing"
    assert hub.ranges(BIG) == []


def test_no_connection_names_the_embedded_model(folder: Path) -> None:
    with ModelHub() as gone:
        endpoint = gone.endpoint
    with pytest.raises(ModelFailed) as caught:
        install(MODEL, Source("huggingface", endpoint), folder, lambda progress: None, patience=HASTY)
    assert caught.value.problem.code == "models.offline"
    assert "pocketsphinx" in caught.value.problem.remedy


def test_full_disk_is_told_before_anything_is_fetched(hub: ModelHub, folder: Path) -> None:
    greedy = Patience(0.4, 3, 0.01, reserve_bytes=1 << 60)
    assert fails(hub, folder, patience=greedy) == "models.disk_full"
    assert hub.ranges(BIG) == []


def test_model_that_is_none_is_thrown_away(hub: ModelHub, folder: Path) -> None:
    hub.files["config.yaml"] = b"model: Whisper\n"
    assert fails(hub, folder) == "model-unknown-kind"
    assert hub.ranges(BIG) == [], "known before the weights are fetched"
    assert not list(folder.glob(".incoming-*"))


def test_listing_that_lacks_a_part_is_refused(hub: ModelHub, folder: Path) -> None:
    del hub.files[BIG]
    assert fails(hub, folder) == "models.not_found"


def test_first_arrival_is_recorded_where_no_sum_is_told(hub: ModelHub, folder: Path) -> None:
    hub.tells_sums = False
    fetch(hub, folder)
    (folder / "tiny" / "tokens.json").write_bytes(hub.files["tokens.json"].replace(b"a", b"b"))
    verdict = verify(folder / "tiny")
    assert verdict.problem and verdict.problem.code == "models.changed"


def test_known_sum_is_held_against_the_hub(hub: ModelHub, folder: Path) -> None:
    model = replace(MODEL, sha256={BIG: sha256(b"what the catalogue says")})
    with pytest.raises(ModelFailed, match="checksum"):
        install(model, Source("huggingface", hub.endpoint), folder, lambda progress: None, patience=HASTY)


def test_cancelled_download_goes_on_later(hub: ModelHub, folder: Path) -> None:
    hub.behave(BIG, "stall@150000")
    patient = Patience(stall_s=30.0, attempts=3, pause_s=0.01, reserve_bytes=0)
    with pytest.raises(ModelFailed) as caught:
        source = Source("huggingface", hub.endpoint)
        install(MODEL, source, folder, lambda progress: None, hub.stalled.is_set, patient)
    assert caught.value.problem.code == "models.cancelled"
    fetch(hub, folder)
    assert hub.ranges(BIG)[0] == "" and hub.ranges(BIG)[-1].startswith("bytes=")
    assert bytes_of(folder) == model_files()


def test_revision_that_changed_meanwhile_is_not_mixed(hub: ModelHub, folder: Path) -> None:
    hub.behave(BIG, *["cut@100000"] + ["500"] * 3)
    assert fails(hub, folder) == "models.server_failed"
    hub.files = model_files(seed=2)
    fetch(hub, folder)
    assert bytes_of(folder) == model_files(seed=2), "and no .part of the older one is left"


def test_killed_in_the_middle_then_resumed_gives_the_same_bytes(hub: ModelHub, folder: Path) -> None:
    """The whole installing process is killed; its child ends by itself, and the lock is free."""
    hub.behave(BIG, "stall@123456")
    child = subprocess.Popen([sys.executable, "-c", INSTALL, hub.endpoint, str(folder)], cwd=ROOT)
    assert hub.stalled.wait(20)
    part = until(lambda: next(folder.glob(".incoming-tiny/model.pt.*.part"), None))
    until(lambda: part.stat().st_size == 123456)
    fetchers = [pid for pid in children(child.pid) if pid != child.pid]
    assert fetchers
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    until(lambda: not any(alive(pid) for pid in fetchers))
    fetch(hub, folder)
    assert hub.ranges(BIG) == ["", "bytes=123456-"]
    assert bytes_of(folder) == model_files()


def test_killed_fetcher_is_told_and_keeps_what_arrived(hub: ModelHub, folder: Path, tmp_path: Path) -> None:
    hub.behave(BIG, "stall@100000")
    request = FetchRequest(
        "tiny", "huggingface", "some/model", hub.endpoint, str(tmp_path), ("*.pt",), (), {}, Patience()
    )
    with FetchProcess(request) as process:
        assert hub.stalled.wait(20)
        os.kill(process.pid, signal.SIGKILL)
        list(process.lines(10, lambda: False))
        assert not process.hung
    assert next(tmp_path.glob("model.pt.*.part"))


def test_hub_that_hangs_before_the_first_word_is_ended(hub: ModelHub, tmp_path: Path) -> None:
    hub.behave("listing", "stall")
    request = FetchRequest(
        "tiny", "huggingface", "some/model", hub.endpoint, str(tmp_path), ("*.pt",), (), {}, Patience()
    )
    with FetchProcess(request) as process:
        assert list(process.lines(2.0, lambda: False)) == []
        assert process.hung
    assert not alive(process.pid)


def test_two_installs_of_one_model_do_not_meet(hub: ModelHub, folder: Path) -> None:
    folder.mkdir()
    with locked(folder, "tiny"):
        assert fails(hub, folder) == "models.busy"
        with pytest.raises(ModelFailed) as caught:
            remove("tiny", folder)
        assert caught.value.problem.code == "models.busy"


def test_installed_model_is_not_fetched_again(hub: ModelHub, folder: Path) -> None:
    fetch(hub, folder)
    with pytest.raises(ModelFailed) as caught:
        fetch(hub, folder)
    assert caught.value.problem.code == "models.already_installed"


def test_removed_model_is_gone_and_its_partial_too(hub: ModelHub, folder: Path) -> None:
    fetch(hub, folder)
    (folder / ".incoming-tiny").mkdir()
    assert remove("tiny", folder) >= 300_000
    assert [path.name for path in folder.iterdir()] == [".lock-tiny"]
    with pytest.raises(ModelFailed) as caught:
        remove("tiny", folder)
    assert caught.value.problem.code == "models.no_such"


def test_mirrors_of_the_environment_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODELSCOPE_ENDPOINT", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "https://mirror.example/")
    monkeypatch.setenv("MODELSCOPE_DOMAIN", "scope.example")
    assert Source.named("huggingface") == Source("huggingface", "https://mirror.example")
    assert Source.named("modelscope") == Source("modelscope", "https://scope.example")
    assert Source.named("http://here:1") == Source("huggingface", "http://here:1")
    assert Source.named("modelscope", "http://here:2") == Source("modelscope", "http://here:2")


def test_checking_a_large_file_is_told_of_while_it_lasts(tmp_path: Path) -> None:
    """Or the process would be taken for one that hangs, again and again, on a slow disk."""
    data, told = bytes(5 << 20), list[int]()
    (tmp_path / BIG).write_bytes(data)
    transfer = Transfer(tmp_path, HASTY, told.append, lambda problem: None)
    url = "http://127.0.0.1:9/never-asked"
    assert transfer.fetch(RemoteFile(BIG, len(data), url, sha256(data))) == sha256(data)
    assert told == [0] * 5


def test_certificate_that_is_not_trusted_is_no_missing_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = ssl.SSLCertVerificationError(1, "self-signed certificate")
    answers: dict[str, Callable[..., Any]] = {"open": lambda *_, **__: raise_(URLError(refused))}
    monkeypatch.setattr(transfer_module, "_opener", lambda: SimpleNamespace(**answers))
    transfer = Transfer(tmp_path, HASTY, lambda count: None, lambda problem: None)
    with pytest.raises(ModelFailed) as caught:
        transfer.fetch(RemoteFile(BIG, 5, "https://hub.example/file"))
    assert caught.value.problem.code == "models.untrusted"

    def asked(*_: object) -> None:
        try:
            raise refused
        except OSError as error:
            raise RuntimeError("the library's own kind") from error

    monkeypatch.setattr("recognizer.models.hub._ask_huggingface", asked)
    with pytest.raises(ModelFailed) as listed:
        list_files("huggingface", "some/model", "https://hub.example", 1.0)
    assert listed.value.problem == caught.value.problem


def raise_(error: Exception) -> None:
    raise error


def test_speed_is_that_of_the_last_seconds() -> None:
    speed = Speed(over_s=5.0)
    assert speed.at(0.0, 1000) == 0.0, "one reading tells nothing"
    assert speed.at(1.0, 3000) == 2000.0
    assert speed.at(100.0, 4000) == pytest.approx(1000 / 99)
    assert speed.at(101.0, 0) == 0.0, "thrown away: begin anew"


def until(ask: Callable[[], Any], within_s: float = 15.0) -> Any:
    """What ``ask`` says as soon as it is something."""
    deadline_s = time.monotonic() + within_s
    while not (answer := ask()):
        assert time.monotonic() < deadline_s, "did not come about"
        time.sleep(0.02)
    return answer


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> list[int]:
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]
