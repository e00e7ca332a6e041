-- What left for customers and what came back of it, by the line of the shipment, as far as it was known: a row for each movement that stands.
-- p_position: the last posting that counts (null: all). billed: how much of a return was billed when it came back; it waits for a credit
-- note and not for an invoice.
CREATE OR REPLACE FUNCTION sale_moved(p_company integer, p_as_of date, p_position bigint)
    RETURNS TABLE (key bigint, movement bigint, day date, shipped bigint, returned bigint, billed bigint, unit_price bigint)
    LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN d.kind = 'sales_return' THEN l.source_id ELSE l.id END, m.id, date '1970-01-01' + (m.effective_at / 86400000000)::int,
           CASE WHEN d.kind = 'sales_return' THEN 0 ELSE m.quantity END,
           CASE WHEN d.kind = 'sales_return' THEN m.quantity ELSE 0 END,
           CASE WHEN d.kind = 'sales_return' THEN least(coalesce((l.details ->> 'billed')::bigint, 0), m.quantity) ELSE 0 END,
           m.unit_price
      FROM movement m
      JOIN LATERAL (
           SELECT CASE WHEN m.reference ~ '^[A-Z]{2}/[0-9]{1,18}/[0-9]{1,9}$' THEN string_to_array(m.reference, '/') END AS parts) r ON true
      JOIN document_line l ON l.document_id = r.parts[2]::bigint AND l.line = r.parts[3]::int
      JOIN document d ON d.id = l.document_id AND d.company_id = p_company AND d.kind IN ('shipment', 'sales_return')
     WHERE m.company_id = p_company AND m.kind IN (2, 4) AND m.effective_at < (p_as_of - date '1970-01-01' + 1) * 86400000000
       AND (p_position IS NULL OR m.posting_id <= p_position)
       AND NOT EXISTS (
           SELECT 1 FROM movement r
            WHERE r.origin_id = m.id AND r.kind = 14 AND (p_position IS NULL OR r.posting_id <= p_position))
$$;

-- What was invoiced of them: by the line of the shipment and the invoice, less what was taken back.
CREATE OR REPLACE FUNCTION sale_billed(p_company integer, p_as_of date, p_posted boolean, p_position bigint)
    RETURNS TABLE (key bigint, invoice bigint, quantity bigint) LANGUAGE sql STABLE AS $$
    SELECT l.source_id, h.document, sum(CASE WHEN h.back THEN -l.base_quantity ELSE l.base_quantity END)::bigint
      FROM document_phases(p_company, ARRAY['customer_invoice'], p_posted) h
      JOIN document_line l ON l.document_id = h.document AND l.item_id IS NOT NULL AND l.source_id IS NOT NULL
     WHERE h.day <= p_as_of AND (p_position IS NULL OR h.position <= p_position)
     GROUP BY 1, 2 HAVING sum(CASE WHEN h.back THEN -l.base_quantity ELSE l.base_quantity END) <> 0
$$;
