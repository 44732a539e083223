"""Read step, revision and occurrence out of the keys of tasks, in the tasks and in their history.

A key of a planned task was `injection/revision/occurrence`, its kind the step; a check's kind was
`check:` and its code. History tells what happened to tasks, not how they are kept: it is rewritten
in the same way, and gets no new row. Each table is read and written once.
"""

from django.db import migrations

TABLES = ("scheduling_task", "scheduling_taskevent")
SILENT = """
SELECT set_config('pgtrigger.ignore',
    '{pgtrigger_update_update_8fa2a,pgtrigger_append_only_d1bc4}', true)
"""
AUDIBLE = "SELECT set_config('pgtrigger.ignore', '{}', true)"

FORWARDS = r"""
UPDATE {table} SET
    kind = CASE
        WHEN kind LIKE 'check:%' THEN 'check'
        WHEN kind = 'other side' THEN 'other_side'
        WHEN kind <> 'unplannable' AND key ~ '^\d+/\d+/' THEN 'planned'
        ELSE kind END,
    step = CASE
        WHEN kind LIKE 'check:%' THEN substr(kind, 7)
        WHEN kind <> 'unplannable' AND key ~ '^\d+/\d+/' THEN kind
        ELSE '' END,
    revision = CASE
        WHEN key ~ '^\d+/\d+/' THEN split_part(key, '/', 2)::int
        WHEN kind = 'change_wanted' AND key ~ '^\d+-\d+-' THEN split_part(key, '-', 2)::int
        END,
    occurrence = CASE WHEN key ~ '^\d+/\d+/' THEN split_part(key, '/', 3) ELSE '' END,
    key = CASE
        WHEN kind LIKE 'check:%' OR kind = 'other side' OR key ~ '^\d+/\d+/' THEN ''
        WHEN kind = 'flare' THEN split_part(key, '-', 2)
        WHEN kind IN ('change_wanted', 'new_data') AND key ~ '^\d+-' THEN split_part(key, '-', 3)
        WHEN key ~ '^text-\d+-' THEN 'text-' || split_part(key, '-', 2)
        ELSE key END
"""

BACKWARDS = r"""
UPDATE {table} SET
    kind = CASE kind
        WHEN 'check' THEN 'check:' || step
        WHEN 'other_side' THEN 'other side'
        WHEN 'planned' THEN step
        ELSE kind END,
    key = CASE
        WHEN kind IN ('check', 'other_side') THEN injection_id::text
        WHEN kind IN ('planned', 'unplannable')
            THEN concat_ws('/', injection_id, revision, occurrence)
        WHEN kind = 'flare' THEN concat_ws('-', injection_id, key)
        WHEN kind = 'change_wanted' AND revision IS NOT NULL
            THEN concat_ws('-', injection_id, revision, key)
        WHEN kind = 'new_data' THEN concat_ws('-', injection_id, {side}, key)
        WHEN kind IN ('opted_out', 'wrong_number', 'unknown_sender', 'change_wanted')
            OR (kind = 'red_flag' AND injection_id IS NULL)
            THEN concat_ws('-', key, coalesce(injection_id::text, 'nobody'))
        ELSE key END,
    step = '', revision = NULL, occurrence = ''
"""
# The title of a task about a signature names the joint.
SIDE = "CASE WHEN title LIKE '%left joint' THEN 'left' ELSE 'right' END"


def statements(update):
    return [SILENT, *(update.format(table=table, side=SIDE) for table in TABLES), AUDIBLE]


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0007_task_causes")]

    operations = [migrations.RunSQL(statements(FORWARDS), statements(BACKWARDS))]
