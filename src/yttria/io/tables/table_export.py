"""Tables for other programs: CSV for spreadsheets and word processors, LaTeX for papers. Both say what the report says."""

from pathlib import Path

from yttria.io.ground.cell_text import set_cell
from yttria.io.ground.control_characters import spelled_control
from yttria.io.tables.csv_writer import csv_of
from yttria.values.document import Table

LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "&": r"\&",
        "%": r"\%",
        "$": r"\$",
        "#": r"\#",
        "_": r"\_",
        "{": r"\{",
        "}": r"\}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "–": "--",
        "—": "---",
        "−": "$-$",
        "≥": r"$\geq$",
        "≤": r"$\leq$",
        "χ": r"$\chi$",
        "²": r"$^2$",
        "\u00a0": "~",
        "\u202f": r"\,",
    }
)


def texts_of(table: Table) -> list[list[str]]:
    """Return a table's headings and cells as texts, a quiet second line in brackets."""
    rows = [[column.heading for column in table.columns]]
    for row in table.rows:
        cells = [set_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)]
        rows.append([f"{cell.text} [{cell.under}]" if cell.under else cell.text for cell in cells])
    return rows


def write_csv(table: Table, path: Path, *, label: str = "") -> None:
    """Write a table as CSV (UTF-8 with a byte-order mark, which spreadsheets need to see it), after a first line `# label` where there is one."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        if label:
            file.write(f"# {spelled_control(label)}\r\n")
        file.write(csv_of(([cell.strip() for cell in row] for row in texts_of(table)), line_end="\r\n"))


def write_latex(table: Table, path: Path) -> None:
    """Write a table as a LaTeX tabular with the rules of the booktabs package, its title as caption and its notes beneath."""
    path.write_text(latex_of(table), encoding="utf-8")


def latex_of(table: Table) -> str:
    r"""Return a table as LaTeX; signs of control are spelled.

    Examples
    --------
    >>> from yttria.values.document import Column
    >>> print(latex_of(Table("Rates", [Column("Arm"), Column("%", "right")], [["A & B", 12.5]])))
    \begin{table}
    \caption{Rates}
    \begin{tabular}{lr}
    \toprule
    Arm & \% \\
    \midrule
    A \& B & 12.50 \\
    \bottomrule
    \end{tabular}
    \end{table}
    """
    heading, *rows = texts_of(table)
    columns = "".join({"left": "l", "centre": "c"}.get(column.align, "r") for column in table.columns)
    lines = [
        r"\begin{table}",
        rf"\caption{{{table.title.translate(LATEX)}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _row(heading),
        r"\midrule",
    ]
    for i, row in enumerate(rows):
        lines += ([r"\addlinespace"] if i in table.ruled and i else []) + [_row(row)]
    lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [rf"\par\footnotesize {note.translate(LATEX)}" for note in table.notes]
    return spelled_control("\n".join([*lines, r"\end{table}"])) + "\n"


def _row(cells: list[str]) -> str:
    indented = [(r"\quad " if cell.startswith("   ") else "") + cell.strip().translate(LATEX) for cell in cells]
    return " & ".join(indented) + r" \\"
