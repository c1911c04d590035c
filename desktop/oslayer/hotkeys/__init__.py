"""Global keys with true press and release."""
