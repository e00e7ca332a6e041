"""Settings, database supervision and entry points."""
