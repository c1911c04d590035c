"""From what a model says to what people write: numbers, spaces, case, own words. Finals only."""
