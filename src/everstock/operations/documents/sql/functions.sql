-- The calls of every verb on documents, and what protects posted ones: document_read, and then in one statement document_change, perhaps
-- ledger_write, and document_add.
-- Lock order: documents (ascending ids) -> the ledger's locks -> request key -> number series (ascending kind, series and year, until commit).

-- Reads documents with their lines as one JSON value, and reserves ids for new ones.
-- p_lock: locks them until the transaction ends. p_related: their direct predecessors too. p_lines: their lines too.
-- p_key: whether this request was answered before.
CREATE OR REPLACE FUNCTION document_read(
    p_company integer, p_ids bigint[], p_lock boolean, p_related boolean, p_new_ids integer, p_key text, p_lines boolean DEFAULT true
) RETURNS json LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    -- plans are made once, perhaps while the tables are empty: every question here has its index
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_ids bigint[] := p_ids;
BEGIN
    IF p_related THEN
        -- links are never changed, so the set can be read before the locks
        v_ids := p_ids || ARRAY(SELECT predecessor_id FROM document_link WHERE successor_id = ANY (p_ids));
    END IF;
    -- company_id + 0, here and below: the way in is by the ids, whatever the planner believes of how few rows a company has
    IF p_lock THEN
        PERFORM 1 FROM document WHERE id = ANY (v_ids) AND company_id + 0 = p_company ORDER BY id FOR UPDATE;
    END IF;
    -- a new statement: it sees what those who held the locks before us committed
    v_ids := ARRAY(SELECT id FROM document WHERE id = ANY (v_ids) AND company_id + 0 = p_company);
    RETURN json_build_object(
        'documents', (
            SELECT json_agg(json_build_array(
                       id, kind, state, day, currency_id, created_at, number, version, partner_id, due_on, expected_on, sent_on,
                       rate, reference, net, tax, gross, paid, posted_at, created_by, details) ORDER BY id)
              FROM document WHERE id = ANY (v_ids)),
        'lines', CASE WHEN p_lines THEN (
            SELECT json_agg(json_build_array(
                       l.document_id, l.line, l.quantity, l.base_quantity, l.id, l.item_id, l.location_id, l.to_location_id, l.lot_id,
                       l.description, l.unit_id, l.numerator, l.denominator, l.unit_price, l.discount, l.net, l.tax_code_id,
                       l.tax, l.source_id, l.expected_on, l.ordered, l.received, l.invoiced, l.returned, l.rejected,
                       l.account_id, l.ledger_reference, l.details) ORDER BY l.document_id, l.line)
              FROM document_line l WHERE l.document_id = ANY (v_ids)) END,
        'currency', (SELECT currency_id FROM company WHERE id = p_company),
        'request', CASE WHEN p_key IS NOT NULL THEN document_of_request(p_company, p_key) END,
        'ids', (SELECT json_agg(nextval('document_id_seq')) FROM generate_series(1, p_new_ids))
    );
END $$;

CREATE OR REPLACE FUNCTION document_of_request(p_company integer, p_key text) RETURNS json LANGUAGE sql STABLE AS $$
    SELECT json_build_array(r.content, d.id, d.number, d.state)
      FROM request_key r JOIN document d ON d.id = r.document_id
     WHERE r.company_id = p_company AND r.key = p_key
$$;

-- Writes what a verb changed on documents that are there, and new lines and links. Rows come as arrays, column by column, or, where few columns
-- of many are meant, as a JSON array of objects; arrays may be null. In new lines, what is absent is null or zero.
-- The source of a new line may be another new one: minus its place among them. d_: states, and what is added to what is paid. u_: what is added to the progress of lines. p_updates, p_line_updates: anything else.
CREATE OR REPLACE FUNCTION document_change(
    p_company integer, d_id bigint[], d_state text[], d_paid bigint[], p_updates json,
    u_id bigint[], u_ordered bigint[], u_received bigint[], u_invoiced bigint[], u_returned bigint[], u_rejected bigint[],
    p_line_updates json, p_versions json,
    l_document bigint[], l_line integer[], l_quantity bigint[], l_base_quantity bigint[], l_item integer[], l_location integer[],
    l_to_location integer[], l_lot integer[], l_description text[], l_unit integer[], l_numerator bigint[], l_denominator bigint[],
    l_unit_price bigint[], l_discount integer[], l_net bigint[], l_tax_code integer[], l_tax bigint[], l_source bigint[],
    l_expected_on date[], l_ordered bigint[], l_received bigint[], l_invoiced bigint[], l_returned bigint[], l_rejected bigint[],
    l_account integer[], l_ledger_reference text[], l_details text[],
    k_predecessor bigint[], k_successor bigint[]
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_found integer;
    v_ids bigint[];
BEGIN
    IF u_id IS NOT NULL THEN
        UPDATE document_line l
           SET ordered = l.ordered + n.ordered, received = l.received + n.received, invoiced = l.invoiced + n.invoiced,
               returned = l.returned + n.returned, rejected = l.rejected + n.rejected
          FROM unnest(u_id, u_ordered, u_received, u_invoiced, u_returned, u_rejected)
            AS n(id, ordered, received, invoiced, returned, rejected)
         WHERE l.id = n.id;
        GET DIAGNOSTICS v_found = ROW_COUNT;
        IF v_found <> cardinality(u_id) THEN
            RAISE EXCEPTION 'a line to update is missing or named twice';
        END IF;
    END IF;
    IF p_line_updates IS NOT NULL THEN
        UPDATE document_line l
           SET ordered = l.ordered + coalesce(n.ordered, 0), received = l.received + coalesce(n.received, 0),
               invoiced = l.invoiced + coalesce(n.invoiced, 0), returned = l.returned + coalesce(n.returned, 0),
               rejected = l.rejected + coalesce(n.rejected, 0),
               quantity = coalesce(n.quantity, l.quantity), base_quantity = coalesce(n.base_quantity, l.base_quantity),
               unit_price = coalesce(n.unit_price, l.unit_price), discount = coalesce(n.discount, l.discount),
               net = coalesce(n.net, l.net), tax = coalesce(n.tax, l.tax),
               expected_on = coalesce(n.expected_on, l.expected_on), location_id = coalesce(n.location, l.location_id),
               ledger_reference = coalesce(n.ledger_reference, l.ledger_reference), details = coalesce(n.details, l.details)
          FROM json_to_recordset(p_line_updates) AS n(
               id bigint, ordered bigint, received bigint, invoiced bigint, returned bigint, rejected bigint, quantity bigint,
               base_quantity bigint, unit_price bigint, discount integer, net bigint, tax bigint, expected_on date, location integer,
               ledger_reference text, details jsonb)
         WHERE l.id = n.id;
        GET DIAGNOSTICS v_found = ROW_COUNT;
        IF v_found <> json_array_length(p_line_updates) THEN
            RAISE EXCEPTION 'a line to update is missing or named twice';
        END IF;
    END IF;
    IF d_id IS NOT NULL THEN
        UPDATE document d
           SET state = coalesce(n.state, d.state), paid = d.paid + n.paid
          FROM unnest(d_id, d_state, d_paid) AS n(id, state, paid)
         -- the ids again: else the planner, if it believes the table to be small, goes through all of it
         WHERE d.id = n.id AND d.id = ANY (d_id) AND d.company_id + 0 = p_company;
        GET DIAGNOSTICS v_found = ROW_COUNT;
        IF v_found <> cardinality(d_id) THEN
            RAISE EXCEPTION 'a document to update is missing or named twice';
        END IF;
    END IF;
    IF p_updates IS NOT NULL THEN
        UPDATE document d
           SET state = coalesce(n.state, d.state), paid = d.paid + coalesce(n.paid, 0),
               posted_at = coalesce(n.posted_at, d.posted_at), version = coalesce(n.version, d.version),
               due_on = coalesce(n.due_on, d.due_on), expected_on = coalesce(n.expected_on, d.expected_on),
               sent_on = coalesce(n.sent_on, d.sent_on), reference = coalesce(n.reference, d.reference),
               net = coalesce(n.net, d.net), tax = coalesce(n.tax, d.tax), gross = coalesce(n.gross, d.gross),
               details = coalesce(n.details, d.details)
          FROM json_to_recordset(p_updates) AS n(
               id bigint, state text, paid bigint, posted_at bigint, version integer, due_on date, expected_on date,
               sent_on date, reference text, net bigint, tax bigint, gross bigint, details jsonb)
         WHERE d.id = n.id AND d.id = ANY (ARRAY(SELECT (u ->> 'id')::bigint FROM json_array_elements(p_updates) AS u))
           AND d.company_id + 0 = p_company;
        GET DIAGNOSTICS v_found = ROW_COUNT;
        IF v_found <> json_array_length(p_updates) THEN
            RAISE EXCEPTION 'a document to update is missing or named twice';
        END IF;
    END IF;
    IF p_versions IS NOT NULL THEN
        INSERT INTO document_version (document_id, version, at, user_id, content)
        SELECT document, version, at, "user", content
          FROM json_to_recordset(p_versions) AS n(document bigint, version integer, at bigint, "user" integer, content jsonb);
    END IF;
    -- lines before their documents: to a posted document that exists, none can be added
    IF l_document IS NOT NULL THEN
        v_ids := ARRAY(SELECT nextval('document_line_id_seq') FROM unnest(l_document));
        INSERT INTO document_line (
            id, document_id, line, quantity, base_quantity, item_id, location_id, to_location_id, lot_id, description, unit_id, numerator,
            denominator, unit_price, discount, net, tax_code_id, tax, source_id, expected_on, ordered, received, invoiced, returned,
            rejected, account_id, ledger_reference, details)
        -- element by element: columns unnested beside each other would be copied one by one first
        SELECT v_ids[n], l_document[n], l_line[n], coalesce(l_quantity[n], 0), coalesce(l_base_quantity[n], 0), l_item[n], l_location[n],
               l_to_location[n], l_lot[n], coalesce(l_description[n], ''), l_unit[n], l_numerator[n], l_denominator[n], l_unit_price[n],
               coalesce(l_discount[n], 0), coalesce(l_net[n], 0), l_tax_code[n], coalesce(l_tax[n], 0),
               CASE WHEN l_source[n] < 0 THEN v_ids[-l_source[n]] ELSE l_source[n] END, l_expected_on[n], coalesce(l_ordered[n], 0),
               coalesce(l_received[n], 0), coalesce(l_invoiced[n], 0), coalesce(l_returned[n], 0), coalesce(l_rejected[n], 0),
               l_account[n], l_ledger_reference[n], l_details[n]::jsonb
          FROM generate_series(1, cardinality(l_document)) AS n;
    END IF;
    IF k_predecessor IS NOT NULL THEN
        INSERT INTO document_link (predecessor_id, successor_id)
        SELECT DISTINCT predecessor, successor FROM unnest(k_predecessor, k_successor) AS k(predecessor, successor);
    END IF;
END $$;

-- Writes the rest of what a verb did: which documents made which postings, new documents, and the audit trail. New documents have reserved
-- ids; their numbers are taken here and returned, by id. Audit rows of a new document get its number.
-- p_positions: of what p_posted_by posted: a document, or as many as there are positions, in their order. o_: of what others did. A request key that is there already ends everything with an
-- error, whose detail says what the request made.
CREATE OR REPLACE FUNCTION document_add(
    p_company integer, p_posted_by bigint[], p_positions bigint[], o_document bigint[], o_position bigint[],
    p_key text, p_content bigint, p_made bigint, p_documents json,
    a_company integer[], a_at bigint[], a_user_id integer[], a_user_name text[], a_came_from text[], a_action text[],
    a_subject_kind text[], a_subject_id bigint[], a_subject text[], a_before text[], a_after text[]
) RETURNS jsonb LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan
    SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_numbers jsonb;
BEGIN
    IF p_key IS NOT NULL THEN
        INSERT INTO request_key (company_id, key, content, document_id) VALUES (p_company, p_key, p_content, p_made)
            ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'this request was carried out before'
                USING ERRCODE = 'EV001', DETAIL = document_of_request(p_company, p_key)::text;
        END IF;
    END IF;
    IF p_posted_by IS NOT NULL THEN
        INSERT INTO document_posting (document_id, position)
        SELECT p_posted_by[CASE cardinality(p_posted_by) WHEN 1 THEN 1 ELSE place END], position
          FROM unnest(p_positions) WITH ORDINALITY AS n(position, place);
    END IF;
    IF o_document IS NOT NULL THEN
        INSERT INTO document_posting (document_id, position) SELECT * FROM unnest(o_document, o_position);
    END IF;
    IF p_documents IS NOT NULL THEN
        v_numbers := document_insert(p_company, p_documents);
    END IF;
    INSERT INTO audit_event (company_id, at, user_id, user_name, came_from, action, subject_kind, subject_id, subject, before, after)
    SELECT a_company[n], a_at[n], a_user_id[n], a_user_name[n], a_came_from[n], a_action[n], a_subject_kind[n], a_subject_id[n],
           coalesce(nullif(a_subject[n], ''), v_numbers ->> a_subject_id[n]::text, ''), a_before[n]::jsonb, a_after[n]::jsonb
      FROM generate_series(1, cardinality(a_company)) AS n;
    RETURN v_numbers;
END $$;

-- Inserts documents and gives each the next number of its series: PO-2026-000001, or SO-WEB-2026-000001 of the series WEB. Returns the numbers
-- by id.
-- A series stays locked from here to the commit, so that a number that is rolled back is the next one's.
CREATE OR REPLACE FUNCTION document_insert(p_company integer, p_documents json) RETURNS jsonb LANGUAGE plpgsql
    SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    n record;
    v_year integer;
    v_last text;
    v_numbers jsonb := '{}';
BEGIN
    FOR n IN
        SELECT * FROM json_to_recordset(p_documents) AS d(
               id bigint, kind text, series text, prefix text, state text, day date, currency text, created_at bigint, version integer,
               partner integer, due_on date, expected_on date, sent_on date, rate bigint, reference text, net bigint,
               tax bigint, gross bigint, paid bigint, posted_at bigint, created_by integer, details jsonb)
         ORDER BY kind, coalesce(series, ''), extract(year FROM day), id
    LOOP
        v_year := extract(year FROM n.day);
        INSERT INTO number_series AS old (company_id, kind, series, year, last) VALUES (p_company, n.kind, coalesce(n.series, ''), v_year, 1)
            ON CONFLICT (company_id, kind, series, year) DO UPDATE SET last = old.last + 1
        RETURNING last INTO v_last;
        v_last := n.prefix || coalesce('-' || n.series, '') || '-' || v_year || '-' || lpad(v_last, greatest(6, length(v_last)), '0');
        INSERT INTO document (
            id, company_id, kind, number, state, version, partner_id, day, due_on, expected_on, sent_on, currency_id, rate,
            reference, net, tax, gross, paid, created_at, posted_at, created_by, details)
        VALUES (n.id, p_company, n.kind, v_last, n.state, n.version, n.partner, n.day, n.due_on, n.expected_on, n.sent_on, n.currency,
                n.rate, n.reference, coalesce(n.net, 0), coalesce(n.tax, 0), coalesce(n.gross, 0), coalesce(n.paid, 0),
                coalesce(n.created_at, 0), n.posted_at, n.created_by, n.details);
        v_numbers := v_numbers || jsonb_build_object(n.id, v_last);
    END LOOP;
    RETURN v_numbers;
END $$;

-- When documents of these kinds did what they did: a row for what each posted, and one more for what was posted when it was taken back.
-- p_posted: whether the day is that of the books, else the effective one.
CREATE OR REPLACE FUNCTION document_phases(p_company integer, p_kinds text[], p_posted boolean)
    RETURNS TABLE (document bigint, kind text, back boolean, day date, "position" bigint) LANGUAGE sql STABLE AS $$
    SELECT d.id, d.kind, g.source LIKE '%.cancel', coalesce(min(CASE WHEN p_posted THEN e.posted_on ELSE e.day END), d.day), min(p.position)
      FROM document d JOIN document_posting p ON p.document_id = d.id JOIN posting g ON g.id = p.position
      LEFT JOIN entry e ON e.posting_id = g.id AND e.movement_id IS NULL
     WHERE d.company_id = p_company AND d.kind = ANY (p_kinds)
     GROUP BY 1, 2, 3, d.day
$$;

-- Whether these words are a kind and a state of documents. A condition of its own would be read anew by every statement, word by word.
CREATE OR REPLACE FUNCTION document_words_known(p_kind text, p_state text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN p_kind ~
           '^(blanket_order|customer_credit_note|customer_invoice|customer_payment|goods_receipt|grni_clearing|landed_cost|pick_list|'
           'purchase_order|quote|sales_order|sales_return|shipment|stock_transfer|supplier_credit_note|supplier_invoice|'
           'supplier_payment|supplier_return)$'
       AND p_state ~
           '^(accepted|approved|cancelled|closed|completed|confirmed|credited|estimated|exhausted|invoiced|lost|on_hold|paid|'
           'partly_credited|partly_invoiced|partly_paid|partly_picked|partly_received|partly_shipped|picked|posted|received|'
           'released|requested|sent|shipped)$';
END $$;

-- --------------------------------------------------------------------------------------------------------------------
-- Posted documents are unchangeable: correct = reverse and make another.

CREATE OR REPLACE FUNCTION refuse_document_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND
       (OLD.id, OLD.company_id, OLD.kind, OLD.number, OLD.version, OLD.partner_id, OLD.day, OLD.due_on, OLD.expected_on, OLD.sent_on,
        OLD.currency_id, OLD.rate, OLD.reference, OLD.net, OLD.tax, OLD.gross, OLD.created_at, OLD.posted_at, OLD.created_by,
        OLD.details)
       IS NOT DISTINCT FROM
       (NEW.id, NEW.company_id, NEW.kind, NEW.number, NEW.version, NEW.partner_id, NEW.day, NEW.due_on, NEW.expected_on, NEW.sent_on,
        NEW.currency_id, NEW.rate, NEW.reference, NEW.net, NEW.tax, NEW.gross, NEW.created_at, NEW.posted_at, NEW.created_by,
        NEW.details) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a posted document is never changed or deleted'
        USING HINT = 'Reverse it and make another.', ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE FUNCTION refuse_line_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND
       (OLD.id, OLD.document_id, OLD.line, OLD.item_id, OLD.location_id, OLD.to_location_id, OLD.lot_id, OLD.description,
        OLD.unit_id, OLD.numerator, OLD.denominator, OLD.quantity, OLD.base_quantity, OLD.unit_price, OLD.discount, OLD.net,
        OLD.tax_code_id, OLD.tax, OLD.source_id, OLD.expected_on, OLD.account_id, OLD.ledger_reference, OLD.details)
       IS NOT DISTINCT FROM
       (NEW.id, NEW.document_id, NEW.line, NEW.item_id, NEW.location_id, NEW.to_location_id, NEW.lot_id, NEW.description,
        NEW.unit_id, NEW.numerator, NEW.denominator, NEW.quantity, NEW.base_quantity, NEW.unit_price, NEW.discount, NEW.net,
        NEW.tax_code_id, NEW.tax, NEW.source_id, NEW.expected_on, NEW.account_id, NEW.ledger_reference, NEW.details) THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT 1 FROM document WHERE id = OLD.document_id AND posted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a line of a posted document is never changed or deleted'
            USING HINT = 'Reverse the document and make another.', ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE OR REPLACE FUNCTION refuse_line_addition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- the ids in an array: else the plan, made while the table was small, goes through all documents until it is analyzed again
    IF EXISTS (SELECT 1 FROM document WHERE id = ANY (ARRAY(SELECT DISTINCT document_id FROM added)) AND posted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a line is never added to a posted document'
            USING HINT = 'Reverse the document and make another.', ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;

-- Only for the columns that stay: what a statement does not set is not looked at, so that states and progress move on at no cost.
CREATE OR REPLACE TRIGGER posted_unchanged
    BEFORE UPDATE OF id, company_id, kind, number, version, partner_id, day, due_on, expected_on, sent_on, currency_id, rate, reference, net,
                     tax, gross, created_at, posted_at, created_by, details
    ON document FOR EACH ROW WHEN (OLD.posted_at IS NOT NULL) EXECUTE FUNCTION refuse_document_change();
CREATE OR REPLACE TRIGGER posted_kept BEFORE DELETE ON document FOR EACH ROW
    WHEN (OLD.posted_at IS NOT NULL) EXECUTE FUNCTION refuse_document_change();

CREATE OR REPLACE TRIGGER posted_unchanged
    BEFORE UPDATE OF id, document_id, line, item_id, location_id, to_location_id, lot_id, description, unit_id, numerator, denominator,
                     quantity, base_quantity, unit_price, discount, net, tax_code_id, tax, source_id, expected_on, account_id,
                     ledger_reference, details
    ON document_line FOR EACH ROW EXECUTE FUNCTION refuse_line_change();
CREATE OR REPLACE TRIGGER posted_kept BEFORE DELETE ON document_line FOR EACH ROW EXECUTE FUNCTION refuse_line_change();
CREATE OR REPLACE TRIGGER posted_complete AFTER INSERT ON document_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_line_addition();

DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['document', 'document_line'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER never_emptied BEFORE TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', v_table);
    END LOOP;
    FOREACH v_table IN ARRAY ARRAY['document_link', 'document_posting', 'document_version', 'request_key', 'document_note',
                                   'document_attachment'] LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I '
                       'FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', v_table);
    END LOOP;
    -- progress is counted on lines and they stay where they are: room for a second version of a row on its page
    EXECUTE 'ALTER TABLE document_line SET (fillfactor = 70)';
    IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'document_words_known') THEN
        EXECUTE 'ALTER TABLE document ADD CONSTRAINT document_words_known CHECK (document_words_known(kind, state))';
    END IF;
END $$;
