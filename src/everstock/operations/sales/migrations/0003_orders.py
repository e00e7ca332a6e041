"""What quotes and sales orders ask the database (``sql/orders.sql``)."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql" / "orders.sql"


class Migration(migrations.Migration):
    """Runs the file; every statement in it can be run again."""

    dependencies = [("sales", "0002_prices"), ("documents", "0004_selling")]
    operations = [migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop)]
