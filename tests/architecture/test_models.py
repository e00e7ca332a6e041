"""The tables keep the order of the layers too: a foreign key is a dependency."""

from collections.abc import Iterator

from django.apps import apps
from django.db import models

# From the bottom up. Applications that share a number are neighbours and may not refer to each other.
LAYER = {
    "everstock.masterdata": 1,
    "everstock.ledger": 2,
    "everstock.operations.identity": 3,
    "everstock.operations.documents": 4,
    "everstock.operations.warehouse": 5,
    "everstock.operations.purchasing": 6,
    "everstock.operations.sales": 6,
    "everstock.operations.production": 6,
    "everstock.operations.counting": 6,
    "everstock.operations.replenishment": 7,
}


def own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("everstock.")]


def layer(model: type[models.Model]) -> int:
    name = model._meta.app_config.name
    assert name in LAYER, f"{name} is a new application: give it its place among the layers"
    return LAYER[name]


def relations(model: type[models.Model]) -> Iterator[tuple[str, type[models.Model]]]:
    for field in model._meta.get_fields():
        related = field.related_model
        if (
            field.is_relation
            and not field.auto_created
            and isinstance(related, type)
            and issubclass(related, models.Model)
        ):
            yield field.name, related


def test_a_table_refers_only_to_tables_of_its_own_application_or_below() -> None:
    wrong = [
        f"{model._meta.label}.{name} refers upwards, to {related._meta.label}"
        for model in own_models()
        for name, related in relations(model)
        if layer(related) >= layer(model) and related._meta.app_label != model._meta.app_label
    ]
    assert not wrong, "\n".join(wrong)


def test_no_column_is_a_float() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} is a float: quantities and money are integers"
        for model in own_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.FloatField)
    ]
    assert not wrong, "\n".join(wrong)
