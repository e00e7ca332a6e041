-- Everything a receipt or a return needs, in one statement: the orders (or receipts), locked, and then the supplier, the items and the
-- places of all their lines and of the lines without one. p_related: locks and reads what they were made from too. p_supplier and
-- p_currency: null for those of the documents. p_orders, p_lines: the lines that are received of the documents, and of p_items so many; for
-- them, the ledger is read ahead, if there is any. Reserves one document id.
CREATE OR REPLACE FUNCTION receipt_read(
    p_company integer, p_documents bigint[], p_related boolean, p_supplier integer, p_day date, p_currency text, p_items integer[], p_units integer[],
    p_locations integer[], p_tax_codes integer[], p_key text, p_orders bigint[], p_lines integer[], p_count integer
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_read json := document_read(p_company, p_documents, true, p_related, 1, p_key);
    v_supplier integer := p_supplier;
    v_currency text := p_currency;
    v_since date := p_day;
    v_items integer[] := p_items;
    v_locations integer[] := p_locations;
    v_tax_codes integer[] := p_tax_codes;
BEGIN
    IF cardinality(p_documents) > 0 THEN
        SELECT coalesce(p_supplier, min(partner_id)), coalesce(p_currency, min(currency_id)), least(p_day, min(sent_on))
          INTO v_supplier, v_currency, v_since
          FROM document WHERE id = ANY (p_documents) AND company_id + 0 = p_company;
        SELECT p_items || array_agg(DISTINCT item_id), p_locations || array_agg(DISTINCT location_id),
               p_tax_codes || array_agg(DISTINCT tax_code_id)
          INTO v_items, v_locations, v_tax_codes
          FROM document_line WHERE document_id = ANY (p_documents);
    END IF;
    RETURN json_build_object(
        'read', v_read,
        'facts', CASE WHEN v_supplier IS NOT NULL THEN purchase_read(
            p_company, v_supplier, p_day, v_currency, v_items, p_units, v_locations, v_tax_codes, '{}', 0, NULL) END,
        'tracking', (SELECT json_agg(json_build_array(id, tracking))
                       FROM item WHERE id = ANY (v_items) AND company_id + 0 = p_company AND tracking <> 'none'),
        'holidays', (SELECT json_agg(day) FROM supplier_holiday WHERE partner_id = v_supplier AND day BETWEEN v_since AND p_day),
        'ledger', CASE WHEN p_count > 0 THEN ledger_read_ahead(
            p_company,
            p_items || ARRAY(SELECT item_id FROM document_line
                              WHERE (document_id, line) IN (SELECT * FROM unnest(p_orders, p_lines))),
            v_locations, p_count) END
    );
END $$;

-- Notes how many days so many deliveries of a supplier took together; both negative to forget what was noted.
CREATE OR REPLACE FUNCTION lead_time_learn(p_company integer, p_supplier integer, p_days bigint, p_count integer) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    INSERT INTO supplier_terms AS t (partner_id, payment_days, discount_days, discount, incoterm, lead_time, learned_days, learned_count, over_tolerance,
                                     under_tolerance, price_tolerance, closed_weekdays)
    SELECT p.id, 0, 0, 0, '', 0, greatest(p_days, 0), greatest(p_count, 0), 0, 0, 0, 0
      FROM partner p WHERE p.company_id = p_company AND p.id = p_supplier
        ON CONFLICT (partner_id) DO UPDATE
       SET learned_days = t.learned_days + p_days, learned_count = t.learned_count + p_count;
END $$;
