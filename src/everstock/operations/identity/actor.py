"""Who acts: what every verb is given first, and the two questions it asks before anything else."""

from collections.abc import Mapping
from typing import NamedTuple

from everstock.core.problems import Refusal
from everstock.core.quantities import format_money
from everstock.operations.identity.permissions import LIMITED, WORDS, Permission, Role, roles_with


class Actor(NamedTuple):
    """A user, or the system itself, acting in one company.

    ``user_id``: null for the system. ``name``: what the audit trail keeps. ``limits``: up to which amount (minor units of the
    company's currency, ``None``: any) each permission of ``permissions.LIMITED`` goes; a permission that is missing here
    goes nowhere. ``came_from``: the way in, such as "web", "api" or "cli". ``currency`` and ``digits`` are for messages only.
    """

    user_id: int | None
    name: str
    company_id: int
    permissions: frozenset[Permission]
    limits: Mapping[Permission, int | None]
    came_from: str
    currency: str = ""
    digits: int = 0

    @property
    def sees_costs(self) -> bool:
        """Whether costs, values and purchase prices may be shown."""
        return Permission.COST_SEE in self.permissions


SYSTEM_NAME = "system"


def system_actor(company_id: int, came_from: str) -> Actor:
    """Return who may do everything without limit: the owner of the database at the command line, imports, generated data."""
    return Actor(None, SYSTEM_NAME, company_id, frozenset(Permission), dict.fromkeys(LIMITED), came_from)


def require(actor: Actor, permission: Permission) -> None:
    """Refuse (``permission.missing``) unless ``actor`` has ``permission``."""
    if permission not in actor.permissions:
        raise Refusal(
            "permission.missing",
            f"{actor.name} may not {WORDS[permission]}.",
            f"Ask {_any_of(roles_with(permission))} to do it.",
        )


def require_limit(actor: Actor, permission: Permission, amount_minor: int) -> None:
    """Refuse unless ``actor`` has ``permission`` (``permission.missing``) up to ``amount_minor`` (``approval.over_limit``).

    The amount is in minor units of the company's currency; its size counts, whichever way the money goes. ``permission``
    is one of ``permissions.LIMITED``.
    """
    assert permission in LIMITED, f"{permission} has no limit to compare with"
    require(actor, permission)
    if permission not in actor.limits:
        raise Refusal(
            "approval.over_limit",
            f"{actor.name} has no limit up to which to {WORDS[permission]}.",
            f"Ask somebody who has one, or an administrator to set one: `everstock user limit ROLE {permission.value} AMOUNT`.",
        )
    limit = actor.limits[permission]
    if limit is not None and abs(amount_minor) > limit:
        raise Refusal(
            "approval.over_limit",
            f"{actor.name} may {WORDS[permission]} up to {money(actor, limit)}; this is {money(actor, abs(amount_minor))}.",
            "Ask somebody with a higher limit, or an administrator to raise it.",
        )


def money(actor: Actor, amount: int) -> str:
    """Return an amount (minor units) of the company's currency as it stands in a sentence: "12.50 USD"."""
    return f"{format_money(amount, actor.digits)} {actor.currency}".rstrip()


def _any_of(roles: list[Role]) -> str:
    named = [f"{'an' if role.words[0] in 'aeiou' else 'a'} {role.words}" for role in roles]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} or {named[-1]}"
