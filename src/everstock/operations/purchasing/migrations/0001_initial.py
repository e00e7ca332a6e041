import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("documents", "0002_functions"),
        ("masterdata", "0002_same_company"),
    ]

    operations = [
        migrations.CreateModel(
            name="SupplierItem",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(blank=True, default="", max_length=64)),
                ("barcode", models.CharField(blank=True, default="", max_length=64)),
                ("minimum_quantity", models.BigIntegerField(default=0)),
                ("multiple", models.BigIntegerField(default=0)),
                ("lead_time", models.SmallIntegerField(null=True)),
                ("preferred", models.BooleanField(default=False)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="supplier_items", to="masterdata.item"
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.partner",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="masterdata.unit"
                    ),
                ),
            ],
            options={
                "db_table": "supplier_item",
                "constraints": [
                    models.UniqueConstraint(fields=("partner", "item"), name="supplier_item_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("code", ""), _negated=True),
                        fields=("partner", "code"),
                        name="supplier_item_code_unique",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("barcode", ""), _negated=True),
                        fields=("partner", "barcode"),
                        name="supplier_item_barcode_unique",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("preferred", True)), fields=("item",), name="supplier_item_one_preferred"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minimum_quantity__gte", 0), ("multiple__gte", 0)),
                        name="supplier_item_quantities_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lead_time__range", (0, 3650))), name="supplier_item_lead_time_range"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplierPrice",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_quantity", models.BigIntegerField(default=0)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("unit_price", models.BigIntegerField()),
                (
                    "currency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.currency",
                    ),
                ),
                (
                    "supplier_item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="prices",
                        to="purchasing.supplieritem",
                    ),
                ),
            ],
            options={
                "db_table": "supplier_price",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("supplier_item", "currency", "from_quantity", "valid_from"),
                        name="supplier_price_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_quantity__gte", 0)), name="supplier_price_quantity_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0)), name="supplier_price_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__gte", models.F("valid_from")), ("valid_to__isnull", True), _connector="OR"
                        ),
                        name="supplier_price_days_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplierTerms",
            fields=[
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="supplier_terms",
                        serialize=False,
                        to="masterdata.partner",
                    ),
                ),
                ("payment_days", models.SmallIntegerField(default=0)),
                ("discount_days", models.SmallIntegerField(default=0)),
                ("discount", models.IntegerField(default=0)),
                ("incoterm", models.CharField(blank=True, default="", max_length=3)),
                ("lead_time", models.SmallIntegerField(default=0)),
                ("learned_days", models.BigIntegerField(default=0)),
                ("learned_count", models.IntegerField(default=0)),
                ("over_tolerance", models.IntegerField(default=0)),
                ("under_tolerance", models.IntegerField(default=0)),
                ("price_tolerance", models.IntegerField(default=0)),
                ("closed_weekdays", models.SmallIntegerField(default=0)),
                (
                    "tax_code",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.taxcode"
                    ),
                ),
            ],
            options={
                "db_table": "supplier_terms",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("discount__range", (0, 1000000)), ("discount_days__range", (0, 3650))),
                        name="supplier_terms_discount_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("payment_days__range", (0, 3650))), name="supplier_terms_payment_days_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("incoterm__regex", "^(CFR|CIF|CIP|CPT|DAP|DDP|DPU|EXW|FAS|FCA|FOB)?$")),
                        name="supplier_terms_incoterm_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("lead_time__range", (0, 3650))), name="supplier_terms_lead_time_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("learned_count__gte", 0), ("learned_days__gte", 0)),
                        name="supplier_terms_learned_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("over_tolerance__range", (0, 1000000)),
                            ("price_tolerance__range", (0, 1000000)),
                            ("under_tolerance__range", (0, 1000000)),
                        ),
                        name="supplier_terms_tolerance_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closed_weekdays__gte", 0), ("closed_weekdays__lt", 127)),
                        name="supplier_terms_some_day_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SupplierHoliday",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.partner",
                    ),
                ),
            ],
            options={
                "db_table": "supplier_holiday",
                "constraints": [models.UniqueConstraint(fields=("partner", "day"), name="supplier_holiday_unique")],
            },
        ),
    ]
