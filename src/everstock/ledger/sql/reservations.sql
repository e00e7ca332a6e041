-- Stock that is promised. Whatever changes what is promised of an item or what is there of it holds the item's lock (as ledger_read takes them:
-- ascending), so both are always seen together, and nothing is promised twice.

-- Locks items as ledger_read does, which may come later in the same transaction: first against whoever keeps everybody out, then ascending.
CREATE OR REPLACE FUNCTION stock_lock(p_company integer, p_items integer[]) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1163285332, p_company);
    PERFORM 1 FROM item_clock WHERE item_id = ANY (p_items) ORDER BY item_id FOR UPDATE;
END $$;

-- The warehouse of a place: the topmost place above it of the same kind, or the place itself.
CREATE OR REPLACE FUNCTION warehouse_of(p_location integer) RETURNS integer LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_top integer := p_location;
    v_parent integer;
    v_first_kind text;
    v_kind text;
BEGIN
    SELECT parent_id, kind INTO v_parent, v_first_kind FROM location WHERE id = p_location;
    WHILE v_parent IS NOT NULL LOOP
        p_location := v_parent;
        SELECT parent_id, kind INTO v_parent, v_kind FROM location WHERE id = p_location;
        IF v_kind = v_first_kind THEN
            v_top := p_location;
        END IF;
    END LOOP;
    RETURN v_top;
END $$;

-- What of an item lies in a warehouse and may stay promised: not what is held for quality. p_lot: of one lot; 0: of all.
CREATE OR REPLACE FUNCTION stock_promisable(p_item integer, p_warehouse integer, p_lot integer) RETURNS bigint LANGUAGE plpgsql STABLE
    SET enable_seqscan = off AS $$
DECLARE
    b record;
    v_sum bigint := 0;
BEGIN
    FOR b IN SELECT o.location_id, sum(o.quantity) AS quantity
               FROM balance o JOIN location l ON l.id = o.location_id
              WHERE o.item_id = p_item AND (p_lot = 0 OR o.lot_id = p_lot) AND l.kind = 'internal' AND l.purpose <> 'quality'
              GROUP BY o.location_id
    LOOP
        IF b.quantity <> 0 AND (b.location_id = p_warehouse OR warehouse_of(b.location_id) = p_warehouse) THEN
            v_sum := v_sum + b.quantity;
        END IF;
    END LOOP;
    RETURN v_sum;
END $$;

-- What of that is not promised to anybody; below zero where the company lets stock fall below zero.
CREATE OR REPLACE FUNCTION stock_free(p_item integer, p_warehouse integer, p_lot integer) RETURNS bigint LANGUAGE plpgsql STABLE
    SET enable_seqscan = off AS $$
DECLARE
    v_free bigint;
BEGIN
    v_free := stock_promisable(p_item, p_warehouse, 0)
        - coalesce((SELECT quantity FROM reserved WHERE item_id = p_item AND warehouse_id = p_warehouse), 0);
    IF p_lot <> 0 THEN
        v_free := least(v_free, stock_promisable(p_item, p_warehouse, p_lot) - coalesce((
            SELECT sum(quantity) FROM reservation WHERE item_id = p_item AND warehouse_id = p_warehouse AND lot_id = p_lot), 0));
    END IF;
    RETURN v_free;
END $$;

-- What of an item lies in a warehouse, is not held for quality, and expired before the day.
CREATE OR REPLACE FUNCTION stock_expired(p_item integer, p_warehouse integer, p_day date) RETURNS bigint LANGUAGE sql STABLE
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT coalesce(sum(b.quantity), 0)::bigint
      FROM balance b JOIN lot t ON t.id = b.lot_id JOIN location l ON l.id = b.location_id
     WHERE b.item_id = p_item AND b.lot_id <> 0 AND t.expires_on < p_day AND l.kind = 'internal' AND l.purpose <> 'quality'
       AND warehouse_of(b.location_id) = p_warehouse
$$;

-- What of items lies at places where nobody may take it until it is counted, has not expired before the day and is fetched for nobody. The ledger
-- knows of nothing; who asks for counts puts a function of his in this one's place.
CREATE OR REPLACE FUNCTION stock_to_count(p_items integer[], p_day date)
RETURNS TABLE (item_id integer, place integer, lot_id integer, quantity bigint) LANGUAGE sql STABLE AS $$
    SELECT NULL::integer, NULL::integer, NULL::integer, NULL::bigint WHERE false
$$;

-- How much of that is of one item in a warehouse. p_lot: of one lot; 0: of all.
CREATE OR REPLACE FUNCTION stock_uncounted(p_item integer, p_warehouse integer, p_lot integer, p_day date) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT sum(c.quantity) FROM stock_to_count(ARRAY[p_item], p_day) AS c
                      WHERE (p_lot = 0 OR c.lot_id = p_lot) AND warehouse_of(c.place) = p_warehouse), 0);
END $$;

-- What of an item is good for a day after p_from, up to p_day, less what is promised for that day or later: the least over these days, null if nothing
-- expires before p_day. What is promised for earlier days takes what expires earlier, so this, and what is free at once, is what can be promised for p_day.
CREATE OR REPLACE FUNCTION stock_lasting(p_item integer, p_warehouse integer, p_from date, p_day date, p_now bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_there bigint;
BEGIN
    IF p_day IS NULL OR NOT EXISTS (SELECT 1 FROM lot WHERE item_id = p_item AND expires_on >= p_from AND expires_on < p_day) THEN
        RETURN NULL;
    END IF;
    v_there := stock_promisable(p_item, p_warehouse, 0);
    RETURN (
        SELECT min(v_there - n.gone - n.due - stock_uncounted(p_item, p_warehouse, 0, n.day))
          FROM (SELECT e.day, e.expires,
                       sum(e.gone) OVER (ORDER BY e.day) AS gone, sum(e.due) OVER (ORDER BY e.day DESC) AS due
                  FROM (SELECT t.expires_on + 1 AS day, true AS expires, b.quantity AS gone, 0 AS due
                          FROM lot t JOIN balance b ON b.item_id = t.item_id AND b.lot_id = t.id JOIN location l ON l.id = b.location_id
                         WHERE t.item_id = p_item AND t.expires_on < p_day AND b.quantity <> 0 AND l.kind = 'internal'
                           AND l.purpose <> 'quality' AND warehouse_of(b.location_id) = p_warehouse
                        UNION ALL
                        SELECT r.due_on, false, 0, r.quantity FROM reservation r
                         WHERE r.item_id = p_item AND r.warehouse_id = p_warehouse AND r.due_on > p_from
                           AND (r.expires_at IS NULL OR r.expires_at > p_now)) AS e) AS n
         WHERE n.expires AND n.day > p_from);
END $$;

-- What of an item may be promised anew, for a day (null: at once): what is free, does not expire before and is not to be counted. What was promised
-- before that stays promised.
CREATE OR REPLACE FUNCTION stock_free_now(p_item integer, p_warehouse integer, p_lot integer, p_due_on date, p_now bigint) RETURNS bigint
    LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
    v_day date := stock_day(p_now);
    v_free bigint := least(
        stock_free(p_item, p_warehouse, 0) - stock_expired(p_item, p_warehouse, v_day) - stock_uncounted(p_item, p_warehouse, 0, v_day),
        stock_lasting(p_item, p_warehouse, v_day, p_due_on, p_now));
BEGIN
    IF p_lot = 0 THEN
        RETURN v_free;
    END IF;
    RETURN CASE WHEN EXISTS (SELECT 1 FROM lot WHERE id = p_lot AND expires_on < greatest(v_day, p_due_on)) THEN 0
                ELSE least(v_free, stock_free(p_item, p_warehouse, p_lot) - stock_uncounted(p_item, p_warehouse, p_lot, v_day)) END;
END $$;

-- Notes that holders wait for more than they were promised.
CREATE OR REPLACE FUNCTION stock_wait(p_company integer, p_holder text[], p_item integer[], p_warehouse integer[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO waiting (item_id, warehouse_id, holder, company_id)
    SELECT n.item, n.warehouse, n.holder, p_company FROM unnest(p_holder, p_item, p_warehouse) AS n(holder, item, warehouse)
        ON CONFLICT DO NOTHING
$$;

-- The day of a moment.
CREATE OR REPLACE FUNCTION stock_day(p_now bigint) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT date '1970-01-01' + (p_now / 86400000000)::integer
$$;

-- Who waits for an item in a warehouse: how much he needs now beyond what he is promised (nothing any more: 0 or less), how much of that he may be
-- promised now, for which day (null: at once), and whether he comes before a holder. The ledger does not know what anybody needs; who does puts a function of his in this one's place.
CREATE OR REPLACE FUNCTION stock_waiting(p_company integer, p_item integer, p_warehouse integer, p_holder text, p_now bigint)
RETURNS TABLE (waiter text, needed bigint, claim bigint, due_on date, earlier boolean) LANGUAGE sql STABLE AS $$
    SELECT NULL::text, NULL::bigint, NULL::bigint, NULL::date, NULL::boolean WHERE false
$$;

-- What of an item in a warehouse others wait for who come before a holder that wants it for a day (null: at once), and want it by then. For who waits
-- himself it is nothing: who of those is served first is said by whoever serves them.
CREATE OR REPLACE FUNCTION stock_awaited(
    p_company integer, p_item integer, p_warehouse integer, p_holder text, p_due_on date, p_now bigint
) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN EXISTS (SELECT 1 FROM waiting WHERE item_id = p_item AND warehouse_id = p_warehouse AND holder = p_holder AND company_id = p_company)
           THEN 0 ELSE coalesce((
                SELECT sum(greatest(0, w.claim)) FROM stock_waiting(p_company, p_item, p_warehouse, p_holder, p_now) AS w
                 WHERE w.earlier AND (w.due_on IS NULL OR w.due_on <= greatest(stock_day(p_now), p_due_on))), 0)::bigint END
$$;

-- Ends the reservations of an item whose time is over; the item is locked. Whether there were any.
CREATE OR REPLACE FUNCTION stock_expire(p_item integer, p_now bigint) RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    WITH gone AS (DELETE FROM reservation WHERE item_id = p_item AND expires_at <= p_now RETURNING warehouse_id, quantity)
    UPDATE reserved r SET quantity = r.quantity - g.quantity
      FROM (SELECT warehouse_id, sum(quantity) AS quantity FROM gone GROUP BY 1) AS g
     WHERE r.item_id = p_item AND r.warehouse_id = g.warehouse_id;
    RETURN FOUND;
END $$;

-- Promises everything of lines that want no lot, no item of a warehouse twice and none that is to be counted or waited for, if all of it is free; the usual case,
-- in a few statements.
-- The items are locked. Whether it was so; otherwise nothing is done.
CREATE OR REPLACE FUNCTION stock_reserve_all(
    p_company integer, p_now bigint, p_expires_at bigint, p_rank integer[],
    p_holder text[], p_item integer[], p_warehouse integer[], p_lot integer[], p_quantity bigint[], p_keep bigint[], p_due_on date[]
) RETURNS boolean LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    -- what expires before the last of the days is left out of all of them: mostly there is enough of what does not
    v_good_on date := greatest(stock_day(p_now), (SELECT max(due_on) FROM unnest(p_due_on) AS due_on));
BEGIN
    IF EXISTS (SELECT 1 FROM unnest(p_lot, p_quantity) AS n(lot, quantity) WHERE lot <> 0 OR quantity <= 0)
       OR EXISTS (SELECT 1 FROM unnest(p_item, p_warehouse) AS n(item, warehouse) GROUP BY item, warehouse HAVING count(*) > 1)
       OR EXISTS (SELECT 1 FROM waiting WHERE item_id = ANY (p_item))
       OR EXISTS (SELECT 1 FROM stock_to_count(p_item, stock_day(p_now))) THEN
        RETURN false;
    END IF;
    IF EXISTS (
        SELECT 1
          FROM unnest(p_item, p_warehouse, p_quantity, p_keep) AS n(item, warehouse, quantity, keep)
          LEFT JOIN (SELECT o.item_id AS item, CASE WHEN o.location_id = ANY (p_warehouse) THEN o.location_id
                                                    ELSE warehouse_of(o.location_id) END AS warehouse, sum(o.quantity) AS quantity
                       FROM balance o JOIN location l ON l.id = o.location_id
                      WHERE o.item_id = ANY (p_item) AND o.quantity <> 0 AND l.kind = 'internal' AND l.purpose <> 'quality'
                        AND NOT EXISTS (SELECT 1 FROM lot t WHERE t.id = o.lot_id AND t.expires_on < v_good_on)
                      GROUP BY 1, 2) AS there USING (item, warehouse)
         WHERE coalesce(there.quantity, 0) - n.keep - n.quantity < coalesce((
                   SELECT r.quantity FROM reserved r WHERE r.item_id = n.item AND r.warehouse_id = n.warehouse), 0)) THEN
        RETURN false;
    END IF;
    INSERT INTO reservation AS old (
        company_id, item_id, warehouse_id, lot_id, holder, quantity, rank, due_on, expires_at, created_at)
    SELECT p_company, item, warehouse, 0, holder, quantity, rank, due_on, p_expires_at, p_now
      FROM unnest(p_item, p_warehouse, p_holder, p_quantity, p_rank, p_due_on) AS n(item, warehouse, holder, quantity, rank, due_on)
        ON CONFLICT (holder, item_id, warehouse_id, lot_id, company_id) DO UPDATE
       SET quantity = old.quantity + excluded.quantity, rank = excluded.rank, due_on = excluded.due_on, expires_at = excluded.expires_at;
    INSERT INTO reserved AS old (item_id, warehouse_id, quantity)
    SELECT item, warehouse, quantity FROM unnest(p_item, p_warehouse, p_quantity) AS n(item, warehouse, quantity)
        ON CONFLICT (item_id, warehouse_id) DO UPDATE SET quantity = old.quantity + excluded.quantity;
    RETURN true;
END $$;

-- Promises stock, line by line, each as much as there is: of p_quantity, and so that p_keep stays free, and what others wait for who come before. p_whole:
-- all of a line or nothing of it. Who is promised less for good waits for the rest. Returns how much of each line was promised. Under one holder an item of a warehouse and a lot is promised once: more is added to it.
CREATE OR REPLACE FUNCTION stock_reserve(
    p_company integer, p_now bigint, p_whole boolean, p_expires_at bigint, p_rank integer[],
    p_holder text[], p_item integer[], p_warehouse integer[], p_lot integer[], p_quantity bigint[], p_keep bigint[], p_due_on date[]
) RETURNS bigint[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_granted bigint[] := '{}';
    v_free bigint;
BEGIN
    PERFORM stock_lock(p_company, p_item);
    IF stock_reserve_all(
        p_company, p_now, p_expires_at, p_rank, p_holder, p_item, p_warehouse, p_lot, p_quantity, p_keep, p_due_on) THEN
        RETURN p_quantity;
    END IF;
    FOR i IN 1 .. cardinality(p_item) LOOP
        v_free := stock_free_now(p_item[i], p_warehouse[i], p_lot[i], p_due_on[i], p_now) - p_keep[i];
        IF v_free < p_quantity[i] AND stock_expire(p_item[i], p_now) THEN
            v_free := stock_free_now(p_item[i], p_warehouse[i], p_lot[i], p_due_on[i], p_now) - p_keep[i];
        END IF;
        IF EXISTS (SELECT 1 FROM waiting WHERE item_id = p_item[i] AND warehouse_id = p_warehouse[i]) THEN
            DELETE FROM waiting AS old
             WHERE item_id = p_item[i] AND warehouse_id = p_warehouse[i] AND company_id = p_company AND NOT EXISTS (
                   SELECT 1 FROM stock_waiting(p_company, p_item[i], p_warehouse[i], p_holder[i], p_now) AS w
                    WHERE w.waiter = old.holder AND w.needed > 0) AND holder <> p_holder[i];
            v_free := v_free - stock_awaited(p_company, p_item[i], p_warehouse[i], p_holder[i], p_due_on[i], p_now);
        END IF;
        v_free := least(p_quantity[i], greatest(v_free, 0));
        IF p_whole AND v_free < p_quantity[i] THEN
            v_free := 0;
        END IF;
        IF v_free > 0 THEN
            INSERT INTO reservation AS old (
                company_id, item_id, warehouse_id, lot_id, holder, quantity, rank, due_on, expires_at, created_at)
            VALUES (p_company, p_item[i], p_warehouse[i], p_lot[i], p_holder[i], v_free, p_rank[i], p_due_on[i], p_expires_at, p_now)
                ON CONFLICT (holder, item_id, warehouse_id, lot_id, company_id) DO UPDATE
               SET quantity = old.quantity + excluded.quantity, rank = excluded.rank, due_on = excluded.due_on,
                   expires_at = excluded.expires_at;
            INSERT INTO reserved AS old (item_id, warehouse_id, quantity) VALUES (p_item[i], p_warehouse[i], v_free)
                ON CONFLICT (item_id, warehouse_id) DO UPDATE SET quantity = old.quantity + excluded.quantity;
        END IF;
        IF v_free < p_quantity[i] AND p_expires_at IS NULL THEN
            PERFORM stock_wait(p_company, p_holder[i:i], p_item[i:i], p_warehouse[i:i]);
        END IF;
        v_granted := v_granted || v_free;
    END LOOP;
    RETURN v_granted;
END $$;

-- Takes up to p_most from reservations in this order, the last one perhaps in part; their item is locked. Returns how much was taken.
CREATE OR REPLACE FUNCTION stock_take_from(p_reservations bigint[], p_most bigint) RETURNS bigint LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v_left bigint := p_most;
    v_take bigint;
    r record;
BEGIN
    FOR r IN SELECT o.* FROM unnest(p_reservations) WITH ORDINALITY AS n(id, place) JOIN reservation o ON o.id = n.id ORDER BY n.place LOOP
        EXIT WHEN v_left = 0;
        v_take := least(v_left, r.quantity);
        IF v_take = r.quantity THEN
            DELETE FROM reservation WHERE id = r.id;
        ELSE
            UPDATE reservation SET quantity = quantity - v_take WHERE id = r.id;
        END IF;
        UPDATE reserved SET quantity = quantity - v_take WHERE item_id = r.item_id AND warehouse_id = r.warehouse_id;
        v_left := v_left - v_take;
    END LOOP;
    RETURN p_most - v_left;
END $$;

-- Hands promises over, without anybody coming between: of what p_from were promised of an item in a warehouse, up to p_quantity goes to p_to,
-- under its rank and day and for good, as far as it is good on that day. What is over by p_now is handed over to nobody. Returns how much of each line was.
CREATE OR REPLACE FUNCTION stock_pass(
    p_company integer, p_now bigint, p_from text[], p_to text[], p_item integer[], p_warehouse integer[], p_quantity bigint[],
    p_rank integer[], p_due_on date[]
) RETURNS bigint[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_passed bigint[] := '{}';
    v_left bigint;
    v_some bigint;
    r record;
BEGIN
    PERFORM stock_lock(p_company, p_item);
    FOR i IN 1 .. cardinality(p_item) LOOP
        v_left := p_quantity[i];
        FOR r IN SELECT * FROM reservation
                  WHERE holder = p_from[i] AND company_id = p_company AND item_id = p_item[i] AND warehouse_id = p_warehouse[i]
                    AND (expires_at IS NULL OR expires_at > p_now) ORDER BY lot_id
        LOOP
            EXIT WHEN v_left <= 0;
            v_some := stock_take_from(ARRAY[r.id], greatest(0, least(v_left, stock_lasting(
                p_item[i], p_warehouse[i], coalesce(r.due_on, stock_day(p_now)), p_due_on[i], p_now))));
            CONTINUE WHEN v_some = 0;
            UPDATE reserved SET quantity = quantity + v_some WHERE item_id = r.item_id AND warehouse_id = r.warehouse_id;
            INSERT INTO reservation AS old (
                company_id, item_id, warehouse_id, lot_id, holder, quantity, rank, due_on, expires_at, created_at)
            VALUES (p_company, r.item_id, r.warehouse_id, r.lot_id, p_to[i], v_some, p_rank[i], p_due_on[i], NULL, p_now)
                ON CONFLICT (holder, item_id, warehouse_id, lot_id, company_id) DO UPDATE
               SET quantity = old.quantity + excluded.quantity, rank = excluded.rank, due_on = excluded.due_on,
                   expires_at = excluded.expires_at;
            v_left := v_left - v_some;
        END LOOP;
        v_passed := v_passed || p_quantity[i] - v_left;
    END LOOP;
    RETURN v_passed;
END $$;

-- Lets what holders were promised be wanted on other days (null: at once), as far as it is good then. Returns how much of each was ended.
CREATE OR REPLACE FUNCTION stock_redate(p_company integer, p_now bigint, p_holder text[], p_due_on date[]) RETURNS bigint[]
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_all bigint[] := '{}';
    v_ended bigint;
    r record;
BEGIN
    PERFORM stock_lock(p_company, ARRAY(SELECT DISTINCT item_id FROM reservation WHERE holder = ANY (p_holder) AND company_id = p_company));
    FOR i IN 1 .. cardinality(p_holder) LOOP
        v_ended := 0;
        FOR r IN SELECT * FROM reservation
                  WHERE holder = p_holder[i] AND company_id = p_company AND due_on IS DISTINCT FROM p_due_on[i] ORDER BY id
        LOOP
            UPDATE reservation SET due_on = p_due_on[i] WHERE id = r.id;
            v_ended := v_ended + stock_take_from(ARRAY[r.id], greatest(0, -stock_lasting(
                r.item_id, r.warehouse_id, coalesce(r.due_on, stock_day(p_now)), p_due_on[i], p_now)));
            IF v_ended > 0 THEN
                PERFORM stock_wait(p_company, p_holder[i:i], ARRAY[r.item_id], ARRAY[r.warehouse_id]);
            END IF;
        END LOOP;
        v_all := v_all || v_ended;
    END LOOP;
    RETURN v_all;
END $$;

-- Lets what holders were promised, and is not over by p_now, end at another moment. Returns how much that is of each.
CREATE OR REPLACE FUNCTION stock_extend(p_company integer, p_now bigint, p_holder text[], p_expires_at bigint) RETURNS bigint[]
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_items integer[] := ARRAY(SELECT DISTINCT item_id FROM reservation WHERE holder = ANY (p_holder) AND company_id = p_company);
    v_held bigint[] := '{}';
    v_some bigint;
BEGIN
    PERFORM stock_lock(p_company, v_items);
    FOR i IN 1 .. cardinality(p_holder) LOOP
        WITH longer AS (
            UPDATE reservation SET expires_at = p_expires_at
             WHERE holder = p_holder[i] AND company_id = p_company AND item_id = ANY (v_items) AND expires_at > p_now
            RETURNING quantity)
        SELECT coalesce(sum(quantity), 0) INTO v_some FROM longer;
        v_held := v_held || v_some;
    END LOOP;
    RETURN v_held;
END $$;

-- Ends what holders were promised: all of it, or of each up to p_quantity (null: all). Returns how much of each was ended.
CREATE OR REPLACE FUNCTION stock_release(p_company integer, p_holder text[], p_quantity bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_released bigint[] := '{}';
    v_items integer[] := ARRAY(SELECT DISTINCT item_id FROM reservation WHERE holder = ANY (p_holder) AND company_id = p_company);
BEGIN
    PERFORM stock_lock(p_company, v_items);
    -- who loses a part may wait for it; who loses all of it is done
    INSERT INTO waiting (item_id, warehouse_id, holder, company_id)
    SELECT r.item_id, r.warehouse_id, r.holder, p_company
      FROM unnest(p_holder, p_quantity) AS n(holder, quantity)
      JOIN reservation r ON r.holder = n.holder AND r.company_id = p_company AND r.expires_at IS NULL
     WHERE n.quantity IS NOT NULL
        ON CONFLICT DO NOTHING;
    FOR i IN 1 .. cardinality(p_holder) LOOP
        v_released := v_released || stock_take_from(
            -- what came in between, of another item, is not locked and so not touched
            ARRAY(SELECT id FROM reservation
                   WHERE holder = p_holder[i] AND company_id = p_company AND item_id = ANY (v_items) ORDER BY id DESC),
            coalesce(p_quantity[i], 9223372036854775807));
    END LOOP;
    RETURN v_released;
END $$;

-- Ends all that the holders of lines were promised of what they take, if no line takes less than that; the usual case, in a few statements.
-- The items are locked. Whether it was so; otherwise nothing is done.
CREATE OR REPLACE FUNCTION stock_take_all(
    p_company integer, p_holder text[], p_item integer[], p_warehouse integer[], p_lot integer[], p_quantity bigint[]
) RETURNS boolean LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_ids bigint[];
BEGIN
    SELECT array_agg(id) FILTER (WHERE id IS NOT NULL)
      INTO v_ids
      FROM (SELECT r.id, sum(r.quantity) OVER (PARTITION BY n.place) AS promised, n.quantity
              FROM unnest(p_holder, p_item, p_warehouse, p_lot, p_quantity) WITH ORDINALITY AS n(holder, item, warehouse, lot, quantity, place)
              -- OFFSET 0 keeps the planner from beginning with the reservations, which it may believe to be few
             CROSS JOIN LATERAL (SELECT id, quantity FROM reservation
                                  WHERE holder = n.holder AND item_id = n.item AND warehouse_id = n.warehouse AND lot_id IN (0, n.lot)
                                    AND company_id = p_company OFFSET 0) AS r) AS mine
    HAVING coalesce(bool_and(promised <= quantity), true);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    WITH gone AS (DELETE FROM reservation WHERE id = ANY (v_ids) RETURNING item_id, warehouse_id, quantity)
    UPDATE reserved r SET quantity = r.quantity - g.quantity
      FROM (SELECT item_id, warehouse_id, sum(quantity) AS quantity FROM gone GROUP BY 1, 2) AS g
     WHERE r.item_id = ANY (p_item) AND r.item_id = g.item_id AND r.warehouse_id = g.warehouse_id;
    RETURN true;
END $$;

-- Prepares goods to leave: ends the promises that their holders take with them (of the lot named first, then of no lot), and returns for each
-- line what is missing: how much of it would be taken from what is promised to others, of promises whose time is not over. Locks the items.
CREATE OR REPLACE FUNCTION stock_take(
    p_company integer, p_now bigint, p_holder text[], p_item integer[], p_warehouse integer[], p_lot integer[], p_quantity bigint[]
) RETURNS bigint[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_missing bigint[];
    v_ended boolean := false;
BEGIN
    PERFORM stock_lock(p_company, p_item);
    IF NOT stock_take_all(p_company, p_holder, p_item, p_warehouse, p_lot, p_quantity) THEN
        FOR i IN 1 .. cardinality(p_item) LOOP
            PERFORM stock_take_from(
                ARRAY(SELECT id FROM reservation
                       WHERE holder = p_holder[i] AND company_id = p_company AND item_id = p_item[i] AND warehouse_id = p_warehouse[i]
                         AND lot_id IN (0, p_lot[i]) ORDER BY lot_id DESC),
                p_quantity[i]);
        END LOOP;
    END IF;
    v_missing := stock_missing(p_item, p_warehouse, p_lot, p_quantity);
    FOR i IN 1 .. cardinality(v_missing) LOOP
        v_ended := (v_missing[i] > 0 AND stock_expire(p_item[i], p_now)) OR v_ended;
    END LOOP;
    RETURN CASE WHEN v_ended THEN stock_missing(p_item, p_warehouse, p_lot, p_quantity) ELSE v_missing END;
END $$;

-- How much of each line that would leave is promised to somebody.
CREATE OR REPLACE FUNCTION stock_missing(p_item integer[], p_warehouse integer[], p_lot integer[], p_quantity bigint[]) RETURNS bigint[]
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    RETURN (
        -- where nothing is promised to anybody else, the ledger alone says what may leave
        SELECT array_agg(CASE WHEN r.quantity > 0 THEN
                   greatest(0, least(w.quantity, w.upto - stock_free(w.item, w.warehouse, 0)),
                               CASE WHEN w.lot <> 0 THEN least(w.quantity, w.upto_of_lot - stock_free(w.item, w.warehouse, w.lot)) ELSE 0 END)
               ELSE 0 END ORDER BY w.place)
          FROM (SELECT n.*, sum(n.quantity) OVER (PARTITION BY n.item, n.warehouse ORDER BY n.place) AS upto,
                       sum(n.quantity) OVER (PARTITION BY n.item, n.warehouse, n.lot ORDER BY n.place) AS upto_of_lot
                  FROM unnest(p_item, p_warehouse, p_lot, p_quantity) WITH ORDINALITY AS n(item, warehouse, lot, quantity, place)) AS w
          LEFT JOIN reserved r ON r.item_id = w.item AND r.warehouse_id = w.warehouse);
END $$;

-- The same, and an error that names the first line of which something is promised to others; its detail is [item, how much].
CREATE OR REPLACE FUNCTION stock_take_unpromised(
    p_company integer, p_now bigint, p_holder text[], p_item integer[], p_warehouse integer[], p_lot integer[], p_quantity bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_missing bigint[] := stock_take(p_company, p_now, p_holder, p_item, p_warehouse, p_lot, p_quantity);
BEGIN
    FOR i IN 1 .. cardinality(v_missing) LOOP
        IF v_missing[i] > 0 THEN
            RAISE EXCEPTION 'promised to others' USING ERRCODE = 'EV002', DETAIL =
                json_build_array((SELECT sku FROM item WHERE id = p_item[i]), v_missing[i]);
        END IF;
    END LOOP;
END $$;

-- What of promises of an item is already fetched for their holders, and how much of it at places where so much is not there any more. The ledger
-- knows of nothing; who has goods fetched puts a function of his in this one's place.
CREATE OR REPLACE FUNCTION stock_fetched(p_item integer) RETURNS TABLE (holder text, quantity bigint, lost bigint) LANGUAGE sql STABLE AS $$
    SELECT NULL::text, NULL::bigint, NULL::bigint WHERE false
$$;

-- Ends promises that can no longer be kept, because less is there than was promised. For ledger_write, which holds the items' locks.
CREATE OR REPLACE FUNCTION stock_break_promises(p_items integer[]) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT * FROM (
            SELECT item_id, warehouse_id, lot_id, sum(quantity) - greatest(stock_promisable(item_id, warehouse_id, lot_id), 0) AS excess
              FROM reservation WHERE item_id = ANY (p_items) AND lot_id <> 0 GROUP BY item_id, warehouse_id, lot_id) AS n
         WHERE excess > 0
    LOOP
        PERFORM stock_break(v.item_id, v.warehouse_id, v.lot_id, v.excess::bigint);
    END LOOP;
    FOR v IN
        SELECT * FROM (
            SELECT item_id, warehouse_id, quantity - greatest(stock_promisable(item_id, warehouse_id, 0), 0) AS excess
              FROM reserved WHERE item_id = ANY (p_items) AND quantity > 0) AS n
         WHERE excess > 0
    LOOP
        PERFORM stock_break(v.item_id, v.warehouse_id, 0, v.excess);
    END LOOP;
END $$;

-- Ends so much of what is promised of an item in a warehouse (p_lot: of one lot; 0: of any or none): first what nobody fetches yet, then what is
-- fetched where it is not there any more, then the rest; of each carts and quotes first, then the least urgent.
CREATE OR REPLACE FUNCTION stock_break(p_item integer, p_warehouse integer, p_lot integer, p_excess bigint) RETURNS void LANGUAGE plpgsql
    SET enable_seqscan = off AS $$
DECLARE
    v_left bigint := p_excess;
    r record;
BEGIN
    FOR r IN
        SELECT o.id, n.part, o.company_id, o.holder, o.expires_at
          FROM reservation o
          LEFT JOIN LATERAL (SELECT least(f.quantity, o.quantity) AS fetched, least(f.lost, f.quantity, o.quantity) AS lost
                               FROM stock_fetched(p_item) AS f WHERE f.holder = o.holder) AS f ON true
         CROSS JOIN LATERAL (VALUES (1, o.quantity - coalesce(f.fetched, 0)), (2, f.lost), (3, f.fetched - f.lost)) AS n(turn, part)
         WHERE o.item_id = p_item AND o.warehouse_id = p_warehouse AND p_lot IN (0, o.lot_id) AND n.part > 0
         ORDER BY n.turn, o.expires_at IS NULL, o.rank DESC, o.due_on DESC NULLS LAST, o.id DESC
    LOOP
        EXIT WHEN v_left = 0;
        v_left := v_left - stock_take_from(ARRAY[r.id], least(v_left, r.part));
        IF r.expires_at IS NULL THEN
            PERFORM stock_wait(r.company_id, ARRAY[r.holder], ARRAY[p_item], ARRAY[p_warehouse]);
        END IF;
    END LOOP;
END $$;
