"""The tables of states as a document: two diagrams, and which state may follow which."""

from collections.abc import Mapping

from reminders.rules.plan.message_states import ATTEMPT_NEXT, MESSAGE_NEXT, S, pairs

HEAD = """# What may become of a message, and of an attempt

Written by `manage.py message_states` from `reminders/rules/plan/message_states.py`;
`make check` compares them.
The database refuses every other change of state.
"""


def document() -> str:
    """The whole document, as Markdown with Mermaid diagrams."""
    parts = [
        HEAD,
        section("Messages", "A promise to tell one patient one thing.", MESSAGE_NEXT),
        section("Attempts", "One hand-over through one channel.", ATTEMPT_NEXT),
    ]
    return "\n".join(parts)


def section(title: str, what: str, table: Mapping[S, frozenset[S]]) -> str:
    """One table, drawn and written."""
    arrows = "\n".join(f"    {origin} --> {following}" for origin, following in pairs(table))
    first = next(iter(table)).value
    ends = "\n".join(f"    {state.value} --> [*]" for state, nexts in table.items() if not nexts)
    drawing = f"```mermaid\nstateDiagram-v2\n    [*] --> {first}\n{arrows}\n{ends}\n```"
    rows = "\n".join(f"| {state.label} | {_names(nexts)} |" for state, nexts in table.items())
    return f"## {title}\n\n{what}\n\n{drawing}\n\n| From | To |\n|---|---|\n{rows}\n"


def _names(states: frozenset[S]) -> str:
    return ", ".join(sorted(state.label for state in states)) or "the end"
