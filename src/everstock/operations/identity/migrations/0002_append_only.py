"""The trigger that keeps the audit trail as it is (``sql/append_only.sql``)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "append_only.sql"


class Migration(migrations.Migration):
    """Runs the file; every statement in it can be run again."""

    dependencies = [("identity", "0001_initial")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
