"""Forms of the dictionary: they check form; chains.dictionary decides."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chains.dictionary.rights import LONGEST_REASON
from chains.engine import Concept as Entry
from chains.models import Concept

_BREAKS = re.compile(r"[\n|、，]+")


class Reason(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("会记入审计日志。"),
    )


class NamesField(forms.CharField):
    """Names one a line (or parted by |、，); gives a tuple."""

    def __init__(self, **kwargs: Any) -> None:
        rows = kwargs.pop("rows", 3)
        super().__init__(required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> Any:
        text = str(super().to_python(value) or "")
        return tuple(dict.fromkeys(" ".join(part.split()) for part in _BREAKS.split(text) if part.strip()))

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, tuple | list) else value

    def run_validators(self, value: Any) -> None:
        """Of the names; how long the whole may be is said by the widget."""
        if any("\x00" in name for name in value):
            raise forms.ValidationError(_("含有不能保存的字符。"))
        if sum(map(len, value)) > (self.max_length or 0):
            raise forms.ValidationError(_("太长了。"))


class ConceptForm(Reason):
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=Concept.Kind.choices)
    english = forms.CharField(label=gettext_lazy("英文名"), max_length=120, required=False)
    parents = NamesField(
        label=gettext_lazy("属于"), rows=2, help_text=gettext_lazy("更宽的概念，每行一个，须已在词典中。")
    )
    aliases = NamesField(
        label=gettext_lazy("别名"),
        rows=5,
        help_text=gettext_lazy("每行一个；也可能指别的东西的，在后面加问号，如 IC?。"),
    )
    near = NamesField(label=gettext_lazy("相近"), rows=2, help_text=gettext_lazy("买家也会看的概念，每行一个。"))
    weight = forms.IntegerField(
        label=gettext_lazy("分量"),
        min_value=0,
        max_value=20,
        initial=0,
        help_text=gettext_lazy("0 表示按种类；“设备”“系统”一类没说出什么的词取 1 到 2。"),
    )
    made_of = NamesField(
        label=gettext_lazy("组成"), rows=2, help_text=gettext_lazy("名称只是词的组合时，每行一个词，如 冷轧、板。")
    )
    empty_after = forms.MultipleChoiceField(
        label=gettext_lazy("在其后无义"),
        choices=Concept.Kind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("接在这些种类之后就没说出什么，如 聚乙烯 + 材料。"),
    )
    implies = forms.BooleanField(label=gettext_lazy("隐含所加工之物（轴承加工也说明有轴承）"), required=False)
    is_form = forms.BooleanField(label=gettext_lazy("材料的形态（管、板、丝）"), required=False)
    field_order = [
        "name", "kind", "english", "parents", "aliases", "near", "weight", "made_of", "empty_after", "implies",
        "is_form", "reason",
    ]  # fmt: skip
    PLAIN = ("name", "kind", "english", "parents", "aliases", "near")
    FINE = ("weight", "made_of", "empty_after", "implies", "is_form")

    @classmethod
    def initial_of(cls, entry: Entry) -> dict[str, Any]:
        return {name: getattr(entry, name) for name in (*cls.PLAIN, *cls.FINE)}

    def entry(self) -> Entry:
        data = self.cleaned_data
        return Entry(
            name=" ".join(data["name"].split()),
            kind=data["kind"],
            english=data["english"].strip(),
            parents=data["parents"],
            aliases=data["aliases"],
            near=data["near"],
            weight=data["weight"],
            made_of=data["made_of"],
            empty_after=tuple(data["empty_after"]),
            implies=data["implies"],
            is_form=data["is_form"],
        )

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.PLAIN]

    @property
    def fine_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FINE]

    @property
    def has_fine_errors(self) -> bool:
        return any(self[name].errors for name in self.FINE)


class AliasForm(Reason):
    text = forms.CharField(label=gettext_lazy("别名"), max_length=80)
    is_ambiguous = forms.BooleanField(label=gettext_lazy("也可能指别的东西"), required=False)
    field_order = ["text", "is_ambiguous", "reason"]


class MergeForm(Reason):
    into = forms.CharField(
        label=gettext_lazy("合并到"),
        max_length=80,
        help_text=gettext_lazy("保留的概念的名称。别名、下级和相近关系都归它，现名成为它的别名。"),
    )
    field_order = ["into", "reason"]

    def clean_into(self) -> Concept:
        name = " ".join(self.cleaned_data["into"].split())
        found = Concept.objects.filter(name=name, status="approved").first()
        if found is None:
            raise forms.ValidationError(_("词典里没有已采用的概念“%(name)s”。") % {"name": name})
        return found


class DecisionForm(Reason):
    decision = forms.ChoiceField(
        label=gettext_lazy("决定"), choices=[("accept", gettext_lazy("采用")), ("reject", gettext_lazy("否决"))]
    )
