"""Speech in, text out: one interface for a local worker process and a server."""
