"""What the user set, as one documented schema in TOML."""
