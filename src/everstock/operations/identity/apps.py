"""Django application of users and what they may do."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Users, roles, approval limits and the audit trail."""

    name = "everstock.operations.identity"
    label = "identity"
    verbose_name = "Users"
    default_auto_field = "django.db.models.AutoField"
