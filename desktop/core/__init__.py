"""The part that decides: events in, commands out. No Qt, thread, clock or file."""
