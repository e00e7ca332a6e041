import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0002_functions"),
        ("masterdata", "0003_buying_roles"),
        ("sales", "0004_kits"),
    ]

    operations = [
        migrations.CreateModel(
            name="SellingCost",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("day", models.DateField()),
                ("kind", models.CharField(max_length=16)),
                ("description", models.CharField(blank=True, default="", max_length=2000)),
                ("amount", models.BigIntegerField()),
                ("created_at", models.BigIntegerField()),
                ("withdrawn_at", models.BigIntegerField(null=True)),
                ("key", models.TextField(null=True)),
                ("content", models.BigIntegerField()),
                (
                    "bill_line",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.documentline",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="masterdata.company"
                    ),
                ),
            ],
            options={
                "db_table": "selling_cost",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "key"), name="selling_cost_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="selling_cost_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["fee", "freight", "other", "packaging"])),
                        name="selling_cost_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SellingCostShare",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.BigIntegerField()),
                (
                    "cost",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="sales.sellingcost"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.documentline"
                    ),
                ),
            ],
            options={
                "db_table": "selling_cost_share",
            },
        ),
    ]
