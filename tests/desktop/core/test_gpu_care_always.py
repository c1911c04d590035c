"""What must hold for the care of the card in whatever order games, figures, settings and time come.

Time moves only to the alarm that was asked for: a forgotten one shows as a story that never comes back to the
card, one that is past as a story that does not come to rest.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from desktop.core import giving_way as gw
from desktop.core import keep_alive_commands as ka
from desktop.core.events import Origin
from desktop.core.gpu_care import CleanRequested, GpuCare, GpuCareSettings
from desktop.core.gpu_policy import CacheCareSettings, CleanCache, ReportMemory
from desktop.core.second_pass_care import ReleaseSecondPass
from recognizer import events as rec
from recognizer.gpu_reading import GpuReading, GpuSnapshot
from tests.fakes.alarm_rules import AlarmRules

GIB, MIB = 1 << 30, 1 << 20
MODEL = rec.ModelSpec("paraformer-streaming", "zh", "/models/zh", second_pass="/models/sense")
QUIET = gw.GivingWaySettings(full_screen=False, game_mode=False, listed=False, floor_bytes=0)
SETTINGS = [
    GpuCareSettings(),
    GpuCareSettings(QUIET, second_pass_keep_s=60.0),
    GpuCareSettings(gw.GivingWaySettings(game_mode=False), CacheCareSettings(every_s=300.0), 0.5, 120.0),
    GpuCareSettings(
        gw.GivingWaySettings(full_screen=False), CacheCareSettings(every_s=60.0, rest_s=90.0), 0.0
    ),
]


class Card(AlarmRules):
    """Rules are what the desktop, the driver, the recognizer and the user may do."""

    def __init__(self) -> None:
        super().__init__()
        self.chosen = SETTINGS[0]
        self.care = GpuCare(self.chosen)
        self.now_ms = 0.0
        self.wake_ms: float | None = None
        self.is_giving = False
        self.others_bytes = GIB
        self.is_loaded = False
        self.cleaned_ms: list[float] = []
        self.tell(self.snapshot())

    def tell(self, event: object) -> None:
        for command in self.care.handle(event, self.now_ms):
            match command:
                case ka.ScheduleWake(at_ms):
                    self.wake_ms = at_ms
                case ka.GiveWayStarted():
                    assert not self.is_giving
                    self.is_giving = True
                case ka.GiveWayEnded():
                    assert self.is_giving
                    self.is_giving = False
                case CleanCache(origin):
                    assert self.is_loaded or origin is Origin.TRAY
                    self.cleaned_ms.append(self.now_ms)
                case ReportMemory() | ReleaseSecondPass():
                    assert self.is_loaded, "there is nobody to ask"

    def snapshot(self) -> GpuSnapshot:
        ours_bytes = 2 * GIB if self.is_loaded else 0
        used_bytes = self.others_bytes + ours_bytes
        card = GpuReading(0, "GPU-0", "RTX", 8 * GIB, used_bytes, ours_bytes, self.others_bytes, 0, 5)
        return GpuSnapshot((card,), None, self.now_ms)

    # --- the desktop and the driver -----------------------------------------------------------------

    @rule(kind=st.sampled_from(["full screen", "game mode", "listed"]), starts=st.booleans())
    def others(self, kind: str, starts: bool) -> None:
        facts: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
            "full screen": (gw.FullScreenEnded, lambda: gw.FullScreenStarted("game")),
            "game mode": (gw.GameModeEnded, gw.GameModeStarted),
            "listed": (lambda: gw.ListedProgramsChanged(()), lambda: gw.ListedProgramsChanged(("blender",))),
        }
        self.tell(facts[kind][starts]())

    @rule(others_gib=st.sampled_from([1.0, 3.0, 5.8, 7.9]))
    def look(self, others_gib: float) -> None:
        self.others_bytes = int(others_gib * GIB)
        self.tell(self.snapshot())

    @rule()
    def fail(self) -> None:
        self.tell(GpuSnapshot((), None, self.now_ms))

    # --- the user -----------------------------------------------------------------------------------

    @rule(chosen=st.sampled_from(SETTINGS))
    def configure(self, chosen: GpuCareSettings) -> None:
        self.chosen = chosen
        self.care.configure(chosen)
        self.tell(ka.SettingsChanged(ka.KeepAliveSettings(), self.now_ms))

    @rule()
    def clean(self) -> None:
        self.tell(CleanRequested(Origin.TRAY, self.now_ms))

    # --- the recognizer -----------------------------------------------------------------------------

    @rule(device=st.sampled_from(["cuda:0", "cpu"]))
    def load(self, device: str) -> None:
        self.is_loaded = True
        self.tell(rec.Ready(1, MODEL, device, 1.0, 7))

    @rule()
    def unload(self) -> None:
        self.is_loaded = False
        self.tell(rec.WorkerExited(1, 7, 0, True, False, 1.0))

    @precondition(lambda self: self.is_loaded)
    @rule(reserved_mib=st.sampled_from([100, 4000]))
    def speak(self, reserved_mib: int) -> None:
        self.tell(rec.Final(1, "text", 900, 1.0))
        self.tell(rec.MemoryReported(1, MIB, reserved_mib * MIB, GIB, GIB))

    @precondition(lambda self: self.cleaned_ms)
    @rule(helps=st.booleans())
    def cleaned(self, helps: bool) -> None:
        before = rec.MemoryReported(1, MIB, GIB, GIB, GIB)
        after = rec.MemoryReported(1, MIB, MIB if helps else GIB, GIB, GIB)
        self.tell(rec.CacheCleaned(1, before, after, 1.0))

    # --- what we promise -----------------------------------------------------------------------------

    @invariant()
    def who_came_back_knows_it(self) -> None:
        if self.care.wants_gpu_watch:
            assert self.is_giving, "the driver is watched for nothing"

    @invariant()
    def who_is_gone_for_no_reason_comes_back(self) -> None:
        if self.is_giving and self.chosen.giving_way is QUIET:
            assert self.wake_ms is not None

    def teardown(self) -> None:
        """All others gone, all is given back; nothing but cleaning by the clock goes on."""
        for kind in ("full screen", "game mode", "listed"):
            self.others(kind, False)
        self.look(1.0)
        self.ring_too_early(0.95)
        for _ in range(20):
            self.wake()
        assert not self.is_giving, "nobody remembered to come back"
        self.unload()
        for _ in range(20):
            self.wake()
        assert self.wake_ms is None


TestCard = Card.TestCase
TestCard.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
