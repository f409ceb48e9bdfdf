"""The dictionary as it is kept: rows that operators edit (the draft), and editions that the engine reads.

A row knows its source. `core` is what the shipped core last said of it: where the row says something else, somebody
changed it here, and a newer core leaves that alone (chains.dictionary.core).
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foundation.models import Job


class Status(models.TextChoices):
    PROPOSED = "proposed", _("待审核")
    APPROVED = "approved", _("已采用")
    REJECTED = "rejected", _("已否决")
    RETIRED = "retired", _("不再使用")


class Source(models.TextChoices):
    CORE = "core", _("随平台提供")
    OPERATOR = "operator", _("运营录入")
    IMPORT = "import", _("批量导入")
    MINING = "mining", _("从供需中发现")


class Kept(models.Model):
    """What has a state of review, a source and the evidence that speaks for it.

    evidence: {"pattern": …, "posts": [ids, a few], "count": sightings, "firms": how many firms}; empty for the core.
    """

    status = models.CharField(_("状态"), max_length=8, choices=Status, default=Status.APPROVED)
    source = models.CharField(_("来源"), max_length=8, choices=Source, default=Source.OPERATOR)
    evidence = models.JSONField(_("依据"), default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


def _known(name: str) -> list[models.CheckConstraint]:
    return [
        models.CheckConstraint(condition=Q(status__in=Status.values), name=f"{name}_status_is_known"),
        models.CheckConstraint(condition=Q(source__in=Source.values), name=f"{name}_source_is_known"),
    ]


class Concept(Kept):
    """A thing that is bought and sold; fields as in chains.engine.Concept. surface: the name as texts are looked up."""

    class Kind(models.TextChoices):
        MATERIAL = "material", _("材料")
        PART = "part", _("零部件")
        EQUIPMENT = "equipment", _("设备")
        FINISHED = "finished", _("成品")
        VEHICLE = "vehicle", _("车船飞机")
        FOOD = "food", _("食品农产品")
        MEDICINE = "medicine", _("医药")
        TEXTILE = "textile", _("纺织品")
        SOFTWARE = "software", _("软件")
        ENERGY = "energy", _("能源")
        SERVICE = "service", _("服务")
        FINANCE = "finance", _("金融")
        PROPERTY = "property", _("房地产")
        UNKNOWN = "unknown", _("未分类")

    name = models.CharField(_("名称"), max_length=80)
    surface = models.CharField(
        max_length=200,
        unique=True,
        error_messages={"unique": _("词典里已有这个概念。")},
    )
    kind = models.CharField(_("种类"), max_length=9, choices=Kind)
    english = models.CharField(_("英文名"), max_length=120, blank=True)
    weight = models.PositiveSmallIntegerField(
        _("分量"), default=0, help_text=_("0 表示按种类；“设备”“系统”一类没说出什么的词取 1 到 2。")
    )
    made_of = ArrayField(models.CharField(max_length=80), verbose_name=_("组成"), default=list, blank=True)
    empty_after = ArrayField(
        models.CharField(max_length=9, choices=Kind), verbose_name=_("在其后无义"), default=list, blank=True
    )
    implies = models.BooleanField(_("隐含所加工之物"), default=False)
    is_form = models.BooleanField(_("材料的形态"), default=False)
    core = models.JSONField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="merged")
    pinyin = models.CharField(max_length=400, blank=True, editable=False)

    class Meta:
        verbose_name = _("概念")
        verbose_name_plural = _("概念")
        ordering = ["pinyin", "id"]
        constraints = [
            *_known("concept"),
            models.CheckConstraint(
                condition=Q(kind__in=[
                    "material", "part", "equipment", "finished", "vehicle", "food", "medicine", "textile",
                    "software", "energy", "service", "finance", "property", "unknown",
                ]),
                name="concept_kind_is_known",
            ),
            models.CheckConstraint(condition=~Q(surface=""), name="a_concept_has_a_form"),
            models.CheckConstraint(condition=Q(weight__lte=20), name="concept_weight_is_small"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(status="retired"),
                name="a_merged_concept_is_retired",
            ),
        ]  # fmt: skip
        indexes = [
            # Operator's list and review queue, by pinyin.
            models.Index(fields=["status", "pinyin", "id"], name="concept_by_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        if (get_language() or "").startswith("en") and self.english:
            return f"{self.name} ({self.english})"
        return self.name


class Alias(Kept):
    """Another name of a concept. Of the approved ones a form belongs to one concept."""

    concept = models.ForeignKey(Concept, models.CASCADE, related_name="aliases")
    text = models.CharField(_("别名"), max_length=80)
    surface = models.CharField(max_length=200)
    is_ambiguous = models.BooleanField(_("有歧义"), default=False, help_text=_("也可能指别的东西的短写，如 IC。"))

    class Meta:
        verbose_name = _("别名")
        verbose_name_plural = _("别名")
        ordering = ["surface", "id"]
        constraints = [
            *_known("alias"),
            models.CheckConstraint(condition=~Q(surface=""), name="an_alias_has_a_form"),
            models.UniqueConstraint(fields=["concept", "surface"], name="one_alias_per_concept_and_form"),
            models.UniqueConstraint(
                fields=["surface"],
                condition=Q(status="approved"),
                name="an_approved_form_names_one_concept",
                violation_error_message=_("这个写法已是另一个概念的别名。"),
            ),
        ]
        indexes = [
            # The review queue.
            models.Index(fields=["id"], condition=Q(status="proposed"), name="alias_proposed"),
        ]

    def __str__(self) -> str:
        return self.text


class ConceptLink(Kept):
    """concept is a kind of other, or is near it."""

    class Kind(models.TextChoices):
        IS_A = "is_a", _("属于")
        NEAR = "near", _("相近")

    concept = models.ForeignKey(Concept, models.CASCADE, related_name="links")
    other = models.ForeignKey(Concept, models.CASCADE, related_name="links_from")
    kind = models.CharField(_("关系"), max_length=4, choices=Kind)

    class Meta:
        verbose_name = _("概念关系")
        verbose_name_plural = _("概念关系")
        ordering = ["id"]
        constraints = [
            *_known("concept_link"),
            models.CheckConstraint(condition=Q(kind__in=["is_a", "near"]), name="concept_link_kind_is_known"),
            models.CheckConstraint(condition=~Q(concept=models.F("other")), name="a_concept_is_not_linked_to_itself"),
            models.UniqueConstraint(fields=["concept", "other", "kind"], name="one_link_per_pair_and_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.concept} → {self.other}"


class LexiconWord(Kept):
    """A word that is no product: see chains.engine.LexiconWord."""

    class Role(models.TextChoices):
        NOISE = "noise", _("无义词")
        DEMAND = "demand", _("求购用语")
        MODIFIER = "modifier", _("限定词")
        WEAK = "weak", _("弱限定词")
        PURPOSE = "purpose", _("用途词")
        FOR = "for", _("用途标记")

    text = models.CharField(_("词"), max_length=60)
    surface = models.CharField(max_length=200, unique=True)
    role = models.CharField(_("作用"), max_length=8, choices=Role)
    english = models.CharField(_("英文名"), max_length=120, blank=True)
    core = models.JSONField(null=True, blank=True, editable=False)
    pinyin = models.CharField(max_length=400, blank=True, editable=False)

    class Meta:
        verbose_name = _("用词")
        verbose_name_plural = _("用词")
        ordering = ["role", "pinyin", "id"]
        constraints = [
            *_known("lexicon_word"),
            models.CheckConstraint(
                condition=Q(role__in=["noise", "demand", "modifier", "weak", "purpose", "for"]),
                name="lexicon_word_role_is_known",
            ),
            models.CheckConstraint(condition=~Q(surface=""), name="a_lexicon_word_has_a_form"),
        ]

    def __str__(self) -> str:
        return self.text


class ContradictionGroup(Kept):
    """Values of which a product has one. values: lists of names that mean the same value; strength in ‰."""

    name = models.CharField(_("名称"), max_length=40, unique=True)
    strength = models.PositiveSmallIntegerField(_("强度"))
    values = models.JSONField(_("取值"), default=list)
    core = models.JSONField(null=True, blank=True, editable=False)
    pinyin = models.CharField(max_length=400, blank=True, editable=False)

    class Meta:
        verbose_name = _("互斥组")
        verbose_name_plural = _("互斥组")
        ordering = ["pinyin", "id"]
        constraints = [
            *_known("contradiction_group"),
            models.CheckConstraint(
                condition=Q(strength__gte=1, strength__lte=1000), name="contradiction_strength_is_per_mille"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Need(Kept):
    """What somebody wants who does not know what it is called: see chains.engine.Need. key: the words, as one text."""

    key = models.CharField(max_length=400, unique=True)
    words = models.JSONField(_("说法"), default=list)
    concepts = ArrayField(models.CharField(max_length=80), verbose_name=_("所需"), default=list)
    core = models.JSONField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("需求说法")
        verbose_name_plural = _("需求说法")
        ordering = ["id"]
        constraints = [
            *_known("need"),
            models.CheckConstraint(condition=~Q(key=""), name="a_need_has_words"),
        ]

    def __str__(self) -> str:
        return self.key


class DictionaryEdition(models.Model):
    """A published state of the dictionary; the newest is in force. `content` is frozen (chains.dictionary.freezing),
    so that every process builds the same engine dictionary from it; `version` is the hash of that."""

    number = models.PositiveIntegerField(_("版次"), unique=True)
    version = models.CharField(max_length=64)
    content = models.BinaryField()
    concept_count = models.PositiveIntegerField(_("概念"))
    alias_count = models.PositiveIntegerField(_("别名"))
    change_count = models.PositiveIntegerField(_("变动"), default=0)
    published_at = models.DateTimeField(_("发布时间"), default=timezone.now)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.TextField(_("说明"))

    class Meta:
        verbose_name = _("词典版次")
        verbose_name_plural = _("词典版次")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=Q(number__gte=1), name="editions_are_counted_from_one"),
        ]

    def __str__(self) -> str:
        return str(_("词典第 %(number)s 版") % {"number": self.number})


class DictionaryPreview(models.Model):
    """What a draft would change in the live market, worked out by a job. result: see chains.dictionary.previewing."""

    base_version = models.CharField(max_length=64)
    draft_version = models.CharField(max_length=64)
    content = models.BinaryField()
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    result = models.JSONField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("词典预览")
        verbose_name_plural = _("词典预览")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(result__isnull=True, finished_at__isnull=True)
                | Q(result__isnull=False, finished_at__isnull=False),
                name="a_dictionary_preview_is_finished_with_its_result",
            ),
        ]

    def __str__(self) -> str:
        return str(_("词典预览"))


class DictionaryImport(models.Model):
    """A table that an operator uploaded: checked first, applied when confirmed. rows: cells by column, with numbers.

    report: {"created", "changed", "unchanged": counts, "errors": [{"row", "field", "message"}]}.
    """

    class Table(models.TextChoices):
        CONCEPTS = "concepts", _("概念与别名")
        WORDS = "words", _("用词")
        CONTRADICTIONS = "contradictions", _("互斥组")
        NEEDS = "needs", _("需求说法")

    table = models.CharField(_("内容"), max_length=14, choices=Table)
    file_name = models.CharField(_("文件名"), max_length=200)
    rows = models.JSONField(default=list)
    reason = models.TextField(_("理由"))
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    report = models.JSONField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("词典导入")
        verbose_name_plural = _("词典导入")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(table__in=["concepts", "words", "contradictions", "needs"]),
                name="dictionary_import_table_is_known",
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True) | Q(checked_at__isnull=False, confirmed_at__isnull=False),
                name="an_import_is_checked_and_confirmed_first",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name
