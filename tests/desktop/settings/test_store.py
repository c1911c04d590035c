"""The settings file: whatever is in it, the program starts, and nothing of the user's is lost."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.settings import OPTIONS, Settings, SettingsFailed, load, save, store
from desktop.settings.reading import read_document
from desktop.settings.store import broken_copy, load_again
from desktop.settings.writing import write_document

NO_CONTROL = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20)


def values(option) -> st.SearchStrategy:
    """Anything that a setting may be."""
    if option.choices:
        return st.sampled_from(option.choices)
    if option.check:
        return st.just(option.default)
    if isinstance(option.default, bool):
        return st.booleans()
    if isinstance(option.default, int):
        return st.integers(int(option.low), int(option.high))
    if isinstance(option.default, float):
        return st.floats(option.low, option.high)
    return NO_CONTROL if isinstance(option.default, str) else st.lists(NO_CONTROL, max_size=4)


@st.composite
def any_settings(draw: st.DrawFn) -> Settings:
    settings = Settings()
    for key in draw(st.sets(st.sampled_from(list(OPTIONS)))):
        settings = settings.replace(key, draw(values(OPTIONS[key])))
    return settings


@given(any_settings())
def test_what_is_written_is_what_is_read(settings: Settings) -> None:
    text = write_document(settings, {})
    reading = read_document(tomllib.loads(text))
    assert (reading.settings, reading.problems) == (settings, ())


TOML = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | NO_CONTROL,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NO_CONTROL, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["version", "hotkey", "audio", "gpu", "else"]),
        TOML | st.dictionaries(st.sampled_from(["key", "mode", "tail_ms", "other"]), TOML),
    )
)
def test_any_document_gives_settings_and_keeps_what_is_unknown(document: dict) -> None:
    reading = read_document(document)
    again = read_document(tomllib.loads(write_document(reading.settings, reading.unknown)))
    assert again.settings == reading.settings
    assert json.dumps(again.unknown, sort_keys=True) == json.dumps(reading.unknown, sort_keys=True)


def test_without_a_file_everything_is_at_its_default(tmp_path: Path) -> None:
    assert load(tmp_path / "settings.toml") == (Settings(), [])


def test_a_broken_value_is_replaced_and_told_and_the_others_hold(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[audio]\npre_roll_ms = "long"\ntail_ms = 100\n[hotkey]\nmode = "push"\n')
    settings, problems = load(path)
    assert settings == Settings().replace("audio.tail_ms", 100)
    assert [problem.code for problem in problems] == ["settings.value"] * 2
    assert "audio.pre_roll_ms" in problems[0].sentence and "300" in problems[0].sentence
    assert "0 … 2000 ms" in problems[0].remedy


def test_a_broken_value_is_kept_beside_the_file_when_it_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('[audio]\npre_roll_ms = "long"\n')
    save(path, load(path)[0])
    assert '"long"' in broken_copy(path).read_text()
    assert load(path) == (Settings(), [])


def test_unknown_keys_are_told_and_survive_a_save(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('loose = 1\n[audio]\nreverb = 3\n[audio.deep]\nx = 1\n[theme]\ncolour = "red"\n')
    settings, problems = load(path)
    assert {problem.code for problem in problems} == {"settings.unknown"}
    save(path, settings.replace("audio.tail_ms", 100))
    written = tomllib.loads(path.read_text())
    assert written["audio"] == {"tail_ms": 100, "reverb": 3, "deep": {"x": 1}}
    assert (written["loose"], written["theme"]) == (1, {"colour": "red"})


@pytest.mark.parametrize(
    "content",
    [b"[audio\n", b"\xff\xfe\x00", b"x = ", b"a = 1\na = 2", b"\x00", b"a = " + b"[" * 3000],
    ids=["unclosed", "no text", "cut short", "twice", "NUL", "too deep"],
)
def test_a_file_that_is_no_toml_costs_nothing_but_the_settings(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    settings, (problem,) = load(path)
    assert (settings, problem.code) == (Settings(), "settings.not_toml")
    assert broken_copy(path).read_bytes() == content == path.read_bytes()
    save(path, settings)
    assert load(path) == (Settings(), [])
    assert broken_copy(path).read_bytes() == content


def test_a_folder_in_its_place_is_told(tmp_path: Path) -> None:
    settings, (problem,) = load(tmp_path)
    assert (settings, problem.code) == (Settings(), "settings.unreadable")
    with pytest.raises(SettingsFailed):
        save(tmp_path, settings)


def test_a_file_that_may_not_be_read_is_set_aside_and_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one that ``sudo`` has left behind in the user's own folder."""
    path = tmp_path / "settings.toml"
    save(path, Settings().replace("audio.tail_ms", 100))
    content = path.read_bytes()

    def refused(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        patch.setattr(store, "write_atomically", lambda *_: refused(path))
        with pytest.raises(SettingsFailed):
            save(path, Settings())
    assert path.read_bytes() == content
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refused)
        save(path, Settings())
    assert broken_copy(path).read_bytes() == content
    assert load(path) == (Settings(), [])


def test_a_running_program_takes_up_what_the_file_says_now_if_it_says_anything(tmp_path: Path) -> None:
    path, known = tmp_path / "settings.toml", Settings().replace("audio.tail_ms", 100)
    assert load_again(path, known) == (known, [])
    save(path, known.replace("model.name", "other"))
    assert load_again(path, known) == (known.replace("model.name", "other"), [])
    path.write_text("[audio\n")
    settings, (problem,) = load_again(path, known)
    assert (settings, problem.code) == (known, "settings.not_toml")
    path.write_text("[audio]\ntail_ms = -1\n")
    assert load_again(path, known)[0] == Settings()


def test_a_newer_file_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text("version = 99\n[audio]\ntail_ms = 100\n")
    settings, (problem,) = load(path)
    assert (settings.audio.tail_ms, problem.code) == (100, "settings.newer")


def test_the_file_is_private_and_explains_each_key_with_unit_and_range(tmp_path: Path) -> None:
    path = tmp_path / "new" / "settings.toml"
    save(path, Settings())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    text = path.read_text()
    for key, option in OPTIONS.items():
        assert f"\n# {key.partition('.')[2]} = " in text
        assert option.allowed in text
    assert "# 0 … 2000 ms; default 300\n# pre_roll_ms = 300\n" in text


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "settings.toml"
    real.write_text("")
    link.symlink_to(real)
    save(link, Settings().replace("audio.tail_ms", 100))
    assert link.is_symlink() and "tail_ms = 100" in real.read_text()


SAVE_FOREVER = """
import sys
from pathlib import Path
from desktop.settings import Settings, save
path = Path(sys.argv[1])
for ms in range(100, 1000):
    save(path, Settings().replace("audio.tail_ms", ms))
    print(ms, flush=True)
"""


def test_a_kill_in_the_middle_of_saving_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    for saves in (1, 5, 9):
        child = subprocess.Popen([sys.executable, "-c", SAVE_FOREVER, path], stdout=subprocess.PIPE)
        assert child.stdout is not None
        for _ in range(saves):
            last = int(child.stdout.readline())
        child.kill()
        child.communicate()
        settings, problems = load(path)
        assert problems == [] and settings.audio.tail_ms >= last


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    path = tmp_path / "settings.toml"
    save(path, Settings().replace("audio.tail_ms", 100))
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
        with pytest.raises(SettingsFailed):
            save(path, Settings())
        tmp_path.chmod(0o700)
    else:
        limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n{SAVE_FOREVER}"
        ended = subprocess.run([sys.executable, "-c", limited, path], capture_output=True, text=True)
        assert "SettingsFailed" in ended.stderr
    assert load(path) == (Settings().replace("audio.tail_ms", 100), [])
    assert [each.name for each in tmp_path.iterdir()] == ["settings.toml"]
