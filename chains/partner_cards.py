"""Partners along a chain as people read them: the path, what the firm supplies or asks for, points in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.models import Link
from chains.partnering import PARTS, Partner, Path, Start
from chains.places import region_path
from chains.wording import Words
from enterprises.disclosure import Viewer
from enterprises.models import Enterprise, Post

PART_LABELS: dict[str, Any] = {
    "product": gettext_lazy("产品"),
    "use": gettext_lazy("用途"),
    "distance": gettext_lazy("链上距离"),
    "evidence": gettext_lazy("依据新旧"),
}


@dataclass(frozen=True)
class PartnerCard:
    """One partner. `reason` is the sentence of its path; `links` are the path's, from the start outwards."""

    partner: Partner
    firm: Enterprise
    supply: Post | None
    demand: Post | None
    path: str
    reason: str
    words: Words
    shows_size: bool

    @property
    def post(self) -> Post:
        """The partner's own post that leads to it: the demand of a buyer, the supply of everybody else."""
        found = self.demand if self.partner_asks else self.supply
        assert found is not None
        return found

    @property
    def partner_asks(self) -> bool:
        return self.demand is not None and not self.partner.path.upstream

    @property
    def links(self) -> tuple[Link, ...]:
        return self.partner.path.links

    @property
    def sources(self) -> str:
        """Where the links of the path come from, each once."""
        return _("；").join(dict.fromkeys(link.source for link in self.links))


def cards_of(partners: Sequence[Partner], *, start: Start, viewer: Viewer, own: bool) -> list[PartnerCard]:
    """Cards of what `partnering.find` found for this viewer, in the same order; two queries however many.

    `own`: the start is the viewer's own firm, so that the words may say "your".
    """
    ids = {pk for row in partners for pk in (row.supply, row.demand) if pk is not None}
    posts = (
        Post.objects.filter(pk__in=ids)
        .select_related(*region_path("enterprise__region"), *region_path("delivery_region"))
        .in_bulk()
    )
    found = []
    for row in partners:
        supply = posts.get(row.supply) if row.supply is not None else None
        demand = posts.get(row.demand) if row.demand is not None else None
        firm_post = supply or demand
        if firm_post is None:
            continue  # deleted since
        path = path_in_words(row.path, own=own)
        facts = _facts(row, supply=supply, demand=demand)
        found.append(
            PartnerCard(
                partner=row,
                firm=firm_post.enterprise,
                supply=supply,
                demand=demand,
                path=path,
                reason=_("%(path)s：%(facts)s") % {"path": path, "facts": _("，").join(facts)},
                words=_words(row, supply=supply, demand=demand),
                shows_size=viewer.may_see(firm_post.enterprise, "size"),
            )
        )
    return found


def path_in_words(path: Path, *, own: bool) -> str:
    """您的 动力电池系统 ← 电芯 ← 正极材料."""
    labels = (" ← " if path.upstream else " → ").join(node.label for node in path.nodes)
    return _("您的 %(path)s") % {"path": labels} if own else labels


def _facts(row: Partner, *, supply: Post | None, demand: Post | None) -> list[str]:
    if supply is None:
        assert demand is not None
        return [_("该企业正在求购 %(product)s") % {"product": demand.product}]
    facts = [_("该企业供应 %(product)s") % {"product": supply.product}]
    if demand is not None:
        said = _("回应您的需求 %(product)s") if row.path.upstream else _("正在求购 %(product)s")
        facts.append(said % {"product": demand.product})
    return facts


def _words(row: Partner, *, supply: Post | None, demand: Post | None) -> Words:
    words = Words()
    texts = {"product": _product(row, supply=supply, demand=demand)}
    if demand is not None:
        said = _("回应您在线的需求") if row.path.upstream else _("正在求购本方环节的产品")
        words.fits.append(said)
        texts["use"] = said
    elif row.named:
        words.fits.append(_("一方的供需写到了另一方的产品：%(name)s") % {"name": row.named})
        texts["use"] = words.fits[-1]
    else:
        words.unknown.append(_("双方都没有写到对方的产品，是否用得上需确认"))
        texts["use"] = words.unknown[-1]
    texts["distance"] = _("相隔 %(count)s 个链接") % {"count": len(row.path.links)}
    texts["evidence"] = _("最早的依据日期 %(date)s") % {"date": row.path.oldest.isoformat()}
    words.parts.extend(
        {"key": part, "label": str(PART_LABELS[part]), "value": row.parts[part] / 100, "text": texts[part]}
        for part in PARTS
        if part == "product" or row.parts[part]
    )
    return words


def _product(row: Partner, *, supply: Post | None, demand: Post | None) -> str:
    if supply is not None:
        return _("“%(product)s”属于“%(node)s”环节") % {"product": supply.product, "node": row.path.target.label}
    assert demand is not None
    return _("需求写明用于“%(node)s”环节") % {"node": row.path.target.label}
