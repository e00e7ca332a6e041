"""What kits contain."""

from collections.abc import Collection, Mapping

from django.db import transaction

from everstock.core.kits import Bills, explode
from everstock.core.problems import Refusal
from everstock.ledger.usage import items_with_movements, settings_changed
from everstock.masterdata.models import Company, Item, ItemKind
from everstock.operations.documents.checks import check_quantity
from everstock.operations.documents.models import Document, DocumentLine
from everstock.operations.documents.states import FINAL
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.audit import event, record
from everstock.operations.identity.permissions import Permission
from everstock.operations.sales.models import KitComponent


@transaction.atomic
def set_kit(actor: Actor, *, item: int, components: Mapping[int, int], recorded_at: int) -> Item:
    """Say what one base unit of ``item`` contains: base units (10^-6) by component (an id). Of nothing: it is a kit no more.

    Orders that were written before keep what they say.

    Refused: ``permission.missing``, ``item.unknown``, ``item.inactive`` (a component), ``quantity.…``, ``kit.stocked`` (something was
    posted to it, or is on order), ``kit.cycle`` (it would contain itself).
    """
    require(actor, Permission.ITEM_CHANGE)
    # two kits that are set at once could each be put into the other
    Company.objects.select_for_update(no_key=True).get(pk=actor.company_id)
    items = Item.objects.filter(company_id=actor.company_id).in_bulk([item, *components])
    kit = items.get(item)
    if kit is None or components.keys() - items.keys():
        raise Refusal("item.unknown", "There is no such item in this company.", "Create the item first.")
    for component, quantity in components.items():
        sku = items[component].sku
        check_quantity(quantity, f"component {sku}")
        if not items[component].active:
            raise Refusal("item.inactive", f"Item {sku} is inactive.", "Activate it, or take another one.")
    _check_not_stocked(kit)
    before = dict(contents([kit.pk]).get(kit.pk, ()))
    if components:
        _check_cycle(kit, components)
    KitComponent.objects.filter(kit=kit).delete()
    KitComponent.objects.bulk_create(
        KitComponent(kit=kit, component_id=component, quantity=quantity) for component, quantity in components.items()
    )
    Item.objects.filter(pk=kit.pk).update(kind=ItemKind.KIT if components else ItemKind.STOCKED)
    settings_changed(actor.company_id)
    said = {"components": {items[component].sku: quantity for component, quantity in components.items()}}
    record(
        [
            event(
                *(actor,),
                at=recorded_at,
                action="kit.set",
                subject_kind="item",
                subject=kit.sku,
                subject_id=kit.pk,
                before={"components": before},
                after=said,
            )
        ]
    )
    kit.refresh_from_db()
    return kit


def _check_not_stocked(kit: Item) -> None:
    if kit.kind == ItemKind.KIT:
        return
    open_ = Document.objects.filter(
        company_id=kit.company_id, pk__in=DocumentLine.objects.filter(item=kit).values("document")
    )
    if items_with_movements([kit.pk]) or open_.exclude(state__in=[state.value for state in FINAL]).exists():
        raise Refusal(
            "kit.stocked",
            f"Item {kit.sku} is in stock, was once, or is on order, so it is no kit.",
            "Create another item for the kit.",
        )


def _check_cycle(kit: Item, components: Mapping[int, int]) -> None:
    try:
        explode(kit.pk, {**contents(components), kit.pk: [*components.items()]})
    except ValueError:
        raise Refusal(
            "kit.cycle", f"Kit {kit.sku} would contain itself.", "Leave it out, and what contains it."
        ) from None


def list_kits(actor: Actor) -> list[Item]:
    """Return the kits of the company, by their codes. Refused: ``permission.missing``."""
    require(actor, Permission.ITEM_READ)
    return list(Item.objects.filter(company_id=actor.company_id, kind=ItemKind.KIT).order_by("sku"))


def contents(kits: Collection[int]) -> Bills:
    """Return what ``kits`` (ids), and the kits in them, contain; of those that are none, nothing."""
    found: dict[int, list[tuple[int, int]]] = {}
    wanted = set(kits)
    while wanted:
        rows = KitComponent.objects.filter(kit__in=wanted).order_by("kit_id", "component_id")
        new: dict[int, list[tuple[int, int]]] = {}
        for kit, component, quantity in rows.values_list("kit_id", "component_id", "quantity"):
            new.setdefault(kit, []).append((component, quantity))
        found |= new
        wanted = {component for components in new.values() for component, _ in components} - found.keys()
    return found
