from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0003_stock_transfer"),
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
                            "customer_credit_note",
                            "customer_invoice",
                            "customer_payment",
                            "goods_receipt",
                            "grni_clearing",
                            "landed_cost",
                            "purchase_order",
                            "quote",
                            "sales_order",
                            "sales_return",
                            "shipment",
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
        migrations.RemoveConstraint(
            model_name="document",
            name="document_state_known",
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "accepted",
                            "approved",
                            "cancelled",
                            "closed",
                            "confirmed",
                            "credited",
                            "estimated",
                            "exhausted",
                            "invoiced",
                            "lost",
                            "on_hold",
                            "paid",
                            "partly_credited",
                            "partly_invoiced",
                            "partly_paid",
                            "partly_received",
                            "partly_shipped",
                            "posted",
                            "received",
                            "requested",
                            "sent",
                            "shipped",
                        ],
                    )
                ),
                name="document_state_known",
            ),
        ),
    ]
