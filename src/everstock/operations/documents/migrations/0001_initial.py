import django.db.models.deletion
import django.db.models.expressions
import django.db.models.fields.json
import django.db.models.functions.comparison
import django.db.models.lookups
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("masterdata", "0002_same_company"),
    ]

    operations = [
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=32)),
                ("number", models.CharField(max_length=32)),
                ("state", models.CharField(max_length=16)),
                ("version", models.IntegerField(default=1)),
                ("day", models.DateField()),
                ("due_on", models.DateField(null=True)),
                ("expected_on", models.DateField(null=True)),
                ("sent_on", models.DateField(null=True)),
                ("rate", models.BigIntegerField()),
                ("reference", models.TextField(null=True)),
                ("net", models.BigIntegerField()),
                ("tax", models.BigIntegerField()),
                ("gross", models.BigIntegerField()),
                ("paid", models.BigIntegerField(default=0)),
                ("created_at", models.BigIntegerField()),
                ("posted_at", models.BigIntegerField(null=True)),
                ("created_by", models.IntegerField(null=True)),
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
                    "currency",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.currency",
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
            ],
            options={
                "db_table": "document",
                "indexes": [
                    models.Index(fields=["company", "kind", "state"], name="document_state"),
                    models.Index(fields=["company", "partner"], name="document_partner"),
                    models.Index(
                        condition=models.Q(
                            ("kind__in", ("sales_order", "customer_invoice", "customer_credit_note")),
                            ("state__in", ("confirmed", "partly_shipped", "shipped", "posted", "partly_paid")),
                        ),
                        fields=["company", "partner"],
                        name="document_owed",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("details__has_key", "advance"), ("kind", "customer_payment"), ("state", "posted")
                        ),
                        fields=["company", "partner"],
                        name="document_advance",
                    ),
                    models.Index(
                        condition=models.Q(("details__has_key", "in_transit"), ("kind", "goods_receipt")),
                        fields=["company"],
                        name="document_in_transit",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "kind", "number"), name="document_number"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("kind__in", ("supplier_invoice", "supplier_credit_note")),
                            ("reference__isnull", False),
                            models.Q(("state", "cancelled"), _negated=True),
                        ),
                        fields=("company", "kind", "partner", "reference"),
                        name="document_reference_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="document_rate_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "gross",
                                django.db.models.expressions.CombinedExpression(models.F("net"), "+", models.F("tax")),
                            )
                        ),
                        name="document_gross_is_net_and_tax",
                    ),
                    models.UniqueConstraint(
                        models.F("company"),
                        django.db.models.fields.json.KeyTextTransform("channel", "details"),
                        models.F("reference"),
                        condition=models.Q(("details__has_key", "channel"), ("kind", "sales_order")),
                        name="document_channel_reference_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.BigIntegerField()),
                ("user", models.IntegerField(db_column="user_id", null=True)),
                ("name", models.CharField(max_length=200)),
                ("media_type", models.CharField(max_length=100)),
                ("sha256", models.BinaryField()),
                ("content", models.BinaryField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.document"
                    ),
                ),
            ],
            options={
                "db_table": "document_attachment",
            },
        ),
        migrations.CreateModel(
            name="DocumentLink",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "predecessor_id", "successor_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "predecessor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
                (
                    "successor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
            ],
            options={
                "db_table": "document_link",
                "indexes": [models.Index(fields=["successor"], name="document_link_successor")],
            },
        ),
        migrations.CreateModel(
            name="DocumentPosting",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "document_id", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.BigIntegerField()),
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
            ],
            options={
                "db_table": "document_posting",
                "indexes": [models.Index(fields=["position"], name="document_posting_position")],
            },
        ),
        migrations.CreateModel(
            name="DocumentVersion",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "document_id", "version", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.IntegerField()),
                ("at", models.BigIntegerField()),
                ("user", models.IntegerField(db_column="user_id", null=True)),
                ("content", models.JSONField()),
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
            ],
            options={
                "db_table": "document_version",
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.BigIntegerField()),
                ("user", models.IntegerField(db_column="user_id", null=True)),
                ("text", models.TextField()),
                (
                    "document",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.document"
                    ),
                ),
            ],
            options={
                "db_table": "document_note",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="document_note_not_empty"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "company_id",
                        "kind",
                        "series",
                        "year",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=32)),
                ("series", models.CharField(default="", max_length=8)),
                ("year", models.SmallIntegerField()),
                ("last", models.IntegerField()),
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
                "db_table": "number_series",
            },
        ),
        migrations.CreateModel(
            name="RequestKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "company_id", "key", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.TextField()),
                ("content", models.BigIntegerField()),
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
                    "document",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.document",
                    ),
                ),
            ],
            options={
                "db_table": "request_key",
            },
        ),
        migrations.CreateModel(
            name="TaxCode",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=64)),
                ("name", models.CharField(blank=True, default="", max_length=200)),
                ("rate", models.IntegerField()),
                ("kind", models.CharField(max_length=16)),
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
                    "input_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
                (
                    "output_account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.account",
                    ),
                ),
            ],
            options={
                "db_table": "tax_code",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "code"), name="tax_code_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^\\S(.*\\S)?$")), name="tax_code_trimmed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rate__range", (0, 1000000))), name="tax_code_rate_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["exempt", "non_recoverable", "reverse_charge", "standard"])),
                        name="tax_code_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(models.Q(("kind", "exempt"), _negated=True), ("rate", 0), _connector="OR"),
                        name="tax_code_exempt_zero",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DocumentLine",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("line", models.IntegerField()),
                ("description", models.TextField(default="")),
                ("numerator", models.BigIntegerField()),
                ("denominator", models.BigIntegerField()),
                ("quantity", models.BigIntegerField()),
                ("base_quantity", models.BigIntegerField()),
                ("unit_price", models.BigIntegerField(null=True)),
                ("discount", models.IntegerField(default=0)),
                ("net", models.BigIntegerField()),
                ("tax", models.BigIntegerField()),
                ("expected_on", models.DateField(null=True)),
                ("ordered", models.BigIntegerField(default=0)),
                ("received", models.BigIntegerField(default=0)),
                ("invoiced", models.BigIntegerField(default=0)),
                ("returned", models.BigIntegerField(default=0)),
                ("rejected", models.BigIntegerField(default=0)),
                ("ledger_reference", models.TextField(null=True)),
                ("details", models.JSONField(null=True)),
                (
                    "account",
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
                        null=True,
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
                        null=True,
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
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.documentline",
                    ),
                ),
                (
                    "to_location",
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
                    "unit",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="masterdata.unit",
                    ),
                ),
                (
                    "tax_code",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="documents.taxcode",
                    ),
                ),
            ],
            options={
                "db_table": "document_line",
                "indexes": [
                    models.Index(
                        condition=models.Q(("source__isnull", False)), fields=["source"], name="document_line_source"
                    ),
                    models.Index(
                        condition=models.Q(
                            ("ledger_reference__isnull", True),
                            ("location__isnull", False),
                            ("received__lt", models.F("base_quantity")),
                        ),
                        fields=["item"],
                        name="document_line_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("document", "line"), name="document_line_number"),
                    models.CheckConstraint(condition=models.Q(("line__gt", 0)), name="document_line_counts_from_one"),
                    models.CheckConstraint(
                        condition=models.Q(("denominator__gt", 0), ("numerator__gt", 0)),
                        name="document_line_factor_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount__range", (0, 1000000))), name="document_line_discount_range"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            django.db.models.lookups.GreaterThanOrEqual(
                                django.db.models.functions.comparison.Least(
                                    "ordered", "received", "invoiced", "returned", "rejected"
                                ),
                                0,
                            )
                        ),
                        name="document_line_progress_not_negative",
                    ),
                ],
            },
        ),
    ]
