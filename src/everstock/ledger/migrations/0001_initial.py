import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("masterdata", "0002_same_company"),
    ]

    operations = [
        migrations.CreateModel(
            name="CompanyClock",
            fields=[
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="masterdata.company",
                    ),
                ),
                ("recorded_at", models.BigIntegerField(default=0)),
                ("settings_version", models.IntegerField(default=0)),
                ("snapshot_day", models.DateField(null=True)),
            ],
            options={
                "db_table": "company_clock",
            },
        ),
        migrations.CreateModel(
            name="ItemClock",
            fields=[
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="masterdata.item",
                    ),
                ),
                ("last_at", models.BigIntegerField(default=-4611686018427387904)),
                ("last_rank", models.SmallIntegerField(default=0)),
                ("since_checkpoint", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "item_clock",
            },
        ),
        migrations.CreateModel(
            name="Balance",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "item_id",
                        "location_id",
                        "lot_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("lot_id", models.IntegerField(default=0)),
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
                    "location",
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
                "db_table": "balance",
            },
        ),
        migrations.CreateModel(
            name="Pool",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("warehouse_id", models.IntegerField(default=0)),
                ("lot_id", models.IntegerField(default=0)),
                ("quantity", models.BigIntegerField(default=0)),
                ("value", models.BigIntegerField(default=0)),
                (
                    "state",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("retired", models.BooleanField(default=False)),
                (
                    "allowance",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
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
                    "inventory",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
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
                    "price_difference",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
                (
                    "transfer",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
            ],
            options={
                "db_table": "pool",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("retired", False)),
                        fields=("item", "inventory", "warehouse_id", "lot_id"),
                        name="pool_key",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("quantity", 0), _negated=True), ("value", 0), _connector="OR"),
                        name="pool_quantity_zero_value_zero",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "item_id", "at", "pool_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.BigIntegerField()),
                ("state", django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
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
                    "pool",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.pool",
                    ),
                ),
            ],
            options={
                "db_table": "checkpoint",
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("recorded_at", models.BigIntegerField()),
                ("source", models.TextField()),
                ("reference", models.TextField(null=True)),
                ("actor", models.TextField(null=True)),
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
            ],
            options={
                "db_table": "posting",
                "indexes": [models.Index(fields=["company", "recorded_at", "id"], name="posting_recorded")],
            },
        ),
        migrations.CreateModel(
            name="Movement",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("kind", models.SmallIntegerField()),
                ("effective_at", models.BigIntegerField()),
                ("quantity", models.BigIntegerField()),
                ("value", models.BigIntegerField(null=True)),
                ("unit_value", models.BigIntegerField(null=True)),
                ("unit_price", models.BigIntegerField(null=True)),
                ("reference", models.TextField()),
                ("content", models.BigIntegerField()),
                ("details", models.JSONField(null=True)),
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
                    "contra",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
                (
                    "contra_in",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
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
                    "lot",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.lot",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.movement",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.partner",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
                (
                    "target",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
                (
                    "posting",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.posting",
                    ),
                ),
            ],
            options={
                "db_table": "movement",
                "indexes": [
                    models.Index(fields=["item", "effective_at"], name="movement_item"),
                    models.Index(
                        condition=models.Q(("origin__isnull", False)), fields=["origin"], name="movement_origin"
                    ),
                    models.Index(
                        condition=models.Q(("origin__isnull", False)), fields=["item"], name="movement_linked"
                    ),
                    models.Index(condition=models.Q(("kind", 9)), fields=["item"], name="movement_count"),
                    models.Index(condition=models.Q(("lot__isnull", False)), fields=["lot"], name="movement_lot"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "reference"), name="movement_reference"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 0)), name="movement_quantity_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "posting_id", "line", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("line", models.IntegerField()),
                ("day", models.DateField()),
                ("posted_on", models.DateField()),
                ("quantity", models.BigIntegerField()),
                ("amount", models.BigIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
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
                    "contra",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
                (
                    "movement",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.movement",
                    ),
                ),
                (
                    "affected",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.movement",
                    ),
                ),
                (
                    "pool",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.pool",
                    ),
                ),
                (
                    "posting",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.posting",
                    ),
                ),
            ],
            options={
                "db_table": "entry",
                "indexes": [
                    models.Index(fields=["pool", "day"], name="entry_pool_day"),
                    models.Index(
                        condition=models.Q(("affected__isnull", False)), fields=["affected"], name="entry_affected"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CountDifference",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("effective_at", models.BigIntegerField()),
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
                    "location",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.lot",
                    ),
                ),
                (
                    "movement",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.movement",
                    ),
                ),
                (
                    "posting",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.posting",
                    ),
                ),
            ],
            options={
                "db_table": "count_difference",
                "indexes": [models.Index(fields=["item", "effective_at"], name="count_difference_item")],
            },
        ),
        migrations.CreateModel(
            name="CostingChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("method", models.CharField(max_length=16)),
                ("scope", models.CharField(max_length=16)),
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
                    "posting",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.posting",
                    ),
                ),
            ],
            options={
                "db_table": "costing_change",
            },
        ),
        migrations.CreateModel(
            name="Seal",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_posting", models.BigIntegerField()),
                ("last_posting", models.BigIntegerField()),
                ("digest", models.BinaryField()),
                ("sealed_at", models.BigIntegerField()),
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
            ],
            options={
                "db_table": "seal",
                "constraints": [models.UniqueConstraint(fields=("company", "last_posting"), name="seal_order")],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "day", "pool_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
                ("quantity", models.BigIntegerField()),
                ("value", models.BigIntegerField()),
                (
                    "pool",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.pool",
                    ),
                ),
            ],
            options={
                "db_table": "snapshot",
            },
        ),
        migrations.CreateModel(
            name="SnapshotDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "company_id", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField()),
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
            ],
            options={
                "db_table": "snapshot_day",
            },
        ),
    ]
