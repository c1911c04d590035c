"""What can keep text from landing, in the user's words."""

from __future__ import annotations

from audio.events import Problem

PASTE_IT = "The text is on the clipboard: press Ctrl+V where you want it (Shift+Insert in a terminal)."

WINDOW_CHANGED = Problem("window-changed", "The focus moved to another window meanwhile.", PASTE_IT)
WINDOW_CLOSED = Problem("window-closed", "The window you were dictating into is closed.", PASTE_IT)
NO_WINDOW = Problem("no-window", "No window had the focus.", PASTE_IT)
KEYS_HELD = Problem("keys-held", "A key stayed down, so nothing could be inserted safely.", PASTE_IT)
PASTE_IGNORED = Problem("paste-ignored", "The window did not take the text.", PASTE_IT)
WINDOW_BUSY = Problem("window-busy", "The window does not respond.", PASTE_IT)
NO_TEXT = Problem("no-text", "There was nothing to insert.", "Speak again, a little louder or longer.")
CLIPBOARD_TAKEN = Problem(
    "clipboard-taken",
    "Another program holds the clipboard and does not let go.",
    "Open the history in the tray and copy the text from there; then quit clipboard tools one by one.",
)
CLIPBOARD_COPIED = Problem(
    "clipboard-copied",
    "A clipboard tool took the text over, so nobody can tell whether it reached the window.",
    "If it is not there, press Ctrl+V. Without the tool's synchronising, Plosive sees it arrive.",
)
CLIPBOARD_LOST = Problem(
    "clipboard-lost",
    "What was on the clipboard could not be kept: too large, or its program did not answer.",
    "Copy it again if you still need it.",
)
X_CONNECTION = Problem(
    "x-connection",
    "The connection to the X server broke while the text was being inserted.",
    "Open the history in the tray and copy the text from there.",
)
UNEXPECTED = Problem(
    "injection-unexpected",
    "Inserting the text failed unexpectedly.",
    'Copy the text from the history in the tray; if it stays so, run "plosive doctor".',
)
KEYS_RELEASED = Problem(
    "keys-released",
    "A key seemed stuck, so Plosive released it before inserting.",
    "Let go of all keys when you have finished speaking.",
)
