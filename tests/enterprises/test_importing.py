"""Tables in: what is read, what is refused row by row, and that nothing is doubled or lost."""

import io
from datetime import date, timedelta
from decimal import Decimal

import openpyxl
import pytest
from django.urls import reverse
from django.utils import timezone

from enterprises import events, importing, uscc
from enterprises.importing import running
from enterprises.models import Capability, Enterprise, ImportRun, Member, Post
from foundation import jobs
from foundation.errors import RefusedError
from foundation.models import AuditEntry, Job, Notice
from tests.enterprises.tables import POST_HEAD, csv_file, work_off, xlsx_file
from tests.factories import (
    CertificateFactory,
    CertificateKindFactory,
    EnterpriseFactory,
    IndustryFactory,
    MemberFactory,
    PostFactory,
    UserFactory,
    owner_of,
    province,
)

pytestmark = pytest.mark.django_db
NEXT_YEAR = (timezone.localdate() + timedelta(days=200)).isoformat()


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def firm():
    return EnterpriseFactory(verified=True, owner=True)


@pytest.fixture
def owner(firm):
    return owner_of(firm)


def bring(firm, owner, upload, *, kind="posts", dry_run=False, publish=True) -> ImportRun:
    record = importing.start(by=owner, kind=kind, enterprise=firm, upload=upload, dry_run=dry_run, publish=publish)
    work_off()
    record.refresh_from_db()
    return record


def demands(count, start=0):
    return [POST_HEAD, *(["需求", f"轴承 {n} 型", n + 1, "套", "", NEXT_YEAR] for n in range(start, start + count))]


def messages(record):
    return [(error["row"], error["field"]) for error in record.errors]


def test_a_person_has_three_imports_at_a_time(firm, owner, client):
    done = bring(firm, owner, csv_file(demands(1)), dry_run=True)
    for n in range(running.MOST_AT_ONCE):
        importing.start(by=owner, kind="posts", enterprise=firm, upload=csv_file(demands(1, start=n + 1)))
    with pytest.raises(RefusedError) as caught:
        importing.confirm(record=done, by=owner)
    assert (caught.value.code, caught.value.field) == ("too_many_at_once", "file")
    client.force_login(owner)
    page = client.post(
        reverse("enterprises:import-create", args=["posts"]), {"file": csv_file(demands(1, start=9)), "publish": "no"}
    )
    assert page.status_code == 422
    assert "您已有 3 个导入在进行中" in page.content.decode()
    colleague = MemberFactory(enterprise=firm).user
    importing.start(by=colleague, kind="posts", enterprise=firm, upload=csv_file(demands(1, start=8)))
    work_off()
    importing.confirm(record=done, by=owner)


def test_a_number_used_twice_is_named_as_the_mistake(firm, owner):
    rows = [["编号", *POST_HEAD[:4]], ["D-1", "需求", "轴承钢", 3, "吨"], ["D-1", "需求", "润滑脂", 2, "吨"]]
    record = bring(firm, owner, csv_file(rows))
    assert record.errors == [{"row": 3, "field": "编号", "message": "与第 2 行相同。"}]


def test_a_dry_run_says_what_is_wrong_row_by_row_and_writes_nothing(firm, owner):
    province("重庆")
    rows = [
        ["我公司的供需表"],
        POST_HEAD,
        ["需求", "磷酸铁锂", 500, "吨", "重庆市", NEXT_YEAR],
        ["", "无方向", 1, "吨", "", ""],
        ["需求", "坏数量", "很多", "吨", "", ""],
        ["需求", "坏单位", 1, "光年", "", ""],
        ["需求", "坏地区", 1, "吨", "亚特兰蒂斯", ""],
        ["需求", "坏日期", 1, "吨", "", "明天"],
        ["需求", "过去的", 1, "吨", "", "2020-01-01"],
        ["需求", "没单位", 5, "", "", ""],
        ["", "", "", "", "", ""],
        ["需求", "磷酸铁锂", 500, "吨", "重庆市", NEXT_YEAR],
    ]
    record = bring(firm, owner, xlsx_file(rows), dry_run=True)
    assert messages(record) == [
        (4, "方向"),
        (5, "数量"),
        (6, "单位"),
        (7, "交付地"),
        (8, "交付日期"),
        (9, "交付日期"),
        (10, "单位"),
        (12, ""),
    ]
    assert (record.row_count, record.ok_count, record.error_count) == (9, 1, 8)
    assert not Post.objects.exists()
    assert Notice.objects.get(user=owner).values["bad"] == 8
    with record.errors_file.open("rb") as file:
        head, *bad = openpyxl.load_workbook(io.BytesIO(file.read())).active.iter_rows(values_only=True)
    assert head[-1] == "错误"
    assert len(bad) == 8
    assert "光年" in bad[2][-1]


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_rows_become_open_posts_with_all_they_say(firm, owner, ending):
    CertificateKindFactory(code="iso9001", name="ISO 9001 质量管理体系")
    IndustryFactory(code="3841")
    province("四川")
    province("重庆")
    head = [
        "编号",
        "方向*",
        "产品或服务名称*",
        "标题",
        "要素类型",
        "说明",
        "行业",
        "数量",
        "单位",
        "最小起订量",
        "交货期（天）",
    ]
    head += ["最低单价（元）", "最高单价（元）", "可供货区域", "证书", "可分批", "可见范围", "毫不相干的列"]
    cells = ["S-1", "供应", "锂电池铜箔", "铜箔现货", "产品", "6 μm", "3841", "80", "吨", "5", "15"]
    cells += ["98000", "102000.5", "四川省、重庆", "ISO 9001", "否", "仅已核验企业", "x"]
    make = xlsx_file if ending == "xlsx" else csv_file
    record = bring(firm, owner, make([head, cells]))
    assert record.errors == []
    post = Post.objects.get()
    assert (post.status, post.source, post.external_id, post.product_raw) == (
        "published",
        "import",
        "S-1",
        "锂电池铜箔",
    )
    assert (post.quantity, post.unit, post.minimum_order, post.lead_time_days) == (80, "t", 5, 15)
    assert (post.price_low, post.price_high) == (Decimal(98000), Decimal("102000.50"))
    assert {region.code for region in post.delivers_to.all()} == {"510000", "500000"}
    assert [kind.pk for kind in post.certificates.all()] == ["iso9001"]
    assert (post.partial_ok, post.visibility, post.industry_id, post.text) == (False, "verified", "3841", "6 μm")
    assert record.job.result["ignored"] == ["毫不相干的列"]
    assert AuditEntry.objects.filter(action="posts.imported", firm_id=firm.pk).count() == 1


def test_english_heads_and_words_are_read_as_well(firm, owner, client):
    from django.utils.translation import override

    with override("en"):
        head = [str(column.label) for column in importing.table_of("posts").columns]
    cells = {"direction": "demand", "product": "copper foil", "quantity": "3", "unit": "kg"}
    row = [cells.get(column.key, "") for column in importing.table_of("posts").columns]
    record = bring(firm, owner, csv_file([head, row]))
    assert record.errors == []
    assert Post.objects.get().unit == "kg"


def test_the_same_file_again_changes_nothing_and_a_mended_row_is_updated(firm, owner):
    head = ["编号", *POST_HEAD]
    rows = [head, *([f"N{n}", "需求", f"轴承 {n} 型", 10, "套", "", NEXT_YEAR] for n in range(3))]
    bring(firm, owner, csv_file(rows))
    again = bring(firm, owner, csv_file(rows))
    assert again.job.result | {} == again.job.result
    assert (again.job.result["created"], again.job.result["unchanged"], Post.objects.count()) == (0, 3, 3)
    rows[2][3] = 99
    third = bring(firm, owner, csv_file(rows))
    assert (third.job.result["updated"], third.job.result["unchanged"]) == (1, 2)
    assert Post.objects.get(external_id="N1").quantity == 99
    assert Post.objects.get(external_id="N1").version == 2


def test_rows_without_a_number_are_not_doubled_either(firm, owner):
    bring(firm, owner, csv_file(demands(4)))
    again = bring(firm, owner, csv_file(demands(5)))
    assert (again.job.result["created"], again.job.result["unchanged"]) == (1, 4)
    assert Post.objects.open().count() == 5


def test_an_ended_row_is_not_brought_back_silently(firm, owner):
    bring(firm, owner, csv_file(demands(1)))
    Post.objects.update(status="withdrawn", ended_at=timezone.now())
    again = bring(firm, owner, csv_file(demands(1)))
    assert again.error_count == 1
    assert "结束" in again.errors[0]["message"]


def test_a_live_post_written_by_hand_is_not_doubled_by_a_file(firm, owner):
    PostFactory(
        enterprise=firm,
        published=True,
        demand=True,
        product="轴承 0 型",
        quantity=1,
        unit="set",
        deliver_by=date.fromisoformat(NEXT_YEAR),
    )
    record = bring(firm, owner, csv_file(demands(2)))
    assert messages(record) == [(2, "产品或服务名称")]
    assert Post.objects.count() == 2


def test_rows_with_contact_data_wait_for_review(firm, owner):
    rows = [["方向", "产品或服务名称", "说明"], ["需求", "轴承", "微信 abc12345"], ["需求", "齿轮", "面议"]]
    record = bring(firm, owner, csv_file(rows))
    assert record.job.result["review"] == 1
    assert {post.product: post.status for post in Post.objects.all()} == {"轴承": "review", "齿轮": "published"}


def test_drafts_on_wish_and_only_drafts_before_verification(firm, owner):
    bring(firm, owner, csv_file(demands(2)), publish=False)
    assert {post.status for post in Post.objects.all()} == {"draft"}
    new = EnterpriseFactory(submitted=True, owner=True)
    with pytest.raises(RefusedError) as refusal:
        importing.start(by=owner_of(new), kind="posts", enterprise=new, upload=csv_file(demands(1)))
    assert refusal.value.code == "firm_not_verified"
    assert bring(new, owner_of(new), csv_file(demands(1)), publish=False).ok_count == 1


def test_one_event_tells_of_a_chunk(firm, owner):
    seen = []
    events.posts_published.connect(receiver := lambda post_ids, **_: seen.append(len(post_ids)), weak=False)
    try:
        bring(firm, owner, csv_file(demands(running.CHUNK + 7)))
    finally:
        events.posts_published.disconnect(receiver)
    assert seen == [running.CHUNK, 7]


def test_a_cut_off_import_goes_on_where_it_stopped(firm, owner, monkeypatch):
    monkeypatch.setattr(running, "CHUNK", 10)
    real, calls = running.process, []

    def dies_in_the_third_chunk(*args, **kwargs):
        calls.append(1)
        if len(calls) == 3:
            raise ConnectionError("the worker died")
        return real(*args, **kwargs)

    monkeypatch.setattr(running, "process", dies_in_the_third_chunk)
    record = importing.start(
        by=owner, kind="posts", enterprise=firm, upload=csv_file([*demands(45), ["需求", ""]]), dry_run=False
    )
    work_off()
    job = Job.objects.get(pk=record.job_id)
    assert (job.state, job.result["next"], Post.objects.count()) == ("queued", 20, 20)
    Job.objects.update(run_after=timezone.now())
    work_off()
    record.refresh_from_db()
    assert (Post.objects.count(), record.ok_count, record.error_count, record.row_count) == (45, 45, 1, 46)
    assert len(calls) == 6
    assert Post.objects.values("product").distinct().count() == 45


def test_a_right_that_is_lost_stops_the_import(firm, owner):
    record = importing.start(by=owner, kind="posts", enterprise=firm, upload=csv_file(demands(3)), dry_run=False)
    firm.members.update(left_at=timezone.now())
    work_off()
    record.refresh_from_db()
    assert "权限" in record.errors[0]["message"]
    assert not Post.objects.exists()


def test_a_missing_head_is_named(firm, owner):
    record = bring(firm, owner, csv_file([["方向", "数量"], ["需求", "5"]]))
    assert "产品或服务名称" in record.errors[0]["message"]
    assert record.error_count == 1
    record = bring(firm, owner, csv_file([POST_HEAD]))
    assert "没有数据" in record.errors[0]["message"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_usual_encoding_of_csv_is_read(firm, owner, encoding):
    record = bring(firm, owner, csv_file(demands(1), encoding=encoding))
    assert record.errors == []
    assert Post.objects.get().product == "轴承 0 型"


def test_what_excel_makes_of_dates_and_numbers_is_read(firm, owner):
    IndustryFactory(code="3841")
    rows = [
        [*POST_HEAD, "行业"],
        ["需求", "一", 1.5, "t", "", timezone.localtime().replace(tzinfo=None) + timedelta(days=9), 3841],
        ["需求", "二号", "1,200", "KG", "", (timezone.localdate() + timedelta(days=9)).strftime("%Y/%m/%d"), "C3841"],
        ["需求", "三号", "２万", "片", "", (timezone.localdate() + timedelta(days=9)).strftime("%Y年%m月%d日"), ""],
    ]
    rows[1][1] = "一号"
    record = bring(firm, owner, xlsx_file(rows))
    assert record.errors == []
    found = {post.product: (post.quantity, post.unit, post.deliver_by) for post in Post.objects.all()}
    day = timezone.localdate() + timedelta(days=9)
    assert found == {
        "一号": (Decimal("1.5"), "t", day),
        "二号": (Decimal(1200), "kg", day),
        "三号": (Decimal(20000), "wafer", day),
    }


# ---- capabilities and firms ----------------------------------------------------


def test_capabilities_come_in_with_parameters_and_own_certificates(firm, owner):
    kind = CertificateKindFactory(code="iso9001", name="ISO 9001 质量管理体系")
    CertificateKindFactory(code="ccc", name="CCC 认证")
    CertificateFactory(enterprise=firm, kind=kind)
    CertificateFactory(kind=CertificateKindFactory(code="ccc"))
    head = ["产品或工艺", "月产能", "单位", "可用产能（%）", "技术参数", "证书"]
    rows = [
        head,
        ["6061 铝型材", 2000, "吨", "40%", "抗拉强度=≥ 260 MPa；壁厚=1.2–8 mm", "ISO 9001"],
        ["阳极氧化", "", "", 200, "", ""],
        ["挤压", "", "", "", "乱写", ""],
        ["喷涂", "", "", "", "", "CCC 认证"],
    ]
    record = bring(firm, owner, xlsx_file(rows), kind="capabilities")
    assert messages(record) == [(3, "可用产能（%）"), (4, "技术参数"), (5, "证书")]
    row = Capability.objects.get()
    assert row.parameters[0] == {"name": "抗拉强度", "value": "≥ 260", "unit": "MPa"}
    assert [certificate.kind_id for certificate in row.certificates.all()] == ["iso9001"]
    again = bring(firm, owner, xlsx_file(rows[:2]), kind="capabilities")
    assert (again.job.result["unchanged"], Capability.objects.count()) == (1, 1)


def test_operators_bring_in_firms_and_doubtful_codes_wait(firm):
    operator = UserFactory(operator=True)
    province("四川")
    good, doubtful = uscc.complete("91510100MA6C0TUT"), "91350211M0000XUF46"
    head = ["编号", "企业名称", "统一社会信用代码", "地区", "组织类型", "联系邮箱"]
    rows = [
        head,
        ["F1", "蜀川精密轴承有限公司", good, "四川省", "企业", ""],
        ["F2", "某地老企业", doubtful, "四川", "", ""],
        ["F3", "坏代码公司", "123", "四川", "", ""],
        ["F4", "抢注公司", firm.uscc, "四川", "", ""],
        ["F5", "坏邮箱", uscc.complete("91510100MA6C0TUW"), "四川", "", "x@"],
        ["F6", "又一家", good.lower(), "四川", "", ""],
        ["F7", "错得多", "9151", "火星", "外星", "x@"],
    ]
    record = bring(None, operator, xlsx_file(rows), kind="firms")
    assert messages(record) == [
        (4, "统一社会信用代码"),
        (5, "统一社会信用代码"),
        (6, "联系邮箱"),
        (7, "统一社会信用代码"),
        # All that is wrong with a row is told at once.
        (8, "统一社会信用代码"),
        (8, "组织类型"),
        (8, "地区"),
        (8, "联系邮箱"),
    ]
    assert Enterprise.objects.get(uscc=good).status == "verified"
    assert Enterprise.objects.get(uscc=doubtful).status == "submitted"
    rows[1][1] = "蜀川精密轴承股份有限公司"
    again = bring(None, operator, xlsx_file(rows[:3]), kind="firms")
    assert (again.job.result["updated"], again.job.result["unchanged"]) == (1, 1)
    assert Enterprise.objects.get(uscc=good).name == "蜀川精密轴承股份有限公司"


def test_a_firm_that_has_an_owner_keeps_its_own_data():
    operator = UserFactory(operator=True)
    province("四川")
    code = uscc.complete("91510100MA6C0TUT")
    rows = [["企业名称", "统一社会信用代码", "地区"], ["蜀川精密轴承有限公司", code, "四川省"]]
    bring(None, operator, xlsx_file(rows), kind="firms")
    owner = MemberFactory(enterprise=Enterprise.objects.get(uscc=code), left_at=timezone.now())
    rows[1][0] = "蜀川轴承有限公司"
    assert bring(None, operator, xlsx_file(rows), kind="firms").job.result["updated"] == 1
    Member.objects.filter(pk=owner.pk).update(left_at=None)
    rows[1][0] = "旧名有限公司"
    for dry_run in (True, False):
        record = bring(None, operator, xlsx_file(rows), kind="firms", dry_run=dry_run)
        assert messages(record) == [(2, "统一社会信用代码")]
        assert "资料由企业自己维护" in record.errors[0]["message"]
    assert Enterprise.objects.get(uscc=code).name == "蜀川轴承有限公司"


# ---- pages --------------------------------------------------------------------


def test_a_file_that_was_deleted_is_not_imported_nor_taken_for_another(firm, owner):
    old = bring(firm, owner, csv_file(demands(1)))
    record = bring(firm, owner, csv_file(demands(1, start=1)), dry_run=True)
    ImportRun.objects.update(finished_at=timezone.now() - timedelta(days=31))
    importing.forget_old()
    with pytest.raises(RefusedError) as caught:
        importing.confirm(record=record, by=owner)
    assert caught.value.code == "file_gone"
    assert set(ImportRun.objects.values_list("pk", flat=True)) == {old.pk, record.pk}


def test_upload_check_confirm_by_the_pages(client, firm, owner):
    client.force_login(owner)
    url = reverse("enterprises:import-create", args=["posts"])
    assert "模板" in client.get(url).content.decode()
    response = client.post(url, {"file": csv_file([*demands(2), ["需求", "坏", "x"]]), "publish": "yes"})
    record = ImportRun.objects.get()
    assert response.url == reverse("enterprises:import-show", args=[record.pk])
    assert client.get(response.url).status_code == 200
    work_off()
    html = client.get(response.url).content.decode()
    assert "导入无误的 2 行" in html
    errors = client.get(reverse("enterprises:import-errors", args=[record.pk]))
    assert "坏" in b"".join(errors.streaming_content).decode("utf-8-sig")
    confirm = reverse("enterprises:import-confirm", args=[record.pk])
    first, second = client.post(confirm), client.post(confirm)
    assert first.url == second.url
    work_off()
    assert Post.objects.open().count() == 2
    assert "成功" in client.get(first.url).content.decode()
    assert "rows.csv" in client.get(reverse("enterprises:import-list")).content.decode()


def test_runs_files_and_errors_are_missing_for_others(client, firm, owner):
    record = bring(firm, owner, csv_file([*demands(1), ["需求", ""]]), dry_run=True)
    stranger = owner_of(EnterpriseFactory(verified=True, owner=True))
    for person in (stranger, UserFactory()):
        client.force_login(person)
        for name in ("import-show", "import-errors"):
            for pk in (record.pk, record.pk + 99):
                assert client.get(reverse(f"enterprises:{name}", args=[pk])).status_code == 404
        assert client.post(reverse("enterprises:import-confirm", args=[record.pk])).status_code == 404
    assert ImportRun.objects.count() == 1


def test_somebody_without_a_firm_is_sent_to_registration(client):
    client.force_login(UserFactory())
    assert client.get("/imports/").headers["location"] == "/register/"
    client.force_login(UserFactory(operator=True))
    assert "/imports/new/firms/" in client.get("/imports/").content.decode()


def test_who_may_upload_what(client, firm, owner):
    viewer = UserFactory()
    firm.members.create(user=viewer, role="viewer")
    allowed = {
        ("posts", owner): 200,
        ("posts", viewer): 403,
        ("capabilities", UserFactory()): 403,
        ("firms", owner): 403,
        ("firms", UserFactory(operator=True)): 200,
        ("posts", None): 302,
        ("nonsense", owner): 404,
    }
    for (kind, person), status in allowed.items():
        client.logout()
        if person is not None:
            client.force_login(person)
        assert client.get(reverse("enterprises:import-create", args=[kind])).status_code == status, (kind, person)


@pytest.mark.parametrize("kind", ["posts", "capabilities", "firms"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_template_is_read_back_by_the_import(client, owner, kind, language):
    client.force_login(owner)
    client.cookies["django_language"] = language
    book = client.get(reverse("enterprises:import-template", args=[kind, "xlsx"]))
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(book.streaming_content))).worksheets[0]
    head = [str(cell.value) for cell in sheet[1]]
    table = importing.table_of(kind)
    assert len(table.recognise(head)) == len(table.columns)
    text = b"".join(client.get(reverse("enterprises:import-template", args=[kind, "csv"])).streaming_content)
    assert len(table.recognise(text.decode("utf-8-sig").strip().split(","))) == len(table.columns)


def test_old_files_are_forgotten_and_the_record_stays(firm, owner, settings, tmp_path):
    record = bring(firm, owner, csv_file([*demands(1), ["需求", ""]]), dry_run=True)
    importing.confirm(record=record, by=owner)
    work_off()
    files = lambda: sum(path.is_file() for path in tmp_path.rglob("*"))  # noqa: E731
    assert files() == 3
    ImportRun.objects.filter(pk=record.pk).update(finished_at=timezone.now() - timedelta(days=31))
    assert importing.forget_old() == 1
    assert files() == 2
    ImportRun.objects.update(finished_at=timezone.now() - timedelta(days=31))
    jobs.enqueue(kind="enterprises.forget_imports")
    work_off()
    assert files() == 0
    assert ImportRun.objects.count() == 2


def test_a_file_without_the_right_head_is_not_read_and_counts_no_rows(client, firm, owner):
    record = bring(firm, owner, csv_file([["甲", "乙"], ["1", "2"]]), dry_run=True)
    client.force_login(owner)
    html = client.get(reverse("enterprises:import-show", args=[record.pk])).content.decode()
    assert "文件没有读入" in html
    assert "没有找到表头" in html
    assert "行数" not in html
    notice = Notice.objects.get(user=owner, kind="import.finished")
    assert "没有读入：没有找到表头" in str(notice)


def test_an_empty_cell_and_an_unknown_certificate_say_where_to_look(firm, owner):
    head = [str(importing.table_of("posts").column(key).label) for key in ("direction", "product", "certificates")]
    rows = [head, ["需求", "", "某某证"], ["需求", "轴承", "某某证"]]
    record = bring(firm, owner, csv_file(rows))
    said = [error["message"] for error in record.errors]
    assert "公式不会被读取" in said[0]
    assert "“证书名称”表" in said[-1]
