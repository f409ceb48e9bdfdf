"""HOW: chains and their maps, leaders, matches, recommendations, interests."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from enterprises.models import Enterprise, IndustryClass, Member, Post

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from foundation.models import User


def in_language(text: str, english: str) -> str:
    """The English words for those who read English, where there are some."""
    return english if english and (get_language() or "").startswith("en") else text


class Labelled(models.Model):
    """Something with a 中文 and an English name."""

    name = models.CharField(_("名称"), max_length=80)
    name_en = models.CharField(_("英文名"), max_length=120, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return in_language(self.name, self.name_en)


class Chain(Labelled):
    slug = models.SlugField(unique=True)
    description = models.TextField(_("说明"), blank=True)
    description_en = models.TextField(_("英文说明"), blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    source = models.CharField(_("来源"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("产业链")
        verbose_name_plural = _("产业链")
        ordering = ["order", "slug"]

    @property
    def summary(self) -> str:
        return in_language(self.description, self.description_en)


class Node(Labelled):
    """A product or process of a chain. `terms` are the product words by which firms are found to stand here."""

    chain = models.ForeignKey(Chain, models.CASCADE, related_name="nodes")
    slug = models.SlugField()
    layer = models.PositiveSmallIntegerField(_("层次"), default=0)
    order = models.PositiveSmallIntegerField(default=0)
    terms = ArrayField(models.CharField(max_length=80), verbose_name=_("产品词"), default=list)
    industries: "models.ManyToManyField[IndustryClass, models.Model]" = models.ManyToManyField(
        IndustryClass, blank=True, related_name="+", verbose_name=_("行业")
    )

    class Meta:
        verbose_name = _("环节")
        verbose_name_plural = _("环节")
        ordering = ["layer", "order", "id"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "slug"], name="one_node_per_chain_and_slug"),
        ]


class Link(models.Model):
    """Upstream -> downstream, each with its evidence (product.md, principle 5)."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("待审核")
        APPROVED = "approved", _("已确认")
        REJECTED = "rejected", _("已否决")

    upstream = models.ForeignKey(Node, models.CASCADE, related_name="downstream_links")
    downstream = models.ForeignKey(Node, models.CASCADE, related_name="upstream_links")
    evidence = models.TextField(_("依据"))
    evidence_en = models.TextField(_("英文依据"), blank=True)
    source = models.CharField(_("来源"), max_length=200)
    observed_on = models.DateField(_("依据日期"))
    status = models.CharField(_("状态"), max_length=8, choices=Status, default=Status.PROPOSED)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("链接")
        verbose_name_plural = _("链接")
        constraints = [
            models.UniqueConstraint(fields=["upstream", "downstream"], name="one_link_per_pair_of_nodes"),
            models.CheckConstraint(condition=~models.Q(upstream=models.F("downstream")), name="a_link_joins_two_nodes"),
        ]

    def __str__(self) -> str:
        return f"{self.upstream} → {self.downstream}"

    @property
    def basis(self) -> str:
        return in_language(self.evidence, self.evidence_en)


class NodeMembership(models.Model):
    """A firm found to stand at a node, by its open posts (matching) or by its own word."""

    node = models.ForeignKey(Node, models.CASCADE, related_name="memberships")
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="node_memberships")
    evidence_post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="+")
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("环节成员")
        verbose_name_plural = _("环节成员")
        constraints = [
            models.UniqueConstraint(fields=["node", "enterprise"], name="a_firm_stands_at_a_node_once"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.node}"


class LeadershipQuerySet(models.QuerySet["Leadership"]):
    def active(self) -> "LeadershipQuerySet":
        today = timezone.localdate()
        return self.filter(since__lte=today).filter(models.Q(until__isnull=True) | models.Q(until__gt=today))

    def active_for(self, user: "User | AnonymousUser") -> "LeadershipQuerySet":
        """Leaderships of the firms to which the user belongs."""
        if not user.is_authenticated:
            return self.none()
        return self.active().filter(enterprise_id__in=Member.objects.active_for(user).values("enterprise_id"))


class Leadership(models.Model):
    """An enterprise appointed to lead a chain (链主), for a time."""

    chain = models.ForeignKey(Chain, models.CASCADE, related_name="leaderships")
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="leaderships")
    since = models.DateField(_("起"), default=timezone.localdate)
    until = models.DateField(_("止"), null=True, blank=True)
    basis = models.TextField(_("依据"), blank=True)
    appointed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = LeadershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("链主")
        verbose_name_plural = _("链主")
        constraints = [
            models.UniqueConstraint(
                fields=["chain", "enterprise"],
                condition=models.Q(until__isnull=True),
                name="one_open_leadership_per_chain_and_enterprise",
                violation_error_message=_("该企业已是本链链主。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} · {self.chain}"


class PostAnalysis(models.Model):
    """What the engine understood of a post's text; kept so that a rebuild reads, not re-analyses."""

    post = models.OneToOneField(Post, models.CASCADE, primary_key=True, related_name="analysis")
    version = models.PositiveIntegerField()
    dictionary_version = models.CharField(max_length=64)
    analysis = models.JSONField()
    # A supply's terms meet (`&&`) those of every demand it may answer: so a new supply finds its demands.
    terms = ArrayField(models.TextField(), default=list)
    # pg_current_xact_id() of the last change: a reader that asks again from the oldest transaction that was still
    # open misses no late commit. The clock tells two changes of one transaction apart.
    changed_xid = models.BigIntegerField()
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("文本分析")
        verbose_name_plural = _("文本分析")
        indexes = [
            GinIndex(fields=["terms"], name="post_analysis_terms"),
            models.Index(fields=["changed_xid"], name="post_analysis_changed"),
        ]

    def __str__(self) -> str:
        return str(self.post_id)


class IndexSnapshot(models.Model):
    """A built index on disk; the newest ready one is the one in use."""

    epoch = models.PositiveBigIntegerField(unique=True)
    # Folder below settings.INDEX_FOLDER.
    folder = models.CharField(max_length=100)
    # Which engine wrote it: dictionary, weights and file format.
    engine_version = models.CharField(max_length=100)
    # Which database cluster counted the transactions: after a restore elsewhere the numbers mean nothing.
    cluster = models.CharField(max_length=60)
    oldest_xid = models.BigIntegerField()
    document_count = models.PositiveIntegerField()
    built_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("索引快照")
        verbose_name_plural = _("索引快照")
        ordering = ["-epoch"]

    def __str__(self) -> str:
        return str(self.epoch)


class RankingVersion(models.Model):
    """A published set of ranking rules. Every stored match names the one it was made by."""

    version = models.CharField(_("版本"), max_length=40, unique=True)
    weights = models.JSONField(_("权重"))
    summary = models.TextField(_("说明"))
    summary_en = models.TextField(_("英文说明"), blank=True)
    published_at = models.DateTimeField(_("发布时间"), default=timezone.now)

    class Meta:
        verbose_name = _("排序规则")
        verbose_name_plural = _("排序规则")
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return self.version

    @property
    def label(self) -> str:
        """What the rules say, in the language of the moment."""
        if (get_language() or "").startswith("en") and self.summary_en:
            return self.summary_en
        return self.summary


class MatchQuerySet(models.QuerySet["Match"]):
    def live(self) -> "MatchQuerySet":
        return self.filter(ended_at__isnull=True)

    def visible_to(self, user: "User | AnonymousUser") -> "MatchQuerySet":
        """A match belongs to two firms, each of which must be able to see the other's post."""
        if not user.is_authenticated:
            return self.none()
        if user.is_operator:
            return self
        firms = Member.objects.active_for(user).values("enterprise_id")
        seen = Post.objects.visible_to(user).values("pk")
        return self.filter(
            models.Q(demand__enterprise_id__in=firms, supply_id__in=seen)
            | models.Q(supply__enterprise_id__in=firms, demand_id__in=seen)
        )


class Match(models.Model):
    """A supply that answers a demand, as of one version of each. Rows of an older version end, they stay."""

    demand = models.ForeignKey(Post, models.CASCADE, related_name="matches_as_demand")
    supply = models.ForeignKey(Post, models.CASCADE, related_name="matches_as_supply")
    demand_version = models.PositiveIntegerField()
    supply_version = models.PositiveIntegerField()
    rank = models.PositiveSmallIntegerField(_("名次"))
    score = models.FloatField(_("得分"))
    # What a buyer's list is ordered by: the score and the credit of firms that hardly anybody sees (matching.placing).
    place_score = models.FloatField(_("排序分"), default=0.0)
    is_explored = models.BooleanField(_("轮换展示"), default=False)
    # False for what lies below the calibrated cut: kept behind "show looser matches".
    is_strong = models.BooleanField(default=True)
    parts = models.JSONField(_("得分构成"))
    reasons = models.JSONField(_("理由"))
    ranking_version = models.CharField(max_length=40)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = MatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("匹配")
        verbose_name_plural = _("匹配")
        constraints = [
            models.UniqueConstraint(
                fields=["demand", "supply", "demand_version", "supply_version"],
                name="one_match_per_demand_supply_and_versions",
            ),
            models.UniqueConstraint(
                fields=["demand", "supply"],
                condition=models.Q(ended_at__isnull=True),
                name="one_live_match_per_demand_and_supply",
            ),
        ]
        indexes = [
            # Recommendations of a post, best first.
            models.Index(
                fields=["demand", "rank"],
                condition=models.Q(ended_at__isnull=True),
                name="match_live_of_demand",
            ),
            models.Index(
                fields=["supply", "-score"],
                condition=models.Q(ended_at__isnull=True),
                name="match_live_of_supply",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.demand_id} ← {self.supply_id}"


class FirmExposure(models.Model):
    """What a supplier was shown to buyers lately, as counted nightly (matching.exposure)."""

    enterprise = models.OneToOneField(Enterprise, models.CASCADE, primary_key=True, related_name="exposure")
    # Sum over the lists it was shown in of 1/log2(1 + rank).
    exposure = models.FloatField(_("展示量"))
    # Points added for its place in lists.
    credit = models.FloatField(_("展示加分"))
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name = _("企业展示量")
        verbose_name_plural = _("企业展示量")

    def __str__(self) -> str:
        return f"{self.enterprise_id}: {self.exposure:.2f}"


class RecommendationQuerySet(models.QuerySet["Recommendation"]):
    def visible_to(self, user: "User | AnonymousUser") -> "RecommendationQuerySet":
        if not user.is_authenticated:
            return self.none()
        return self.filter(enterprise_id__in=Member.objects.active_for(user).values("enterprise_id"))


class Recommendation(models.Model):
    """That a match was shown to one of its two firms, at which rank, and what the firm said to it."""

    class Feedback(models.TextChoices):
        USEFUL = "useful", _("有用")
        NOT_USEFUL = "not_useful", _("不合适")

    class Reason(models.TextChoices):
        WRONG_PRODUCT = "wrong_product", _("产品不对")
        WRONG_GRADE = "wrong_grade", _("规格或牌号不符")
        TOO_SMALL = "too_small", _("产能不足")
        TOO_FAR = "too_far", _("运距太远")
        PRICE = "price", _("价格不合适")
        CERTIFICATE = "certificate", _("缺少证书")
        KNOWN = "known", _("已在合作")
        UNREACHABLE = "unreachable", _("联系不上")
        OTHER = "other", _("其他")

    match = models.ForeignKey(Match, models.CASCADE, related_name="recommendations")
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="recommendations")
    rank = models.PositiveSmallIntegerField(_("展示名次"))
    score = models.FloatField()
    parts = models.JSONField()
    ranking_version = models.CharField(max_length=40)
    plain_order = models.BooleanField(_("按时间排序"), default=False)
    shown_at = models.DateTimeField(_("首次展示"), default=timezone.now)
    feedback = models.CharField(_("反馈"), max_length=10, choices=Feedback, blank=True)
    feedback_reason = models.CharField(_("原因"), max_length=20, choices=Reason, blank=True)
    feedback_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    feedback_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(_("隐藏时间"), null=True, blank=True)
    saved_at = models.DateTimeField(_("收藏时间"), null=True, blank=True)

    objects = RecommendationQuerySet.as_manager()

    class Meta:
        verbose_name = _("推荐")
        verbose_name_plural = _("推荐")
        constraints = [
            models.UniqueConstraint(fields=["match", "enterprise"], name="one_recommendation_per_match_and_firm"),
            models.CheckConstraint(
                condition=models.Q(feedback="", feedback_at__isnull=True)
                | (~models.Q(feedback="") & models.Q(feedback_at__isnull=False)),
                name="feedback_says_when",
            ),
        ]
        indexes = [models.Index(fields=["enterprise", "-shown_at"], name="recommendation_of_firm")]

    def __str__(self) -> str:
        return f"{self.match.demand} ← {self.match.supply}"


class InterestQuerySet(models.QuerySet["Interest"]):
    def visible_to(self, user: "User | AnonymousUser") -> "InterestQuerySet":
        if not user.is_authenticated:
            return self.none()
        if user.is_operator:
            return self
        firms = Member.objects.active_for(user).values("enterprise_id")
        return self.filter(models.Q(sender_id__in=firms) | models.Q(receiver_id__in=firms))


class Interest(models.Model):
    """A firm tells the firm of a matched post that it wants to talk."""

    class State(models.TextChoices):
        SENT = "sent", _("已发出")
        ACCEPTED = "accepted", _("已接受")
        DECLINED = "declined", _("已婉拒")
        WITHDRAWN = "withdrawn", _("已撤回")

    match = models.ForeignKey(Match, models.PROTECT, related_name="interests")
    sender = models.ForeignKey(Enterprise, models.PROTECT, related_name="interests_sent")
    receiver = models.ForeignKey(Enterprise, models.PROTECT, related_name="interests_received")
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    message = models.TextField(_("留言"), max_length=1000)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.SENT)
    answer = models.TextField(_("答复"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("发出时间"), default=timezone.now)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)

    objects = InterestQuerySet.as_manager()

    class Meta:
        verbose_name = _("合作意向")
        verbose_name_plural = _("合作意向")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["match"],
                condition=models.Q(state__in=["sent", "accepted"]),
                name="one_live_interest_per_match",
                violation_error_message=_("双方已有进行中的意向。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(sender=models.F("receiver")), name="an_interest_joins_two_firms"
            ),
            models.CheckConstraint(
                condition=models.Q(state="sent", answered_at__isnull=True)
                | (~models.Q(state="sent") & models.Q(answered_at__isnull=False)),
                name="an_answered_interest_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["sender", "-id"], name="interest_by_sender"),
            models.Index(fields=["receiver", "state", "-id"], name="interest_by_receiver"),
        ]

    def __str__(self) -> str:
        return f"{self.sender} → {self.receiver}"
