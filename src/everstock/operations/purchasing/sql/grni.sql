-- What the documents that settle goods received not invoiced did and when: a row for each line, and one more for each that was taken back.
-- p_posted: whether the day is that of the books, else the effective one. p_position, p_known_at: what was known (null: all).
-- key: the line that was settled; a line billed ahead of the receipt settles by itself.
CREATE OR REPLACE FUNCTION grni_settled(
    p_company integer, p_as_of date, p_posted boolean, p_position bigint, p_known_at bigint
) RETURNS TABLE (key bigint, document bigint, kind text, day date, amount bigint, difference bigint, matched boolean)
    LANGUAGE sql STABLE AS $$
    WITH phase AS (
        SELECT p.document AS id, p.kind, p.back, p.day, p.position
          FROM document_phases(
               p_company, ARRAY['supplier_invoice', 'supplier_credit_note', 'grni_clearing', 'landed_cost'], p_posted) p
        UNION ALL
        -- a match of what has the price that was billed posts nothing
        SELECT d.id, d.kind, false, d.day, NULL
          FROM document d
         WHERE d.company_id = p_company AND d.kind = 'grni_clearing' AND d.state <> 'cancelled'
           AND (p_known_at IS NULL OR d.posted_at <= p_known_at)
           AND NOT EXISTS (SELECT 1 FROM document_posting p WHERE p.document_id = d.id))
    SELECT CASE WHEN l.details ? 'ahead' THEN l.id ELSE l.source_id END, h.id, h.kind, h.day,
           CASE WHEN h.back THEN -1 ELSE 1 END * (l.details ->> 'grni')::bigint,
           CASE WHEN h.back THEN -1 ELSE 1 END * coalesce((l.details ->> 'difference')::bigint, 0),
           l.details ? 'matched'
      FROM phase h JOIN document_line l ON l.document_id = h.id
     WHERE l.details ? 'grni' AND h.day <= p_as_of AND (p_position IS NULL OR h.position IS NULL OR h.position <= p_position)
$$;

-- What movements put on these accounts, credits less debits, by the movement that all of it belongs to; and journal lines of other documents
-- than those above, by their posting.
CREATE OR REPLACE FUNCTION grni_booked(
    p_company integer, p_accounts integer[], p_as_of date, p_posted boolean, p_position bigint
) RETURNS TABLE (root bigint, posting bigint, day date, received bigint, returned bigint)
    LANGUAGE sql STABLE AS $$
    WITH booked AS (
        SELECT CASE WHEN m.id IS NULL THEN NULL
                    WHEN o.id IS NULL OR m.kind NOT IN (5, 10, 11, 14) THEN m.id
                    WHEN o.origin_id IS NOT NULL AND o.kind IN (5, 10, 11) THEN o.origin_id ELSE o.id END AS root,
               CASE WHEN m.id IS NULL THEN e.posting_id END AS posting,
               CASE WHEN p_posted THEN e.posted_on ELSE e.day END AS day,
               (m.kind = 5 AND o.id IS NOT NULL) OR (m.kind = 14 AND o.kind = 5 AND o.origin_id IS NOT NULL) AS returned,
               CASE WHEN e.contra_id = ANY (p_accounts) THEN e.amount ELSE 0 END
               - CASE WHEN e.account_id = ANY (p_accounts) THEN e.amount ELSE 0 END AS amount
          FROM entry e LEFT JOIN movement m ON m.id = coalesce(e.affected_id, e.movement_id) LEFT JOIN movement o ON o.id = m.origin_id
          LEFT JOIN (
               SELECT DISTINCT p.position FROM document_posting p JOIN document d ON d.id = p.document_id
                WHERE d.company_id = p_company AND d.kind IN ('supplier_invoice', 'supplier_credit_note', 'grni_clearing', 'landed_cost')) settled
            ON settled.position = e.posting_id
         WHERE e.company_id = p_company AND CASE WHEN p_posted THEN e.posted_on ELSE e.day END <= p_as_of
           AND (p_position IS NULL OR e.posting_id <= p_position)
           AND (e.contra_id = ANY (p_accounts) OR e.account_id = ANY (p_accounts))
           AND (m.id IS NOT NULL OR settled.position IS NULL))
    SELECT root, posting, min(day), coalesce(sum(amount) FILTER (WHERE returned IS NOT TRUE), 0)::bigint,
           coalesce(sum(amount) FILTER (WHERE returned), 0)::bigint
      FROM booked GROUP BY root, posting
$$;
