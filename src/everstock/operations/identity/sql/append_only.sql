-- Rows of the audit trail are added and read, nothing else.

CREATE OR REPLACE FUNCTION refuse_change_of_audit_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of table % are never changed or deleted', TG_TABLE_NAME
        USING HINT = 'The audit trail says what happened.', ERRCODE = 'restrict_violation';
END $$;

DROP TRIGGER IF EXISTS append_only ON audit_event;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_trail();
