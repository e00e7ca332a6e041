-- What of promises of an item is on pick lists, in bins or in staging, for lines of sales orders; and how much of it at places where less lies than
-- is on lists there.
CREATE OR REPLACE FUNCTION stock_fetched(p_item integer) RETURNS TABLE (holder text, quantity bigint, lost bigint) LANGUAGE plpgsql STABLE
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN QUERY
    SELECT 'SO/' || l.document_id || '/' || l.line, sum(w.quantity)::bigint,
           coalesce(sum(w.quantity) FILTER (WHERE p.quantity > coalesce(
               (SELECT b.quantity FROM balance b JOIN location t ON t.id = b.location_id AND t.purpose <> 'quality'
                 WHERE b.item_id = p_item AND b.location_id = w.place AND b.lot_id = s.lot_id), 0)), 0)::bigint
      FROM pick_share s
      JOIN document_line l ON l.id = s.source_id
     CROSS JOIN LATERAL (VALUES (s.location_id, s.quantity - s.missing - s.picked), (s.staging_id, s.picked - s.shipped - s.put_back))
           AS w(place, quantity)
      JOIN goods_on_pick_lists(ARRAY[p_item]) AS p ON p.place = w.place AND p.lot_id = s.lot_id
     WHERE s.item_id = p_item AND s.quantity > s.missing + s.shipped + s.put_back AND w.quantity > 0
     GROUP BY l.document_id, l.line;
END $$;

-- An error if more of lines of orders (their ids) lies in staging than is reserved for them: what was promised was lost before it was picked. Its
-- detail is [item, how much more].
CREATE OR REPLACE FUNCTION pick_refuse_unreserved(p_company integer, p_sources bigint[]) RETURNS void LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v record;
BEGIN
    SELECT l.item_id, n.staged - n.held AS more INTO v
      FROM document_line l
     CROSS JOIN LATERAL (
           SELECT (SELECT sum(s.picked - s.shipped - s.put_back) FROM pick_share s
                    WHERE s.source_id = l.id AND s.quantity > s.missing + s.shipped + s.put_back) AS staged,
                  coalesce((SELECT sum(r.quantity) FROM reservation r
                             WHERE r.holder = 'SO/' || l.document_id || '/' || l.line AND r.item_id = l.item_id AND r.company_id = p_company), 0) AS held) AS n
     WHERE l.id = ANY (p_sources) AND n.staged > n.held LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'not reserved any more' USING ERRCODE = 'EV004', DETAIL =
            json_build_array((SELECT sku FROM item WHERE id = v.item_id), v.more);
    END IF;
END $$;
