"""A private PulseAudio with two virtual microphones: a real sound server without a sound card."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def wait_until(is_so: Callable[[], bool], what: str, within_s: float = 10.0) -> None:
    """Poll with a deadline."""
    deadline_s = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline_s, f"{what} did not come within {within_s} s"
        time.sleep(0.01)


class SoundServer:
    """PulseAudio of our own. What is played into a microphone's sink is said into that microphone."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "native"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._speakers: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Up with two microphones: ``first`` (the default) and ``second``."""
        loads = [f"module-native-protocol-unix socket={self.socket} auth-anonymous=1"]
        loads.append(self._sink("speakers", 2))
        for name in ("first", "second"):
            loads += [self._sink(f"{name}feed", 1), self._microphone(name)]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
        command += [word for load in loads for word in ("-L", load)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, **quiet)
        wait_until(lambda: self.pactl("info", check=False).returncode == 0, "the sound server")
        self.pactl("set-default-sink", "speakers")
        self.pactl("set-default-source", "first")

    @staticmethod
    def _sink(name: str, channels: int) -> str:
        """Without norewinds a null sink renders 2 s ahead and the start of speech is lost at random."""
        return f"module-null-sink sink_name={name} rate=48000 channels={channels} norewinds=1"

    @staticmethod
    def _microphone(name: str) -> str:
        properties = f"source_properties=device.description={name.capitalize()}"
        return f"module-remap-source source_name={name} master={name}feed.monitor {properties}"

    def pactl(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """One question or order to the server."""
        command = ["pactl", *words]
        return subprocess.run(command, capture_output=True, text=True, check=check, timeout=20)

    def say(self, path: Path, microphone: str = "first") -> subprocess.Popen[bytes]:
        """Play a file into a microphone; wait() for its end."""
        speaker = subprocess.Popen(["paplay", f"--device={microphone}feed", str(path)])
        self._speakers.append(speaker)
        return speaker

    def play(self, path: Path, output: str = "speakers") -> subprocess.Popen[bytes]:
        """Play a file through an output, as the programs of the desktop do; wait() for its end."""
        player = subprocess.Popen(["paplay", f"--device={output}", str(path)])
        self._speakers.append(player)
        return player

    def add_output(self, name: str, rate_hz: int = 48_000, channels: int = 2) -> None:
        """Plug in another output, such as a headset with a rate of its own."""
        properties = f"sink_properties=device.description={name.capitalize()}"
        words = f"sink_name={name} rate={rate_hz} channels={channels} norewinds=1 {properties}".split()
        self.pactl("load-module", "module-null-sink", *words)

    def remove_output(self, name: str) -> None:
        """Unplug it."""
        for line in self.pactl("list", "short", "modules").stdout.splitlines():
            if f"sink_name={name} " in line:
                self.pactl("unload-module", line.split()[0])

    def unplug(self, microphone: str) -> None:
        """As if the plug were pulled."""
        listed = self.pactl("list", "short", "modules").stdout.splitlines()
        for line in listed:
            if f"source_name={microphone} " in line:
                self.pactl("unload-module", line.split()[0])

    def plug(self, microphone: str) -> None:
        """Put it back."""
        self.pactl("load-module", *self._microphone(microphone).split())

    def freeze(self) -> None:
        """As if it hung: it lives but answers nobody."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """As if it had crashed."""
        for speaker in self._speakers:
            speaker.kill()
            speaker.wait(10)
        self._speakers.clear()
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None
        self.socket.unlink(missing_ok=True)
