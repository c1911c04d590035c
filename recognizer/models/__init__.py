"""Models on disk: the catalogue, downloads, checks, imports. Needs no torch and is cheap to import."""
