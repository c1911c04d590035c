"""A private desktop without a screen: X server, session bus, sound server, window manager, tray host.

Used by the tests and by ``plosive demo``. Standard library only::

    with VirtualDesktop(sound=True, tray=True) as desktop:
        desktop.start(["mousepad", "note.txt"])
        desktop.play_into_microphone(Path("hello.wav"))
        desktop.screenshot(Path("after.png"))

Everything lives in one temporary folder (also HOME, XDG_RUNTIME_DIR, XDG_CONFIG_HOME ...), so
the user's own desktop, settings and sound are never touched. Every process is started and
stopped by pid; those that D-Bus activates are found by a mark in their environment; all of them
die with a caller that is killed. Long, because it is one thing: parts that start and stop together.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

MARK = "PLOSIVE_VIRTUAL_DESKTOP"
MICROPHONE = "testmic"
MICROPHONE_FEED = "micfeed"
SPEAKERS = "speakers"
NAMED = "source_properties=device.description=TestMic"
START_DEADLINE_S = 20.0
STOP_DEADLINE_S = 3.0

PACKAGES = {
    "Xvfb": "xvfb",
    "openbox": "openbox",
    "dbus-daemon": "dbus-daemon",
    "pulseaudio": "pulseaudio",
    "pactl": "pulseaudio-utils",
    "paplay": "pulseaudio-utils",
    "xfce4-panel": "xfce4-panel",
    "gdbus": "libglib2.0-bin",
    "import": "imagemagick",
}

# Of the caller's environment only what a private desktop must not inherit is dropped.
FOREIGN = (
    "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "SESSION_MANAGER",
    "PULSE_SERVER", "PULSE_SOURCE", "PULSE_SINK", "QT_QPA_PLATFORM", "GTK_IM_MODULE", "QT_IM_MODULE",
    "XMODIFIERS", "XDG_CURRENT_DESKTOP", "XDG_SESSION_ID",
)  # fmt: skip

PANEL_XML = """<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
<property name="configver" type="int" value="2"/>
<property name="panels" type="array"><value type="int" value="1"/>
 <property name="panel-1" type="empty">
  <property name="position" type="string" value="p=6;x=0;y=0"/>
  <property name="length" type="uint" value="100"/>
  <property name="position-locked" type="bool" value="true"/>
  <property name="size" type="uint" value="30"/>
  <property name="plugin-ids" type="array">
   <value type="int" value="1"/><value type="int" value="2"/><value type="int" value="3"/>
  </property>
 </property>
</property>
<property name="plugins" type="empty">
 <property name="plugin-1" type="string" value="tasklist"/>
 <property name="plugin-2" type="string" value="separator">
  <property name="expand" type="bool" value="true"/>
  <property name="style" type="uint" value="0"/>
 </property>
 <property name="plugin-3" type="string" value="systray"/>
</property>
</channel>
"""


class DesktopError(RuntimeError):
    """The private desktop cannot be brought up. ``str(error)`` is one sentence with the remedy."""


class VirtualDesktop:
    """A private desktop, up on ``__enter__`` and gone on ``__exit__``. Not reusable.

    Each part is optional. ``environment`` (after entering) is what a program needs to live in
    it; ``folder`` is its private home. Raises ``DesktopError``.
    """

    def __init__(
        self,
        *,
        screen: str = "1280x800x24",
        dpi: int = 96,
        window_manager: bool = True,
        bus: bool = True,
        sound: bool = False,
        tray: bool = False,
    ) -> None:
        self._screen, self._dpi = screen, dpi
        self._parts: list[tuple[bool, Sequence[str], Callable[[], None]]] = [
            (True, ("Xvfb",), self._start_x_server),
            (bus or tray, ("dbus-daemon", "gdbus"), self._start_bus),
            (sound, ("pulseaudio", "pactl", "paplay"), self._start_sound),
            (window_manager, ("openbox",), self._start_window_manager),
            (tray, ("xfce4-panel",), self._start_tray_host),
        ]
        self._processes: list[subprocess.Popen[bytes]] = []
        self.folder = Path()
        self.environment: dict[str, str] = {}

    @property
    def display(self) -> str:
        """The X display, e.g. ``:101``."""
        return self.environment["DISPLAY"]

    def __enter__(self) -> VirtualDesktop:
        wanted = [(tools, start) for is_wanted, tools, start in self._parts if is_wanted]
        require(*(tool for tools, _ in wanted for tool in tools))
        self.folder = Path(tempfile.mkdtemp(prefix="plosive-desktop-"))
        self.environment = private_environment(self.folder, os.environ)
        try:
            for _, start in wanted:
                start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything, newest first, and remove the folder. Harmless when repeated."""
        for process in reversed(self._processes):
            stop_process(process)
        self._processes.clear()
        if self.folder != Path():
            stop_marked(str(self.folder))
            unmount_document_portal(self.folder)
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- using it ---------------------------------------------------------------------------

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
        """Start a program in this desktop; it is stopped with the desktop if it still lives then.

        Its output goes to ``log/<n>-<name>.log`` unless ``stdout``/``stderr`` say otherwise;
        ``env`` is added to the desktop's environment.
        """
        environment = self.environment | dict(options.pop("env", None) or {})
        program, command = Path(command[0]).name, [*die_with_caller(), *command]
        with (self.folder / "log" / f"{len(self._processes):02}-{program}.log").open("wb") as log:
            outputs: dict[str, Any] = {"stdout": log, "stderr": log} | options
            process = subprocess.Popen(command, env=environment, **outputs)
        self._processes.append(process)
        return process

    def run(self, command: Sequence[str], timeout_s: float = 20.0, **options: Any) -> str:
        """Run a program in this desktop to its end and return its standard output as text.

        Raises ``subprocess.CalledProcessError`` and ``subprocess.TimeoutExpired``.
        """
        return self.run_bytes(command, timeout_s, **options).decode("utf-8", "replace")

    def run_bytes(self, command: Sequence[str], timeout_s: float = 20.0, **options: Any) -> bytes:
        """Like ``run``, with the standard output as it is."""
        environment = self.environment | dict(options.pop("env", None) or {})
        done: subprocess.CompletedProcess[bytes] = subprocess.run(
            command, env=environment, timeout=timeout_s, check=True, capture_output=True, **options
        )
        return done.stdout

    def play_into_microphone(self, wav: Path, timeout_s: float = 60.0) -> None:
        """Somebody says what is in ``wav``; returns when it was said. Needs ``sound``."""
        self.run(["paplay", f"--device={MICROPHONE_FEED}", str(wav)], timeout_s)

    def screenshot(self, png: Path) -> None:
        """Write a picture of the whole screen."""
        require("import")
        tool = "/usr/bin/import" if Path("/usr/bin/import").exists() else "import"
        self.run([tool, "-window", "root", str(png)])

    # --- parts ------------------------------------------------------------------------------

    def _start_x_server(self) -> None:
        number = self._start_with_answer(
            lambda fd: [
                "Xvfb", "-displayfd", str(fd), "-screen", "0", self._screen, "-dpi", str(self._dpi),
                "-nolisten", "tcp", "-noreset",
            ]
        )  # fmt: skip
        self.environment["DISPLAY"] = f":{number}"

    def _start_bus(self) -> None:
        address = self._start_with_answer(
            lambda fd: ["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--print-address={fd}"]
        )
        self.environment["DBUS_SESSION_BUS_ADDRESS"] = address

    def _start_sound(self) -> None:
        socket = self.folder / "pulse" / "native"
        socket.parent.mkdir(mode=0o700)
        self.environment |= {
            "PULSE_RUNTIME_PATH": str(socket.parent),
            "PULSE_STATE_PATH": str(self.folder / "pulse-state"),
            "PULSE_SERVER": f"unix:{socket}",
        }
        # norewinds=1: without it an idle sink renders up to 2 s ahead and swallows the first words.
        modules = (
            f"module-native-protocol-unix socket={socket} auth-anonymous=1",
            f"module-null-sink sink_name={SPEAKERS} rate=48000 channels=2 norewinds=1",
            f"module-null-sink sink_name={MICROPHONE_FEED} rate=48000 channels=1 norewinds=1",
            f"module-remap-source source_name={MICROPHONE} master={MICROPHONE_FEED}.monitor {NAMED}",
        )
        loads = [part for module in modules for part in ("-L", module)]
        flags = ["--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        self.start(["pulseaudio", "-n", *flags, *loads])
        self._await("the sound server", lambda: self._succeeds(["pactl", "info"]))
        self.run(["pactl", "set-default-sink", SPEAKERS])
        self.run(["pactl", "set-default-source", MICROPHONE])

    def _start_window_manager(self) -> None:
        self.start(["openbox"])
        self._await("the window manager", self._window_manager_answers)

    def _start_tray_host(self) -> None:
        channels = self.folder / "config" / "xfce4" / "xfconf" / "xfce-perchannel-xml"
        channels.mkdir(parents=True)
        (channels / "xfce4-panel.xml").write_text(PANEL_XML, encoding="utf-8")
        self.start(["xfce4-panel", "--disable-wm-check"])
        self._await("the tray host", lambda: self._bus_has("org.kde.StatusNotifierWatcher"))

    def _start_with_answer(self, command: Callable[[int], list[str]]) -> str:
        """Start a server that writes one line into a descriptor once it is ready."""
        read_fd, write_fd = os.pipe()
        try:
            argv = command(write_fd)
            process = self.start(argv, pass_fds=(write_fd,))
        finally:
            os.close(write_fd)
        with os.fdopen(read_fd, "rb", buffering=0) as answer:
            line = read_line(answer.fileno(), START_DEADLINE_S)
        if not line:
            raise DesktopError(f"{argv[0]} did not start (exit code {process.poll()}).")
        return line

    def _succeeds(self, command: Sequence[str]) -> bool:
        try:
            self.run(command, timeout_s=5.0)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return False
        return True

    def _bus_has(self, name: str) -> bool:
        call = [
            "gdbus", "call", "--session", "--dest", "org.freedesktop.DBus",
            "--object-path", "/org/freedesktop/DBus", "--method", "org.freedesktop.DBus.NameHasOwner", name,
        ]  # fmt: skip
        try:
            return "true" in self.run(call, timeout_s=5.0)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return False

    def _window_manager_answers(self) -> bool:
        if not shutil.which("xprop"):  # cannot be asked; give it the time it usually needs
            time.sleep(0.5)
            return True
        root = self.run(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"], timeout_s=5.0)
        return "window id" in root

    def _await(self, what: str, is_ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_DEADLINE_S
        while not is_ready():
            died = [p for p in self._processes[-1:] if p.poll() is not None]
            if died or time.monotonic() > deadline:
                raise DesktopError(f"{what.capitalize()} did not start; see {self.folder}/log.")
            time.sleep(0.03)


def missing_programs(*tools: str) -> list[str]:
    """The programs among ``tools`` that are not installed."""
    return [tool for tool in dict.fromkeys(tools) if shutil.which(tool) is None]


def require(*tools: str) -> None:
    """Raise ``DesktopError`` with the install command when a program is missing."""
    missing = missing_programs(*tools)
    if missing:
        packages = " ".join(dict.fromkeys(PACKAGES.get(tool, tool) for tool in missing))
        raise DesktopError(
            f"{', '.join(missing)} not found. Install with: sudo apt-get install -y {packages}"
        )


def die_with_caller() -> list[str]:
    """A prefix that ties a child to us: a killed test run leaves no X server behind.

    Linux ties it to the *thread* that started it, hence only for the main thread.
    """
    is_main = threading.current_thread() is threading.main_thread()
    return ["setpriv", "--pdeathsig", "TERM", "--"] if is_main and shutil.which("setpriv") else []


def private_environment(folder: Path, base: Mapping[str, str]) -> dict[str, str]:
    """The environment of programs in the private desktop; makes its folders (mode 0700)."""
    environment = {key: value for key, value in base.items() if key not in FOREIGN}
    for name in ("config", "cache", "data", "state", "log"):
        (folder / name).mkdir(mode=0o700)
    return environment | {
        MARK: str(folder),
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_DATA_HOME": str(folder / "data"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_SESSION_TYPE": "x11",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "NO_AT_BRIDGE": "1",
        # With DISPLAY set and no bus, libdbus would launch one that outlives us.
        "DBUS_SESSION_BUS_ADDRESS": "disabled:",
    }


def read_line(fd: int, deadline_s: float) -> str:
    """One line from a pipe, or "" when none came in time."""
    line, end = b"", time.monotonic() + deadline_s
    while not line.endswith(b"\n"):
        left_s = end - time.monotonic()
        if left_s <= 0 or not select.select([fd], [], [], left_s)[0]:
            return ""
        piece = os.read(fd, 4096)
        if not piece:
            return ""
        line += piece
    return line.decode("utf-8", "replace").strip()


def stop_process(process: subprocess.Popen[bytes]) -> None:
    """Ask a child to stop, then insist. Always reaps it."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def marked_pids(folder: str) -> list[int]:
    """Processes that live in the private desktop ``folder``, told by their environment."""
    wanted = f"{MARK}={folder}".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


def stop_marked(folder: str) -> None:
    """Stop what is left in the private desktop, e.g. services started by the bus."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for pid in marked_pids(folder):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, how)
        deadline = time.monotonic() + 1.0
        while marked_pids(folder) and time.monotonic() < deadline:
            time.sleep(0.02)


def unmount_document_portal(folder: Path) -> None:
    """GTK programs may start a portal that mounts a FUSE file system into the run-time folder."""
    if os.path.ismount(folder / "doc"):
        subprocess.run(["umount", "-l", str(folder / "doc")], check=False, capture_output=True)
