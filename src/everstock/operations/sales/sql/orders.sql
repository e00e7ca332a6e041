-- Everything a quote or a sales order needs to know, as one JSON value, after locking the documents it changes (p_documents, perhaps none)
-- and with p_related their direct predecessors. Whatever is null is taken from the first document: customer, day, currency.
-- p_channel: the code of the sales channel it comes through.
-- p_credit: also what the customer owes and has on order, for which all who ask wait for each other. Also reserves document ids and looks
-- the request key up.
CREATE OR REPLACE FUNCTION sale_read(
    p_company integer, p_documents bigint[], p_related boolean, p_customer integer, p_day date, p_currency text, p_items integer[],
    p_units integer[], p_locations integer[], p_tax_codes integer[], p_accounts integer[], p_credit boolean, p_new_ids integer, p_key text,
    p_channel text
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_documents json := document_read(p_company, p_documents, true, p_related, p_new_ids, p_key);
    v_own text;
    v_customer integer := p_customer;
    v_day date := p_day;
    v_currency text := p_currency;
    v_partner json;
    v_tax_code integer;
    v_limit bigint;
    v_terms json;
    v_items integer[] := p_items;
    v_tax_codes integer[] := p_tax_codes;
    v_kits json;
    v_components integer[];
    v_code text := p_channel;
    v_channel json;
BEGIN
    SELECT currency_id INTO v_own FROM company WHERE id = p_company;
    IF p_documents[1] IS NOT NULL THEN
        SELECT coalesce(p_customer, partner_id), coalesce(p_day, day), coalesce(p_currency, currency_id),
               coalesce(p_channel, details ->> 'channel')
          INTO v_customer, v_day, v_currency, v_code
          FROM document WHERE id = p_documents[1] AND company_id + 0 = p_company;
        SELECT p_items || array_agg(DISTINCT item_id) FILTER (WHERE item_id IS NOT NULL),
               p_tax_codes || array_agg(DISTINCT tax_code_id) FILTER (WHERE tax_code_id IS NOT NULL)
          INTO v_items, v_tax_codes
          FROM document_line WHERE document_id = p_documents[1];
    END IF;
    IF v_code IS NOT NULL THEN
        v_channel := channel_read(p_company, v_code);
        v_customer := coalesce(v_customer, (v_channel ->> 5)::integer);
    END IF;
    IF p_credit THEN
        PERFORM 1 FROM customer_terms WHERE partner_id = v_customer AND credit_limit IS NOT NULL FOR NO KEY UPDATE;
    END IF;
    -- a new statement: it sees what those who held the lock before us committed
    SELECT coalesce(v_currency, p.currency_id, v_own), json_build_array(p.code, p.is_customer)
      INTO v_currency, v_partner
      FROM partner p WHERE p.id = v_customer AND p.company_id + 0 = p_company;
    SELECT t.tax_code_id, t.credit_limit,
           json_build_array(t.payment_days, t.discount_days, t.discount, t.incoterm, t.tax_code_id, t.credit_limit, t.hold_reason,
                            t.priority)
      INTO v_tax_code, v_limit, v_terms
      FROM customer_terms t WHERE t.partner_id = v_customer;
    -- what kits contain, and the kits in these
    WITH RECURSIVE bill AS (
        SELECT kit_id, component_id, quantity FROM kit_component WHERE kit_id = ANY (v_items)
        UNION SELECT c.kit_id, c.component_id, c.quantity FROM bill b JOIN kit_component c ON c.kit_id = b.component_id)
    SELECT json_agg(json_build_array(kit_id, component_id, quantity) ORDER BY kit_id, component_id), array_agg(component_id)
      INTO v_kits, v_components FROM bill;
    -- company_id + 0: the way in is by the ids, whatever the planner believes of how few rows a company has
    RETURN json_build_object(
        'documents', v_documents,
        'kits', v_kits,
        'company_currency', v_own,
        'currency', v_currency,
        'customer', v_partner,
        'customer_id', v_customer,
        'channel', v_channel,
        'terms', v_terms,
        'delivery', CASE WHEN p_credit THEN (SELECT json_build_array(code, name, lines, postcode, city, country) FROM customer_address
                                              WHERE partner_id = v_customer AND kind = 'delivery' AND "default") END,
        'rate', (SELECT rate FROM exchange_rate
                  WHERE company_id = p_company AND currency_id = v_currency AND day <= v_day ORDER BY day DESC LIMIT 1),
        'owed', CASE WHEN p_credit AND v_limit IS NOT NULL THEN sale_owed(p_company, v_customer, p_documents) END,
        'items', (SELECT json_agg(json_build_array(id, sku, name, base_unit_id, active))
                    FROM item WHERE id = ANY (v_items || v_components) AND company_id + 0 = p_company),
        'factors', (SELECT json_agg(json_build_array(item_id, unit_id, numerator, denominator))
                      FROM item_unit WHERE item_id = ANY (v_items) AND unit_id = ANY (p_units)),
        -- of the pools of an item that hold any, for the warning of a sale below cost
        'costs', (SELECT json_agg(json_build_array(item_id, quantity, value))
                    FROM (SELECT item_id, sum(quantity)::bigint AS quantity, sum(value)::bigint AS value
                            FROM pool WHERE item_id = ANY (v_items || v_components) AND NOT retired AND quantity > 0 GROUP BY item_id) AS held),
        'prices', CASE WHEN cardinality(v_items) > 0 AND v_partner IS NOT NULL
                       THEN sales_prices(p_company, v_customer, v_day, v_currency, v_items || v_components, coalesce(v_channel ->> 4, '')) END,
        'locations', (SELECT json_agg(json_build_array(id, code, kind, active))
                        FROM location
                       WHERE id = ANY (p_locations || ARRAY(SELECT json_array_elements_text(v_channel -> 7)::integer)
                                       || ARRAY(SELECT location_id FROM document_line WHERE document_id = ANY (p_documents) AND location_id IS NOT NULL))
                         AND company_id + 0 = p_company),
        'taxes', (SELECT json_agg(json_build_array(id, code, rate, kind, active))
                    FROM tax_code WHERE id = ANY (v_tax_codes || v_tax_code) AND company_id + 0 = p_company),
        'accounts', (SELECT json_agg(json_build_array(id, code, active))
                       FROM account WHERE id = ANY (p_accounts) AND company_id + 0 = p_company)
    );
END $$;

-- What a customer owes and has on order beside p_except: (currency, rate, amount in its minor units). Of orders what is still to be shipped, unless
-- they are closed, and what was shipped, did not come back and is not invoiced; of invoices what is not paid, less what is open of credit notes and
-- what is left of what was paid in advance.
CREATE OR REPLACE FUNCTION sale_owed(p_company integer, p_customer integer, p_except bigint[]) RETURNS json LANGUAGE sql STABLE
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT json_agg(json_build_array(o.currency_id, o.rate, o.amount))
      FROM (SELECT d.currency_id, d.rate, round(sum(CASE d.kind
                       WHEN 'sales_order' THEN (
                           SELECT coalesce(sum((l.net + l.tax)::numeric * n.quantity / l.base_quantity), 0)
                             FROM document_line l CROSS JOIN LATERAL (
                                  SELECT CASE WHEN d.state = 'closed' THEN 0 ELSE greatest(0, l.base_quantity - greatest(l.received, l.invoiced)) END
                                         + CASE WHEN l.returned = 0 THEN greatest(0, l.received - l.invoiced) ELSE (
                                               SELECT coalesce(sum(greatest(0, s.base_quantity - s.returned - s.invoiced)), 0)
                                                 FROM document_line s JOIN document t ON t.id = s.document_id
                                                WHERE s.source_id = l.id AND t.kind = 'shipment' AND t.state <> 'cancelled') END AS quantity) n
                            WHERE l.document_id = d.id AND n.quantity > 0)
                       WHEN 'customer_invoice' THEN d.gross - d.paid
                       ELSE d.paid - d.gross END)) AS amount
              FROM document d
             WHERE d.company_id = p_company AND d.partner_id = p_customer AND d.id <> ALL (p_except)
               AND d.kind IN ('sales_order', 'customer_invoice', 'customer_credit_note')
               AND d.state IN ('confirmed', 'partly_shipped', 'shipped', 'closed', 'posted', 'partly_paid')
             GROUP BY d.currency_id, d.rate
            UNION ALL
            SELECT d.currency_id, d.rate, sum(d.paid - (d.details ->> 'advance')::bigint)
              FROM document d
             WHERE d.company_id = p_company AND d.partner_id = p_customer
               AND d.kind = 'customer_payment' AND d.state = 'posted' AND d.details ? 'advance' AND d.net > 0
             GROUP BY d.currency_id, d.rate) o
$$;

-- Everything a shipment needs to know, as one JSON value, after locking the orders and the items of the lines (p_orders, p_lines) that leave: the
-- orders, why their customer gets nothing (if so), where the goods lie in the warehouses of the lines (pick_places) and what the ledger knows of
-- them (ledger_read_ahead); without these two where kits leave, whose components are worked out first. Reserves a document id.
CREATE OR REPLACE FUNCTION shipment_read(p_company integer, p_documents bigint[], p_orders bigint[], p_lines integer[], p_day date, p_key text) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_documents json := document_read(p_company, p_documents, true, false, 1, p_key);
    v_items integer[];
    v_locations integer[];
    v_ledger json;
    v_hold text := (SELECT t.hold_reason FROM customer_terms t JOIN document d ON d.partner_id = t.partner_id
                     WHERE d.id = p_documents[1] AND d.company_id + 0 = p_company);
BEGIN
    SELECT array_agg(DISTINCT l.item_id), array_agg(DISTINCT l.location_id) INTO v_items, v_locations
      FROM unnest(p_orders, p_lines) AS named(document, line)
      JOIN document_line l ON (l.document_id, l.line) = (named.document, named.line)
      JOIN document d ON d.id = l.document_id
     WHERE d.company_id + 0 = p_company;
    IF v_items IS NULL OR array_position(v_items, NULL) IS NOT NULL OR array_position(v_locations, NULL) IS NOT NULL THEN
        RETURN json_build_object('documents', v_documents, 'hold', v_hold);
    END IF;
    v_ledger := ledger_read_ahead(p_company, v_items, NULL, cardinality(p_lines));
    IF v_ledger IS NULL THEN
        PERFORM stock_lock(p_company, v_items);
    END IF;
    RETURN json_build_object(
        'documents', v_documents,
        'hold', v_hold,
        'ledger', v_ledger,
        -- a new statement: it sees what those who held the locks before us committed
        'places', pick_places(p_company, v_items, ARRAY(SELECT DISTINCT warehouse_of(place) FROM unnest(v_locations) AS place), p_day)
    );
END $$;

-- Everything an invoice needs to know, as one JSON value, after locking its shipments and their orders: these documents, the categories of
-- their items, the accounts of their tax codes, and the rate of their currency on the invoice's day. Where the orders have kits, with their
-- other shipments, which may have gone before with components of the kits that are billed. Also reserves a document id and looks the request
-- key up.
DROP FUNCTION IF EXISTS billing_read(integer, bigint[], text);
CREATE OR REPLACE FUNCTION billing_read(p_company integer, p_shipments bigint[], p_day date, p_key text) RETURNS json LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_documents json;
    v_ids bigint[] := p_shipments || ARRAY(SELECT predecessor_id FROM document_link WHERE successor_id = ANY (p_shipments));
    v_kits bigint[] := ARRAY(SELECT document_id FROM document_line WHERE document_id = ANY (v_ids) AND details ? 'weight');
    v_shipments bigint[] := p_shipments;
    v_items integer[];
    v_tax_codes integer[];
BEGIN
    IF cardinality(v_kits) > 0 THEN
        -- the orders first, with their own shipments: whoever ships more of them meanwhile is waited for, and then seen
        PERFORM 1 FROM document WHERE id = ANY (v_ids) AND company_id + 0 = p_company ORDER BY id FOR UPDATE;
        v_shipments := p_shipments || ARRAY(
            SELECT id FROM document
             WHERE id = ANY (ARRAY(SELECT successor_id FROM document_link WHERE predecessor_id = ANY (v_kits)))
               AND kind = 'shipment' AND NOT id = ANY (p_shipments));
    END IF;
    v_documents := document_read(p_company, v_shipments, true, true, 1, p_key);
    SELECT array_agg(DISTINCT item_id) FILTER (WHERE item_id IS NOT NULL), array_agg(DISTINCT tax_code_id) FILTER (WHERE tax_code_id IS NOT NULL)
      INTO v_items, v_tax_codes
      FROM document_line WHERE document_id = ANY (v_ids);
    RETURN json_build_object(
        'documents', v_documents,
        'categories', (SELECT json_agg(json_build_array(id, category_id))
                         FROM item WHERE id = ANY (v_items) AND company_id + 0 = p_company),
        'output_tax', (SELECT json_agg(json_build_array(id, output_account_id))
                         FROM tax_code WHERE id = ANY (v_tax_codes) AND company_id + 0 = p_company),
        'rate', (SELECT r.rate FROM exchange_rate r
                  WHERE r.company_id = p_company AND r.day <= p_day
                    AND r.currency_id = (SELECT currency_id FROM document WHERE id = p_shipments[1])
                  ORDER BY r.day DESC LIMIT 1),
        'ledger', ledger_read_company(p_company)
    );
END $$;
