-- What payments need, in one statement: the documents that are paid, locked, and accounts, rate and taxes.
-- p_partner null: that of the documents. p_currency null: the partner's.
CREATE OR REPLACE FUNCTION payment_read(
    p_company integer, p_documents bigint[], p_partner integer, p_day date, p_currency text, p_accounts integer[], p_new_ids integer,
    p_key text
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_read json := document_read(p_company, p_documents, true, false, p_new_ids, p_key);
    v_own text;
    v_partner json;
    v_currency text;
BEGIN
    SELECT currency_id INTO v_own FROM company WHERE id = p_company;
    SELECT coalesce(p_currency, p.currency_id, v_own), json_build_array(p.code, p.is_supplier, p.is_customer)
      INTO v_currency, v_partner
      FROM partner p
     WHERE p.id = coalesce(p_partner, (SELECT min(partner_id) FROM document WHERE id = ANY (p_documents))) AND p.company_id = p_company;
    v_currency := coalesce(v_currency, p_currency, v_own);
    RETURN json_build_object(
        'read', v_read,
        'partner', v_partner,
        'currency', v_currency,
        'rate', (SELECT rate FROM exchange_rate
                  WHERE company_id = p_company AND currency_id = v_currency AND day <= p_day ORDER BY day DESC LIMIT 1),
        'taxes', (SELECT json_agg(json_build_array(id, kind, input_account_id, output_account_id))
                    FROM tax_code
                   WHERE id = ANY (ARRAY(SELECT DISTINCT tax_code_id FROM document_line WHERE document_id = ANY (p_documents)))
                     AND company_id = p_company),
        'accounts', (SELECT json_agg(id) FROM account WHERE id = ANY (p_accounts) AND company_id + 0 = p_company AND active),
        'roles', (SELECT json_object_agg(role, account_id) FROM posting_rule
                   WHERE company_id = p_company AND category_id IS NULL AND location_id IS NULL)
    );
END $$;

-- What invoices and credit notes put on accounts and what payments took off again, in minor units of the company's currency, and of the
-- document's where something was paid: a row for each document and each time. p_kinds: of invoices and credit notes; p_payment: of payments.
-- p_owed: 1 where credits less debits are open, -1 the other way round. p_posted: whether the day is that of the books, else the effective
-- one. p_documents null: all.
CREATE OR REPLACE FUNCTION open_item_changes(
    p_company integer, p_kinds text[], p_payment text, p_owed integer, p_accounts integer[], p_posted boolean, p_documents bigint[]
) RETURNS TABLE (document bigint, day date, "position" bigint, amount bigint, paid bigint) LANGUAGE sql STABLE AS $$
    SELECT d.id, CASE WHEN p_posted THEN e.posted_on ELSE e.day END, e.posting_id,
           p_owed * sum(CASE WHEN e.contra_id = ANY (p_accounts) THEN e.amount ELSE 0 END
                        - CASE WHEN e.account_id = ANY (p_accounts) THEN e.amount ELSE 0 END)::bigint, 0::bigint
      FROM document d JOIN document_posting p ON p.document_id = d.id
      JOIN entry e ON e.posting_id = p.position AND e.movement_id IS NULL
     WHERE d.company_id = p_company AND d.kind = ANY (p_kinds)
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
             WHERE d.company_id = p_company AND d.kind = p_payment
               AND (p_documents IS NULL OR k.predecessor_id = ANY (p_documents))
             GROUP BY 1, d.id, d.day, 3) f
      JOIN document_line l ON l.document_id = f.payment AND (l.details ->> 'invoice')::bigint = f.invoice
$$;
