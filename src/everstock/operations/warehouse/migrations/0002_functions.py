"""The function that receives lots (``sql/functions.sql``)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "functions.sql"


class Migration(migrations.Migration):
    """Runs the file; every statement in it can be run again."""

    dependencies = [("warehouse", "0001_initial"), ("ledger", "0004_reservations"), ("documents", "0002_functions")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
