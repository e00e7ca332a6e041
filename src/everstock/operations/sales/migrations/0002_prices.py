"""The question which prices hold (``sql/prices.sql``)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "prices.sql"


class Migration(migrations.Migration):
    """Runs the file; every statement in it can be run again."""

    dependencies = [("sales", "0001_initial")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
