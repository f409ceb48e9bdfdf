"""What each kind of table holds: its columns, how a cell is read, and how a head is recognised."""

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from enterprises import capabilities, units, uscc
from enterprises.models import Certificate, CertificateKind, Enterprise, Factor, ImportRun, IndustryClass, Post, Unit
from enterprises.models.posts import Visibility
from enterprises.understanding import certificate_names
from enterprises.wording import one_line, plain_text
from regions.models import Region

Text = str | Promise
LIST_MARKS: Final = re.compile(r"[、,，;；\n]+")
LARGEST: Final = Decimal(10) ** 15


class CellError(ValueError):
    """What is wrong with a cell and how to mend it, for people."""


class Lookups:
    """Names that cells may use, each loaded when first asked for."""

    def __init__(self, enterprise: Enterprise | None) -> None:
        self.enterprise = enterprise

    @cached_property
    def regions(self) -> dict[str, Region | None]:
        """By code, name and full name (四川省成都市); None where a name means several places."""
        found: dict[str, Region | None] = {}
        rows = list(Region.objects.current())
        by_code = {row.code: row for row in rows}
        rank = {Region.Level.PROVINCE: 0, Region.Level.PREFECTURE: 1, Region.Level.COUNTY: 2}
        for row in sorted(rows, key=lambda row: rank[Region.Level(row.level)]):
            found[row.code] = row
            path = [row]
            while path[0].parent_id and path[0].parent_id in by_code:
                path.insert(0, by_code[path[0].parent_id])
            names = {plain_text(row.name), plain_text(row.short_name), plain_text(row.name_en)}
            full = {plain_text("".join(step.name for step in path)), plain_text("".join(s.short_name for s in path))}
            for name in (names | full) - {""}:
                other = found.get(name)
                if other is None and name in found:
                    continue
                if other is not None and other.pk != row.pk and other.level == row.level:
                    found[name] = None
                elif other is None:
                    found[name] = row
        return found

    @cached_property
    def industries(self) -> dict[str, IndustryClass]:
        found: dict[str, IndustryClass] = {}
        # The finest class of a name wins: 应用软件开发 is a group and a class.
        for row in IndustryClass.objects.order_by("level"):
            found[row.code] = found[plain_text(row.name)] = row
            found[plain_text(f"{row.code}{row.name}")] = row
            if row.name_en:
                found[plain_text(row.name_en)] = row
        return found

    @cached_property
    def certificate_kinds(self) -> dict[str, CertificateKind]:
        rows = {row.code: row for row in CertificateKind.objects.all()}
        return {name: rows[code] for name, code in certificate_names().items()}

    @cached_property
    def own_certificates(self) -> dict[str, list[Certificate]]:
        found: dict[str, list[Certificate]] = {}
        for row in Certificate.objects.filter(enterprise=self.enterprise).select_related("kind"):
            found.setdefault(row.kind_id, []).append(row)
        return found


@dataclass(frozen=True)
class Column:
    key: str
    label: Text
    read: Callable[[str, Lookups], Any]
    required: bool = False
    hint: Text = ""
    example: str = ""
    choices: Sequence[Text] = ()
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    kind: str
    columns: tuple[Column, ...]
    # Every name under which a head may call a column, once asked for.
    _names: dict[str, str] = field(default_factory=dict, compare=False, repr=False)

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    def recognise(self, cells: Sequence[str]) -> dict[int, Column]:
        """Position → column for the cells of a head; 中文 and English labels, keys and aliases are all known."""
        names = self._known_names()
        found: dict[int, Column] = {}
        for position, cell in enumerate(cells):
            key = names.get(plain_text(cell.strip().strip("*＊'")))
            if key and key not in {column.key for column in found.values()}:
                found[position] = self.column(key)
        return found

    def _known_names(self) -> dict[str, str]:
        if not self._names:
            for column in self.columns:
                for name in (column.key, *column.aliases):
                    self._names[plain_text(name)] = column.key
                for language in ("zh-hans", "en"):
                    with override(language):
                        self._names[plain_text(str(column.label))] = column.key
        return self._names


def read_cells(
    cells: Mapping[str, str], table: Table, lookups: Lookups
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Values by key and (column label, message) for each cell that cannot be read."""
    values: dict[str, Any] = {}
    errors: list[tuple[str, str]] = []
    for column in table.columns:
        raw = unescaped(cells.get(column.key, ""))
        if not raw:
            if column.required:
                errors.append((str(column.label), _("不能为空。若单元格里是公式，请改成它的值：公式不会被读取。")))
            continue
        try:
            values[column.key] = column.read(raw, lookups)
        except CellError as problem:
            errors.append((str(column.label), str(problem)))
    return values, errors


def unescaped(cell: str) -> str:
    """Without blanks around it and without the apostrophe that `exporting` puts before a formula's look-alike."""
    words = cell.strip()
    return words[1:].strip() if words.startswith("'") and len(words) > 1 else words


# ---- how a cell is read ------------------------------------------------------


def words(limit: int) -> Callable[[str, Lookups], str]:
    def read(raw: str, _lookups: Lookups) -> str:
        text = one_line(raw)
        if len(text) > limit:
            raise CellError(_("超过 %(limit)s 个字，请缩短。") % {"limit": limit})
        return text

    return read


def long_text(limit: int) -> Callable[[str, Lookups], str]:
    def read(raw: str, _lookups: Lookups) -> str:
        text = "\n".join(one_line(line) for line in raw.splitlines()).strip()
        if len(text) > limit:
            raise CellError(_("超过 %(limit)s 个字，请缩短。") % {"limit": limit})
        return text

    return read


def decimal(places: int) -> Callable[[str, Lookups], Decimal]:
    def read(raw: str, _lookups: Lookups) -> Decimal:
        plain = unicodedata.normalize("NFKC", raw).replace(",", "").replace(" ", "")
        try:
            number = Decimal(plain)
        except InvalidOperation:
            parsed = units.parse_quantity(raw)
            if parsed is None or parsed[1]:
                raise CellError(_("“%(raw)s”不是数字。请只填数字，单位填在“单位”列。") % {"raw": raw[:30]}) from None
            number = parsed[0]
        if not number.is_finite() or abs(number) >= LARGEST:
            raise CellError(_("“%(raw)s”超出范围。") % {"raw": raw[:30]})
        rounded = number.quantize(Decimal(1).scaleb(-places))
        if rounded != number:
            raise CellError(_("最多 %(places)s 位小数。") % {"places": places})
        return rounded

    return read


def whole(most: int) -> Callable[[str, Lookups], int]:
    def read(raw: str, _lookups: Lookups) -> int:
        plain = unicodedata.normalize("NFKC", raw).replace(",", "").rstrip("天%人日 ")
        if not re.fullmatch(r"[0-9]{1,9}(?:\.0+)?", plain) or int(float(plain)) > most:
            raise CellError(_("请填 0 到 %(most)s 的整数。") % {"most": most})
        return int(float(plain))

    return read


def day(raw: str, _lookups: Lookups) -> datetime.date:
    plain = unicodedata.normalize("NFKC", raw).strip()
    found = re.fullmatch(r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?(?:[ T].*)?", plain)
    compact = re.fullmatch(r"(20[0-9]{2})([01][0-9])([0-3][0-9])", plain)
    parts = found or compact
    try:
        if parts:
            return datetime.date(int(parts[1]), int(parts[2]), int(parts[3]))
        # A number is what Excel makes of a date in a cell without a date format.
        if re.fullmatch(r"[3-7][0-9]{4}", plain):
            return datetime.date(1899, 12, 30) + datetime.timedelta(days=int(plain))
    except ValueError:
        pass
    raise CellError(_("“%(raw)s”不是日期。请写成 2026-12-31。") % {"raw": raw[:30]})


def choice(choices: Any) -> Callable[[str, Lookups], str]:
    """By key or by label, in 中文 or English."""

    def read(raw: str, _lookups: Lookups) -> str:
        wanted = plain_text(raw)
        for language in ("zh-hans", "en"):
            with override(language):
                for value, label in choices.choices:
                    if wanted in (plain_text(str(label)), plain_text(str(value))):
                        return str(value)
        raise CellError(
            _("“%(raw)s”不在可选范围内：%(choices)s。")
            % {"raw": raw[:30], "choices": _("、").join(str(label) for label in choices.labels)}
        )

    return read


def direction(raw: str, lookups: Lookups) -> str:
    wanted = plain_text(raw)
    if wanted in ("求购", "采购", "需", "买", "buy", "demand"):
        return Post.Direction.DEMAND
    if wanted in ("供", "卖", "出售", "sell", "supply"):
        return Post.Direction.SUPPLY
    return choice(Post.Direction)(raw, lookups)


def unit(raw: str, _lookups: Lookups) -> str:
    # Our own words first: what an export calls pieces (片) comes back as what it was.
    with override("en"):
        found = next(((u.value, Decimal(1)) for u in Unit if plain_text(str(u.label)) == plain_text(raw)), None)
    found = found or units.parse_unit(raw)
    if found is None:
        raise CellError(
            _("不认识单位“%(raw)s”。可用：%(units)s。")
            % {"raw": raw[:20], "units": _("、").join(str(u.label) for u in Unit)}
        )
    if found[1] != 1:
        raise CellError(_("请把数量换算成“%(unit)s”再填，单位填“%(unit)s”。") % {"unit": Unit(found[0]).label})
    return found[0]


def region(raw: str, lookups: Lookups) -> Region:
    key = plain_text(raw)
    found = lookups.regions.get(key)
    if found is not None:
        return found
    if key in lookups.regions:
        raise CellError(_("“%(raw)s”有同名地区，请带上省名，例如“江苏省苏州市”。") % {"raw": raw[:30]})
    raise CellError(_("找不到地区“%(raw)s”。请填省、市、县的全称或六位代码。") % {"raw": raw[:30]})


def several_regions(raw: str, lookups: Lookups) -> list[Region]:
    if plain_text(raw) in ("全国", "不限", "nationwide", "any"):
        return []
    return _unique([region(part, lookups) for part in _parts(raw)])


def industry(raw: str, lookups: Lookups) -> IndustryClass:
    found = lookups.industries.get(raw.strip().upper()) or lookups.industries.get(plain_text(raw))
    if found is None:
        code = re.match(r"[A-T]?([0-9]{2,4})", raw.strip().upper())
        found = lookups.industries.get(code[1]) if code else None
    if found is None and raw.strip().isdigit():
        # Excel takes the nought off 0111.
        found = lookups.industries.get(raw.strip().zfill(4))
    if found is None:
        raise CellError(_("找不到行业“%(raw)s”。请填国民经济行业分类的代码（如 3841）或名称。") % {"raw": raw[:30]})
    return found


def kinds(raw: str, lookups: Lookups) -> list[CertificateKind]:
    if plain_text(raw) in ("无", "无要求", "none"):
        return []
    found = []
    for part in _parts(raw):
        kind = lookups.certificate_kinds.get(plain_text(part))
        if kind is None:
            raise CellError(_("不认识证书“%(raw)s”。请按模板“证书名称”表中的名称填写。") % {"raw": part[:30]})
        found.append(kind)
    return _unique(found)


def own_certificates(raw: str, lookups: Lookups) -> list[Certificate]:
    found: list[Certificate] = []
    for kind in kinds(raw, lookups):
        rows = lookups.own_certificates.get(kind.code)
        if not rows:
            raise CellError(_("企业还没有登记证书“%(raw)s”，请先在企业资料中添加。") % {"raw": kind})
        found += rows
    return found


def yes_or_no(raw: str, _lookups: Lookups) -> bool:
    wanted = plain_text(raw)
    if wanted in ("是", "可以", "可", "y", "yes", "true", "1", "√", "对"):
        return True
    if wanted in ("否", "不可以", "不", "n", "no", "false", "0", "×", "不可"):
        return False
    raise CellError(_("请填“是”或“否”。"))


def credit_code(raw: str, _lookups: Lookups) -> str:
    finding = uscc.examine(raw)
    if not finding.is_usable:
        raise CellError(_("统一社会信用代码应为 18 位数字或大写字母，请核对。"))
    return finding.code


def mail_address(raw: str, lookups: Lookups) -> str:
    text = words(254)(raw, lookups)
    try:
        validate_email(text)
    except ValidationError:
        raise CellError(_("邮箱格式有误。")) from None
    return text


def visibility(raw: str, lookups: Lookups) -> str:
    value = choice(Visibility)(raw, lookups)
    if value == Visibility.INVITED:
        raise CellError(_("批量导入不支持“仅受邀企业”，请导入后逐条设置。"))
    return value


def parameters(raw: str, _lookups: Lookups) -> list[dict[str, str]]:
    try:
        return capabilities.read_parameters(raw)
    except ValueError as problem:
        raise CellError(_("看不懂“%(line)s”。请写成“名称=值 单位”，用分号隔开。") % {"line": problem}) from problem


def _parts(raw: str) -> list[str]:
    return [part.strip() for part in LIST_MARKS.split(raw) if part.strip()]


def _unique(rows: list[Any]) -> list[Any]:
    return list({row.pk: row for row in rows}.values())


# ---- the tables --------------------------------------------------------------

_NUMBER = Column(
    "external_id",
    gettext_lazy("编号"),
    words(80),
    hint=gettext_lazy("选填。您自己的编号；再次导入同一编号会更新原来的一条，不会重复。"),
    example="D-001",
    aliases=("id", "external id"),
)
_INDUSTRY = Column(
    "industry", gettext_lazy("行业"), industry, hint=gettext_lazy("国民经济行业分类的代码或名称。"), example="3985"
)
_FACTOR = Column(
    "factor",
    gettext_lazy("要素类型"),
    choice(Factor),
    hint=gettext_lazy("不填为“产品”。"),
    example="产品",
    choices=Factor.labels,
)
_UNIT = Column(
    "unit", gettext_lazy("单位"), unit, hint=gettext_lazy("填了数量就要填单位。"), example="吨", choices=Unit.labels
)
_MINIMUM = Column("minimum_order", gettext_lazy("最小起订量"), decimal(3), example="5")
_LEAD = Column("lead_time_days", gettext_lazy("交货期（天）"), whole(3650), example="30", aliases=("交货期",))
_VISIBILITY = Column(
    "visibility",
    gettext_lazy("可见范围"),
    visibility,
    hint=gettext_lazy("不填为“公开”。"),
    example="公开",
    choices=[Visibility.PUBLIC.label, Visibility.VERIFIED.label],
)

POSTS: Final = Table(
    ImportRun.Kind.POSTS,
    (
        _NUMBER,
        Column(
            "direction",
            gettext_lazy("方向"),
            direction,
            required=True,
            hint=gettext_lazy("供应或需求。"),
            example="需求",
            choices=Post.Direction.labels,
        ),
        Column(
            "product",
            gettext_lazy("产品或服务名称"),
            words(120),
            required=True,
            hint=gettext_lazy("行业叫法，带牌号或规格。"),
            example="磷酸铁锂正极材料",
            aliases=("产品", "产品名称", "名称"),
        ),
        Column("title", gettext_lazy("标题"), words(120), hint=gettext_lazy("不填用产品名称。")),
        _FACTOR,
        Column(
            "text",
            gettext_lazy("说明"),
            long_text(4000),
            hint=gettext_lazy("规格、用途、质量要求；请勿填写联系方式。"),
            example="动力电池用，压实密度 ≥ 2.5 g/cm³",
        ),
        _INDUSTRY,
        Column(
            "quantity",
            gettext_lazy("数量"),
            decimal(3),
            hint=gettext_lazy("需求填总量，供应填每月可供数量。"),
            example="500",
        ),
        _UNIT,
        _MINIMUM,
        _LEAD,
        Column("price_low", gettext_lazy("最低单价（元）"), decimal(2), aliases=("最低单价",)),
        Column("price_high", gettext_lazy("最高单价（元）"), decimal(2), aliases=("最高单价",)),
        Column(
            "delivery_region",
            gettext_lazy("交付地"),
            region,
            hint=gettext_lazy("需求填写：省、市、县全称或代码。"),
            example="重庆市",
        ),
        Column(
            "delivers_to",
            gettext_lazy("可供货区域"),
            several_regions,
            hint=gettext_lazy("供应填写：多个用顿号隔开；不填为全国。"),
            example="四川省、重庆市",
        ),
        Column(
            "maximum_distance_km",
            gettext_lazy("运输半径要求（千米）"),
            whole(10000),
            hint=gettext_lazy("只有填写后，距离才参与排序。"),
            aliases=("运输半径",),
        ),
        Column(
            "deliver_by", gettext_lazy("交付日期"), day, hint=gettext_lazy("写成 2026-12-31。"), example="2026-12-31"
        ),
        Column(
            "certificates",
            gettext_lazy("证书"),
            kinds,
            hint=gettext_lazy("需求为必须有的证书，供应为持有的证书；多个用顿号隔开。"),
            example="ISO 9001",
        ),
        Column(
            "partial_ok",
            gettext_lazy("可分批"),
            yes_or_no,
            hint=gettext_lazy("是或否，不填为“是”。"),
            example="是",
            choices=[gettext_lazy("是"), gettext_lazy("否")],
        ),
        _VISIBILITY,
    ),
)

CAPABILITIES: Final = Table(
    ImportRun.Kind.CAPABILITIES,
    (
        _NUMBER,
        Column(
            "product",
            gettext_lazy("产品或工艺"),
            words(120),
            required=True,
            hint=gettext_lazy("行业叫法，带牌号或规格。"),
            example="6061 铝合金型材",
            aliases=("产品", "产品名称", "名称"),
        ),
        _FACTOR,
        _INDUSTRY,
        Column("description", gettext_lazy("说明"), long_text(2000)),
        Column(
            "parameters",
            gettext_lazy("技术参数"),
            parameters,
            hint=gettext_lazy("写成“名称=值 单位”，用分号隔开。"),
            example="抗拉强度=≥ 260 MPa；壁厚=1.2–8 mm",
        ),
        Column("monthly_capacity", gettext_lazy("月产能"), decimal(3), example="2000"),
        _UNIT,
        Column(
            "free_share",
            gettext_lazy("可用产能（%）"),
            whole(100),
            hint=gettext_lazy("现在还能接单的部分，0 到 100。"),
            example="40",
            aliases=("可用产能",),
        ),
        _MINIMUM,
        _LEAD,
        Column(
            "certificates",
            gettext_lazy("证书"),
            own_certificates,
            hint=gettext_lazy("本企业已登记的证书；多个用顿号隔开。"),
            example="ISO 9001",
        ),
        _VISIBILITY,
    ),
)

FIRMS: Final = Table(
    ImportRun.Kind.FIRMS,
    (
        _NUMBER,
        Column(
            "name",
            gettext_lazy("企业名称"),
            words(120),
            required=True,
            hint=gettext_lazy("营业执照上的全称。"),
            example="蜀川精密轴承有限公司",
            aliases=("名称",),
        ),
        Column("short_name", gettext_lazy("简称"), words(40)),
        Column(
            "uscc",
            gettext_lazy("统一社会信用代码"),
            credit_code,
            required=True,
            example="91510100MA6C0TUT68",
            aliases=("信用代码",),
        ),
        Column(
            "org_type",
            gettext_lazy("组织类型"),
            choice(Enterprise.OrgType),
            hint=gettext_lazy("不填为“企业”。"),
            example="企业",
            choices=Enterprise.OrgType.labels,
        ),
        Column(
            "region",
            gettext_lazy("地区"),
            region,
            required=True,
            hint=gettext_lazy("省、市、县全称或代码。"),
            example="四川省成都市",
        ),
        _INDUSTRY,
        Column("address", gettext_lazy("地址"), words(200)),
        Column("introduction", gettext_lazy("简介"), long_text(2000)),
        Column("contact_name", gettext_lazy("联系人"), words(60)),
        Column("contact_phone", gettext_lazy("联系电话"), words(40)),
        Column("contact_email", gettext_lazy("联系邮箱"), mail_address),
    ),
)

TABLES: Final = {table.kind: table for table in (POSTS, CAPABILITIES, FIRMS)}


def table_of(kind: str) -> Table:
    """KeyError for a kind that is none of ImportRun.Kind."""
    return TABLES[ImportRun.Kind(kind)]
