"""The child process that owns the model. Started by name; nobody imports it."""
