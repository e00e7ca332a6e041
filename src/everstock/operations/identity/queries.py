"""Who a user is in a company, and what the audit trail says."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from everstock.core.problems import Refusal
from everstock.ledger.database import cursor
from everstock.operations.identity.actor import Actor, require
from everstock.operations.identity.models import ApprovalLimit
from everstock.operations.identity.permissions import ROLE_PERMISSIONS, Permission, Role

_ACTOR = (
    "SELECT c.code, c.currency_id, y.digits, u.id, u.name, u.active,"
    " (SELECT array_agg(r.role::text) FROM role_assignment r WHERE r.company_id = c.id AND r.user_id = u.id),"
    " (SELECT json_agg(json_build_array(l.role, l.permission, l.amount)) FROM approval_limit l"
    "   JOIN role_assignment r ON r.company_id = l.company_id AND r.role = l.role"
    "  WHERE l.company_id = c.id AND r.user_id = u.id)"
    " FROM company c JOIN currency y ON y.code = c.currency_id LEFT JOIN app_user u ON lower(u.name) = lower(%s)"
    " WHERE c.id = %s"
)


def actor_of(company_id: int, user_name: str, came_from: str) -> Actor:
    """Return who the user is in the company: one statement, asked afresh each time, so that a role taken away is gone.

    Refused: no such user or an inactive one (``user.unknown``, ``user.inactive``), one without a role in the company
    (``user.no_role``). The company exists.
    """
    with cursor() as run:
        run.execute(_ACTOR, (user_name, company_id), prepare=True)
        found = run.fetchone()
    assert found is not None, f"no company has the id {company_id}"
    company, currency, digits, user_id, name, active, roles, limits = found
    if user_id is None:
        raise Refusal("user.unknown", f"There is no user {user_name}.", "Check the name, or ask an administrator.")
    if not active:
        raise Refusal("user.inactive", f"The user {name} is inactive.", "Ask an administrator to activate it.")
    if not roles:
        raise Refusal("user.no_role", f"The user {name} has no role in {company}.", "Ask an administrator for one.")
    permissions = frozenset[Permission]().union(*(ROLE_PERMISSIONS[Role(role)] for role in roles))
    return Actor(user_id, name, company_id, permissions, _highest(limits or []), came_from, currency, digits)


def _highest(limits: list[tuple[str, str, int | None]]) -> Mapping[Permission, int | None]:
    """The highest limit of each permission over the user's roles; ``None``, without limit, is higher than any amount."""
    highest: dict[Permission, int | None] = {}
    for role, word, amount in limits:
        permission = Permission(word)
        if permission not in ROLE_PERMISSIONS[Role(role)]:
            continue
        known = highest.get(permission, -1)
        highest[permission] = None if amount is None or known is None else max(amount, known)
    return highest


class Limit(NamedTuple):
    """Up to ``amount`` (minor units of the company's currency, ``None``: any) whoever has ``role`` may use ``permission``."""

    role: Role
    permission: Permission
    amount: int | None


def approval_limits(actor: Actor) -> list[Limit]:
    """Return the limits that are set in the actor's company, by role and permission. Needs user.manage (``permission.missing``)."""
    require(actor, Permission.USER_MANAGE)
    rows = ApprovalLimit.objects.filter(company_id=actor.company_id).order_by("role", "permission")
    return [
        Limit(Role(role), Permission(permission), amount)
        for role, permission, amount in rows.values_list("role", "permission", "amount")
    ]


class AuditEntry(NamedTuple):
    """A row of the audit trail; ``at`` in microseconds UTC, ``before`` and ``after`` only what changed."""

    id: int
    at: int
    user_id: int | None
    user_name: str
    came_from: str
    action: str
    subject_kind: str
    subject_id: int | None
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


_WITHOUT_COSTS = ["user", "approval_limit"]
"""Kinds of subject whose changes everybody who reads the trail may see."""

_TRAIL = (
    "SELECT id, at, user_id, user_name, came_from, action, subject_kind, subject_id, subject,"
    " CASE WHEN %s OR subject_kind = ANY (%s) THEN before::json END, CASE WHEN %s OR subject_kind = ANY (%s) THEN after::json END"
    " FROM audit_event WHERE {} ORDER BY id DESC LIMIT %s"
)


def audit_trail(
    actor: Actor,
    *,
    subject_kind: str | None = None,
    subject_id: int | None = None,
    subject: str | None = None,
    user_name: str | None = None,
    from_at: int | None = None,
    to_at: int | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> list[AuditEntry]:
    """Return the last ``limit`` rows of the company's audit trail that fit all filters, newest first.

    Moments are microseconds UTC, ``from_at`` included, ``to_at`` not. ``before_id``: rows older than this one, for the
    next page. Needs audit.read (``permission.missing``); without cost.see the contents of documents are left out.
    """
    require(actor, Permission.AUDIT_READ)
    filters: dict[str, object] = {
        "company_id = %s": actor.company_id,
        "subject_kind = %s": subject_kind,
        "subject_id = %s": subject_id,
        "subject = %s": subject,
        "user_name = %s": user_name,
        "at >= %s": from_at,
        "at < %s": to_at,
        "id < %s": before_id,
    }
    used = {condition: value for condition, value in filters.items() if value is not None}
    content = (actor.sees_costs, _WITHOUT_COSTS)
    with cursor() as run:
        run.execute(_TRAIL.format(" AND ".join(used)), (*content, *content, *used.values(), limit))
        return list(map(AuditEntry._make, run.fetchall()))
