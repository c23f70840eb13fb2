"""Cohorts, protocols and tables as text."""

from typing import TYPE_CHECKING

from yttria.lazy_exports import set_lazy_exports

if TYPE_CHECKING:
    from yttria.io.tables.adverse_event_table import read_adverse_events
    from yttria.io.tables.cohort_table import read_table
    from yttria.io.tables.csv_text import THOUSANDS, Sheet, is_number, numbers_of, read_sheet
    from yttria.io.tables.csv_writer import csv_of
    from yttria.io.tables.curve_patients import read_curve_patients
    from yttria.io.tables.docx_table import write_docx
    from yttria.io.tables.lesion_table import LesionTable, read_lesions
    from yttria.io.tables.order_table import OrderRow, read_orders
    from yttria.io.tables.parquet_table import Column, write_parquet
    from yttria.io.tables.protocol import read_protocol
    from yttria.io.tables.table_export import write_csv, write_latex
    from yttria.io.tables.toml_writer import toml_text
    from yttria.io.tables.trial_kit_tables import COHORT_COLUMNS, read_kit_table, read_rules, read_visits, write_kit

__all__ = [
    "COHORT_COLUMNS",
    "THOUSANDS",
    "Column",
    "LesionTable",
    "OrderRow",
    "Sheet",
    "csv_of",
    "is_number",
    "numbers_of",
    "read_adverse_events",
    "read_curve_patients",
    "read_kit_table",
    "read_lesions",
    "read_orders",
    "read_protocol",
    "read_rules",
    "read_sheet",
    "read_table",
    "read_visits",
    "toml_text",
    "write_csv",
    "write_docx",
    "write_kit",
    "write_latex",
    "write_parquet",
]

set_lazy_exports(
    __name__,
    {
        "adverse_event_table": "read_adverse_events",
        "cohort_table": "read_table",
        "csv_text": "Sheet THOUSANDS is_number numbers_of read_sheet",
        "csv_writer": "csv_of",
        "curve_patients": "read_curve_patients",
        "docx_table": "write_docx",
        "lesion_table": "LesionTable read_lesions",
        "order_table": "OrderRow read_orders",
        "parquet_table": "Column write_parquet",
        "protocol": "read_protocol",
        "table_export": "write_csv write_latex",
        "toml_writer": "toml_text",
        "trial_kit_tables": "COHORT_COLUMNS read_kit_table read_rules read_visits write_kit",
    },
)
