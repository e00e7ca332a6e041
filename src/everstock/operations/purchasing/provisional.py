"""Costs that are not final: of receipts whose price nobody knows yet, and of landed costs that are estimated, as known at a moment."""

from everstock.operations.documents.read import joining_whole_tables

_PROVISIONAL = """
    WITH phase AS (
        SELECT p.document, p.kind, CASE WHEN p.back THEN -1 ELSE 1 END AS sign
          FROM document_phases($1, ARRAY['goods_receipt', 'landed_cost', 'supplier_invoice', 'grni_clearing'], false) p
         WHERE $2::bigint IS NULL OR p.position <= $2),
    done AS (
        -- what bills a receipt's line counts on it; the last bill of a charge says so
        SELECT l.source_id AS line, sum(p.sign * coalesce((l.details ->> 'count')::bigint, 0)) AS counted, sum(p.sign * l.received) AS final
          FROM phase p JOIN document_line l ON l.document_id = p.document
         WHERE p.kind IN ('supplier_invoice', 'grni_clearing') AND l.source_id IS NOT NULL GROUP BY 1),
    matched AS (
        -- a match of what has the price that was billed posts nothing
        SELECT l.source_id AS line, sum((l.details ->> 'count')::bigint) AS counted
          FROM document d JOIN document_line l ON l.document_id = d.id
         WHERE d.company_id = $1 AND d.kind = 'grni_clearing' AND d.state <> 'cancelled' AND l.details ? 'count'
           AND ($3::bigint IS NULL OR d.posted_at <= $3)
           AND NOT EXISTS (SELECT 1 FROM document_posting p WHERE p.document_id = d.id) GROUP BY 1)
    SELECT l.ledger_reference
      FROM phase p JOIN document_line l ON l.document_id = p.document
      LEFT JOIN done b ON b.line = l.id LEFT JOIN matched m ON m.line = l.id
     WHERE p.kind = 'goods_receipt' AND p.sign = 1 AND l.details ? 'provisional'
       AND coalesce(b.counted, 0) + coalesce(m.counted, 0) < l.base_quantity - l.returned
    UNION
    SELECT s.ledger_reference
      FROM phase p JOIN document d ON d.id = p.document
      JOIN document_line c ON c.document_id = p.document AND c.details ? 'estimate'
      JOIN document_line s ON s.document_id = p.document AND s.details ? 'of' AND (s.details ->> 'of')::int = c.line
      LEFT JOIN done b ON b.line = c.id
     WHERE p.kind = 'landed_cost' AND p.sign = 1 AND s.ledger_reference IS NOT NULL AND coalesce(b.final, 0) = 0
       -- what was never expected to be billed is posted at once; what was billed since then was estimated
       AND (d.state = 'estimated' OR c.received > 0)
"""


def provisional_references(company_id: int, *, position: int | None, known_at: int | None) -> list[str]:
    """Return the ledger's references of receipts and landed costs whose amounts were provisional, as known at a position and its moment."""
    with joining_whole_tables() as run:
        run.execute(_PROVISIONAL, (company_id, position, known_at))
        return [reference for (reference,) in run.fetchall()]
