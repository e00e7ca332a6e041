-- What a sales channel may promise: what is free in its warehouses, has not expired and is not to be counted, less safety stock and its buffer; never below zero.
-- Whoever promises holds the items' locks, so that nobody else's promise comes between the question and the answer.

-- How much more of an item the channel may promise in one of its warehouses. The buffer is left untouched over all of them together.
CREATE OR REPLACE FUNCTION channel_room(p_channel integer, p_item integer, p_warehouse integer, p_now bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_day date := (timestamp 'epoch' + p_now * interval '1 microsecond')::date;
    v_sellable bigint := 0;
    v_all bigint := 0;
    v_here bigint := 0;
    v_good bigint;
    v_free bigint;
    w record;
BEGIN
    FOR w IN
        SELECT c.warehouse_id AS id,
               coalesce((SELECT quantity FROM safety_stock WHERE item_id = p_item AND warehouse_id = c.warehouse_id), 0) AS safety,
               coalesce((SELECT quantity FROM reserved WHERE item_id = p_item AND warehouse_id = c.warehouse_id), 0) AS reserved
          FROM channel_warehouse c WHERE c.channel_id = p_channel
    LOOP
        v_good := greatest(0, stock_promisable(p_item, w.id, 0) - stock_expired(p_item, w.id, v_day) - stock_uncounted(p_item, w.id, 0, v_day));
        v_free := greatest(0, v_good - w.reserved - w.safety);
        v_sellable := v_sellable + v_good;
        v_all := v_all + v_free;
        IF w.id = p_warehouse THEN
            v_here := v_free;
        END IF;
    END LOOP;
    RETURN greatest(0, least(v_here, v_all - coalesce((
        SELECT coalesce(quantity, ceil(v_sellable::numeric * part / 1000000)::bigint) FROM channel_buffer
         WHERE channel_id = p_channel AND (item_id = p_item OR item_id IS NULL) ORDER BY item_id NULLS LAST LIMIT 1), 0)));
END $$;

-- The orders that wait for an item, as stock_waiting of the ledger says: what is open on the lines of confirmed ones and not reserved, and of that no
-- more than the channel of an order may promise. An order comes before all that were written later, carts and quotes.
CREATE OR REPLACE FUNCTION stock_waiting(p_company integer, p_item integer, p_warehouse integer, p_holder text, p_now bigint)
RETURNS TABLE (waiter text, needed bigint, claim bigint, due_on date, earlier boolean) LANGUAGE sql STABLE
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT w.holder, n.needed,
           CASE WHEN c.id IS NULL OR n.needed <= 0 THEN n.needed ELSE least(n.needed, channel_room(c.id, p_item, p_warehouse, p_now)) END,
           l.expected_on, p_holder !~ '^SO/[0-9]{1,18}/' OR d.id < split_part(p_holder, '/', 2)::bigint
      FROM (SELECT holder FROM waiting
             WHERE item_id = p_item AND warehouse_id = p_warehouse AND company_id = p_company
               AND holder ~ '^SO/[0-9]{1,18}/[0-9]{1,9}$' OFFSET 0) AS w
     CROSS JOIN LATERAL (SELECT * FROM document WHERE id = split_part(w.holder, '/', 2)::bigint OFFSET 0) AS d
     CROSS JOIN LATERAL (SELECT * FROM document_line WHERE document_id = d.id AND line = split_part(w.holder, '/', 3)::integer OFFSET 0) AS l
     CROSS JOIN LATERAL (SELECT l.base_quantity - l.received - coalesce((
                                SELECT sum(quantity) FROM reservation
                                 WHERE holder = w.holder AND item_id = p_item AND warehouse_id = p_warehouse AND company_id = p_company), 0)::bigint AS needed) AS n
      LEFT JOIN sales_channel c ON c.company_id = p_company AND c.code = d.details ->> 'channel'
     WHERE d.state IN ('confirmed', 'partly_shipped') AND l.item_id = p_item
$$;

-- The same as stock_reserve, each line within what its channel may promise (p_channel: codes; null: of no channel).
CREATE OR REPLACE FUNCTION channel_reserve(
    p_company integer, p_now bigint, p_whole boolean, p_expires_at bigint, p_rank integer[],
    p_holder text[], p_item integer[], p_warehouse integer[], p_quantity bigint[], p_due_on date[], p_channel text[]
) RETURNS bigint[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_granted bigint[] := '{}';
    v_some bigint;
    v_short boolean;
BEGIN
    PERFORM stock_lock(p_company, p_item);
    FOR i IN 1 .. cardinality(p_item) LOOP
        v_some := p_quantity[i];
        IF p_channel[i] IS NOT NULL THEN
            v_some := least(v_some, channel_room_now(p_company, p_channel[i], p_item[i], p_warehouse[i], p_now, p_quantity[i]));
        END IF;
        -- what is kept from the channel is not waited for, what is not there is
        v_short := p_expires_at IS NULL AND v_some < p_quantity[i]
            AND stock_free_now(p_item[i], p_warehouse[i], 0, p_due_on[i], p_now) < p_quantity[i];
        v_granted := v_granted || CASE WHEN v_some <= 0 OR (p_whole AND v_some < p_quantity[i]) THEN 0 ELSE (stock_reserve(
            p_company, p_now, p_whole, p_expires_at, p_rank[i:i], p_holder[i:i], p_item[i:i], p_warehouse[i:i], ARRAY[0],
            ARRAY[v_some], ARRAY[0::bigint], p_due_on[i:i]))[1] END;
        IF v_short THEN
            PERFORM stock_wait(p_company, p_holder[i:i], p_item[i:i], p_warehouse[i:i]);
        END IF;
    END LOOP;
    RETURN v_granted;
END $$;

-- The same as stock_take_unpromised; what leaves beyond what was promised to its holder is within what its channel may promise, else it is an
-- error, whose detail is [item, how much is too much].
CREATE OR REPLACE FUNCTION channel_take(
    p_company integer, p_now bigint, p_holder text[], p_item integer[], p_warehouse integer[], p_lot integer[], p_quantity bigint[],
    p_channel text[]
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_day date := (timestamp 'epoch' + p_now * interval '1 microsecond')::date;
    v_room bigint;
    n record;
BEGIN
    PERFORM stock_lock(p_company, p_item);
    FOR n IN
        SELECT channel, item, warehouse, sum(greatest(0, quantity - held)) AS more
          FROM (SELECT w.channel, w.item, w.warehouse, w.holder, sum(w.quantity) AS quantity, coalesce((
                           SELECT sum(r.quantity) FROM reservation r
                            WHERE r.holder = w.holder AND r.company_id = p_company AND r.item_id = w.item
                              AND r.warehouse_id = w.warehouse), 0) AS held
                  FROM unnest(p_holder, p_item, p_warehouse, p_lot, p_quantity, p_channel)
                       AS w(holder, item, warehouse, lot, quantity, channel)
                 WHERE w.channel IS NOT NULL
                   -- what left before it expired, and is entered later, is nothing that could be promised to others
                   AND NOT EXISTS (SELECT 1 FROM lot WHERE w.lot <> 0 AND lot.id = w.lot AND lot.expires_on < v_day)
                 GROUP BY 1, 2, 3, 4) AS leaving
         GROUP BY 1, 2, 3 ORDER BY 2, 3, 1
    LOOP
        CONTINUE WHEN n.more = 0;
        v_room := channel_room_now(p_company, n.channel, n.item, n.warehouse, p_now, n.more::bigint);
        IF v_room < n.more THEN
            RAISE EXCEPTION 'kept for others' USING ERRCODE = 'EV003', DETAIL =
                json_build_array((SELECT sku FROM item WHERE id = n.item), n.more - v_room);
        END IF;
    END LOOP;
    PERFORM stock_take_unpromised(p_company, p_now, p_holder, p_item, p_warehouse, p_lot, p_quantity);
END $$;

-- The room for p_quantity, after what nobody holds any more is ended if there is not enough otherwise. The item is locked.
CREATE OR REPLACE FUNCTION channel_room_now(
    p_company integer, p_channel text, p_item integer, p_warehouse integer, p_now bigint, p_quantity bigint
) RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v_channel integer := (SELECT id FROM sales_channel WHERE company_id = p_company AND code = p_channel);
    v_room bigint := channel_room(v_channel, p_item, p_warehouse, p_now);
BEGIN
    IF v_room < p_quantity AND stock_expire(p_item, p_now) THEN
        v_room := channel_room(v_channel, p_item, p_warehouse, p_now);
    END IF;
    RETURN v_room;
END $$;

-- A channel by its code, as a JSON array: id, code, kind, series, customer group, customer, whether it is active, warehouses in their order.
CREATE OR REPLACE FUNCTION channel_read(p_company integer, p_code text) RETURNS json LANGUAGE sql STABLE
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT json_build_array(c.id, c.code, c.kind, c.series, c.customer_group, c.customer_id, c.active, (
               SELECT coalesce(json_agg(w.warehouse_id ORDER BY w.rank, w.warehouse_id), '[]')
                 FROM channel_warehouse w WHERE w.channel_id = c.id))
      FROM sales_channel c WHERE c.company_id = p_company AND c.code = p_code
$$;

-- The means of payment of a channel: name, account, of another currency than the company's which, and its rate of the day.
CREATE OR REPLACE FUNCTION means_read(p_company integer, p_channel integer, p_day date) RETURNS json LANGUAGE sql STABLE
    SET enable_seqscan = off AS $$
    SELECT json_agg(json_build_array(m.means, m.account_id, m.currency_id, CASE WHEN m.currency_id IS NOT NULL THEN (
               SELECT rate FROM exchange_rate
                WHERE company_id = p_company AND currency_id = m.currency_id AND day <= p_day ORDER BY day DESC LIMIT 1) END))
      FROM channel_means m WHERE m.channel_id = p_channel
$$;

-- Everything a sale at a till needs to know, as one JSON value, after locking its items: what an order of the channel does (sale_read), where
-- the items and the components of kits lie in the channel's warehouses (pick_places), what the ledger knows of them (ledger_read_ahead), their
-- categories, the accounts of tax codes and the means of payment.
CREATE OR REPLACE FUNCTION till_read(
    p_company integer, p_channel text, p_customer integer, p_day date, p_items integer[], p_units integer[], p_locations integer[],
    p_tax_codes integer[], p_accounts integer[], p_new_ids integer, p_key text
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_sale json := sale_read(
        p_company, '{}', false, p_customer, p_day, NULL, p_items, p_units, p_locations, p_tax_codes, p_accounts, false, p_new_ids, p_key,
        p_channel);
    v_warehouses integer[] := ARRAY(SELECT json_array_elements_text(v_sale -> 'channel' -> 7)::integer);
    v_items integer[] := p_items;
    v_ledger json;
BEGIN
    IF json_typeof(v_sale -> 'kits') = 'array' THEN
        v_items := p_items || ARRAY(SELECT (kit ->> 1)::integer FROM json_array_elements(v_sale -> 'kits') AS kit);
    END IF;
    v_ledger := ledger_read_ahead(p_company, v_items, NULL, cardinality(v_items));
    IF v_ledger IS NULL THEN
        PERFORM stock_lock(p_company, v_items);
    END IF;
    RETURN json_build_object(
        'sale', v_sale,
        'ledger', v_ledger,
        'places', pick_places(p_company, v_items, v_warehouses, p_day),
        'categories', (SELECT json_agg(json_build_array(id, category_id))
                         FROM item WHERE id = ANY (v_items) AND company_id + 0 = p_company),
        'output_tax', (SELECT json_agg(json_build_array(id, output_account_id)) FROM tax_code
                        WHERE id = ANY (ARRAY(
                            SELECT (tax ->> 0)::integer
                              FROM json_array_elements(CASE json_typeof(v_sale -> 'taxes') WHEN 'array' THEN v_sale -> 'taxes' END) AS tax))),
        'means', means_read(p_company, (v_sale -> 'channel' ->> 0)::integer, p_day)
    );
END $$;
