"""Functions of bookings are named for what they do."""

from django.db import migrations

NAMES = (
    ("scheduling_queue_up(int, int[])", "scheduling_lock(int, int[])"),
    ("scheduling_step_up(int, int[])", "scheduling_try_lock(int, int[])"),
    (
        "scheduling_gone(boolean, int[], tstzrange[])",
        "scheduling_taken(boolean, int[], tstzrange[])",
    ),
)


def rename(old, new):
    return f"ALTER FUNCTION {old} RENAME TO {new.partition('(')[0]}"


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0010_no_interpreters")]

    operations = [migrations.RunSQL(rename(old, new), rename(new, old)) for old, new in NAMES]
