-- Lots as they come in: creates those that are not there, learns days that were not known, and locks all of them until the transaction
-- ends. Returns [id, item, code, expires_on, manufactured_on, quantity on hand], in the order of items and codes.
CREATE OR REPLACE FUNCTION warehouse_lots(
    p_items integer[], p_codes text[], p_expire date[], p_made date[]
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO lot (item_id, code, expires_on, manufactured_on)
    SELECT item, code, expires_on, made_on FROM unnest(p_items, p_codes, p_expire, p_made) AS n(item, code, expires_on, made_on)
     WHERE NOT EXISTS (SELECT 1 FROM lot WHERE lot.item_id = n.item AND lot.code = n.code)
     ORDER BY item, code
        ON CONFLICT DO NOTHING;
    PERFORM 1 FROM lot JOIN unnest(p_items, p_codes) AS n(item, code) ON lot.item_id = n.item AND lot.code = n.code
      ORDER BY lot.item_id, lot.code FOR NO KEY UPDATE OF lot;
    UPDATE lot SET expires_on = coalesce(lot.expires_on, n.expires_on), manufactured_on = coalesce(lot.manufactured_on, n.made_on)
      FROM unnest(p_items, p_codes, p_expire, p_made) AS n(item, code, expires_on, made_on)
     WHERE lot.item_id = n.item AND lot.code = n.code
       AND (lot.expires_on IS NULL AND n.expires_on IS NOT NULL OR lot.manufactured_on IS NULL AND n.made_on IS NOT NULL);
    RETURN (
        SELECT json_agg(json_build_array(
                   lot.id, lot.item_id, lot.code, lot.expires_on, lot.manufactured_on,
                   (SELECT coalesce(sum(b.quantity), 0) FROM balance b JOIN location l ON l.id = b.location_id
                     WHERE b.item_id = lot.item_id AND b.lot_id = lot.id AND l.kind IN ('internal', 'transit', 'consignment')))
               ORDER BY lot.item_id, lot.code)
          FROM lot JOIN unnest(p_items, p_codes) AS n(item, code) ON lot.item_id = n.item AND lot.code = n.code);
END $$;

-- Everything a transfer needs, in one statement: documents whose progress it counts, locked, with their predecessors, and the items and
-- places. Reserves one document id.
CREATE OR REPLACE FUNCTION transfer_read(
    p_company integer, p_documents bigint[], p_items integer[], p_units integer[], p_locations integer[], p_key text
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_read json := document_read(p_company, p_documents, true, true, 1, p_key);
BEGIN
    RETURN json_build_object(
        'read', v_read,
        'items', (SELECT json_agg(json_build_array(id, sku, name, base_unit_id, tracking))
                    FROM item WHERE id = ANY (p_items) AND company_id + 0 = p_company),
        'factors', (SELECT json_agg(json_build_array(item_id, unit_id, numerator, denominator))
                      FROM item_unit WHERE item_id = ANY (p_items) AND unit_id = ANY (p_units)),
        'locations', (SELECT json_agg(json_build_array(id, code, kind, purpose, active))
                        FROM location WHERE id = ANY (p_locations) AND company_id + 0 = p_company)
    );
END $$;

-- Where items are not to be had because they are on pick lists: in their bins until they are picked, then in staging until they leave.
CREATE OR REPLACE FUNCTION goods_on_pick_lists(p_items integer[])
RETURNS TABLE (item_id integer, place integer, lot_id integer, quantity bigint) LANGUAGE plpgsql STABLE
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY
    SELECT s.item_id, w.place, s.lot_id, sum(w.quantity)::bigint
      FROM pick_share s
     CROSS JOIN LATERAL (VALUES (s.location_id, s.quantity - s.missing - s.picked), (s.staging_id, s.picked - s.shipped - s.put_back))
           AS w(place, quantity)
     WHERE s.item_id = ANY (p_items) AND s.quantity > s.missing + s.shipped + s.put_back AND w.quantity > 0
     GROUP BY 1, 2, 3;
END $$;

-- The counts that somebody waits for: not marked as done, and the item was not counted at that place since.
CREATE OR REPLACE FUNCTION counts_awaited(p_items integer[])
RETURNS TABLE (id bigint, item_id integer, location_id integer, lot_id integer) LANGUAGE plpgsql STABLE
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY
    SELECT r.id, r.item_id, r.location_id, r.lot_id
      FROM count_request r
     WHERE r.item_id = ANY (p_items) AND r.done_at IS NULL
       AND NOT EXISTS (
           SELECT 1 FROM movement m JOIN posting p ON p.id = m.posting_id
            WHERE m.item_id = r.item_id AND m.kind = 9 AND r.location_id IN (m.source_id, m.target_id)
              AND coalesce(m.lot_id, 0) = r.lot_id AND p.recorded_at >= r.asked_at);
END $$;

-- What of items lies at places where a count is awaited, has not expired before the day and is on no pick list: nobody may take it.
CREATE OR REPLACE FUNCTION stock_at_awaited_counts(p_items integer[], p_day date)
RETURNS TABLE (item_id integer, place integer, lot_id integer, quantity bigint) LANGUAGE plpgsql STABLE
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN QUERY
    SELECT c.item_id, c.location_id, c.lot_id, b.quantity - g.listed
      FROM counts_awaited(p_items) AS c
     CROSS JOIN LATERAL (SELECT o.quantity FROM balance o
                          WHERE o.item_id = c.item_id AND o.location_id = c.location_id AND o.lot_id = c.lot_id OFFSET 0) AS b
     CROSS JOIN LATERAL (SELECT coalesce((SELECT p.quantity FROM goods_on_pick_lists(ARRAY[c.item_id]) AS p
                                           WHERE p.place = c.location_id AND p.lot_id = c.lot_id), 0) AS listed) AS g
     CROSS JOIN LATERAL (SELECT l.kind, l.purpose FROM location l WHERE l.id = c.location_id OFFSET 0) AS l
     WHERE b.quantity > g.listed AND l.kind = 'internal' AND l.purpose <> 'quality'
       AND NOT EXISTS (SELECT 1 FROM lot t WHERE t.id = c.lot_id AND t.expires_on < p_day);
END $$;

-- The same, at once where no count was asked for: whoever promises anything asks it.
CREATE OR REPLACE FUNCTION stock_to_count(p_items integer[], p_day date)
RETURNS TABLE (item_id integer, place integer, lot_id integer, quantity bigint) LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM count_request r WHERE r.item_id = ANY (p_items) AND r.done_at IS NULL) THEN
        RETURN QUERY SELECT * FROM stock_at_awaited_counts(p_items, p_day);
    END IF;
END $$;

-- Where items lie in warehouses and may be taken on a day: [item, warehouse, location, lot, quantity, expires_on, distance, code of the
-- location, what is on pick lists there], not what is held for quality, expired before, on a pick list, or to be counted. For whoever has locked the items.
CREATE OR REPLACE FUNCTION pick_places(
    p_company integer, p_items integer[], p_warehouses integer[], p_day date
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    -- by item/place/lot, asked once for all places; null: none, as mostly
    v_listed jsonb;
    v_awaited jsonb;
BEGIN
    IF EXISTS (SELECT 1 FROM pick_share WHERE item_id = ANY (p_items) AND quantity > missing + shipped + put_back) THEN
        SELECT jsonb_object_agg(concat_ws('/', item_id, place, lot_id), quantity) INTO v_listed FROM goods_on_pick_lists(p_items);
    END IF;
    IF EXISTS (SELECT 1 FROM count_request WHERE item_id = ANY (p_items) AND done_at IS NULL) THEN
        SELECT jsonb_object_agg(concat_ws('/', item_id, location_id, lot_id), true) INTO v_awaited FROM counts_awaited(p_items);
    END IF;
    RETURN (
        SELECT json_agg(json_build_array(item_id, warehouse, location_id, lot_id, quantity, expires_on, distance, code, listed))
          FROM (SELECT b.item_id, warehouse_of(b.location_id) AS warehouse, b.location_id, b.lot_id, t.expires_on,
                       coalesce(s.distance, 0) AS distance, l.code,
                       b.quantity - g.listed AS quantity, g.listed
                  FROM balance b
                 CROSS JOIN LATERAL (SELECT CASE WHEN v_listed IS NULL THEN 0 ELSE coalesce((
                                                v_listed ->> concat_ws('/', b.item_id, b.location_id, b.lot_id))::bigint, 0) END AS listed) AS g
                  JOIN location l ON l.id = b.location_id
                  LEFT JOIN lot t ON t.id = b.lot_id
                  LEFT JOIN storage_bin s ON s.location_id = b.location_id
                 WHERE b.item_id = ANY (p_items) AND b.quantity > 0 AND l.company_id = p_company AND l.kind = 'internal'
                   AND l.purpose <> 'quality' AND (t.expires_on IS NULL OR t.expires_on >= p_day)) AS at
         WHERE warehouse = ANY (p_warehouses)
           AND (v_awaited IS NULL OR NOT v_awaited ? concat_ws('/', item_id, location_id, lot_id)));
END $$;

-- The same after locking the items, so that it stays so until the transaction ends.
CREATE OR REPLACE FUNCTION pick_read(p_company integer, p_items integer[], p_warehouses integer[], p_day date) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    PERFORM stock_lock(p_company, p_items);
    RETURN pick_places(p_company, p_items, p_warehouses, p_day);
END $$;

-- What is promised to anybody but sales orders, whose lines are the holders SO/…: little, and so the rest is known without looking at it.
CREATE INDEX IF NOT EXISTS reservation_not_of_orders ON reservation (item_id) WHERE holder NOT LIKE 'SO/%';

-- Lines of orders of which something is still open, with what is needed of their orders. Mostly there are many, and by hashing each order is read once.
CREATE OR REPLACE FUNCTION availability_lines(p_company integer, p_items integer[])
    RETURNS TABLE (item_id integer, location_id integer, document_id bigint, line integer, day date, quantity bigint, final boolean,
                   kind varchar, state varchar, number varchar)
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN QUERY
    WITH l AS MATERIALIZED (
        SELECT o.item_id, o.location_id, o.document_id, o.line, o.expected_on, o.base_quantity - o.received AS quantity,
               o.details -> 'final' IS NOT NULL AS final
          FROM document_line o
         WHERE o.item_id = ANY (p_items) AND o.received < o.base_quantity AND o.location_id IS NOT NULL AND o.ledger_reference IS NULL)
    SELECT l.item_id, l.location_id, l.document_id, l.line, coalesce(l.expected_on, d.day), l.quantity, l.final, d.kind, d.state, d.number
      FROM l JOIN (SELECT * FROM document WHERE id = ANY (ARRAY(SELECT l.document_id FROM l)) AND company_id = p_company OFFSET 0) d
        ON d.id = l.document_id;
END $$;

-- What there is of items, is on its way and is needed, and how they are made up and bought: see warehouse/availability.py. Rows of (what, item,
-- place, whether it is held or a number or the like, day since 1970-01-01, quantity); which of them each is follows from what it is of. Of kits also their
-- components. p_order: what this order and later ones need is left out. Where something will expire: what on which day it is no longer good
-- (lapses), and what is promised for which day (due).
CREATE OR REPLACE FUNCTION availability_read(
    p_company integer, p_ordered text[], p_dispatched text[], p_items integer[], p_confirmed text[], p_order bigint, p_now bigint
) RETURNS TABLE (r_what text, r_item integer, r_place integer, r_kind text, r_day integer, r_quantity bigint) LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_items integer[] := p_items;
BEGIN
    IF EXISTS (SELECT 1 FROM kit_component WHERE kit_id = ANY (p_items)) THEN
        WITH RECURSIVE bill AS (
            SELECT component_id FROM kit_component WHERE kit_id = ANY (p_items)
            UNION SELECT c.component_id FROM bill b JOIN kit_component c ON c.kit_id = b.component_id)
        SELECT p_items || array_agg(component_id) INTO v_items FROM bill;
    END IF;
    IF EXISTS (SELECT 1 FROM lot WHERE item_id = ANY (v_items) AND expires_on >= stock_day(p_now)) THEN
        RETURN QUERY
        SELECT 'lapses'::text, b.item_id, b.location_id, '', t.expires_on + 1 - date '1970-01-01', b.quantity
          FROM lot t CROSS JOIN LATERAL (SELECT * FROM balance WHERE item_id = t.item_id AND lot_id = t.id OFFSET 0) b
          JOIN location l ON l.id = b.location_id
         WHERE t.item_id = ANY (v_items) AND t.expires_on >= stock_day(p_now) AND b.quantity <> 0
           AND l.company_id = p_company AND l.kind = 'internal' AND l.purpose <> 'quality'
        UNION ALL
        SELECT 'due', item_id, warehouse_id, '', due_on - date '1970-01-01', sum(quantity)::bigint
          FROM reservation WHERE item_id = ANY (v_items) AND due_on > stock_day(p_now) AND (expires_at IS NULL OR expires_at > p_now)
         GROUP BY 1, 2, 3, 5;
    END IF;
    RETURN QUERY
    WITH ordered AS MATERIALIZED (
        SELECT * FROM availability_lines(p_company, v_items)),
    awaited AS NOT MATERIALIZED (
        SELECT item_id, location_id, day, document_id, line, quantity
          FROM ordered WHERE kind = 'sales_order' AND state = ANY (p_confirmed) AND (p_order IS NULL OR document_id < p_order)),
    held AS NOT MATERIALIZED (
        SELECT item_id, holder, quantity
          FROM reservation WHERE item_id = ANY (v_items) AND company_id = p_company AND starts_with(holder, 'SO/')),
    -- mostly all that customers wait for is reserved, and holders need not be looked at: none has more than it waits for
    short AS MATERIALIZED (
        SELECT item_id FROM (
            SELECT item_id, quantity FROM awaited
            UNION ALL SELECT item_id, -quantity FROM reserved WHERE item_id = ANY (v_items)
            UNION ALL SELECT item_id, quantity FROM reservation WHERE item_id = ANY (v_items) AND holder NOT LIKE 'SO/%') AS n
         GROUP BY item_id HAVING sum(quantity) <> 0),
    -- what customers wait for less what is reserved for it: added up by holder rather than joined
    needed AS (
        SELECT item_id, max(location_id) AS location_id, max(day) AS day, sum(quantity)::bigint AS quantity
          FROM (SELECT item_id, location_id, day, 'SO/' || document_id || '/' || line AS holder, quantity
                  FROM awaited WHERE item_id IN (SELECT item_id FROM short)
                UNION ALL
                SELECT item_id, NULL, NULL, holder, -quantity FROM held WHERE item_id IN (SELECT item_id FROM short)) AS both_sides
         GROUP BY item_id, holder HAVING max(location_id) IS NOT NULL)
    SELECT 'there'::text, b.item_id, b.location_id,
           CASE WHEN l.purpose = 'quality' OR EXISTS (SELECT 1 FROM lot t WHERE t.id = b.lot_id AND t.expires_on < stock_day(p_now))
                THEN 'held' ELSE '' END, NULL::int, sum(b.quantity)::bigint
      FROM balance b JOIN location l ON l.id = b.location_id
     WHERE b.item_id = ANY (v_items) AND l.company_id = p_company AND l.kind = 'internal' GROUP BY 2, 3, 4
    UNION ALL
    SELECT 'there', c.item_id, c.place, n.kind, NULL, n.quantity
      FROM stock_to_count(v_items, stock_day(p_now)) AS c CROSS JOIN LATERAL (VALUES ('held', c.quantity), ('', -c.quantity)) AS n(kind, quantity)
    UNION ALL
    SELECT 'reserved', item_id, warehouse_id, '', NULL, quantity
      FROM reserved WHERE item_id = ANY (v_items)
    UNION ALL
    -- nobody holds it any more, whether or not somebody has been in the way of it
    SELECT 'reserved', item_id, warehouse_id, '', NULL, -quantity
      FROM reservation WHERE item_id = ANY (v_items) AND expires_at <= p_now
    UNION ALL
    SELECT 'incoming', o.item_id, o.location_id, o.number::text, o.day - date '1970-01-01', o.quantity
      FROM ordered o WHERE kind = 'purchase_order' AND state = ANY (p_ordered) AND NOT final
    UNION ALL
    SELECT 'incoming', l.item_id, (d.details ->> 'destination')::int, d.number, coalesce(d.expected_on, d.day) - date '1970-01-01',
           l.base_quantity - l.received - l.rejected
      FROM document d CROSS JOIN LATERAL (SELECT * FROM document_line WHERE document_id = d.id OFFSET 0) l
     WHERE d.company_id = p_company AND d.kind = 'stock_transfer' AND d.state = ANY (p_dispatched)
       AND l.base_quantity > l.received + l.rejected AND l.item_id = ANY (v_items)
    UNION ALL
    -- ours since it was dispatched, and goes to where it was ordered to
    SELECT 'incoming', l.item_id, o.location_id, d.number, coalesce(o.expected_on, d.day) - date '1970-01-01', l.base_quantity - l.received
      FROM document d CROSS JOIN LATERAL (SELECT * FROM document_line WHERE document_id = d.id OFFSET 0) l
      JOIN LATERAL (SELECT * FROM document_line WHERE id = l.source_id OFFSET 0) o ON o.location_id IS NOT NULL
     WHERE d.company_id = p_company AND d.kind = 'goods_receipt' AND d.details ? 'in_transit' AND d.state <> 'cancelled'
       AND l.base_quantity > l.received AND l.item_id = ANY (v_items)
    UNION ALL
    SELECT 'needed', item_id, location_id, '', day - date '1970-01-01', sum(quantity)::bigint
      FROM needed GROUP BY item_id, location_id, day HAVING sum(quantity) <> 0
    UNION ALL
    SELECT 'kit', kit_id, component_id, '', NULL, quantity FROM kit_component WHERE kit_id = ANY (v_items)
    UNION ALL
    (SELECT DISTINCT ON (s.item_id) 'source', s.item_id, NULL::int, json_build_array(
                p.code, s.lead_time, t.lead_time, t.learned_days, t.learned_count, t.closed_weekdays,
                (SELECT json_agg(h.day) FROM supplier_holiday h WHERE h.partner_id = s.partner_id))::text, NULL::int, NULL::bigint
       FROM supplier_item s JOIN partner p ON p.id = s.partner_id LEFT JOIN supplier_terms t ON t.partner_id = s.partner_id
      WHERE s.item_id = ANY (v_items) ORDER BY s.item_id, s.preferred DESC, s.id)
    UNION ALL
    SELECT 'work', NULL, NULL, json_build_array(
               closed_weekdays, (SELECT json_agg(day) FROM company_holiday WHERE company_id = p_company), overdue_days)::text, NULL, handling_days
      FROM company WHERE id = p_company;
END $$;
