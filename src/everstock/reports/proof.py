"""The proof of the books: the laws of the ledger, and that every document agrees with it."""

from everstock.ledger.verify import Progress, Verdict, verify
from everstock.operations.documents import laws as documents
from everstock.operations.purchasing import laws as purchasing
from everstock.operations.sales import laws as sales

FURTHER = {**documents.LAWS, **purchasing.LAWS, **sales.LAWS}
"""The laws of documents, by name."""


def prove(company_id: int, *, progress: Progress | None = None, known_at_samples: int = 3) -> Verdict:
    """Check every law there is of one company; as ``ledger.verify.verify``."""
    return verify(company_id, progress=progress, known_at_samples=known_at_samples, further=FURTHER)
