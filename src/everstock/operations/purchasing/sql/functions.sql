-- Everything an order needs to know of the supplier, the items and the places it names, as one JSON value; nothing is locked.
-- p_currency: null for the one in which we trade with the supplier. Also reserves document ids and looks the request key up.
CREATE OR REPLACE FUNCTION purchase_read(
    p_company integer, p_supplier integer, p_day date, p_currency text, p_items integer[], p_units integer[],
    p_locations integer[], p_tax_codes integer[], p_accounts integer[], p_new_ids integer, p_key text
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_own text;
    v_currency text;
    v_supplier json;
    v_tax_code integer;
    v_terms json;
BEGIN
    SELECT currency_id INTO v_own FROM company WHERE id = p_company;
    SELECT coalesce(p_currency, p.currency_id, v_own), json_build_array(p.code, p.is_supplier)
      INTO v_currency, v_supplier
      FROM partner p WHERE p.id = p_supplier AND p.company_id + 0 = p_company;
    SELECT t.tax_code_id, json_build_array(t.payment_days, t.discount_days, t.discount, t.incoterm, t.lead_time, t.learned_days, t.learned_count,
                                           t.closed_weekdays, t.tax_code_id, t.over_tolerance, t.under_tolerance, t.price_tolerance)
      INTO v_tax_code, v_terms
      FROM supplier_terms t WHERE t.partner_id = p_supplier;
    -- company_id + 0: the way in is by the ids, whatever the planner believes of how few rows a company has
    RETURN json_build_object(
        'company_currency', v_own,
        'currency', v_currency,
        'supplier', v_supplier,
        'terms', v_terms,
        'rate', (SELECT rate FROM exchange_rate
                  WHERE company_id = p_company AND currency_id = v_currency AND day <= p_day ORDER BY day DESC LIMIT 1),
        'holidays', (SELECT json_agg(day) FROM supplier_holiday WHERE partner_id = p_supplier AND day >= p_day),
        'items', (SELECT json_agg(json_build_array(id, sku, name, base_unit_id, active))
                    FROM item WHERE id = ANY (p_items) AND company_id + 0 = p_company),
        'factors', (SELECT json_agg(json_build_array(item_id, unit_id, numerator, denominator))
                      FROM item_unit WHERE item_id = ANY (p_items) AND unit_id = ANY (p_units)),
        'offers', (SELECT json_agg(json_build_array(
                              s.item_id, s.code, coalesce(u.numerator, 1), coalesce(u.denominator, 1), s.minimum_quantity,
                              s.multiple, s.lead_time, (
                                  SELECT json_agg(json_build_array(r.from_quantity, r.unit_price)
                                                  ORDER BY r.from_quantity DESC, r.valid_from DESC)
                                    FROM supplier_price r
                                   WHERE r.supplier_item_id = s.id AND r.currency_id = v_currency AND r.valid_from <= p_day
                                     AND (r.valid_to IS NULL OR r.valid_to >= p_day))))
                     FROM supplier_item s
                     LEFT JOIN item_unit u ON u.item_id = s.item_id AND u.unit_id = s.unit_id
                    WHERE s.partner_id = p_supplier AND s.item_id = ANY (p_items)),
        'locations', (SELECT json_agg(json_build_array(id, code, kind, active))
                        FROM location WHERE id = ANY (p_locations) AND company_id + 0 = p_company),
        'taxes', (SELECT json_agg(json_build_array(id, code, rate, kind, active))
                    FROM tax_code WHERE id = ANY (p_tax_codes || v_tax_code) AND company_id + 0 = p_company),
        'accounts', (SELECT json_agg(json_build_array(id, code, active))
                       FROM account WHERE id = ANY (p_accounts) AND company_id + 0 = p_company),
        'request', CASE WHEN p_key IS NOT NULL THEN document_of_request(p_company, p_key) END,
        'ids', (SELECT json_agg(nextval('document_id_seq')) FROM generate_series(1, p_new_ids))
    );
END $$;
