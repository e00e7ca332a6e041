from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0002_functions"),
        ("masterdata", "0002_same_company"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="document",
            name="document_kind_known",
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "blanket_order",
                            "goods_receipt",
                            "grni_clearing",
                            "landed_cost",
                            "purchase_order",
                            "stock_transfer",
                            "supplier_credit_note",
                            "supplier_invoice",
                            "supplier_payment",
                            "supplier_return",
                        ],
                    )
                ),
                name="document_kind_known",
            ),
        ),
    ]
