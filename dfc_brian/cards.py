"""Small tables by which objects show themselves in notebooks."""

from html import escape


def card(title: str, rows: dict) -> str:
    """HTML of a table: a title and, below it, a row for each name and what stands beside it."""
    lines = "".join(
        f'<tr><th style="text-align:left">{escape(str(name))}</th><td style="text-align:left">{_lines(value)}</td></tr>'
        for name, value in rows.items()
    )
    return f'<table><caption style="text-align:left"><b>{escape(title)}</b></caption>{lines}</table>'


def _lines(value) -> str:
    return escape(str(value)).replace("\n", "<br>")
