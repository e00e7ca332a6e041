"""``everstock kit``: what is sold as one and leaves as its components."""

from collections.abc import Sequence

import click

from everstock.core.quantities import format_quantity
from everstock.interfaces.cli.acting import as_option, desk, now, repeated
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import Entry, EntryType

_CONTAINED = EntryType("ITEM=QUANTITY")


@click.group()
def kit() -> None:
    """Kits: items that are sold as one and leave as their components. A kit is not stocked, and may contain kits.

    \b
    Examples:
      everstock kit set STARTER --component BOLT=20 --component NUT=20
      everstock kit list
      everstock kit show STARTER
      everstock available STARTER
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@kit.command("set")
@click.argument("item")
@repeated(
    "--component", "components", "ITEM", f"What one base unit of it contains, as {_CONTAINED.form}.", of=_CONTAINED
)
@click.option("--nothing", is_flag=True, help="It contains nothing: it is a kit no more, and may be stocked.")
@as_option
@click.pass_obj
def set_(program: Program, item: str, components: Sequence[Entry], as_: str | None, *, nothing: bool) -> None:
    """Say what the kit ITEM contains; replaces what was said. Orders that were written before keep what they say.

    \b
    Example:
      everstock kit set STARTER --component BOLT=20 --component NUT=20
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if bool(components) == nothing:
        raise click.UsageError("Say what it contains with --component, or --nothing.")
    names = [entry.name for entry in components]
    if len(set(names)) < len(names):
        raise click.UsageError("Name every component once.")
    at = desk(program, as_)
    from everstock.operations.sales.kit_bills import set_kit

    wanted = {at.codes.item(entry.name): entry.quantity or 0 for entry in components}
    set_kit(at.actor, item=at.codes.item(item), components=wanted, recorded_at=now())
    say(f"{item} is a kit of {', '.join(names)}." if names else f"{item} is no kit.")


@kit.command("list")
@as_option
@format_option
@click.pass_obj
def list_(program: Program, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List the kits, with what one base unit of each contains.

    \b
    Example:
      everstock kit list
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.sales.kit_bills import contents, list_kits

    kits = list_kits(at.actor)
    bills = contents([one.pk for one in kits])
    skus = at.codes.items
    rows = [
        [one.sku, one.name, ", ".join(f"{format_quantity(each)} {skus[part]}" for part, each in bills[one.pk])]
        for one in kits
    ]
    emit([Column("kit"), Column("name"), Column("contains")], rows, format)


@kit.command()
@click.argument("item")
@as_option
@format_option
@click.pass_obj
def show(program: Program, item: str, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """Show what the kit ITEM contains, and the kits in it.

    \b
    Example:
      everstock kit show STARTER
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.masterdata.models import Item
    from everstock.operations.identity.actor import require
    from everstock.operations.identity.permissions import Permission
    from everstock.operations.sales.kit_bills import contents

    require(at.actor, Permission.ITEM_READ)
    bills = contents([at.codes.item(item)])
    named = {*bills, *(component for bill in bills.values() for component, _ in bill)}
    skus = dict(Item.objects.filter(pk__in=named).values_list("pk", "sku"))
    rows = [
        [skus[kit], skus[component], format_quantity(quantity)]
        for kit, bill in bills.items()
        for component, quantity in bill
    ]
    emit([Column("kit"), Column("component"), Column("quantity", numeric=True)], rows, format)
