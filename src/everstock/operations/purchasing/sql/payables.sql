-- What invoices and credit notes put on accounts (credits less debits) and what payments took off again, in minor units of the company's
-- currency, and of the document's where something was paid: a row for each document and each time.
-- p_posted: whether the day is that of the books, else the effective one. p_documents null: all.
CREATE OR REPLACE FUNCTION payable_changes(p_company integer, p_accounts integer[], p_posted boolean, p_documents bigint[])
    RETURNS TABLE (document bigint, day date, "position" bigint, amount bigint, paid bigint) LANGUAGE sql STABLE AS $$
    SELECT d.id, CASE WHEN p_posted THEN e.posted_on ELSE e.day END, e.posting_id,
           sum(CASE WHEN e.contra_id = ANY (p_accounts) THEN e.amount ELSE 0 END
               - CASE WHEN e.account_id = ANY (p_accounts) THEN e.amount ELSE 0 END)::bigint, 0::bigint
      FROM document d JOIN document_posting p ON p.document_id = d.id
      JOIN entry e ON e.posting_id = p.position AND e.movement_id IS NULL
     WHERE d.company_id = p_company AND d.kind IN ('supplier_invoice', 'supplier_credit_note')
       AND (p_documents IS NULL OR d.id = ANY (p_documents))
       AND (e.contra_id = ANY (p_accounts) OR e.account_id = ANY (p_accounts))
     GROUP BY d.id, 2, e.posting_id
    UNION ALL
    SELECT f.invoice, f.day, f."position", CASE WHEN f.back THEN 1 ELSE -1 END * (l.details ->> 'carried')::bigint,
           CASE WHEN f.back THEN -1 ELSE 1 END * (l.net + coalesce((l.details ->> 'discount')::bigint, 0))
      -- all at once, not payment by payment: what is asked for each one by itself reads all entries for it where the planner knows no better
      FROM (SELECT k.predecessor_id AS invoice, d.id AS payment, g.source LIKE '%.cancel' AS back, min(p.position) AS "position",
                   coalesce(min(CASE WHEN p_posted THEN e.posted_on ELSE e.day END), d.day) AS day
              FROM document d JOIN document_link k ON k.successor_id = d.id
              JOIN document_posting p ON p.document_id = d.id JOIN posting g ON g.id = p.position
              LEFT JOIN entry e ON e.posting_id = g.id AND e.movement_id IS NULL
             WHERE d.company_id = p_company AND d.kind = 'supplier_payment'
               AND (p_documents IS NULL OR k.predecessor_id = ANY (p_documents))
             GROUP BY 1, d.id, d.day, 3) f
      JOIN document_line l ON l.document_id = f.payment AND (l.details ->> 'invoice')::bigint = f.invoice
$$;
