"""Write listed firms and their products: verified firms, capabilities, supply posts."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from django.db import connection, transaction

from chains.listed_import.reading import Finding, FirmRow, Plan, ProductRow
from enterprises import posting
from enterprises.models import Capability, Enterprise, Post
from enterprises.registration.bulk import register_many
from enterprises.sorting import pinyin_key
from regions.models import Region

SOURCE: Final = "listed"
VINTAGE: Final = "2021 年 10 月"
REASON: Final = "公开上市资料导入"
# The buyer of what nobody's product list asks for.
FALLBACK_KEY: Final = "fallback-buyer"
FALLBACK_NAME: Final = "上市公司上下游资料代发（无对应卖方）"
_LOCK_CLASS: Final = 4754


def load_firms(rows: Sequence[FirmRow]) -> int:
    """Register firms that are not here yet; the answer is how many were new."""
    known = set(Region.objects.values_list("code", flat=True))
    return register_many(
        firms=[
            Enterprise(
                name=row.full_name,
                short_name=row.short_name[:40],
                region_id=row.region_code if row.region_code in known else None,
                introduction=_introduction(row),
                source=SOURCE,
                external_id=row.symbol,
            )
            for row in rows
        ],
        by=None,
        reason=REASON,
    )


def fallback_buyer() -> Enterprise:
    """The named firm that posts demands for which no firm sells the downstream product."""
    register_many(
        firms=[
            Enterprise(
                org_type=Enterprise.OrgType.PLATFORM,
                name=FALLBACK_NAME,
                short_name="上下游资料代发",
                introduction="公开上下游关系中有需求、但没有企业出售其下游产品时，由本条目代为发布，不是真实企业。",
                source=SOURCE,
                external_id=FALLBACK_KEY,
            )
        ],
        by=None,
        reason=REASON,
    )
    return Enterprise.objects.get(source=SOURCE, external_id=FALLBACK_KEY)


def region_findings(plan: Plan) -> list[Finding]:
    """Firms whose region code the divisions do not know."""
    known = set(Region.objects.values_list("code", flat=True))
    return [
        Finding("firms", row.line, row.symbol, row.full_name, "noted", "region_unknown", row.region_code)
        for row in plan.firms
        if row.region_code and row.region_code not in known
    ]


def load_products(rows: Sequence[ProductRow], *, lock: int) -> list[int]:
    """Publish the supply posts of some rows that are not here yet; the answer is the ids of all.

    One transaction. `lock` names the chunk: a second run of the same chunk waits and then finds everything there.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_CLASS, lock])
        firms = _firms_of({row.symbol for row in rows})
        mine = Post.objects.filter(source=SOURCE, direction=Post.Direction.SUPPLY, enterprise_id__in=firms.values())
        there = {(firm, raw): pk for firm, raw, pk in mine.values_list("enterprise_id", "product_raw", "pk")}
        fresh = [row for row in rows if (firms[row.symbol], row.raw) not in there]
        capabilities = Capability.objects.bulk_create(
            [
                Capability(
                    enterprise_id=firms[row.symbol],
                    product=row.name,
                    pinyin=pinyin_key(row.name),
                    parameters=_share(row),
                    source=SOURCE,
                    external_id=row.symbol,
                )
                for row in fresh
            ],
            batch_size=1000,
        )
        posts = [
            Post(
                enterprise_id=firms[row.symbol],
                direction=Post.Direction.SUPPLY,
                product=row.name,
                product_raw=row.raw,
                capability=capability,
                source=SOURCE,
                external_id=row.symbol,
            )
            for row, capability in zip(fresh, capabilities, strict=True)
        ]
        # No event for each chunk: one re-match of everything follows the last.
        posting.publish_many(posts=posts, by=None, reason=REASON, announce=False)
        wanted = {(firms[row.symbol], row.raw) for row in rows}
        return [pk for key, pk in there.items() if key in wanted] + [post.pk for post in posts if post.pk]


def _firms_of(symbols: set[str]) -> Mapping[str, int]:
    rows = Enterprise.objects.filter(source=SOURCE, external_id__in=symbols)
    return dict(rows.values_list("external_id", "pk"))


def _introduction(row: FirmRow) -> str:
    told = [f"申万行业：{row.industry}" if row.industry else "", f"上市日期：{row.listed_on}" if row.listed_on else ""]
    facts = "；".join(fact for fact in told if fact)
    return f"证券代码 {row.symbol}。{facts + '。' if facts else ''}资料时点：{VINTAGE}，公开上市资料。"


def _share(row: ProductRow) -> list[dict[str, str]]:
    if row.share is None:
        return []
    share = (Decimal(str(row.share)) * 100).quantize(Decimal("0.01")).normalize()
    return [{"name": f"主营收入占比（{VINTAGE}）", "value": f"{share:f}", "unit": "%"}]
