-- The prices of many items for one customer (null: for nobody in particular) on one day, as one JSON value; nothing is locked.
-- p_currency: null for the one in which we trade with the customer. p_group: whose price lists hold for who is in no group himself. For each item the entries of all lists that hold, the one to take first
-- standing first among those of its unit; from which quantity on each holds is left to whoever knows the quantities.
CREATE OR REPLACE FUNCTION sales_prices(
    p_company integer, p_customer integer, p_day date, p_currency text, p_items integer[], p_group text DEFAULT ''
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_own text;
    v_currency text;
    v_customer json;
    v_group text := p_group;
    v_lists json;
    v_offers json;
BEGIN
    SELECT currency_id INTO v_own FROM company WHERE id = p_company;
    v_currency := coalesce(p_currency, v_own);
    IF p_customer IS NOT NULL THEN
        SELECT coalesce(p_currency, p.currency_id, v_own), json_build_array(p.code, p.is_customer), coalesce(nullif(t.customer_group, ''), p_group, '')
          INTO v_currency, v_customer, v_group
          FROM partner p LEFT JOIN customer_terms t ON t.partner_id = p.id
         WHERE p.id = p_customer AND p.company_id + 0 = p_company;
    END IF;
    WITH RECURSIVE applying AS MATERIALIZED (
        -- audience 0: the customer, 1: its group, 2: everybody
        SELECT l.id, l.code, l.rank, l.base_id, 0 AS audience
          FROM price_list l
         WHERE l.company_id = p_company AND l.customer_id = p_customer AND l.currency_id = v_currency
           AND l.valid_from <= p_day AND (l.valid_to IS NULL OR l.valid_to >= p_day)
        UNION ALL
        SELECT l.id, l.code, l.rank, l.base_id, CASE l.customer_group WHEN '' THEN 2 ELSE 1 END
          FROM price_list l
         WHERE l.company_id = p_company AND l.customer_id IS NULL AND l.customer_group IN ('', v_group)
           AND l.currency_id = v_currency AND l.valid_from <= p_day AND (l.valid_to IS NULL OR l.valid_to >= p_day)
    ), lists AS MATERIALIZED (
        SELECT * FROM applying
        UNION ALL
        -- a base list for others is only there for its prices to be taken discounts off
        SELECT b.id, b.code, b.rank, b.base_id, NULL
          FROM price_list b
         WHERE b.id IN (SELECT base_id FROM applying) AND b.id NOT IN (SELECT id FROM applying)
           AND b.valid_from <= p_day AND (b.valid_to IS NULL OR b.valid_to >= p_day)
    ), wanted AS MATERIALIZED (
        -- company_id + 0: the way in is by the ids, whatever the planner believes of how few rows a company has
        SELECT id, category_id FROM item WHERE id = ANY (p_items) AND company_id + 0 = p_company
    ), path AS (
        SELECT DISTINCT category_id AS leaf, category_id AS category, 1 AS nearness FROM wanted WHERE category_id IS NOT NULL
        UNION ALL
        SELECT p.leaf, c.parent_id, p.nearness + 1
          FROM path p JOIN item_category c ON c.id = p.category
         WHERE c.parent_id IS NOT NULL
    ) CYCLE category SET again USING way,
    found AS (
        SELECT w.id AS item, l.id AS list, l.audience, l.rank, 0 AS nearness, e.id, e.unit_id, e.from_quantity, e.valid_from,
               e.unit_price, e.discount
          FROM wanted w CROSS JOIN lists l
          JOIN price_list_entry e ON e.price_list_id = l.id AND e.item_id = w.id
         WHERE e.valid_from <= p_day AND (e.valid_to IS NULL OR e.valid_to >= p_day)
        UNION ALL
        SELECT w.id, l.id, l.audience, l.rank, p.nearness, e.id, e.unit_id, e.from_quantity, e.valid_from, e.unit_price, e.discount
          FROM wanted w JOIN path p ON p.leaf = w.category_id AND NOT p.again CROSS JOIN lists l
          JOIN price_list_entry e ON e.price_list_id = l.id AND e.item_id IS NULL AND e.category_id = p.category
         WHERE e.valid_from <= p_day AND (e.valid_to IS NULL OR e.valid_to >= p_day)
    )
    SELECT (SELECT json_agg(json_build_array(id, code, audience, base_id)) FROM lists),
           (SELECT json_agg(json_build_array(
                       item, id, list, nearness, unit_id, from_quantity, unit_price, discount)
                       ORDER BY audience NULLS LAST, nearness, unit_id IS NULL, from_quantity DESC, rank, valid_from DESC, list)
              FROM found)
      INTO v_lists, v_offers;
    RETURN json_build_object(
        'currency', v_currency,
        'customer', v_customer,
        'lists', v_lists,
        'offers', v_offers,
        'items', (SELECT json_agg(json_build_array(id, sku, base_unit_id))
                    FROM item WHERE id = ANY (p_items) AND company_id + 0 = p_company),
        'factors', (SELECT json_agg(json_build_array(item_id, unit_id, numerator, denominator))
                      FROM item_unit WHERE item_id = ANY (p_items))
    );
END $$;
