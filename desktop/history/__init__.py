"""What the user dictated, in SQLite."""
