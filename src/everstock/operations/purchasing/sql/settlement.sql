-- What invoices, credit notes, landed costs and clearings need, in one statement: the documents, locked, and how their goods stand in the books.
-- p_lines: lines that are billed or credited; p_documents: documents all of whose lines are. Locked are their documents and those they came
-- from, up to two steps back: return -> receipt -> order. p_supplier null: that of the documents. p_currency null: the supplier's.
CREATE OR REPLACE FUNCTION settlement_read(
    p_company integer, p_lines bigint[], p_documents bigint[], p_supplier integer, p_day date, p_currency text,
    p_tax_codes integer[], p_accounts integer[], p_new_ids integer, p_key text
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    -- lines never change their document or source, so they can be looked up before the locks
    -- (a credit note settles the receipt, and names the line of the return besides)
    v_lines bigint[] := p_lines || ARRAY(SELECT id FROM document_line WHERE document_id = ANY (p_documents)) || ARRAY(
        SELECT (details ->> 'return_line')::bigint FROM document_line WHERE document_id = ANY (p_documents) AND details ? 'return_line');
    v_sources bigint[] := ARRAY(SELECT source_id FROM document_line WHERE id = ANY (v_lines) AND source_id IS NOT NULL);
    v_read json;
    v_own text;
    v_partner integer := coalesce(p_supplier, (SELECT min(partner_id) FROM document WHERE id = ANY (p_documents)));
    v_supplier json;
    v_currency text;
    v_tax_codes integer[];
BEGIN
    v_lines := v_lines || v_sources
        || ARRAY(SELECT source_id FROM document_line WHERE id = ANY (v_sources) AND source_id IS NOT NULL);
    v_read := document_read(p_company, p_documents || ARRAY(
        SELECT DISTINCT l.document_id FROM document_line l
         WHERE l.id = ANY (v_lines) AND (SELECT kind FROM document d WHERE d.id = l.document_id) <> 'blanket_order'),
        true, false, p_new_ids, p_key);
    SELECT currency_id INTO v_own FROM company WHERE id = p_company;
    SELECT coalesce(p_currency, p.currency_id, v_own),
           json_build_array(p.code, p.is_supplier, coalesce(t.payment_days, 0), coalesce(t.discount_days, 0), coalesce(t.discount, 0),
                            coalesce(t.price_tolerance, 0), coalesce(t.over_tolerance, 0))
      INTO v_currency, v_supplier
      FROM partner p LEFT JOIN supplier_terms t ON t.partner_id = p.id WHERE p.id = v_partner AND p.company_id + 0 = p_company;
    v_currency := coalesce(v_currency, p_currency, v_own);
    v_tax_codes := p_tax_codes || ARRAY(SELECT DISTINCT tax_code_id FROM document_line WHERE id = ANY (v_lines) AND tax_code_id IS NOT NULL);
    RETURN json_build_object(
        'read', v_read,
        -- how lines stand that moved something: line, account of what is received and not invoiced, value of what was received (null: at
        -- current cost), what was billed for the goods, what was settled on the account
        'standing', (
            SELECT json_agg(json_build_array(
                   l.id, m.contra_id,
                   coalesce((SELECT c.value FROM movement c
                              WHERE c.origin_id = m.id AND c.kind = 10
                                AND NOT EXISTS (SELECT 1 FROM movement r WHERE r.origin_id = c.id AND r.kind = 14)
                              ORDER BY c.id DESC LIMIT 1), m.value),
                   coalesce(b.value, 0), coalesce(b.grni, 0)))
          FROM document_line l
          -- a limit keeps the planner from beginning with the movements, which it may believe to be few
          JOIN LATERAL (SELECT * FROM movement f WHERE f.company_id = p_company AND f.reference = l.ledger_reference LIMIT 1) m ON true
          LEFT JOIN LATERAL (
               SELECT sum((s.details ->> 'value')::bigint)::bigint AS value, sum((s.details ->> 'grni')::bigint)::bigint AS grni
                 FROM document_line s
                -- a value, not EXISTS, which the planner may turn round to begin with all documents of these kinds
                WHERE s.source_id = l.id AND (
                      SELECT d.posted_at IS NOT NULL AND d.state <> 'cancelled'
                             AND d.kind IN ('supplier_invoice', 'supplier_credit_note', 'grni_clearing', 'landed_cost')
                        FROM document d WHERE d.id = s.document_id)) b ON true
         WHERE l.id = ANY (v_lines) AND l.ledger_reference IS NOT NULL),
        'supplier', v_supplier,
        'currency', v_currency,
        'rate', (SELECT rate FROM exchange_rate
                  WHERE company_id = p_company AND currency_id = v_currency AND day <= p_day ORDER BY day DESC LIMIT 1),
        'taxes', (SELECT json_agg(json_build_array(id, code, rate, kind, input_account_id, output_account_id, active))
                    FROM tax_code WHERE id = ANY (v_tax_codes) AND company_id + 0 = p_company),
        'accounts', (SELECT json_agg(json_build_array(id, code, active))
                       FROM account WHERE id = ANY (p_accounts) AND company_id + 0 = p_company),
        'roles', (SELECT json_object_agg(role, account_id) FROM posting_rule
                   WHERE company_id = p_company AND category_id IS NULL AND location_id IS NULL),
        'ledger', ledger_read_company(p_company)
    );
END $$;

-- What was booked because of movements, by their references, on the account on the other side of each (credits less debits): by the movement
-- itself, what applies to it (returns, changes of its value), and the reversals of these.
CREATE OR REPLACE FUNCTION settlement_booked(p_company integer, p_references text[])
    RETURNS TABLE (reference text, amount bigint) LANGUAGE sql STABLE
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    WITH root AS (SELECT id, reference, contra_id, posting_id FROM movement WHERE company_id = p_company AND reference = ANY (p_references)),
         child AS (SELECT r.id AS root, m.id, m.posting_id FROM root r JOIN movement m ON m.origin_id = r.id),
         fact AS (SELECT id AS root, id, posting_id FROM root
                  UNION ALL SELECT root, id, posting_id FROM child
                  UNION ALL SELECT c.root, m.id, m.posting_id FROM child c JOIN movement m ON m.origin_id = c.id)
    SELECT r.reference, coalesce(sum(CASE WHEN e.contra_id = r.contra_id THEN e.amount ELSE 0 END
                                     - CASE WHEN e.account_id = r.contra_id THEN e.amount ELSE 0 END), 0)::bigint
      FROM root r JOIN LATERAL (
           SELECT e.account_id, e.contra_id, e.amount
             FROM fact f JOIN entry e ON e.posting_id = f.posting_id AND e.movement_id = f.id AND e.affected_id IS NULL
            WHERE f.root = r.id
           UNION ALL
           -- what was recorded later and changed the cost of these goods
           SELECT e.account_id, e.contra_id, e.amount FROM entry e WHERE e.affected_id = r.id) e ON true
     GROUP BY r.reference
$$;
