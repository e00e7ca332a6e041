import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("masterdata", "0003_buying_roles"),
        ("sales", "0003_orders"),
    ]

    operations = [
        migrations.CreateModel(
            name="ItemSubstitute",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rank", models.SmallIntegerField(default=100)),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                ("both_ways", models.BooleanField(default=False)),
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
                    "substitute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="masterdata.item"
                    ),
                ),
            ],
            options={
                "db_table": "item_substitute",
                "constraints": [
                    models.UniqueConstraint(fields=("item", "substitute"), name="item_substitute_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("item", models.F("substitute")), _negated=True),
                        name="item_substitute_other",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rank__range", (0, 999))), name="item_substitute_rank_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__gte", models.F("valid_from")),
                            ("valid_to__isnull", True),
                            ("valid_from__isnull", True),
                            _connector="OR",
                        ),
                        name="item_substitute_days_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KitComponent",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.BigIntegerField()),
                (
                    "component",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="masterdata.item"
                    ),
                ),
                (
                    "kit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.item",
                    ),
                ),
            ],
            options={
                "db_table": "kit_component",
                "constraints": [
                    models.UniqueConstraint(fields=("kit", "component"), name="kit_component_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gt", 0)), name="kit_component_quantity_positive"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kit", models.F("component")), _negated=True), name="kit_component_other"
                    ),
                ],
            },
        ),
    ]
