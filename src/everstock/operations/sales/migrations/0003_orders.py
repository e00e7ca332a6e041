"""What quotes and sales orders (``sql/orders.sql``), what channels may promise (``sql/channels.sql``) and what is not invoiced
(``sql/unbilled.sql``) ask the database; and what is on pick lists when less is there than was promised (``sql/picking.sql``).
"""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """Runs the files; every statement in them can be run again."""

    dependencies = [
        ("sales", "0002_prices"),
        ("documents", "0002_functions"),
        ("warehouse", "0002_functions"),
        ("ledger", "0004_reservations"),
    ]
    operations = [
        migrations.RunSQL((SQL / name).read_text(encoding="utf-8"), migrations.RunSQL.noop)
        for name in ("channels.sql", "orders.sql", "unbilled.sql", "picking.sql")
    ]
