"""Models from folders and archives; and whether a later look notices every change."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizer.models.import_model import import_model
from recognizer.models.install import installed_names
from recognizer.models.manifest import FILE_NAME, read_manifest
from recognizer.models.problems import ModelFailed
from recognizer.models.structure import check_model_folder
from recognizer.models.verify import verify
from tests.fakes.model_hub import BIG, model_files

FILES = model_files(20_000)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make(tmp_path / "my-model", FILES)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "models"


def make(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def archive(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in files.items():
            out.writestr(name, data)
    return path


def fails(source: Path, folder: Path, name: str = "") -> str:
    with pytest.raises(ModelFailed) as caught:
        import_model(source, folder, name)
    assert caught.value.problem.sentence.endswith(".") and caught.value.problem.remedy.endswith(".")
    assert "install it again" not in caught.value.problem.remedy, "nothing was"
    assert installed_names(folder) == [] and not list(folder.glob(".incoming-*"))
    return caught.value.problem.code


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_folder_is_copied_without_code_and_hidden_files(source: Path, folder: Path) -> None:
    make(source, {"model.py": b"import os", ".git/config": b"", "x.so": b"", FILE_NAME: b"{}"})
    moved: list[tuple[int, int]] = []
    target = import_model(source, folder, moved=lambda done, total: moved.append((done, total)))
    assert target == folder / "my-model" and names(target) == {*FILES, FILE_NAME}
    assert moved[-1] == (sum(map(len, FILES.values())),) * 2
    manifest = read_manifest(target)
    assert manifest and manifest.source == "import" and manifest.passes == ("live",)
    assert target.stat().st_mode & 0o077 == 0 and (target / BIG).stat().st_mode & 0o077 == 0
    assert (target / BIG).stat().st_ino != (source / BIG).stat().st_ino


def test_links_cost_no_space(source: Path, folder: Path) -> None:
    target = import_model(source, folder, "linked", links=True)
    assert (target / BIG).stat().st_ino == (source / BIG).stat().st_ino
    assert verify(target).problem is None


def test_snapshot_of_a_hubs_cache_is_followed_through_its_links(source: Path, folder: Path) -> None:
    blob = source.parent / "blob"
    (source / BIG).rename(blob)
    (source / BIG).symlink_to(blob)
    target = import_model(source, folder)
    assert not (target / BIG).is_symlink() and (target / BIG).read_bytes() == FILES[BIG]


@pytest.mark.parametrize("top", ["", "inner/", "a/b/"])
def test_archive_is_unpacked_from_where_the_model_is(tmp_path: Path, folder: Path, top: str) -> None:
    packed = archive(tmp_path / "packed.zip", {top + name: data for name, data in FILES.items()})
    target = import_model(packed, folder)
    assert target.name == "packed" and names(target) == {*FILES, FILE_NAME}
    assert verify(target).problem is None


def test_archive_that_points_elsewhere_is_refused(tmp_path: Path, folder: Path) -> None:
    packed = archive(tmp_path / "evil.zip", FILES | {"../../evil.txt": b"x"})
    assert fails(packed, folder) == "models.not_importable"
    assert not (tmp_path / "evil.txt").exists()


def test_links_in_an_archive_are_left_out(tmp_path: Path, folder: Path) -> None:
    packed = archive(tmp_path / "links.zip", FILES)
    with zipfile.ZipFile(packed, "a") as out:
        entry = zipfile.ZipInfo("seg_dict")
        entry.external_attr = 0o120777 << 16
        out.writestr(entry, "/etc/passwd")
    assert "seg_dict" not in names(import_model(packed, folder))


def test_what_is_no_model_is_refused(tmp_path: Path, source: Path, folder: Path) -> None:
    assert fails(tmp_path / "nowhere", folder) == "models.not_importable"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert fails(empty, folder) == "model-incomplete"
    (source / BIG).write_bytes(FILES[BIG][:1000])
    assert fails(source, folder) == "model-damaged"
    assert fails(archive(tmp_path / "none.zip", {"a.txt": b""}), folder) == "models.not_importable"
    locked = archive(tmp_path / "locked.zip", FILES)
    plain = locked.read_bytes()
    for magic, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):  # each header says: encrypted
        pieces = plain.split(magic)
        changed = [piece[: at - 4] + bytes([piece[at - 4] | 1]) + piece[at - 3 :] for piece in pieces[1:]]
        plain = magic.join([pieces[0], *changed])
    locked.write_bytes(plain)
    assert fails(locked, folder) == "models.not_importable"
    cut = archive(tmp_path / "cut.zip", FILES)
    cut.write_bytes(cut.read_bytes()[:-100])
    assert fails(cut, folder) == "models.not_importable"


def test_nothing_is_left_of_an_archive_that_is_damaged_in_the_middle(tmp_path: Path, folder: Path) -> None:
    damaged = archive(tmp_path / "damaged.zip", FILES)
    content = bytearray(damaged.read_bytes())
    at = len(content) // 2
    content[at : at + 50] = bytes(50)
    damaged.write_bytes(content)
    assert fails(damaged, folder) == "models.not_importable"


@pytest.mark.parametrize("name", ["..", "a/b", ".hidden", "", "x" * 90])
def test_names_are_checked(tmp_path: Path, source: Path, folder: Path, name: str) -> None:
    if name:
        assert fails(source, folder, name) == "models.bad_name"
    else:
        assert fails(source.rename(tmp_path / "字"), folder) == "models.bad_name"


def test_name_that_is_taken_is_kept(source: Path, folder: Path) -> None:
    import_model(source, folder)
    with pytest.raises(ModelFailed, match="installed already"):
        import_model(source, folder)


def test_kinds_of_other_passes_are_known(source: Path) -> None:
    for kind, passes in (
        ("SenseVoiceSmall", ("second",)),
        ("CTTransformer", ("punctuation",)),
        ("CAMPPlus", ("speakers",)),
    ):
        (source / "config.yaml").write_text(f"model: {kind}\n")
        assert check_model_folder(source) == passes
    (source / BIG).write_bytes(FILES[BIG][:-50])
    with pytest.raises(ModelFailed, match="damaged"):
        check_model_folder(source)
    (source / "config.yaml").write_text("model: [1, 2\n")
    with pytest.raises(ModelFailed):
        check_model_folder(source)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_is_noticed(tmp_path: Path, data: st.DataObject) -> None:
    target = tmp_path / "models" / "m"
    if not target.exists():
        import_model(make(tmp_path / "source", FILES), tmp_path / "models", "m")
    name = data.draw(st.sampled_from(sorted(FILES)))
    at = data.draw(st.integers(0, len(FILES[name]) - 1))
    change = data.draw(st.integers(1, 255))
    content = bytearray(FILES[name])
    content[at] ^= change
    (target / name).write_bytes(content)
    verdict = verify(target)
    assert verdict.problem and verdict.problem.code == "models.changed" and name in verdict.problem.sentence
    (target / name).write_bytes(FILES[name])
    assert verify(target).problem is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"name": 1}', '{"name": "m", "source": "", "passes": [], "files": [{"path": "x"}]}'],
)
def test_manifest_that_cannot_be_read_is_told(source: Path, text: str) -> None:
    (source / FILE_NAME).write_text(text)
    verdict = verify(source)
    assert verdict.problem and verdict.problem.code == "model-damaged"


DEEP = "[" * 100_000
MANIFEST_OF_A_NUMBER = json.dumps(
    {"name": "", "source": "", "passes": [], "files": [{"path": 5, "size_bytes": 1, "sha256": ""}]}
)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("config.yaml", "model: ParaformerStreaming\nmade: 2001-99-99\n"),
        ("config.yaml", DEEP),
        ("tokens.json", DEEP),
        (FILE_NAME, DEEP),
        (FILE_NAME, '{"name": "m", "source": "", "passes": [["live"]], "files": []}'),
        (FILE_NAME, MANIFEST_OF_A_NUMBER),
    ],
)
def test_files_that_no_reader_expects_are_damaged_and_nothing_worse(
    source: Path, name: str, text: str
) -> None:
    (source / name).write_text(text)
    verdict = verify(source)
    assert verdict.problem and verdict.problem.code == "model-damaged"


def test_settings_of_a_model_that_are_no_numbers_are_told(source: Path) -> None:
    config = (source / "config.yaml").read_text()
    (source / "config.yaml").write_text(config.replace("n_mels: 80", "n_mels: [80]"))
    assert (source / "config.yaml").read_text() != config
    verdict = verify(source)
    assert verdict.problem and "config.yaml" in verdict.problem.sentence


def test_weights_whose_directory_cannot_be_read_are_damaged(source: Path) -> None:
    content = bytearray((source / BIG).read_bytes())
    end = content.rfind(b"PK\x05\x06")
    at = int.from_bytes(content[end + 16 : end + 20], "little")
    content[at : at + 4] = b"XXXX"
    (source / BIG).write_bytes(content)
    verdict = verify(source)
    assert verdict.problem and verdict.problem.code == "model-damaged" and BIG in verdict.problem.sentence


def test_manifest_names_nothing_outside(source: Path) -> None:
    files = [{"path": "../../etc/passwd", "size_bytes": 1, "sha256": "0" * 64}]
    (source / FILE_NAME).write_text(json.dumps({"name": "m", "source": "", "passes": [], "files": files}))
    assert verify(source).problem is not None


def test_folder_without_manifest_is_checked_by_its_structure(source: Path) -> None:
    assert verify(source).problem is None and not verify(source).is_recorded
    (source / "tokens.json").unlink()
    verdict = verify(source)
    assert verdict.problem and verdict.problem.code == "model-incomplete"


def test_folder_that_cannot_be_written_is_told(source: Path, folder: Path) -> None:
    folder.write_text("a file in its place")
    with pytest.raises(ModelFailed, match="Cannot write"):
        import_model(source, folder)
