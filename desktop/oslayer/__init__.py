"""One small module for each facility of the operating system."""
