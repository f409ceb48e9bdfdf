"""Tables out of the platform: CSV and Excel, streamed, without a live formula in any cell.

A cell of text that a spreadsheet could take for a formula gets an apostrophe in front; `importing` takes it off again.
Numbers and dates are written as such.
"""

import csv
import datetime
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any, Final

from django.db.models import Model, Prefetch
from django.http import FileResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from enterprises.disclosure import Viewer
from enterprises.models import Capability, Enterprise, Post
from regions.models import Region

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# A workbook is made before its first byte is sent; more rows than this go out as CSV, which streams.
MOST_ROWS: Final = 20_000
CELL_LENGTH: Final = 32_767

# What XML cannot hold: control characters, surrogates, two that are no characters.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

Cell = str | int | Decimal | datetime.date | None


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula, and that XML can hold."""
    clean = _UNWRITABLE.sub("", text)
    clean = clean[: CELL_LENGTH - 1]
    return f"'{clean}" if clean.lstrip(" \u3000").startswith(FORMULA_STARTS) or clean.startswith("'") else clean


def _written(cell: Any) -> Cell:
    if cell is None or isinstance(cell, int | Decimal):
        return int(cell) if isinstance(cell, bool) else cell
    if isinstance(cell, datetime.datetime):
        return timezone.localtime(cell).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    return harmless(str(cell))


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, value: str) -> str:
        return value


def csv_lines(head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """UTF-8 with a mark, so that Excel reads the characters right."""
    writer = csv.writer(_Echo())
    yield b"\xef\xbb\xbf" + writer.writerow([harmless(str(cell)) for cell in head]).encode()
    for row in rows:
        cells = [format(c.normalize(), "f") if isinstance(c, Decimal) else c for c in map(_written, row)]
        yield writer.writerow(cells).encode()


def xlsx_file(head: Sequence[Any], rows: Iterable[Sequence[Any]], *, title: str = "") -> IO[bytes]:
    """An open temporary file at its beginning. Rows go to disk as they come; memory does not grow with them."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title=(title or _("数据"))[:31])
    sheet.freeze_panes = "A2"
    top = []
    for cell in head:
        bold = WriteOnlyCell(sheet, value=harmless(str(cell)))
        bold.font = Font(bold=True)
        top.append(bold)
    sheet.append(top)
    for number, row in enumerate(rows):
        if number >= MOST_ROWS:
            break
        sheet.append([_text_cell(sheet, cell) if isinstance(cell, str) else cell for cell in map(_written, row)])
    file = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return file


def _text_cell(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"  # never "f", whatever it begins with
    return cell


def download(*, name: str, kind: str, head: Sequence[Any], rows: Iterable[Sequence[Any]]) -> HttpResponseBase:
    """The table as a file to save: `name-2026-11-24.csv`. `kind` is one of FORMATS."""
    file_name = f"{name}-{timezone.localdate().isoformat()}.{kind}"
    if kind == "csv":
        response: HttpResponseBase = StreamingHttpResponse(csv_lines(head, rows), content_type=FORMATS[kind])
        response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    else:
        response = FileResponse(
            xlsx_file(head, rows), as_attachment=True, filename=file_name, content_type=FORMATS[kind]
        )
    response["Cache-Control"] = "no-store"
    return response


def post_head() -> list[Any]:
    return [
        _("编号"),
        _("方向"),
        _("产品或服务名称"),
        _("标题"),
        _("要素类型"),
        _("说明"),
        _("行业"),
        _("数量"),
        _("单位"),
        _("最小起订量"),
        _("交货期（天）"),
        _("最低单价（元）"),
        _("最高单价（元）"),
        _("交付地"),
        _("可供货区域"),
        _("运输半径要求（千米）"),
        _("交付日期"),
        _("证书"),
        _("可分批"),
        _("可见范围"),
        _("状态"),
        _("企业"),
        _("企业所在地"),
        _("发布时间"),
        _("有效期至"),
        _("版本"),
    ]


def post_rows(posts: Any) -> Iterator[list[Any]]:
    """`posts`: a query set that starts at `visible_to`."""
    rows = (
        posts.select_related("enterprise__region", "delivery_region")
        .prefetch_related("certificates", Prefetch("delivers_to", Region.objects.only("code", "name")))
        .only(*_POST_COLUMNS, "enterprise__name", "enterprise__region__name", "delivery_region__name")
    )
    words = {field: _labels(Post, field) for field in ("direction", "factor", "unit", "visibility", "status")}
    answers = (_("否"), _("是"))
    for post in rows.iterator(chunk_size=500):
        yield _post_row(post, words, answers)


_POST_COLUMNS: Final = (
    "external_id",
    "direction",
    "product",
    "title",
    "factor",
    "text",
    "industry_id",
    "quantity",
    "unit",
    "minimum_order",
    "lead_time_days",
    "price_low",
    "price_high",
    "maximum_distance_km",
    "deliver_by",
    "partial_ok",
    "visibility",
    "status",
    "published_at",
    "expires_on",
    "version",
)


def _labels(model: type[Model], field: str) -> dict[str, str]:
    """Label by key, in the language of the moment; looked up once, not once a cell."""
    choices: Any = model._meta.get_field(field)
    return {key: str(label) for key, label in choices.flatchoices}


def _post_row(post: Post, words: Mapping[str, Mapping[str, str]], answers: tuple[str, str]) -> list[Any]:
    return [
        post.external_id or post.pk,
        words["direction"].get(post.direction, ""),
        post.product,
        post.title,
        words["factor"].get(post.factor, ""),
        post.text,
        post.industry_id or "",
        post.quantity,
        words["unit"].get(post.unit, ""),
        post.minimum_order,
        post.lead_time_days,
        post.price_low,
        post.price_high,
        post.delivery_region.name if post.delivery_region else "",
        "、".join(region.name for region in post.delivers_to.all()),
        post.maximum_distance_km,
        post.deliver_by,
        "、".join(str(kind) for kind in post.certificates.all()),
        answers[post.partial_ok],
        words["visibility"].get(post.visibility, ""),
        words["status"].get(post.status, ""),
        post.enterprise.name,
        post.enterprise.region.name if post.enterprise.region else "",
        post.published_at,
        post.expires_on,
        post.version,
    ]


def capability_head() -> list[Any]:
    return [
        _("编号"),
        _("产品或工艺"),
        _("要素类型"),
        _("行业"),
        _("说明"),
        _("技术参数"),
        _("月产能"),
        _("单位"),
        _("可用产能（%）"),
        _("最小起订量"),
        _("交货期（天）"),
        _("证书"),
        _("可见范围"),
        _("企业"),
        _("企业所在地"),
        _("更新时间"),
    ]


def capability_rows(capabilities: Any) -> Iterator[list[Any]]:
    rows = capabilities.select_related("enterprise__region", "industry").prefetch_related("certificates__kind")
    for row in rows.iterator(chunk_size=500):
        yield _capability_row(row)


def _capability_row(row: Capability) -> list[Any]:
    return [
        row.external_id or row.pk,
        row.product,
        row.get_factor_display(),
        row.industry.code if row.industry else "",
        row.description,
        parameters_text(row.parameters),
        row.monthly_capacity,
        row.get_unit_display(),
        row.free_share,
        row.minimum_order,
        row.lead_time_days,
        "、".join(str(certificate.kind) for certificate in row.certificates.all()),
        row.get_visibility_display(),
        row.enterprise.name,
        row.enterprise.region.name if row.enterprise.region else "",
        row.updated_at,
    ]


def parameters_text(parameters: Any) -> str:
    """`拉伸强度=≥ 600 MPa；厚度=2 mm`."""
    if not isinstance(parameters, list):
        return ""
    return "；".join(
        f"{p.get('name', '')}={p.get('value', '')} {p.get('unit', '')}".strip()
        for p in parameters
        if isinstance(p, dict) and p.get("name")
    )


def firm_head() -> list[Any]:
    return [
        _("编号"),
        _("企业名称"),
        _("统一社会信用代码"),
        _("组织类型"),
        _("地区代码"),
        _("地区"),
        _("行业代码"),
        _("行业"),
        _("规模"),
        _("状态"),
        _("核验时间"),
    ]


def firm_rows(firms: Any, *, viewer: Viewer) -> Iterator[list[Any]]:
    """`firms`: a query set that starts at `listed` or `visible_to`. What a firm hides from the viewer stays empty."""
    for firm in firms.select_related("region", "industry").iterator(chunk_size=1000):
        yield _firm_row(firm, viewer)


def _firm_row(firm: Enterprise, viewer: Viewer) -> list[Any]:
    return [
        firm.external_id or firm.pk,
        firm.name,
        viewer.shown(firm, "uscc", firm.uscc or ""),
        firm.get_org_type_display(),
        firm.region_id or "",
        firm.region.label if firm.region else "",
        firm.industry_id or "",
        firm.industry.label if firm.industry else "",
        viewer.shown(firm, "size", firm.get_size_class_display() or _("未知")),
        firm.get_status_display(),
        firm.verified_at,
    ]
