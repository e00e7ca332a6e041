import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Company",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("method", models.CharField(max_length=16)),
                ("scope", models.CharField(max_length=16)),
                ("negative_stock", models.BooleanField(default=False)),
                ("handling_days", models.SmallIntegerField(db_default=0)),
                ("overdue_days", models.SmallIntegerField(db_default=1)),
                ("closed_weekdays", models.SmallIntegerField(db_default=0)),
                ("language", models.CharField(blank=True, default="", max_length=35)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "db_table": "company",
                "constraints": [
                    models.UniqueConstraint(fields=("code",), name="company_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="company_code_trimmed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("method__in", ["average", "fifo", "lifo", "specific", "standard"])),
                        name="company_method_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("scope__in", ["item", "item+location"])), name="company_scope_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("handling_days__range", (0, 365))), name="company_handling_days_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("overdue_days__range", (0, 365))), name="company_overdue_days_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closed_weekdays__gte", 0), ("closed_weekdays__lt", 127)),
                        name="company_some_day_open",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CompanyHoliday",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.company",
                    ),
                ),
            ],
            options={
                "db_table": "company_holiday",
                "constraints": [models.UniqueConstraint(fields=("company", "day"), name="company_holiday_unique")],
            },
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(max_length=200)),
                ("type", models.CharField(max_length=16)),
                ("active", models.BooleanField(default=True)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.company",
                    ),
                ),
            ],
            options={
                "db_table": "account",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="account_code_unique"),
                    models.UniqueConstraint(fields=("company", "id"), name="account_company_id"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="account_code_trimmed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("type__in", ["asset", "equity", "expense", "income", "liability"])),
                        name="account_type_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Currency",
            fields=[
                ("code", models.CharField(max_length=3, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=200)),
                ("digits", models.SmallIntegerField()),
            ],
            options={
                "db_table": "currency",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("code__regex", "^[A-Z]{3}$")), name="currency_code_iso"),
                    models.CheckConstraint(condition=models.Q(("digits__range", (0, 4))), name="currency_digits_range"),
                ],
            },
        ),
        migrations.AddField(
            model_name="company",
            name="currency",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="masterdata.currency"
            ),
        ),
        migrations.CreateModel(
            name="ExchangeRate",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("rate", models.BigIntegerField()),
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
                    "currency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.currency",
                    ),
                ),
            ],
            options={
                "db_table": "exchange_rate",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "currency", "day"), name="exchange_rate_unique"),
                    models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="exchange_rate_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemCategory",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
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
                    "parent",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.itemcategory",
                    ),
                ),
            ],
            options={
                "db_table": "item_category",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="item_category_code_unique"),
                    models.UniqueConstraint(fields=("company", "id"), name="item_category_company_id"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="item_category_code_trimmed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("id")), _negated=True), name="item_category_parent_other"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sku", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("tracking", models.CharField(default="none", max_length=8)),
                ("kind", models.CharField(db_default="stocked", max_length=8)),
                ("standard_cost", models.BigIntegerField(null=True)),
                ("weight", models.BigIntegerField(null=True)),
                ("volume", models.BigIntegerField(null=True)),
                ("active", models.BooleanField(default=True)),
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
                    "category",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.itemcategory",
                    ),
                ),
            ],
            options={
                "db_table": "item",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "sku"), name="item_sku_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("sku__regex", "^\\S(.*\\S)?$")), name="item_sku_trimmed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tracking__in", ["lot", "none", "serial"])), name="item_tracking_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["kit", "stocked"])), name="item_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("standard_cost__gte", 0)), name="item_standard_cost_range"
                    ),
                    models.CheckConstraint(condition=models.Q(("weight__gte", 0)), name="item_weight_range"),
                    models.CheckConstraint(condition=models.Q(("volume__gte", 0)), name="item_volume_range"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Location",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("kind", models.CharField(max_length=16)),
                ("purpose", models.CharField(blank=True, default="", max_length=16)),
                ("negative_stock", models.BooleanField(null=True)),
                ("active", models.BooleanField(default=True)),
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
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
            ],
            options={
                "db_table": "location",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="location_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="location_code_trimmed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "consignment",
                                    "customer",
                                    "internal",
                                    "loss",
                                    "opening",
                                    "production",
                                    "scrap",
                                    "supplier",
                                    "transit",
                                ],
                            )
                        ),
                        name="location_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", "internal"),
                                (
                                    "purpose__in",
                                    ["aisle", "bin", "dock", "drop_ship", "packing", "quality", "warehouse", "zone"],
                                ),
                            ),
                            models.Q(
                                ("kind__in", ["consignment", "transit"]),
                                (
                                    "purpose__in",
                                    [
                                        "",
                                        "aisle",
                                        "bin",
                                        "dock",
                                        "drop_ship",
                                        "packing",
                                        "quality",
                                        "warehouse",
                                        "zone",
                                    ],
                                ),
                            ),
                            models.Q(
                                ("kind__in", ["customer", "loss", "opening", "production", "scrap", "supplier"]),
                                ("purpose", ""),
                            ),
                            _connector="OR",
                        ),
                        name="location_purpose_fits",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("id")), _negated=True), name="location_parent_other"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lot",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("expires_on", models.DateField(null=True)),
                ("manufactured_on", models.DateField(null=True)),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lots",
                        to="masterdata.item",
                    ),
                ),
            ],
            options={
                "db_table": "lot",
                "constraints": [
                    models.UniqueConstraint(fields=("item", "code"), name="lot_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="lot_code_trimmed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_on__gte", models.F("manufactured_on")),
                            ("expires_on__isnull", True),
                            ("manufactured_on__isnull", True),
                            _connector="OR",
                        ),
                        name="lot_days_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Partner",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("is_supplier", models.BooleanField(default=False)),
                ("is_customer", models.BooleanField(default=False)),
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
                    "currency",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.currency",
                    ),
                ),
            ],
            options={
                "db_table": "partner",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="partner_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="partner_code_trimmed"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Period",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("locked", models.BooleanField(default=False)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.company",
                    ),
                ),
            ],
            options={
                "db_table": "period",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "starts_on"), name="period_start_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="period_days_in_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PostingRule",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=32)),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.itemcategory",
                    ),
                ),
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
                    "location",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
            ],
            options={
                "db_table": "posting_rule",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "role", "category", "location"),
                        name="posting_rule_unique",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "allowance",
                                    "bad_debt",
                                    "bank",
                                    "cash_discount",
                                    "cash_discount_given",
                                    "cogs",
                                    "consigned",
                                    "customer_prepayment",
                                    "exchange_gain",
                                    "exchange_loss",
                                    "grni",
                                    "in_transit",
                                    "inventory",
                                    "landed_cost",
                                    "opening_equity",
                                    "payable",
                                    "prepayment",
                                    "price_difference",
                                    "purchase_expense",
                                    "receivable",
                                    "revaluation",
                                    "revenue",
                                    "rounding",
                                    "sales_returns",
                                    "scrap",
                                    "shrinkage",
                                    "stock_gain",
                                    "transfer",
                                    "wip",
                                    "write_down",
                                ],
                            )
                        ),
                        name="posting_rule_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                (
                    "company",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.company",
                    ),
                ),
            ],
            options={
                "db_table": "unit",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="unit_code_unique"),
                    models.UniqueConstraint(fields=("company", "id"), name="unit_company_id"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="unit_code_trimmed"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ItemUnit",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("numerator", models.BigIntegerField()),
                ("denominator", models.BigIntegerField()),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="masterdata.item",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="masterdata.unit"
                    ),
                ),
            ],
            options={
                "db_table": "item_unit",
                "constraints": [
                    models.UniqueConstraint(fields=("item", "unit"), name="item_unit_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("denominator__gt", 0), ("numerator__gt", 0)), name="item_unit_positive"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="item",
            name="base_unit",
            field=models.ForeignKey(
                db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="masterdata.unit"
            ),
        ),
        migrations.CreateModel(
            name="Barcode",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
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
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="barcodes", to="masterdata.item"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.unit",
                    ),
                ),
            ],
            options={
                "db_table": "barcode",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="barcode_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="barcode_code_trimmed"
                    ),
                ],
            },
        ),
    ]
