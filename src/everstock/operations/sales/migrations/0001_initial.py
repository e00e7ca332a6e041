import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("documents", "0002_functions"),
        ("masterdata", "0003_buying_roles"),
    ]

    operations = [
        migrations.CreateModel(
            name="PriceList",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("rank", models.SmallIntegerField(default=100)),
                ("customer_group", models.CharField(blank=True, default="", max_length=64)),
                (
                    "base",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sales.pricelist"
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
                    "currency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.currency",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.partner",
                    ),
                ),
            ],
            options={
                "db_table": "price_list",
                "indexes": [models.Index(fields=["company", "customer", "customer_group"], name="price_list_for_whom")],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="price_list_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="price_list_code_trimmed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("customer__isnull", True), ("customer_group", ""), _connector="OR"),
                        name="price_list_for_one_kind",
                    ),
                    models.CheckConstraint(condition=models.Q(("rank__range", (0, 999))), name="price_list_rank_range"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__gte", models.F("valid_from")), ("valid_to__isnull", True), _connector="OR"
                        ),
                        name="price_list_days_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("base", models.F("id")), _negated=True), name="price_list_base_other"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PriceListEntry",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_quantity", models.BigIntegerField(default=0)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("unit_price", models.BigIntegerField(null=True)),
                ("discount", models.IntegerField(null=True)),
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
                    "price_list",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="sales.pricelist",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.unit",
                    ),
                ),
            ],
            options={
                "db_table": "price_list_entry",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("price_list", "item", "category", "unit", "from_quantity", "valid_from"),
                        name="price_list_entry_unique",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("category__isnull", False), ("item__isnull", True)),
                            models.Q(("category__isnull", True), ("item__isnull", False)),
                            _connector="OR",
                        ),
                        name="price_list_entry_of_one_thing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("discount__isnull", False), ("unit_price__isnull", True)),
                            models.Q(("discount__isnull", True), ("unit_price__isnull", False)),
                            _connector="OR",
                        ),
                        name="price_list_entry_price_or_discount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_quantity__gte", 0)), name="price_list_entry_quantity_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("unit_price__gte", 0)), name="price_list_entry_price_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount__range", (0, 1000000))), name="price_list_entry_discount_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__gte", models.F("valid_from")), ("valid_to__isnull", True), _connector="OR"
                        ),
                        name="price_list_entry_days_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerAddress",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=8)),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("lines", models.CharField(blank=True, default="", max_length=500)),
                ("postcode", models.CharField(blank=True, default="", max_length=16)),
                ("city", models.CharField(max_length=200)),
                ("country", models.CharField(max_length=2)),
                ("default", models.BooleanField(default=False)),
                ("active", models.BooleanField(default=True)),
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
                "db_table": "customer_address",
                "constraints": [
                    models.UniqueConstraint(fields=("partner", "kind", "code"), name="customer_address_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("default", True)),
                        fields=("partner", "kind"),
                        name="customer_address_one_default",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["billing", "delivery"])), name="customer_address_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("country__regex", "^[A-Z]{2}$")), name="customer_address_country_iso"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("city", ""), _negated=True), name="customer_address_city_given"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("default", False), ("active", True), _connector="OR"),
                        name="customer_address_default_is_active",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomerTerms",
            fields=[
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="customer_terms",
                        serialize=False,
                        to="masterdata.partner",
                    ),
                ),
                ("payment_days", models.SmallIntegerField(default=0)),
                ("discount_days", models.SmallIntegerField(default=0)),
                ("discount", models.IntegerField(default=0)),
                ("incoterm", models.CharField(blank=True, default="", max_length=3)),
                ("credit_limit", models.BigIntegerField(null=True)),
                ("hold_reason", models.CharField(blank=True, default="", max_length=2000)),
                ("customer_group", models.CharField(blank=True, default="", max_length=64)),
                ("priority", models.SmallIntegerField(default=5)),
                ("channel", models.CharField(blank=True, default="", max_length=64)),
                ("language", models.CharField(blank=True, default="", max_length=35)),
                ("tax_number", models.CharField(blank=True, default="", max_length=32)),
                (
                    "tax_code",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.taxcode"
                    ),
                ),
            ],
            options={
                "db_table": "customer_terms",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("payment_days__range", (0, 3650))), name="customer_terms_payment_days_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount__range", (0, 1000000)), ("discount_days__range", (0, 3650))),
                        name="customer_terms_discount_range",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "incoterm__in",
                                ["", "CFR", "CIF", "CIP", "CPT", "DAP", "DDP", "DPU", "EXW", "FAS", "FCA", "FOB"],
                            )
                        ),
                        name="customer_terms_incoterm_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("credit_limit__gte", 0)), name="customer_terms_credit_limit_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("priority__range", (0, 9))), name="customer_terms_priority_range"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SalesChannel",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("kind", models.CharField(max_length=16)),
                ("customer_group", models.CharField(blank=True, default="", max_length=64)),
                ("series", models.CharField(blank=True, default="", max_length=8)),
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
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.partner",
                    ),
                ),
            ],
            options={
                "db_table": "sales_channel",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="sales_channel_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("series", ""), _negated=True),
                        fields=("company", "series"),
                        name="sales_channel_series_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["marketplace", "point_of_sale", "shop", "wholesale"])),
                        name="sales_channel_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("series__regex", "^([A-Z][A-Z0-9]*)?$")), name="sales_channel_series_form"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelWarehouse",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "channel_id", "warehouse_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("rank", models.SmallIntegerField()),
                (
                    "warehouse",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.location",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sales.saleschannel",
                    ),
                ),
            ],
            options={
                "db_table": "channel_warehouse",
            },
        ),
        migrations.CreateModel(
            name="ChannelMeans",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("means", models.CharField(max_length=64)),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sales.saleschannel",
                    ),
                ),
                (
                    "currency",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.currency",
                    ),
                ),
            ],
            options={
                "db_table": "channel_means",
                "constraints": [models.UniqueConstraint(fields=("channel", "means"), name="channel_means_unique")],
            },
        ),
        migrations.CreateModel(
            name="ChannelBuffer",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.BigIntegerField(null=True)),
                ("part", models.IntegerField(null=True)),
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
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="sales.saleschannel",
                    ),
                ),
            ],
            options={
                "db_table": "channel_buffer",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("channel", "item"), name="channel_buffer_unique", nulls_distinct=False
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("part__isnull", True), ("quantity__gte", 0)),
                            models.Q(("part__range", (0, 1000000)), ("quantity__isnull", True)),
                            _connector="OR",
                        ),
                        name="channel_buffer_quantity_or_part",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Carrier",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("tracking_url", models.CharField(blank=True, default="", max_length=500)),
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
                "db_table": "carrier",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="carrier_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="carrier_code_trimmed"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "document",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="documents.document",
                    ),
                ),
                ("service", models.CharField(blank=True, default="", max_length=64)),
                ("tracking", models.CharField(blank=True, default="", max_length=64)),
                ("planned_on", models.DateField(null=True)),
                ("delivered_on", models.DateField(null=True)),
                ("signed_by", models.CharField(blank=True, default="", max_length=200)),
                ("note", models.TextField(blank=True, default="")),
                (
                    "carrier",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="sales.carrier"
                    ),
                ),
            ],
            options={
                "db_table": "delivery",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("delivered_on__isnull", False), ("signed_by", ""), _connector="OR"),
                        name="delivery_signed_is_delivered",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Package",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.IntegerField()),
                ("sscc", models.CharField(blank=True, default="", max_length=18)),
                ("from_staging", models.BooleanField()),
                ("tare", models.BigIntegerField(default=0)),
                ("weight", models.BigIntegerField(null=True)),
                ("weighed", models.BooleanField(default=False)),
                ("length", models.IntegerField(null=True)),
                ("width", models.IntegerField(null=True)),
                ("height", models.IntegerField(null=True)),
                ("packed_at", models.BigIntegerField()),
                ("packed_by", models.IntegerField(null=True)),
                ("unpacked_at", models.BigIntegerField(null=True)),
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
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="masterdata.partner"
                    ),
                ),
                (
                    "shipment",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
            ],
            options={
                "db_table": "package",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "number"), name="package_number_unique"),
                    models.UniqueConstraint(
                        condition=models.Q(("sscc", ""), _negated=True),
                        fields=("company", "sscc"),
                        name="package_sscc_unique",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tare__gte", 0), ("weight__gte", 0)), name="package_weight_not_negative"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weighed", False), ("weight__isnull", False), _connector="OR"),
                        name="package_weighed_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PackageLine",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "package_id",
                        "source_id",
                        "location_id",
                        "lot",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("lot", models.IntegerField(db_column="lot_id")),
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
                    "package",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="lines",
                        to="sales.package",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.documentline",
                    ),
                ),
            ],
            options={
                "db_table": "package_line",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="package_line_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="SsccSeries",
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
                ("extension", models.CharField(default="0", max_length=1)),
                ("prefix", models.CharField(blank=True, default="", max_length=10)),
                ("last", models.BigIntegerField(default=0)),
                ("packages", models.IntegerField(default=0)),
            ],
            options={
                "db_table": "sscc_series",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("extension__regex", "^[0-9]$")), name="sscc_series_extension_digit"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("prefix__regex", "^([0-9]{7,10})?$")), name="sscc_series_prefix_digits"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Dispute",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=2000)),
                ("opened_at", models.BigIntegerField()),
                ("outcome", models.CharField(blank=True, default="", max_length=2000)),
                ("settled_at", models.BigIntegerField(null=True)),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
            ],
            options={
                "db_table": "dispute",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)), fields=("document",), name="dispute_one_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DunningLevel",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.SmallIntegerField()),
                ("days", models.SmallIntegerField()),
                ("name", models.CharField(max_length=200)),
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
                "db_table": "dunning_level",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "level"), name="dunning_level_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("days__gt", 0), ("level__gt", 0)), name="dunning_level_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("level", models.SmallIntegerField()),
                ("day", models.DateField()),
                ("open", models.BigIntegerField()),
                ("at", models.BigIntegerField()),
                ("user", models.IntegerField(db_column="user_id", null=True)),
                (
                    "document",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
            ],
            options={
                "db_table": "reminder",
                "constraints": [models.UniqueConstraint(fields=("document", "level"), name="reminder_once")],
            },
        ),
    ]
