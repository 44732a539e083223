"""Tell pghistory's triggers who makes a change, in a statement of its own.

pghistory puts the context in front of each statement, two commands in one. A prepared statement
takes only one, and prepared statements make our pages more than twice as fast; so the context goes
ahead by itself, in the same transaction.

A row of context never changes: whatever more is said in the course of a request (a reason, the next
verb) makes another row. So the role that runs Blockwise needs no right to update contexts, and a
change keeps the reason that it was made for.
"""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid5

from django.db import transaction
from pghistory import config, runtime

SET_CONTEXT = (
    "SELECT set_config('pghistory.context_id', %s, true), "
    "set_config('pghistory.context_metadata', %s, true)"
)


def execute_with_context(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Run a statement; before one that may write, say who makes the change."""
    if not runtime._can_inject_variable(context["cursor"], sql):
        return execute(sql, params, many, context)
    with transaction.atomic(using=context["connection"].alias, savepoint=False):
        standing = runtime._tracker.value
        metadata = json.dumps(standing.metadata, cls=config.json_encoder())
        identity = str(uuid5(standing.id, metadata))
        context["cursor"].execute(SET_CONTEXT, (identity, metadata))
        return execute(sql, params, many, context)


def install() -> None:
    """Replace the function with which pghistory adds the context to a statement."""
    runtime._inject_history_context = execute_with_context
