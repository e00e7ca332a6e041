import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("documents", "0002_functions"),
        ("masterdata", "0002_same_company"),
    ]

    operations = [
        migrations.CreateModel(
            name="StorageBin",
            fields=[
                (
                    "location",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="storage_bin",
                        serialize=False,
                        to="masterdata.location",
                    ),
                ),
                ("distance", models.IntegerField(default=0)),
                ("max_quantity", models.BigIntegerField(null=True)),
                ("max_weight", models.BigIntegerField(null=True)),
                ("max_volume", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "storage_bin",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("distance__gte", 0),
                            models.Q(("max_quantity__isnull", True), ("max_quantity__gte", 0), _connector="OR"),
                            models.Q(("max_weight__isnull", True), ("max_weight__gte", 0), _connector="OR"),
                            models.Q(("max_volume__isnull", True), ("max_volume__gte", 0), _connector="OR"),
                        ),
                        name="storage_bin_not_negative",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PutAwayRule",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rank", models.SmallIntegerField()),
                ("kind", models.CharField(max_length=16)),
                (
                    "category",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.itemcategory",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="masterdata.company"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.item",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
            ],
            options={
                "db_table": "put_away_rule",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "kind", "item", "category", "location"),
                        name="put_away_rule_unique",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["fixed_bin", "nearest_empty", "same_item", "zone"])),
                        name="put_away_rule_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "fixed_bin"), _negated=True),
                            models.Q(("item__isnull", False), ("location__isnull", False)),
                            _connector="OR",
                        ),
                        name="put_away_rule_fixed_bin_complete",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "zone"), _negated=True), ("location__isnull", False), _connector="OR"
                        ),
                        name="put_away_rule_zone_complete",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SafetyStock",
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
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.item",
                    ),
                ),
                (
                    "warehouse",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
            ],
            options={
                "db_table": "safety_stock",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="safety_stock_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="CountRequest",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("lot", models.IntegerField(db_column="lot_id")),
                ("reason", models.CharField(max_length=16)),
                ("note", models.TextField(default="")),
                ("asked_by", models.IntegerField(null=True)),
                ("asked_at", models.BigIntegerField()),
                ("done_at", models.BigIntegerField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.company",
                    ),
                ),
                (
                    "document",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.item",
                    ),
                ),
                (
                    "location",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
            ],
            options={
                "db_table": "count_request",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("done_at__isnull", True)),
                        fields=("item", "location", "lot"),
                        name="count_request_open_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PickShare",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "document_id",
                        "line",
                        "source_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("line", models.IntegerField()),
                ("lot", models.IntegerField(db_column="lot_id")),
                ("rank", models.SmallIntegerField()),
                ("tote", models.CharField(blank=True, default="", max_length=64)),
                ("quantity", models.BigIntegerField()),
                ("picked", models.BigIntegerField(default=0)),
                ("missing", models.BigIntegerField(default=0)),
                ("shipped", models.BigIntegerField(default=0)),
                ("put_back", models.BigIntegerField(default=0)),
                (
                    "document",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
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
                    "order",
                    models.ForeignKey(
                        db_column="order_id",
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.documentline",
                    ),
                ),
                (
                    "staging",
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
                "db_table": "pick_share",
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            (
                                "quantity__gt",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("missing"), "+", models.F("shipped")
                                    ),
                                    "+",
                                    models.F("put_back"),
                                ),
                            )
                        ),
                        fields=["item"],
                        name="pick_share_item",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "quantity__gt",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("missing"), "+", models.F("shipped")
                                    ),
                                    "+",
                                    models.F("put_back"),
                                ),
                            )
                        ),
                        fields=["source"],
                        name="pick_share_source",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("missing__gte", 0), ("picked__gte", 0), ("put_back__gte", 0), ("shipped__gte", 0)
                        ),
                        name="pick_share_not_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "quantity__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("picked"), "+", models.F("missing")
                                ),
                            )
                        ),
                        name="pick_share_no_more_than_asked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "picked__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("shipped"), "+", models.F("put_back")
                                ),
                            )
                        ),
                        name="pick_share_no_more_than_picked",
                    ),
                ],
            },
        ),
    ]
