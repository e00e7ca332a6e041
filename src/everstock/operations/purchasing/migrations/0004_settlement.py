"""What invoices, credit notes, landed costs and clearings ask the database (``sql/settlement.sql``, ``sql/grni.sql``)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """Runs the files; every statement in them can be run again."""

    dependencies = [("purchasing", "0003_receipts"), ("ledger", "0003_range_indexes")]
    operations = [
        migrations.RunSQL((SQL / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)
        for name in ("settlement.sql", "grni.sql")
    ]
