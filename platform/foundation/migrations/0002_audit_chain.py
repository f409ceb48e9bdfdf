"""The audit log guards itself: entries are chained as they come in, and cannot be changed or taken out."""

from django.db import migrations

FORWARD = r"""
CREATE FUNCTION audit_entry_hash(entry foundation_auditentry) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to(jsonb_build_array(
        entry.chain, entry.sequence, entry.previous_hash,
        to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        entry.actor_id, entry.actor_name, entry.firm_id, entry.action, entry.target_type, entry.target_id,
        entry.target_label, entry.reason, entry.changes)::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION audit_chain_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    last record;
BEGIN
    -- One writer per chain at a time; unlocked, two entries would follow the same one (reliability.md 3.19).
    PERFORM pg_advisory_xact_lock(20754, hashint8(NEW.chain));
    SELECT sequence, hash INTO last FROM foundation_auditentry
        WHERE chain = NEW.chain ORDER BY sequence DESC LIMIT 1;
    NEW.sequence := coalesce(last.sequence, 0) + 1;
    NEW.previous_hash := coalesce(last.hash, '');
    NEW.hash := audit_entry_hash(NEW);
    RETURN NEW;
END $$;

CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_chain BEFORE INSERT ON foundation_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_chain_entry();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON foundation_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON foundation_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
"""

BACKWARD = """
DROP TRIGGER audit_no_truncate ON foundation_auditentry;
DROP TRIGGER audit_append_only ON foundation_auditentry;
DROP TRIGGER audit_chain ON foundation_auditentry;
DROP FUNCTION audit_refuse_change();
DROP FUNCTION audit_chain_entry();
DROP FUNCTION audit_entry_hash(foundation_auditentry);
"""


class Migration(migrations.Migration):
    dependencies = [("foundation", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
