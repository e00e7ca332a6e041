"""The tables of users, what they may do, and what was done.

A user exists once, and has roles in companies. Amounts are in minor units of the company's currency, moments in
microseconds since 1970-01-01 UTC.
"""

from enum import StrEnum

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from everstock.masterdata.models import CODE_LENGTH, NAME_LENGTH, Company
from everstock.operations.identity.permissions import LIMITED, Role


def _word(values: type[StrEnum]) -> "models.CharField[str, str]":
    return models.CharField(max_length=max(map(len, values)))


def _known(table: str, field: str, values: list[str]) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": values}), name=f"{table}_{field}_known")


def _company() -> "models.ForeignKey[Company, Company]":
    """The owner. No index of its own: each table has one that begins with it."""
    return models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)


class User(models.Model):
    """A person, or another system, that works with the books. Never deleted, because the audit trail names them.

    Two names that differ only in case are one name, so that nobody can pass for somebody else. ``email`` may be empty.
    """

    name = models.CharField(max_length=CODE_LENGTH)
    full_name = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    email = models.CharField(max_length=254, blank=True, default="")
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "app_user"
        constraints = [
            models.UniqueConstraint(Lower("name"), name="app_user_name_unique"),
            models.CheckConstraint(condition=Q(name__regex=r"^\S(.*\S)?$"), name="app_user_name_trimmed"),
        ]

    def __str__(self) -> str:
        return self.name


class RoleAssignment(models.Model):
    """``user`` has ``role`` (permissions.Role) in ``company``."""

    company = _company()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="roles")
    role = _word(Role)

    class Meta:
        db_table = "role_assignment"
        constraints = [
            models.UniqueConstraint(fields=["company", "user", "role"], name="role_assignment_unique"),
            _known("role_assignment", "role", [role.value for role in Role]),
        ]


class ApprovalLimit(models.Model):
    """Up to ``amount`` (null: any) whoever has ``role`` may use ``permission``. Without a row the role may approve nothing."""

    company = _company()
    role = _word(Role)
    permission = models.CharField(max_length=64)
    amount = models.BigIntegerField(null=True)

    class Meta:
        db_table = "approval_limit"
        constraints = [
            models.UniqueConstraint(fields=["company", "role", "permission"], name="approval_limit_unique"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="approval_limit_amount_range"),
            _known("approval_limit", "role", [role.value for role in Role]),
            _known("approval_limit", "permission", sorted(permission.value for permission in LIMITED)),
        ]


class AuditEvent(models.Model):
    """Who did what to which thing, when, and what it was before and after. Never changed, never deleted.

    ``user``: null for the system. ``subject_kind``, ``subject_id``, ``subject``: the thing, by the name of its kind, its id (null if
    it has none) and its number or code. References have no constraint in the database: every verb adds a row here,
    and would have to lock the rows of the company and the user.
    """

    id = models.BigAutoField(primary_key=True)
    company = models.ForeignKey(
        Company, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    at = models.BigIntegerField()
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False, null=True
    )
    user_name = models.TextField()
    came_from = models.TextField()
    action = models.TextField()
    subject_kind = models.TextField()
    subject_id = models.BigIntegerField(null=True)
    subject = models.TextField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        db_table = "audit_event"
        indexes = [
            models.Index(fields=["company", "subject_kind", "subject_id"], name="audit_event_subject"),
            # Rows lie in the order of their moments, so ranges of pages find a day at next to no cost for the writer.
            BrinIndex(fields=["at"], name="audit_event_moments", pages_per_range=8, autosummarize=True),
        ]
