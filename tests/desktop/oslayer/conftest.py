"""A private X desktop with a user in it, one for each test module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.x_user import XUser


@pytest.fixture(scope="module")
def desk() -> Iterator[VirtualDesktop]:
    """X server, bus and window manager, shared by the tests of a module."""
    with VirtualDesktop() as desktop:
        yield desktop


@pytest.fixture
def user(desk: VirtualDesktop) -> Iterator[XUser]:
    """A user who leaves no key down behind, with a US keyboard."""
    user = XUser(desk)
    yield user
    user.use_layout("us")
    user.close()
