"""The template to download: a head, lists to choose from, and a sheet that explains every column."""

import tempfile
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from enterprises.exporting import csv_lines, harmless
from enterprises.importing.columns import Table
from enterprises.models import CertificateKind

ROWS_WITH_LISTS = 2000


def template_file(table: Table, kind: str) -> IO[bytes]:
    """An open file at its beginning, in the language of the moment."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    if kind == "csv":
        file.writelines(csv_lines([column.label for column in table.columns], []))
    else:
        _book(table).save(file)
    file.seek(0)
    return file


def _book(table: Table) -> Workbook:
    book = Workbook()
    sheet: Any = book.active
    sheet.title = _("数据")
    sheet.freeze_panes = "A2"
    for position, column in enumerate(table.columns, 1):
        cell = sheet.cell(row=1, column=position, value=harmless(str(column.label)) + ("*" if column.required else ""))
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="E3EEEE")
        letter = get_column_letter(position)
        sheet.column_dimensions[letter].width = max(12, len(str(column.label)) * 2 + 4)
        choices = ",".join(str(choice) for choice in column.choices)
        # Excel keeps a list of its own in at most 255 characters.
        if choices and len(choices) <= 250:
            rule = DataValidation(type="list", formula1=f'"{choices}"', allow_blank=True, showErrorMessage=False)
            rule.add(f"{letter}2:{letter}{ROWS_WITH_LISTS}")
            sheet.add_data_validation(rule)
    guide = book.create_sheet(_("填写说明"))
    guide.append([_("列名"), _("必填"), _("说明"), _("可选值"), _("示例")])
    for column in table.columns:
        guide.append(
            [
                str(column.label),
                _("是") if column.required else "",
                str(column.hint),
                "、".join(str(choice) for choice in column.choices),
                harmless(column.example),
            ]
        )
    for cell in guide[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDE", (20, 8, 48, 60, 28), strict=True):
        guide.column_dimensions[letter].width = width
    for row in guide.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    if any(column.key == "certificates" for column in table.columns):
        names = book.create_sheet(_("证书名称"))
        for certificate in CertificateKind.objects.all():
            names.append([str(certificate)])
        names.column_dimensions["A"].width = 48
    return book
