"""Functions and triggers of the documents (``sql/functions.sql``), and what payments ask (``sql/payments.sql``)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """Runs the files; every statement in them can be run again."""

    dependencies = [("documents", "0001_initial"), ("identity", "0001_initial"), ("ledger", "0002_functions")]
    operations = [
        migrations.RunSQL((SQL / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)
        for name in ("functions.sql", "payments.sql")
    ]
