"""The components of docs/interface.md: what they say, and that nothing a user typed gets out as markup."""

from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import get_template
from django.test import RequestFactory
from django.utils import translation

from foundation.models import Job
from foundation.web.charts import Chart, as_csv
from foundation.web.forms import ReasonForm
from foundation.web.listing import paginate
from foundation.web.states import tone_of

EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _in_chinese() -> Any:
    with translation.override("zh-hans"):
        yield


def shown(source: str, path: str = "/", **context: object) -> str:
    request = RequestFactory().get(path)
    return Template("{% load ui %}" + source).render(Context({"request": request, **context})).strip()


class Sample(forms.Form):
    title = forms.CharField(label="标题", max_length=5, help_text="不超过 5 个字")
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea)
    kind = forms.ChoiceField(label="方向", choices=[("s", "供应"), ("d", "需求")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="同意")


def test_a_form_looks_right_by_itself() -> None:
    html = str(Sample(auto_id="id_%s"))
    assert '<label for="id_title">标题<span class="field-mark">必填</span></label>' in html
    assert '<span class="field-mark">选填</span>' in html
    assert 'class="form-control"' in html
    assert 'aria-describedby="id_title_helptext"' in html
    assert 'id="id_title_helptext"' in html
    assert "<legend>方向" in html
    assert "error-summary" not in html


def test_errors_are_on_top_and_beside_the_field_and_what_was_typed_stays() -> None:
    html = str(Sample({"title": "太长的标题了吧", "kind": "s", "agree": "on"}, auto_id="id_%s"))
    assert html.index("error-summary") < html.index('name="title"')
    assert '<a href="#id_title">标题：' in html
    assert 'id="id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'value="太长的标题了吧"' in html


def test_an_error_of_the_whole_form_is_in_the_summary() -> None:
    form = ReasonForm({"reason": "好"})
    form.add_error(None, "现在不能这样做。")
    assert "<li>现在不能这样做。</li>" in str(form)


def test_no_component_lets_markup_through() -> None:
    assert EVIL not in shown("{% badge x %}{% badge x x %}{% crumb x '/a' %}{% crumb x %}", x=EVIL)
    assert EVIL not in shown("{% stat x x unit=x definition=x note=x %}", x=EVIL)
    assert EVIL not in shown("{% definitions pairs %}", pairs=[(EVIL, EVIL)])
    assert EVIL not in shown("{% timeline rows %}", rows=[{"what": EVIL, "who": EVIL, "note": EVIL, "when": None}])
    assert EVIL not in shown("{% bar_list rows %}", rows=[{"label": EVIL, "value": 3, "text": EVIL}])
    assert EVIL not in shown("{% score_bar rows 50 %}", rows=[{"label": EVIL, "value": 3, "text": EVIL}])
    assert EVIL not in shown("{% card title=x %}{{ x }}{% endcard %}", x=EVIL)
    assert EVIL not in shown("{% sort_head 'a' x %}", path="/?q=%3Cscript%3Ealert(1)%3C/script%3E", x=EVIL)


def test_a_block_component_keeps_the_markup_of_its_page() -> None:
    assert "<em>要点</em>" in shown('{% card title="标题" tone="warn" %}<em>要点</em>{% endcard %}')
    assert "注意" in shown('{% notice "warn" %}小心{% endnotice %}')


def test_a_state_has_a_word_and_a_mark() -> None:
    html = shown("{% state 'needs-info' '待补充' %}")
    assert "is-warn" in html
    assert "待补充" in html
    assert '<span aria-hidden="true">!</span>' in html
    assert tone_of("NEEDS_INFO") == "warn"
    assert tone_of("never heard of") == "neutral"


def test_no_figure_says_insufficient_data() -> None:
    assert "数据不足" in shown("{% stat '成交' None definition='双方确认' %}")
    assert ">0<" in shown("{% stat '成交' 0 %}")


def test_a_column_head_sorts_and_turns_round() -> None:
    first = shown("{% sort_head 'name' '名称' %}", path="/?q=a&page=3")
    assert "?q=a&amp;sort=name" in first
    assert "page=" not in first
    assert "aria-sort" not in first
    rising = shown("{% sort_head 'name' '名称' %}", path="/?sort=name")
    assert 'aria-sort="ascending"' in rising
    assert "?sort=-name" in rising


def test_the_pager_keeps_the_filters() -> None:
    page = Paginator(range(100), 10).get_page(5)
    html = shown("{% pager page target='results' %}", path="/?q=%E7%94%B5&page=5", page=page)
    assert "?q=%E7%94%B5&amp;page=4" in html
    assert 'hx-target="#results"' in html
    assert "共 100 条，10 页" in html
    assert shown("{% pager page %}", page=Paginator([1], 10).get_page(1)) == ""


@pytest.mark.parametrize("number", ["", "0", "-1", "abc", "999999999999999999999999", "1e9", "٣", "2.5"])
def test_no_page_number_breaks_a_list(number: str) -> None:
    request = RequestFactory().get("/", {"page": number})
    assert paginate(request, list(range(50)), per_page=20).number in (1, 3)


def test_active_filters_become_chips_that_can_be_removed() -> None:
    form = Sample({"title": "轴承", "kind": "d"})
    html = shown("{% filter_bar form %}", path="/?title=%E8%BD%B4%E6%89%BF&kind=d&page=2", form=form)
    assert "标题：轴承" in html
    assert "方向：需求" in html
    assert 'href="?kind=d"' in html


def test_steps_before_the_current_one_are_done() -> None:
    html = shown("{% stage_bar stages 'b' %}", stages=[("a", "登记"), ("b", "核验"), ("c", "发布", "/c/")])
    assert html.count("is-done") == 1
    assert html.count('aria-current="step"') == 1
    assert '<a href="/c/">发布</a>' in html
    assert "is-stopped" in shown("{% stage_bar stages 'a' stopped=True %}", stages=[("a", "登记")])


def test_the_parts_of_a_score_never_leave_the_bar() -> None:
    parts = [{"label": "产品", "value": 80}, {"label": "产能", "value": 50}, {"label": "交期", "value": -5}]
    html = shown("{% score_bar parts 125 %}", parts=parts)
    assert 'x="0.00" width="80.00"' in html
    assert 'x="80.00" width="20.00"' in html
    assert 'width="0.00"' in html


def test_bars_are_drawn_without_inline_style() -> None:
    html = shown("{% bar_list rows %}", rows=[{"label": "四川", "value": 2}, {"label": "江苏", "value": 4}])
    assert 'width="50.0"' in html
    assert "style=" not in html


def test_a_running_job_asks_again_and_a_finished_one_does_not() -> None:
    job = Job(pk=7, kind="x", state=Job.State.RUNNING, stage="读取", done_count=30, total_count=60)
    html = shown("{% job_progress job %}", job=job)
    assert 'value="50"' in html
    assert "读取" in html
    job.state = Job.State.DONE
    assert "hx-get" not in shown("{% job_progress job %}", job=job)


CHART = Chart(
    key="flows",
    title="成交最多的是广东与湖南之间",
    columns=["省份", "成交（单）"],
    rows=[("广东", 12), ("=HYPERLINK(1)", None)],
    option={"series": [{"type": "bar", "data": [12], "name": "</script>"}]},
    unit="单",
    source="本平台",
    n=12,
)


def test_a_chart_has_a_table_that_says_the_same_and_a_download() -> None:
    html = shown("{% chart spec %}{% chart spec %}", spec=CHART)
    assert "成交最多的是广东与湖南之间" in html
    assert '<th scope="row">广东</th>' in html
    assert "数据不足" in html
    assert 'download="xielian-flows.csv"' in html
    assert html.count("echarts.custom.min.js") == 1
    assert "</script>" not in html.split('type="application/json">')[1].split("</script>")[0]


def test_a_csv_holds_no_live_formula() -> None:
    text = as_csv(CHART.columns, CHART.rows)
    assert text.splitlines()[2] == "'=HYPERLINK(1),"


def test_a_chart_needs_a_key_that_can_be_an_id() -> None:
    with pytest.raises(ValueError, match="key"):
        Chart(key="<b>", title="", columns=[], rows=[], option={})


def test_the_confirm_page_asks_for_a_reason() -> None:
    request = RequestFactory().get("/")
    html = get_template("foundation/confirm.html").render(
        {"title": "撤回供需", "form": ReasonForm(), "danger": True, "cancel_url": "/posts/"}, request
    )
    assert 'name="reason"' in html
    assert "btn-danger" in html
    assert "csrfmiddlewaretoken" in html


def test_a_share_is_a_percentage_or_insufficient_data() -> None:
    assert ">95%<" in shown("{% stat '跨省份额' x share=True %}", x=0.951)
    assert "stat-insufficient" in shown("{% stat '跨省份额' None share=True %}")


def test_counts_that_people_compare_are_exact() -> None:
    with translation.override("zh-hans"):
        assert shown("{{ x|exactly }}", x=10569) == "10,569"
