"""The posting roles of invoices and payments, with their accounts in companies that have the accounts of the default chart."""

from django.db import migrations

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


class Migration(migrations.Migration):
    dependencies = [("masterdata", "0002_same_company")]

    operations = [
        *(
            migrations.RunSQL(
                "INSERT INTO posting_rule (company_id, role, account_id)"
                f" SELECT company_id, '{role}', id FROM account WHERE code = '{code}' ON CONFLICT DO NOTHING",
                f"DELETE FROM posting_rule WHERE role = '{role}'",
            )
            for role, code in ROLES.items()
        ),
    ]
