"""Django application of the documents."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """What every process writes: documents with lines, numbers, states and links."""

    name = "everstock.operations.documents"
    label = "documents"
