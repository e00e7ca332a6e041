import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("masterdata", "0002_same_company"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64)),
                ("full_name", models.CharField(blank=True, default="", max_length=200)),
                ("email", models.CharField(blank=True, default="", max_length=254)),
                ("active", models.BooleanField(default=True)),
            ],
            options={
                "db_table": "app_user",
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="app_user_name_unique"),
                    models.CheckConstraint(
                        condition=models.Q(("name__regex", "^\\S(.*\\S)?$")), name="app_user_name_trimmed"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApprovalLimit",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=16)),
                ("permission", models.CharField(max_length=64)),
                ("amount", models.BigIntegerField(null=True)),
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
                "db_table": "approval_limit",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "role", "permission"), name="approval_limit_unique"),
                    models.CheckConstraint(condition=models.Q(("amount__gte", 0)), name="approval_limit_amount_range"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "warehouse_worker",
                                    "buyer",
                                    "seller",
                                    "accountant",
                                    "manager",
                                    "auditor",
                                    "integration",
                                    "administrator",
                                ],
                            )
                        ),
                        name="approval_limit_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "permission__in",
                                [
                                    "count.approve",
                                    "credit.override",
                                    "grni.clear",
                                    "price.override",
                                    "purchase_order.approve",
                                    "receivable.write_off",
                                    "supplier_invoice.approve_mismatch",
                                ],
                            )
                        ),
                        name="approval_limit_permission_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleAssignment",
            fields=[
                ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=16)),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="roles", to="identity.user"
                    ),
                ),
            ],
            options={
                "db_table": "role_assignment",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "user", "role"), name="role_assignment_unique"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "warehouse_worker",
                                    "buyer",
                                    "seller",
                                    "accountant",
                                    "manager",
                                    "auditor",
                                    "integration",
                                    "administrator",
                                ],
                            )
                        ),
                        name="role_assignment_role_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.BigIntegerField()),
                ("user_name", models.TextField()),
                ("came_from", models.TextField()),
                ("action", models.TextField()),
                ("subject_kind", models.TextField()),
                ("subject_id", models.BigIntegerField(null=True)),
                ("subject", models.TextField()),
                ("before", models.JSONField(null=True)),
                ("after", models.JSONField(null=True)),
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
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="identity.user",
                    ),
                ),
            ],
            options={
                "db_table": "audit_event",
                "indexes": [
                    models.Index(fields=["company", "subject_kind", "subject_id"], name="audit_event_subject"),
                    django.contrib.postgres.indexes.BrinIndex(
                        autosummarize=True, fields=["at"], name="audit_event_moments", pages_per_range=8
                    ),
                ],
            },
        ),
    ]
