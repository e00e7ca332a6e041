"""Rules across two columns, which Django's models cannot state.

A reference to a unit, a category or an account points at (company, id), so that nothing can refer to another company's.
Periods of a company do not overlap; the company takes part in the exclusion as a range of one, which needs no extension.
"""

from django.db import migrations

REFERENCES = [
    ("item_category", "parent_id", "item_category"),
    ("item", "category_id", "item_category"),
    ("item", "base_unit_id", "unit"),
    ("barcode", "unit_id", "unit"),
    ("posting_rule", "category_id", "item_category"),
    ("posting_rule", "account_id", "account"),
]


def _reference(table: str, column: str, target: str) -> migrations.RunSQL:
    name = f"{table}_{column}_same_company"
    return migrations.RunSQL(
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" FOREIGN KEY (company_id, "{column}") '
        f'REFERENCES "{target}" (company_id, id) DEFERRABLE INITIALLY DEFERRED',
        f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"',
    )


class Migration(migrations.Migration):
    dependencies = [("masterdata", "0001_initial")]

    operations = [
        *(_reference(*reference) for reference in REFERENCES),
        migrations.RunSQL(
            "ALTER TABLE period ADD CONSTRAINT period_no_overlap EXCLUDE USING gist "
            "(int4range(company_id, company_id, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&)",
            "ALTER TABLE period DROP CONSTRAINT period_no_overlap",
        ),
    ]
