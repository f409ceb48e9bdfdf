"""排序规则与公示: how we rank, for everybody."""

from typing import Any

from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from chains import ranking
from chains.engine import DEFAULT_WEIGHTS, RANKING_VERSION
from chains.matching import TOP, exposure, placing
from chains.partnering import weighing
from chains.standing import LEAST


class RankingShow(TemplateView):
    template_name = "chains/ranking.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        weights = DEFAULT_WEIGHTS
        wishes = [
            (_("行业"), weights.industry, _("需求方选了行业时：同一中类得满分，同一大类得一半")),
            (
                _("数量与产能"),
                weights.quantity,
                _("需求方写了数量时：月产能能满足多少，就得多少；低于对方最小起订量不得分"),
            ),
            (_("交货期"), weights.delivery, _("需求方写了交付日期时：能按期得满分，每晚一天扣一些")),
            (_("证书"), weights.certificates, _("需求方要求证书时：具备多少得多少")),
            (_("运距"), weights.freight, _("只有需求方写明运输半径时才计：越近得分越高")),
        ]
        losses = [
            (_("对方产品比所需更专"), weights.surplus, _("按多出来的限定词所占比例扣")),
            (
                _("另一种（要“水刺无纺布”，对方是“针刺无纺布”）"),
                weights.other_kind,
                _("所要的限定词没有、又多出别的时，按两者的比例扣"),
            ),
            (_("规格牌号不同（如 304 与 316）"), weights.other_grade, _("从文字得分中扣")),
            (_("数值规格不同（如 750 V 与 1200 V）"), weights.other_rating, _("从文字得分中扣，每项分别计")),
            (_("要素类型不同（如要产品，对方提供加工）"), weights.other_factor, _("从文字得分中扣")),
        ]
        answers = [
            (_("同一产品，或同一产品的别名"), weights.same),
            (_("所要产品的一种（要“轴承”，对方是“深沟球轴承”）"), weights.narrower),
            (_("上一级大类（要“深沟球轴承”，对方只写“轴承”）"), weights.broader),
            (_("再上一级大类"), weights.broader_twice),
            (_("相近产品"), weights.related),
            (_("词典里没有的名称，结尾两个字相同"), weights.same_ending),
        ]
        rest = 100 - sum(points for _label, points, _rule in wishes)
        return super().get_context_data(
            version=RANKING_VERSION,
            versions=list(ranking.versions()[:20]),
            wishes=wishes,
            losses=[(label, loss / 10, rule) for label, loss, rule in losses],
            answers=[(label, share / 10) for label, share in answers],
            least_for_text=rest,
            strong=f"{weights.strong_cut / 10:g}",
            loose=f"{weights.loose_cut / 10:g}",
            not_known=f"{weights.not_known / 10:g}",
            top=TOP,
            seen_days=exposure.LOOKED_BACK.days,
            credit=f"{placing.CREDIT:g}",
            below=f"{placing.BELOW:g}",
            exploring=_("、").join(str(place) for place in placing.EXPLORING),
            stands_at=f"{LEAST:g}",
            along=[
                (_("双方的供需都没有写到对方的产品，也没有在线的需求对得上"), weighing.UNNAMED / 10),
                (_("路径每多一个链接"), weighing.PER_LINK / 10),
                *(
                    (_("路径上最早的依据超过 %(years)s 年") % {"years": days // 365}, share / 10)
                    for days, share in reversed(weighing.AGES)
                ),
            ],
            **kwargs,
        )
