"""What the user set, as one documented schema in TOML."""

from desktop.settings.option import BadValue, Option, Value
from desktop.settings.schema import OPTIONS, Settings
from desktop.settings.store import SettingsFailed, load, save

__all__ = ["OPTIONS", "BadValue", "Option", "Settings", "SettingsFailed", "Value", "load", "save"]
