"""Which NVIDIA cards sleep, told by the kernel without waking them.

A laptop's card powers down when nobody uses it; asking NVML about it, or merely keeping NVML open,
wakes it or keeps it awake and costs watts. The kernel knows the power state of each PCI device
without touching it, so its files are read first. Elsewhere than on Linux, or where the files are
missing (containers), the answer is "no cards known", and NVML is asked as usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PCI_ROOT: Final = Path("/sys/bus/pci/devices")
DRIVER_ROOT: Final = Path("/proc/driver/nvidia/gpus")
_NVIDIA: Final = "0x10de"
_DISPLAY_CLASSES: Final = ("0x0300", "0x0302")
_ASLEEP: Final = ("suspended", "suspending")


@dataclass(frozen=True, slots=True)
class PciCard:
    """``folder`` is named by the address, ``0000:01:00.0``; ``is_refused``: the driver keeps it awake."""

    folder: Path
    name: str
    is_refused: bool

    @property
    def address(self) -> str:
        """Where the card sits; NVML knows it by the same text."""
        return self.folder.name

    @property
    def can_sleep(self) -> bool:
        """Powered down while unused; some laptops change this whenever the power plug is pulled."""
        return self._status not in ("", "unsupported") and _text(self.folder / "power" / "control") == "auto"

    def is_asleep(self) -> bool:
        """One small read, and none where the driver keeps it awake."""
        return self._status in _ASLEEP

    @property
    def _status(self) -> str:
        return "" if self.is_refused else _text(self.folder / "power" / "runtime_status")


def nvidia_cards(pci_root: Path = PCI_ROOT, driver_root: Path = DRIVER_ROOT) -> tuple[PciCard, ...]:
    """NVIDIA display cards in PCI order, which is also NVML's order. Looks at every PCI device."""
    try:
        folders = sorted(pci_root.iterdir())
    except OSError:
        return ()
    return tuple(_card(folder, driver_root) for folder in folders if _is_nvidia_display(folder))


def _is_nvidia_display(folder: Path) -> bool:
    return _text(folder / "vendor") == _NVIDIA and _text(folder / "class").startswith(_DISPLAY_CLASSES)


def _card(folder: Path, driver_root: Path) -> PciCard:
    first_line = _text(driver_root / folder.name / "power").lower().partition("\n")[0]
    is_refused = "disabled" in first_line or "not supported" in first_line
    return PciCard(folder, _model(driver_root / folder.name), is_refused)


def _model(driver: Path) -> str:
    for line in _text(driver / "information").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "Model":
            return value.strip()
    return "NVIDIA GPU"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
