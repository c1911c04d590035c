"""Live captions for other programs: a WebSocket on this computer, and OBS."""
