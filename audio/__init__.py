"""Sound in, speech out. Knows no Qt and no recognizer."""
