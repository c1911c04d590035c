"""Recordings written down in the background: reads files, feeds the recognizer, writes results."""
