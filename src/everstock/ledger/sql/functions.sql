-- The two calls of the posting path, and what protects append-only rows.
-- Lock order: company (advisory, shared) -> items (sorted) -> clock of the company (advisory, until commit).

CREATE SEQUENCE IF NOT EXISTS posting_position;
CREATE SEQUENCE IF NOT EXISTS movement_order;

-- From here to the commit one posting of a company at a time: position order is commit order. An advisory lock and not the
-- row of the clock: it is handed over in one step, where a row has waiters queue twice.
CREATE OR REPLACE FUNCTION ledger_lock_clock(p_company integer) RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(1163285333, p_company)
$$;

-- Locks items, always in ascending order, and returns their clocks and what costing needs to know of them. Only for what set the planner as below.
CREATE OR REPLACE FUNCTION ledger_lock_items(p_items integer[]) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v_known bigint;
BEGIN
    -- before any item is locked, lest two postings wait for each other's new rows
    SELECT count(*) INTO v_known FROM item_clock WHERE item_id = ANY (p_items);
    IF v_known < cardinality(p_items) THEN
        INSERT INTO item_clock (item_id, last_at, last_rank, since_checkpoint)
        SELECT item, -4611686018427387904, 0, 0 FROM unnest(p_items) AS item ORDER BY item
        ON CONFLICT DO NOTHING;
    END IF;
    PERFORM 1 FROM item_clock WHERE item_id = ANY (p_items) ORDER BY item_id FOR UPDATE;
    -- a new statement: it sees what those who held the locks before us committed
    RETURN (SELECT json_agg(json_build_array(c.item_id, c.last_at, c.last_rank, c.since_checkpoint,
                                             i.standard_cost, i.tracking, i.category_id, i.kind))
              FROM item_clock c JOIN item i ON i.id = c.item_id WHERE c.item_id = ANY (p_items));
END $$;

-- Locks the items and returns what a posting needs, as one JSON value.
-- p_pools and (p_items_at, p_locations_at, p_lots_at) name the pools and balances of interest.
CREATE OR REPLACE FUNCTION ledger_read(
    p_company integer, p_exclusive boolean, p_items integer[], p_pools integer[],
    p_items_at integer[], p_locations_at integer[], p_lots_at integer[],
    p_references text[], p_new_ids integer
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_locked json;
    v_clocks json;
BEGIN
    -- settings and costing of the company stay as they are until the transaction ends
    IF p_exclusive THEN
        PERFORM pg_advisory_xact_lock(1163285332, p_company);
    ELSE
        PERFORM pg_advisory_xact_lock_shared(1163285332, p_company);
    END IF;
    SELECT json_agg(json_build_array(starts_on - date '1970-01-01', ends_on - date '1970-01-01') ORDER BY starts_on)
      INTO v_locked FROM period WHERE company_id = p_company AND locked;
    IF cardinality(p_items) = 0 THEN
        -- journal lines alone
        RETURN json_build_object('locked', v_locked, 'version',
                                 (SELECT settings_version FROM company_clock WHERE company_id = p_company));
    END IF;
    v_clocks := ledger_lock_items(p_items);
    -- a new statement: it sees what those who held the locks before us committed
    RETURN json_build_object(
        'clocks', v_clocks,
        'version', (SELECT settings_version FROM company_clock WHERE company_id = p_company),
        'pools', (SELECT json_agg(json_build_array(id, state)) FROM pool WHERE id = ANY (p_pools)),
        'balances', (SELECT json_agg(json_build_array(at.item, at.location, at.lot, coalesce(b.quantity, 0)))
                       FROM unnest(p_items_at, p_locations_at, p_lots_at) AS at(item, location, lot)
                       LEFT JOIN balance b ON (b.item_id, b.location_id, b.lot_id) = (at.item, at.location, at.lot)),
        'references', (SELECT json_agg(json_build_array(reference, content, id, posting_id)) FROM movement
                        WHERE company_id = p_company AND reference = ANY (p_references)),
        'locked', v_locked,
        'ids', (SELECT json_agg(nextval('movement_order')) FROM generate_series(1, p_new_ids))
    );
END $$;

-- The same for journal lines alone, to go along with whatever else is read for them: after all locks on documents.
CREATE OR REPLACE FUNCTION ledger_read_company(p_company integer) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    RETURN ledger_read(p_company, false, '{}', '{}', '{}', '{}', '{}', '{}', 0);
END $$;

-- The same before it is known what exactly will be posted, to go along with whatever else is read for it, after all locks on documents: for so
-- many lines with new references, of goods without lots, at p_locations or, if that is null, wherever they lie. Null if some of them have lots:
-- these may have to be created first, and whoever waits for them must not hold items.
CREATE OR REPLACE FUNCTION ledger_read_ahead(p_company integer, p_items integer[], p_locations integer[], p_lines integer) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_items integer[];
    v_lots boolean;
    v_clocks json;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1163285332, p_company);
    SELECT array_agg(id), bool_or(tracking <> 'none') INTO v_items, v_lots
      FROM item WHERE id = ANY (p_items) AND company_id + 0 = p_company AND kind = 'stocked';
    IF v_items IS NULL OR v_lots THEN
        RETURN NULL;
    END IF;
    v_clocks := ledger_lock_items(v_items);
    RETURN json_build_object(
        'clocks', v_clocks,
        'version', (SELECT settings_version FROM company_clock WHERE company_id = p_company),
        'pools', (SELECT json_agg(json_build_array(id, state)) FROM pool WHERE item_id = ANY (v_items) AND lot_id = 0 AND NOT retired),
        'balances', CASE WHEN p_locations IS NULL THEN (
            SELECT json_agg(json_build_array(item_id, location_id, lot_id, quantity)) FROM balance WHERE item_id = ANY (v_items) AND lot_id = 0)
        ELSE (
            -- one by one: a join might begin with all that has no lot
            SELECT json_agg(json_build_array(item, location, 0, coalesce(
                       (SELECT b.quantity FROM balance b WHERE b.item_id = item AND b.location_id = location AND b.lot_id = 0), 0)))
              FROM unnest(v_items) AS item, unnest(p_locations) AS location) END,
        'locked', (SELECT json_agg(json_build_array(starts_on - date '1970-01-01', ends_on - date '1970-01-01') ORDER BY starts_on)
                     FROM period WHERE company_id = p_company AND locked),
        'ids', (SELECT json_agg(nextval('movement_order')) FROM generate_series(1, p_lines))
    );
END $$;

-- Writes everything a batch of postings changed. Rows refer to their posting by its number in the batch, from 1.
-- Balances, pools and clocks are absolute: their items are locked. Returns the positions.
CREATE OR REPLACE FUNCTION ledger_write(
    p_company integer,
    g_recorded_at bigint[], g_source text[], g_reference text[], g_actor text[],
    m_id bigint[], m_posting integer[], m_item integer[], m_kind smallint[], m_effective_at bigint[],
    m_quantity bigint[], m_source integer[], m_target integer[], m_lot integer[], m_contra integer[],
    m_contra_in integer[], m_value bigint[], m_unit_value bigint[], m_origin bigint[], m_unit_price bigint[],
    m_partner integer[], m_reference text[], m_content bigint[], m_details text[],
    d_posting integer[], d_movement bigint[], d_item integer[], d_location integer[], d_lot integer[],
    d_effective_at bigint[], d_quantity bigint[],
    e_posting integer[], e_line integer[], e_movement bigint[], e_affected bigint[], e_pool integer[], e_day integer[],
    e_posted_on integer[], e_account integer[], e_contra integer[], e_quantity bigint[], e_amount bigint[],
    p_id integer[], p_quantity bigint[], p_value bigint[], p_state text[],
    b_item integer[], b_location integer[], b_lot integer[], b_quantity bigint[],
    c_item integer[], c_last_at bigint[], c_last_rank smallint[], c_since integer[],
    k_item integer[], k_at bigint[],
    w_item integer[], w_since bigint[],
    n_item integer[], n_at bigint[], n_pool integer[], n_state text[]
) RETURNS bigint[] LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_last bigint;
    v_position bigint[];
    v_snapshot_day date;
BEGIN
    IF cardinality(k_item) > 0 THEN
        INSERT INTO checkpoint (item_id, at, pool_id, state)
        SELECT k.item, k.at, p.id, p.state
          FROM unnest(k_item, k_at) AS k(item, at) JOIN pool p ON p.item_id = k.item AND NOT p.retired
            ON CONFLICT DO NOTHING;
    END IF;
    -- checkpoints that a late fact made wrong, and those in their place
    IF cardinality(w_item) > 0 THEN
        DELETE FROM checkpoint c USING unnest(w_item, w_since) AS w(item, since)
         WHERE c.item_id = w.item AND c.at >= w.since;
    END IF;
    IF cardinality(n_item) > 0 THEN
        INSERT INTO checkpoint (item_id, at, pool_id, state)
        SELECT item, at, pool, state::bigint[] FROM unnest(n_item, n_at, n_pool, n_state) AS n(item, at, pool, state)
            ON CONFLICT (item_id, at, pool_id) DO UPDATE SET state = excluded.state;
    END IF;
    IF cardinality(p_id) > 0 THEN
        UPDATE pool SET quantity = n.quantity, value = n.value, state = n.state::bigint[]
          FROM unnest(p_id, p_quantity, p_value, p_state) AS n(id, quantity, value, state)
         WHERE pool.id = n.id;
    END IF;
    IF cardinality(b_item) > 0 THEN
        INSERT INTO balance AS old (item_id, location_id, lot_id, quantity)
        SELECT * FROM unnest(b_item, b_location, b_lot, b_quantity)
            ON CONFLICT (item_id, location_id, lot_id) DO UPDATE SET quantity = excluded.quantity;
    END IF;
    IF cardinality(c_item) > 0 THEN
        UPDATE item_clock SET last_at = n.last_at, last_rank = n.last_rank, since_checkpoint = n.since
          FROM unnest(c_item, c_last_at, c_last_rank, c_since) AS n(item, last_at, last_rank, since)
         WHERE item_clock.item_id = n.item;
    END IF;
    IF cardinality(b_item) > 0 AND EXISTS (SELECT 1 FROM reserved WHERE item_id = ANY (b_item) AND quantity > 0) THEN
        PERFORM stock_break_promises(b_item);
    END IF;
    PERFORM ledger_lock_clock(p_company);
    SELECT recorded_at, snapshot_day INTO STRICT v_last, v_snapshot_day FROM company_clock WHERE company_id = p_company;
    SELECT array_agg(nextval('posting_position')) INTO v_position FROM generate_series(1, cardinality(g_recorded_at));
    INSERT INTO posting (id, company_id, recorded_at, source, reference, actor)
    SELECT v_position[n], p_company, greatest(v_last, max(at) OVER (ORDER BY n)), source, reference, actor
      FROM unnest(g_recorded_at, g_source, g_reference, g_actor) WITH ORDINALITY AS g(at, source, reference, actor, n);
    UPDATE company_clock SET recorded_at = greatest(v_last, (SELECT max(at) FROM unnest(g_recorded_at) AS at))
     WHERE company_id = p_company;
    INSERT INTO movement (id, posting_id, company_id, item_id, kind, effective_at, quantity, source_id, target_id,
                          lot_id, contra_id, contra_in_id, value, unit_value, origin_id, unit_price, partner_id,
                          reference, content, details)
    SELECT id, v_position[posting], p_company, item, kind, effective_at, quantity, source, target, lot, contra,
           contra_in, value, unit_value, origin, unit_price, partner, reference, content, details::jsonb
      FROM unnest(m_id, m_posting, m_item, m_kind, m_effective_at, m_quantity, m_source, m_target, m_lot, m_contra,
                  m_contra_in, m_value, m_unit_value, m_origin, m_unit_price, m_partner, m_reference, m_content, m_details)
        AS m(id, posting, item, kind, effective_at, quantity, source, target, lot, contra,
             contra_in, value, unit_value, origin, unit_price, partner, reference, content, details);
    IF cardinality(d_movement) > 0 THEN
        INSERT INTO count_difference (posting_id, movement_id, item_id, location_id, lot_id, effective_at, quantity)
        SELECT v_position[posting], movement, item, location, lot, effective_at, quantity
          FROM unnest(d_posting, d_movement, d_item, d_location, d_lot, d_effective_at, d_quantity)
            AS d(posting, movement, item, location, lot, effective_at, quantity);
    END IF;
    INSERT INTO entry (posting_id, line, company_id, movement_id, affected_id, pool_id, day, posted_on, account_id, contra_id,
                       quantity, amount)
    SELECT v_position[posting], line, p_company, movement, affected, pool, date '1970-01-01' + day, date '1970-01-01' + posted_on,
           account, contra, quantity, amount
      FROM unnest(e_posting, e_line, e_movement, e_affected, e_pool, e_day, e_posted_on, e_account, e_contra, e_quantity, e_amount)
        AS e(posting, line, movement, affected, pool, day, posted_on, account, contra, quantity, amount);
    IF v_snapshot_day IS NOT NULL THEN
        IF date '1970-01-01' + (SELECT min(day) FROM unnest(e_day) AS day) <= v_snapshot_day THEN
            PERFORM ledger_move_snapshots(p_company, v_snapshot_day, e_pool, e_day, e_quantity, e_amount);
        END IF;
    END IF;
    RETURN v_position;
END $$;

-- Late entries move the snapshots on and after their day.
CREATE OR REPLACE FUNCTION ledger_move_snapshots(
    p_company integer, p_snapshot_day date, e_pool integer[], e_day integer[], e_quantity bigint[], e_amount bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO snapshot AS old (day, pool_id, quantity, value)
    SELECT s.day, e.pool, sum(e.quantity), sum(e.amount)
      FROM unnest(e_pool, e_day, e_quantity, e_amount) AS e(pool, day, quantity, amount)
      JOIN snapshot_day s ON s.company_id = p_company AND s.day >= date '1970-01-01' + e.day
     WHERE e.pool IS NOT NULL AND date '1970-01-01' + e.day <= p_snapshot_day
     GROUP BY s.day, e.pool
        ON CONFLICT (day, pool_id) DO UPDATE
       SET quantity = old.quantity + excluded.quantity, value = old.value + excluded.value;
END $$;

-- Quantity readings of the facts: what each did to the stock at a location. Lot 0: none.
-- A reversal has the locations of its origin the other way round; a count acts by its differences.
CREATE OR REPLACE VIEW leg AS
SELECT company_id, item_id, source_id AS location_id, coalesce(lot_id, 0) AS lot_id, effective_at, -quantity AS quantity,
       id AS movement_id, posting_id
  FROM movement WHERE source_id IS NOT NULL AND kind NOT IN (9, 10, 11, 12, 13)
UNION ALL
SELECT company_id, item_id, target_id, coalesce(lot_id, 0), effective_at, quantity, id, posting_id
  FROM movement WHERE target_id IS NOT NULL AND kind NOT IN (9, 10, 11, 12, 13)
UNION ALL
SELECT m.company_id, d.item_id, d.location_id, coalesce(d.lot_id, 0), d.effective_at, d.quantity, d.movement_id, d.posting_id
  FROM count_difference d JOIN movement m ON m.id = d.movement_id
UNION ALL
SELECT m.company_id, d.item_id, m.source_id, coalesce(d.lot_id, 0), d.effective_at, -d.quantity, d.movement_id, d.posting_id
  FROM count_difference d JOIN movement m ON m.id = d.movement_id;

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of table % are never changed or deleted', TG_TABLE_NAME
        USING HINT = 'Post a correction instead.', ERRCODE = 'restrict_violation';
END $$;

DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['posting', 'movement', 'count_difference', 'entry', 'seal', 'costing_change'] LOOP
        EXECUTE format('DROP TRIGGER IF EXISTS append_only ON %I', v_table);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', v_table);
    END LOOP;
END $$;
