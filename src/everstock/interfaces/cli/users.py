"""``everstock user``: who may do what, and who did what."""

import datetime as dt
import json
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from everstock.core.quantities import format_money
from everstock.interfaces.cli.acting import as_option, desk, now
from everstock.interfaces.cli.output import Column, emit, format_option, say
from everstock.interfaces.cli.program import Program
from everstock.interfaces.cli.words import AMOUNT, DAY, ROWS
from everstock.operations.identity.permissions import LIMITED, Role

if TYPE_CHECKING:
    from everstock.operations.identity.queries import AuditEntry

_ROLES = [role.value for role in Role]
_LIMITED = sorted(permission.value for permission in LIMITED)
_MIDNIGHT = dt.time(tzinfo=dt.UTC)


@click.group()
def user() -> None:
    """Users, their roles, up to which amount a role may approve, and the audit trail.

    Whoever runs this command owns the data and may do everything; `--as USER` does something as a user would, with that user's
    rights. Every change is kept in the audit trail.

    \b
    Examples:
      everstock user create ann --name "Ann Baker" --role buyer
      everstock user limit buyer purchase_order.approve 5000
      everstock po approve PO-2026-000001 --as ann
      everstock user audit --user ann
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped


@user.command()
@click.argument("name")
@click.option("--name", "full_name", default="", metavar="TEXT", help="Full name, as it is printed on documents.")
@click.option("--email", default="", metavar="ADDRESS", help="E-mail address.")
@click.option("--role", "roles", type=click.Choice(_ROLES), multiple=True, help="A role; may be repeated.")
@as_option
@click.pass_obj
def create(program: Program, name: str, full_name: str, email: str, roles: Sequence[str], as_: str | None) -> None:
    """Create a user called NAME, with roles in the company.

    \b
    Example:
      everstock user create ann --name "Ann Baker" --role buyer --role seller
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from django.db import transaction

    from everstock.operations.identity.actions import create_user, set_roles

    moment = now()
    with transaction.atomic():
        create_user(at.actor, name=name, full_name=full_name, email=email, recorded_at=moment)
        set_roles(at.actor, user_name=name, roles=roles, recorded_at=moment)
    said = f" with the role{'s' if len(roles) > 1 else ''} {', '.join(roles)}" if roles else ""
    say(f"Created user {name}{said} in {at.company.code}.")
    if not roles:
        say(f"Next: everstock user roles {shlex.quote(name)} ROLE")


@user.command()
@click.argument("name")
@click.argument("wanted", metavar="[ROLE]...", nargs=-1, type=click.Choice(_ROLES))
@as_option
@click.pass_obj
def roles(program: Program, name: str, wanted: Sequence[str], as_: str | None) -> None:
    """Let the user NAME have exactly these roles in the company; none: no access.

    Roles: warehouse_worker (sees no costs), buyer, seller, accountant, manager, auditor (changes nothing), integration,
    administrator (manages users, and nothing else).

    \b
    Example:
      everstock user roles ann buyer accountant
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    at = desk(program, as_)
    from everstock.operations.identity.actions import set_roles

    set_roles(at.actor, user_name=name, roles=wanted, recorded_at=now())
    held = f"is now {', '.join(wanted)}" if wanted else "has no role any more"
    say(f"{name} {held} in {at.company.code}.")


@user.command()
@click.argument("role", type=click.Choice(_ROLES), metavar="ROLE")
@click.argument("permission", type=click.Choice(_LIMITED), metavar="PERMISSION")
@click.argument("amount", type=AMOUNT, required=False)
@click.option("--unlimited", is_flag=True, help="Any amount, instead of AMOUNT.")
@click.option("--remove", is_flag=True, help="Nothing any more, instead of AMOUNT.")
@as_option
@click.pass_obj
def limit(
    program: Program, role: str, permission: str, amount: str | None, unlimited: bool, remove: bool, as_: str | None
) -> None:
    """Say up to which AMOUNT, in the company's currency, whoever has ROLE may use PERMISSION.

    Where no limit is set, nothing may be approved. Permissions with limits: purchase_order.approve,
    supplier_invoice.approve_mismatch, grni.clear, price.override, credit.override,
    receivable.write_off, count.approve.

    \b
    Examples:
      everstock user limit buyer purchase_order.approve 5000
      everstock user limit manager purchase_order.approve --unlimited
      everstock user limit buyer purchase_order.approve --remove
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if [amount is not None, unlimited, remove].count(True) != 1:
        raise click.UsageError("Give an AMOUNT, --unlimited or --remove.")
    at = desk(program, as_)
    from everstock.interfaces.cli.codes import money_of
    from everstock.operations.identity.actions import remove_approval_limit, set_approval_limit

    if remove:
        remove_approval_limit(at.actor, role=role, permission=permission, recorded_at=now())
        say(f"{role} may not use {permission} any more, up to no amount.")
        return
    currency = at.company.currency_id
    minor = None if amount is None else money_of(amount, currency, "limit")
    set_approval_limit(at.actor, role=role, permission=permission, amount=minor, recorded_at=now())
    words = "any amount" if minor is None else f"{format_money(minor, at.company.currency.digits)} {currency}"
    say(f"{role} may now use {permission} up to {words}.")


@user.command()
@as_option
@format_option
@click.pass_obj
def limits(program: Program, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List up to which amount, in the company's currency, which role may use which permission."""
    at = desk(program, as_)
    from everstock.operations.identity.queries import approval_limits

    rows = [
        (one.role, one.permission, _upto(one.amount, at.company.currency.digits)) for one in approval_limits(at.actor)
    ]
    emit([Column("role"), Column("permission"), Column("amount", numeric=True)], rows, format)


def _upto(amount: int | None, digits: int) -> str:
    return "any" if amount is None else format_money(amount, digits)


@user.command()
@click.argument("name")
@click.option("--rename", "new_name", metavar="NAME", help="What the user is called from now on.")
@click.option("--name", "full_name", metavar="TEXT", help="Full name, as it is printed on documents.")
@click.option("--email", metavar="ADDRESS", help="E-mail address; empty for none.")
@as_option
@click.pass_obj
def change(
    program: Program, name: str, new_name: str | None, full_name: str | None, email: str | None, as_: str | None
) -> None:
    """Change what the user NAME is called, or how it is reached. What it did stays in the audit trail under the old name.

    \b
    Examples:
      everstock user change ann --name "Ann Miller" --email ann@example.com
      everstock user change ann --rename ann.miller
    """  # noqa: D301 - click's mark of a paragraph that is not wrapped
    if new_name is None and full_name is None and email is None:
        raise click.UsageError("Say what changes: --rename, --name or --email.")
    at = desk(program, as_)
    from everstock.operations.identity.actions import change_user

    change_user(at.actor, user_name=name, name=new_name, full_name=full_name, email=email, recorded_at=now())
    say(f"Changed user {name}." if new_name is None else f"Changed user {name}, who is now {new_name}.")


@user.command()
@click.argument("name")
@as_option
@click.pass_obj
def deactivate(program: Program, name: str, as_: str | None) -> None:
    """Keep the user NAME out; its roles stay, for the day it is activated again."""
    at = desk(program, as_)
    from everstock.operations.identity.actions import deactivate_user

    deactivate_user(at.actor, user_name=name, recorded_at=now())
    say(f"{name} is inactive.")


@user.command()
@click.argument("name")
@as_option
@click.pass_obj
def activate(program: Program, name: str, as_: str | None) -> None:
    """Let the user NAME in again, with the roles it had."""
    at = desk(program, as_)
    from everstock.operations.identity.actions import activate_user

    activate_user(at.actor, user_name=name, recorded_at=now())
    say(f"{name} is active.")


@user.command("list")
@as_option
@format_option
@click.pass_obj
def list_(program: Program, as_: str | None, format: str) -> None:  # noqa: A002 - the option's name
    """List users with their roles in the company, and up to which amount they may approve orders."""
    at = desk(program, as_)
    from everstock.operations.identity.models import RoleAssignment, User
    from everstock.operations.identity.queries import approval_limits

    limits: dict[str, list[str]] = {}
    for one in approval_limits(at.actor):
        text = f"{one.permission} {_upto(one.amount, at.company.currency.digits)}"
        limits.setdefault(one.role, []).append(text)
    held: dict[int, list[str]] = {}
    for who, role in RoleAssignment.objects.filter(company=at.company).order_by("role").values_list("user_id", "role"):
        held.setdefault(who, []).append(role)
    columns = [Column(name) for name in ("user", "full_name", "email", "active", "roles", "limits")]
    cells = []
    for somebody in User.objects.order_by("name"):
        own = held.get(somebody.pk, [])
        upto = "; ".join(text for role in own for text in limits.get(role, []))
        active = "yes" if somebody.active else "no"
        cells.append([somebody.name, somebody.full_name, somebody.email, active, ", ".join(own), upto])
    emit(columns, cells, format)


@user.command()
@click.option("--user", "user_name", metavar="USER", help="Only what this user did.")
@click.option("--document", "subject", metavar="NUMBER", help="Only about this document, supplier or user.")
@click.option("--from", "from_", type=DAY, metavar="DATE", help="First day (UTC).")
@click.option("--to", type=DAY, metavar="DATE", help="Last day (UTC).")
@click.option("--limit", type=ROWS, default=100, show_default=True, help="At most so many, the newest.")
@as_option
@format_option
@click.pass_obj
def audit(
    program: Program,
    user_name: str | None,
    subject: str | None,
    from_: dt.date | None,
    to: dt.date | None,
    limit: int,
    as_: str | None,
    format: str,  # noqa: A002 - the option's name
) -> None:
    """Show the audit trail: who did what, when, from where, and what it changed; the newest first."""
    at = desk(program, as_)
    from everstock.operations.identity.queries import audit_trail

    day = dt.timedelta(days=1)
    rows = audit_trail(
        at.actor,
        user_name=user_name,
        subject=subject,
        from_at=None if from_ is None else _moment(from_),
        to_at=None if to is None else _moment(to + day),
        limit=limit,
    )
    names = ("at", "user", "came_from", "action", "subject", "before", "after")
    emit([Column(name) for name in names], [_cells(row) for row in rows], format)


def _moment(day: dt.date) -> int:
    """The beginning of a day, in microseconds UTC."""
    return int(dt.datetime.combine(day, _MIDNIGHT).timestamp()) * 1_000_000


def _cells(row: "AuditEntry") -> list[str]:
    from everstock.interfaces.cli.figures import recorded

    said = ["" if content is None else json.dumps(content, ensure_ascii=False) for content in (row.before, row.after)]
    return [recorded(row.at), row.user_name, row.came_from, row.action, row.subject, *said]
