"""Stock that is promised (``sql/reservations.sql``)."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

SQL = Path(__file__).resolve().parent.parent / "sql" / "reservations.sql"


class Migration(migrations.Migration):
    """Two tables, and the functions that are the only way into them; every statement of the file can be run again."""

    dependencies = [
        ("ledger", "0003_range_indexes"),
        ("masterdata", "0003_buying_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Reservation",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("lot_id", models.IntegerField(default=0)),
                ("holder", models.TextField()),
                ("quantity", models.BigIntegerField()),
                ("rank", models.IntegerField(default=0)),
                ("due_on", models.DateField(null=True)),
                ("expires_at", models.BigIntegerField(null=True)),
                ("created_at", models.BigIntegerField()),
                (
                    "company",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.company",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.item",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
            ],
            options={
                "db_table": "reservation",
                "indexes": [
                    models.Index(fields=["item", "warehouse"], name="reservation_item"),
                    models.Index(
                        condition=models.Q(("expires_at__isnull", False)),
                        fields=["item", "expires_at"],
                        name="reservation_expires",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("holder", "item", "warehouse", "lot_id", "company"), name="reservation_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="reservation_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reserved",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "item_id", "warehouse_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("quantity", models.BigIntegerField()),
                (
                    "item",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.item",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
            ],
            options={
                "db_table": "reserved",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gte", 0)), name="reserved_not_negative")
                ],
            },
        ),
        migrations.CreateModel(
            name="Waiting",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        *("item_id", "warehouse_id", "holder", "company_id"),
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("holder", models.TextField()),
                *(
                    (
                        name,
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=f"masterdata.{model}",
                        ),
                    )
                    for name, model in (("company", "company"), ("item", "item"), ("warehouse", "location"))
                ),
            ],
            options={"db_table": "waiting"},
        ),
        migrations.RunSQL(SQL.read_text(encoding="utf-8"), migrations.RunSQL.noop),
    ]
