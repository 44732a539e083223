"""Templates are read as the code is: in lines that fit a window."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WIDEST = 120


def test_no_line_of_a_template_is_wider_than_a_window() -> None:
    templates = [
        path
        for package in ("clinic", "reminders", "scheduling")
        for path in (ROOT / package).rglob("templates/**/*")
        if path.suffix in {".html", ".svg", ".txt"}
    ]

    wide = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in templates
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > WIDEST
    ]

    assert len(templates) > 60
    assert wide == []
