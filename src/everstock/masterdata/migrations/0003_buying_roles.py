"""The posting roles of invoices and payments, with their accounts in companies that have the accounts of the default chart."""

from django.db import migrations, models

ROLES = {
    "bad_debt": "6600",
    "bank": "1010",
    "cash_discount": "4810",
    "cash_discount_given": "4200",
    "customer_prepayment": "2050",
    "exchange_gain": "8000",
    "exchange_loss": "8100",
    "prepayment": "1310",
    "purchase_expense": "6900",
    "rounding": "6900",
}
KNOWN = [
    *(
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
    ),
    *("inventory", "landed_cost", "opening_equity", "payable", "prepayment", "price_difference", "purchase_expense"),
    *("receivable", "revaluation"),
    *("revenue", "rounding", "sales_returns", "scrap", "shrinkage", "stock_gain", "transfer", "wip", "write_down"),
]


class Migration(migrations.Migration):
    dependencies = [("masterdata", "0002_same_company")]

    operations = [
        migrations.RemoveConstraint(model_name="postingrule", name="posting_rule_role_known"),
        migrations.AddConstraint(
            model_name="postingrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", KNOWN)),
                name="posting_rule_role_known",
            ),
        ),
        *(
            migrations.RunSQL(
                "INSERT INTO posting_rule (company_id, role, account_id)"
                f" SELECT company_id, '{role}', id FROM account WHERE code = '{code}' ON CONFLICT DO NOTHING",
                f"DELETE FROM posting_rule WHERE role = '{role}'",
            )
            for role, code in ROLES.items()
        ),
    ]
