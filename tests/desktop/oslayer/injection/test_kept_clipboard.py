"""The clipboard is what it was, in every format, whatever happens in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from Xlib import X

from desktop.core.events import TargetWindow, TextLanded
from desktop.oslayer.injection.owner import SelectionOwner
from desktop.oslayer.injection.port import XPort
from desktop.oslayer.injection.reader import SelectionReader
from desktop.oslayer.injection.saved import SavedSelections
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.qt_process import QtProcess
from tests.fakes.x_user import XUser, wait_until

pytestmark = pytest.mark.desktop

RunWindow = Callable[[str], QtProcess]


def everything(user: XUser) -> dict[tuple[str, str], bytes]:
    """All that other programs can get, on both selections."""
    return {
        (selection, target): user.pasted(selection, target)
        for selection in ("clipboard", "primary")
        for target in sorted(user.offered(selection))
    }


def edit(user: XUser, run_window: RunWindow) -> tuple[QtProcess, TargetWindow]:
    window = run_window("edit")
    return window, user.focused("qt_window")


@pytest.mark.parametrize("is_prepared", [True, False])
def test_text_html_and_a_picture_are_back(
    user: XUser, run_window: RunWindow, inserter: Any, is_prepared: bool
) -> None:
    run_window("source")
    _, target = edit(user, run_window)
    before = everything(user)
    assert {"text/html", "image/png", "UTF8_STRING"} <= user.offered()
    assert len(before["clipboard", "image/png"]) > 1_000_000
    if is_prepared:
        inserter.injector.prepare()
    inserter.landed("dictated", target)
    wait_until(lambda: user.pasted() != b"dictated", "the clipboard is given back")
    assert everything(user) == before


def test_the_clipboard_outlives_the_program_it_came_from(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    source = run_window("source")
    _, target = edit(user, run_window)
    before = everything(user)
    inserter.injector.prepare()
    inserter.landed("dictated", target)
    source.stop()
    wait_until(lambda: user.pasted() != b"dictated", "the clipboard is given back")
    assert everything(user) == before


def test_the_text_stays_on_it_if_the_user_wants_that(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    window, target = edit(user, run_window)
    user.copy(b"mine")
    for part in ("one ", "two"):
        inserter.landed(part, target, restores_clipboard=False)
    inserter.refused("", target)  # answered only after the clipboard was settled
    assert window.text() == "one two"
    assert user.pasted() == b"two"


def test_an_empty_clipboard_is_empty_again(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    _, target = edit(user, run_window)
    assert everything(user) == {}
    inserter.landed("dictated", target)
    wait_until(lambda: everything(user) == {}, "the clipboard is empty again")


def test_it_is_back_after_one_dictation_after_another(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    window, target = edit(user, run_window)
    user.copy(b"mine")
    for part in ("one ", "two ", "three"):
        inserter.landed(part, target)
    wait_until(lambda: window.text() == "one two three", "all of it stands there")
    wait_until(lambda: user.pasted() == b"mine", "the clipboard is given back")
    assert user.offered("primary") == set()


def test_what_is_copied_while_speaking_is_kept(user: XUser, run_window: RunWindow, inserter: Any) -> None:
    _, target = edit(user, run_window)
    user.copy(b"before")
    inserter.injector.prepare()
    user.copy(b"copied while speaking")
    inserter.landed("dictated", target)
    wait_until(lambda: user.pasted() != b"dictated", "the clipboard is given back")
    assert user.pasted() == b"copied while speaking"


def test_what_is_copied_right_after_landing_is_not_overwritten(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    _, target = edit(user, run_window)
    user.copy(b"before")
    number = inserter.ask("dictated", target)
    inserter.log.wait_for(TextLanded, dictation_id=number)
    user.copy(b"copied meanwhile")
    inserter.landed("more", target)  # the clipboard has been given back before this one
    wait_until(lambda: user.pasted() != b"more", "the clipboard is given back")
    assert user.pasted() == b"copied meanwhile"


def test_an_owner_that_does_not_answer_costs_only_a_moment(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    source = run_window("source")
    window, target = edit(user, run_window)
    source.freeze()
    landed = inserter.landed("dictated", target)
    assert landed.method == "paste"
    assert landed.notice is not None and landed.notice.code == "clipboard-lost", "it cannot be given back"
    wait_until(lambda: window.text() == "dictated", "the text stands there")


def test_a_picture_is_back_whatever_its_other_formats_cost(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    run_window("picture")
    _, target = edit(user, run_window)
    assert user.offered() >= {"image/png", "image/xpm"}
    assert inserter.landed("dictated", target).notice is None
    wait_until(lambda: "image/png" in user.offered(), "the picture is given back")
    assert user.pasted(target="image/png").startswith(b"\x89PNG")


def test_a_program_that_dies_while_it_asks_costs_nobody_the_clipboard(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    _, target = edit(user, run_window)
    user.copy(b"mine")
    inserter.landed("dictated", target)
    wait_until(lambda: user.pasted() == b"mine", "the clipboard is given back")
    atom = user.connection.intern_atom
    asking = user.connection.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    asking.convert_selection(atom("CLIPBOARD"), atom("MULTIPLE"), atom("ANSWER"), X.CurrentTime)
    asking.destroy()
    user.connection.sync()
    assert user.pasted() == b"mine"


def test_a_clipboard_tools_copy_of_the_text_is_taken_back(user: XUser, desk: VirtualDesktop) -> None:
    port = XPort(desk.display)
    owner = SelectionOwner(port)
    saved = SavedSelections(port, owner, SelectionReader(port))
    clipboard, primary = saved.selections
    user.copy(b"mine")
    user.copy(b"selected", "primary")
    saved.save()
    assert saved.lend("dictated")
    for selection in ("clipboard", "primary"):
        user.copy(b"dictated", selection)
    saved.restore()
    offer = owner.offer_of(clipboard)
    assert offer is not None and offer.contents[port.atom("UTF8_STRING")].words == b"mine"
    assert owner.offer_of(primary) is None, "who pasted may have selected it"
    port.close()


def test_a_clipboard_manager_keeps_it_when_we_leave(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    run_window("manager")
    _, target = edit(user, run_window)
    user.copy("mine 文字".encode())
    inserter.landed("dictated", target)
    inserter.injector.stop()
    wait_until(lambda: user.pasted().decode() == "mine 文字", "the clipboard is what it was")


def test_leaving_without_a_clipboard_manager_is_quick(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    _, target = edit(user, run_window)
    user.copy(b"mine")
    inserter.landed("dictated", target)
    inserter.injector.stop(timeout_s=1.0)
    assert not inserter.injector._thread.is_alive()


def test_clipboard_histories_are_asked_to_skip_the_text(
    user: XUser, run_window: RunWindow, inserter: Any
) -> None:
    inserter.refused("secret words", None)
    assert user.pasted(target="x-kde-passwordManagerHint") == b"secret"
    assert user.pasted() == b"secret words"
