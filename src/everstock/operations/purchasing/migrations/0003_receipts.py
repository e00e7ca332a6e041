"""The read of the receipts (``sql/receipts.sql``)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "receipts.sql"


class Migration(migrations.Migration):
    """Runs the file; every statement in it can be run again."""

    dependencies = [("purchasing", "0002_functions"), ("warehouse", "0002_functions")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
