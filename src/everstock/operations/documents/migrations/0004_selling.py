import django.db.models.fields.json
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
                        "kind__regex",
                        (
                            "^(blanket_order|customer_credit_note|customer_invoice|customer_payment|goods_receipt|grni_clearing|l"
                            "anded_cost|pick_list|purchase_order|quote|sales_order|sales_return|shipment|stock_transfer|supplier_"
                            "credit_note|supplier_invoice|supplier_payment|supplier_return)$"
                        ),
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
                        "state__regex",
                        (
                            "^(accepted|approved|cancelled|closed|completed|confirmed|credited|estimated|exhausted|invoiced|lost|"
                            "on_hold|paid|partly_credited|partly_invoiced|partly_paid|partly_picked|partly_received|partly_shippe"
                            "d|picked|posted|received|released|requested|sent|shipped)$"
                        ),
                    )
                ),
                name="document_state_known",
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(
                    ("kind__in", ("sales_order", "customer_invoice", "customer_credit_note")),
                    ("state__in", ("confirmed", "partly_shipped", "shipped", "posted", "partly_paid")),
                ),
                fields=["company", "partner"],
                name="document_owed",
            ),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.UniqueConstraint(
                models.F("company"),
                django.db.models.fields.json.KeyTextTransform("channel", "details"),
                models.F("reference"),
                condition=models.Q(("details__has_key", "channel"), ("kind", "sales_order")),
                name="document_channel_reference_once",
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("details__has_key", "advance"), ("kind", "customer_payment"), ("state", "posted")),
                fields=["company", "partner"],
                name="document_advance",
            ),
        ),
        migrations.AddIndex(
            model_name="document",
            index=models.Index(
                condition=models.Q(("details__has_key", "in_transit"), ("kind", "goods_receipt")),
                fields=["company"],
                name="document_in_transit",
            ),
        ),
    ]
