"""The smallest valid things. Traits name situations: `EnterpriseFactory(verified=True, owner=True)`.

Regions and industry classes are real ones, so that tests read like the trade: `province("四川")`.
"""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory, Password

from enterprises import uscc
from enterprises.models import (
    Capability,
    Certificate,
    CertificateKind,
    Claim,
    Enterprise,
    IndustryClass,
    Invitation,
    Member,
    Post,
    Site,
    SizeSnapshot,
    TierTitle,
)
from enterprises.sorting import pinyin_key
from foundation.models import User
from regions.models import Official, Region, RegionSet, RegionSetMember

PASSWORD = "a-long-passphrase-7"

PROVINCES = {
    "110000": ("北京市", "北京", "Beijing"),
    "120000": ("天津市", "天津", "Tianjin"),
    "130000": ("河北省", "河北", "Hebei"),
    "140000": ("山西省", "山西", "Shanxi"),
    "150000": ("内蒙古自治区", "内蒙古", "Inner Mongolia"),
    "210000": ("辽宁省", "辽宁", "Liaoning"),
    "220000": ("吉林省", "吉林", "Jilin"),
    "230000": ("黑龙江省", "黑龙江", "Heilongjiang"),
    "310000": ("上海市", "上海", "Shanghai"),
    "320000": ("江苏省", "江苏", "Jiangsu"),
    "330000": ("浙江省", "浙江", "Zhejiang"),
    "340000": ("安徽省", "安徽", "Anhui"),
    "350000": ("福建省", "福建", "Fujian"),
    "360000": ("江西省", "江西", "Jiangxi"),
    "370000": ("山东省", "山东", "Shandong"),
    "410000": ("河南省", "河南", "Henan"),
    "420000": ("湖北省", "湖北", "Hubei"),
    "430000": ("湖南省", "湖南", "Hunan"),
    "440000": ("广东省", "广东", "Guangdong"),
    "450000": ("广西壮族自治区", "广西", "Guangxi"),
    "460000": ("海南省", "海南", "Hainan"),
    "500000": ("重庆市", "重庆", "Chongqing"),
    "510000": ("四川省", "四川", "Sichuan"),
    "520000": ("贵州省", "贵州", "Guizhou"),
    "530000": ("云南省", "云南", "Yunnan"),
    "540000": ("西藏自治区", "西藏", "Tibet"),
    "610000": ("陕西省", "陕西", "Shaanxi"),
    "620000": ("甘肃省", "甘肃", "Gansu"),
    "630000": ("青海省", "青海", "Qinghai"),
    "640000": ("宁夏回族自治区", "宁夏", "Ningxia"),
    "650000": ("新疆维吾尔自治区", "新疆", "Xinjiang"),
}
_WITH_CITIES = [code for code in PROVINCES if code[:2] not in ("11", "12", "31", "50")]
_BY_SHORT_NAME = {short: code for code, (_name, short, _en) in PROVINCES.items()}
INDUSTRIES = {
    "C": ("制造业", "Manufacturing"),
    "38": ("电气机械和器材制造业", "Electrical machinery and equipment"),
    "384": ("电池制造", "Batteries"),
    "3841": ("锂离子电池制造", "Lithium-ion batteries"),
    "34": ("通用设备制造业", "General-purpose machinery"),
    "345": ("轴承、齿轮和传动部件制造", "Bearings, gears and transmission parts"),
    "3451": ("滚动轴承制造", "Rolling bearings"),
    "36": ("汽车制造业", "Motor vehicles"),
    "367": ("汽车零部件及配件制造", "Motor vehicle parts"),
    "3670": ("汽车零部件及配件制造", "Motor vehicle parts"),
    "I": ("信息传输、软件和信息技术服务业", "Information services"),
    "65": ("软件和信息技术服务业", "Software and information technology services"),
    "651": ("软件开发", "Software development"),
    "6513": ("应用软件开发", "Application software"),
    "F": ("批发和零售业", "Wholesale and retail"),
    "51": ("批发业", "Wholesale"),
    "517": ("机械设备、五金产品及电子产品批发", "Wholesale of machinery"),
    "5171": ("农业机械批发", "Wholesale of farm machinery"),
}


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    class Params:
        operator = factory.Trait(is_operator=True, name=factory.Sequence(lambda n: f"运营{n}"))

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"张三{n}")
    password = Password(PASSWORD)


class RegionFactory(DjangoModelFactory[Region]):
    """A real province, by code or the next in turn."""

    class Meta:
        model = Region
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: list(PROVINCES)[n % len(PROVINCES)])
    name = factory.LazyAttribute(lambda o: PROVINCES.get(o.code, (f"区划{o.code}",) * 3)[0])
    short_name = factory.LazyAttribute(lambda o: PROVINCES.get(o.code, (f"区划{o.code}",) * 3)[1])
    name_en = factory.LazyAttribute(lambda o: PROVINCES[o.code][2] if o.code in PROVINCES else "")
    pinyin = factory.LazyAttribute(lambda o: pinyin_key(o.name))
    level = Region.Level.PROVINCE
    longitude = 104.0
    latitude = 30.0
    edition = "2024"


class PrefectureFactory(RegionFactory):
    """A city of a province (`parent`); `code` and `name` may be given. None of those that only hold codes together:
    the prefecture rows of municipalities, and ..9000."""

    parent = factory.SubFactory(RegionFactory, code=factory.Sequence(lambda n: _WITH_CITIES[n % len(_WITH_CITIES)]))
    level = Region.Level.PREFECTURE
    code = factory.LazyAttributeSequence(lambda o, n: f"{o.parent.code[:2]}{n % 80 + 1:02}00")
    name = factory.LazyAttribute(lambda o: f"{o.parent.short_name}第{o.code[2:4]}市")
    short_name = factory.LazyAttribute(lambda o: o.name.removesuffix("市"))


class CountyFactory(RegionFactory):
    parent = factory.SubFactory(PrefectureFactory)
    level = Region.Level.COUNTY
    code = factory.LazyAttributeSequence(lambda o, n: f"{o.parent.code[:4]}{n % 90 + 1:02}")
    name = factory.LazyAttribute(lambda o: f"{o.parent.short_name}第{o.code[4:]}县")
    short_name = factory.LazyAttribute(lambda o: o.name.removesuffix("县"))


def province(short_name: str) -> Region:
    """`province("四川")`."""
    return RegionFactory(code=_BY_SHORT_NAME[short_name])


class RegionSetFactory(DjangoModelFactory[RegionSet]):
    """`RegionSetFactory(regions=[province("四川"), province("重庆")])`."""

    class Meta:
        model = RegionSet
        skip_postgeneration_save = True

    slug = factory.Sequence(lambda n: f"set-{n}")
    kind = RegionSet.Kind.STRATEGY
    name = factory.Sequence(lambda n: f"战略{n}")
    name_en = factory.Sequence(lambda n: f"Strategy {n}")
    source = "https://example.com/strategy"

    @factory.post_generation
    def regions(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        for region in extracted or []:
            RegionSetMember.objects.create(region_set=self, region=region)


class OfficialFactory(DjangoModelFactory[Official]):
    class Meta:
        model = Official

    user = factory.SubFactory(UserFactory)
    region = factory.SubFactory(RegionFactory)
    title = "处长"
    since = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=30))


class IndustryFactory(DjangoModelFactory[IndustryClass]):
    """`IndustryFactory(code="3841")` makes the class and everything above it."""

    class Meta:
        model = IndustryClass
        django_get_or_create = ("code",)

    code = "3841"
    name = factory.LazyAttribute(lambda o: INDUSTRIES.get(o.code, (f"行业{o.code}", ""))[0])
    name_en = factory.LazyAttribute(lambda o: INDUSTRIES.get(o.code, ("", f"Industry {o.code}"))[1])
    level = factory.LazyAttribute(lambda o: 1 if o.code.isalpha() else len(o.code))
    section = factory.LazyAttribute(lambda o: _section_of(o.code))
    parent = factory.LazyAttribute(lambda o: _industry_above(o.code))
    edition = "GB/T 4754-2017"


# First division of each section of GB/T 4754-2017.
_SECTION_STARTS = {
    "A": 1,
    "B": 6,
    "C": 13,
    "D": 44,
    "E": 47,
    "F": 51,
    "G": 53,
    "H": 61,
    "I": 63,
    "J": 66,
    "K": 70,
    "L": 71,
    "M": 73,
    "N": 76,
    "O": 80,
    "P": 83,
    "Q": 84,
    "R": 86,
    "S": 91,
    "T": 97,
}


def _section_of(code: str) -> str:
    if code.isalpha():
        return code
    division = int(code[:2])
    return max((letter for letter, start in _SECTION_STARTS.items() if start <= division), key=_SECTION_STARTS.get)


def _industry_above(code: str) -> IndustryClass | None:
    if code.isalpha():
        return None
    return IndustryFactory(code=code[:-1] if len(code) > 2 else _section_of(code))


class EnterpriseFactory(DjangoModelFactory[Enterprise]):
    """A draft with a name. Traits: submitted, checking, needs_info, verified, recheck_due, suspended, rejected.

    `owner`, `editor`, `viewer`: True makes a new user, a user joins as that.
    """

    class Meta:
        model = Enterprise
        skip_postgeneration_save = True

    class Params:
        filled = factory.Trait(
            uscc=factory.Sequence(lambda n: uscc.complete(f"91510100{n:08d}")),
            uscc_check=Enterprise.UsccCheck.OK,
            region=factory.SubFactory(RegionFactory),
            industry=factory.SubFactory(IndustryFactory),
            contact_name="李四",
            contact_phone="028-85550000",
        )
        submitted = factory.Trait(
            filled=True, status=Enterprise.Status.SUBMITTED, submitted_at=factory.LazyFunction(timezone.now)
        )
        checking = factory.Trait(submitted=True, status=Enterprise.Status.CHECKING)
        needs_info = factory.Trait(submitted=True, status=Enterprise.Status.NEEDS_INFO)
        rejected = factory.Trait(submitted=True, status=Enterprise.Status.REJECTED)
        verified = factory.Trait(
            submitted=True,
            status=Enterprise.Status.VERIFIED,
            verified_at=factory.LazyFunction(timezone.now),
            recheck_due_on=factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=365)),
        )
        recheck_due = factory.Trait(
            verified=True,
            status=Enterprise.Status.RECHECK_DUE,
            recheck_due_on=factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=1)),
        )
        suspended = factory.Trait(verified=True, status=Enterprise.Status.SUSPENDED)

    name = factory.Sequence(lambda n: f"蜀锦{n}号机械有限公司")
    pinyin = factory.LazyAttribute(lambda o: pinyin_key(o.name))

    @factory.post_generation
    def owner(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        _join(self, extracted, Member.Role.OWNER)

    @factory.post_generation
    def editor(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        _join(self, extracted, Member.Role.EDITOR)

    @factory.post_generation
    def viewer(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        _join(self, extracted, Member.Role.VIEWER)


def _join(firm: Any, who: Any, role: str) -> None:
    if who:
        MemberFactory(enterprise=firm, role=role, **({} if who is True else {"user": who}))


class MemberFactory(DjangoModelFactory[Member]):
    class Meta:
        model = Member

    enterprise = factory.SubFactory(EnterpriseFactory, verified=True)
    user = factory.SubFactory(UserFactory)
    role = Member.Role.OWNER


def owner_of(firm: Enterprise) -> User:
    """The first owner of a firm that has one."""
    return firm.members.select_related("user").filter(role=Member.Role.OWNER, left_at=None).earliest("id").user


class InvitationFactory(DjangoModelFactory[Invitation]):
    class Meta:
        model = Invitation

    enterprise = factory.SubFactory(EnterpriseFactory, verified=True, owner=True)
    email = factory.Sequence(lambda n: f"guest{n}@example.com")
    role = Member.Role.EDITOR
    digest = factory.Sequence(lambda n: f"{n:064d}")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


class ClaimFactory(DjangoModelFactory[Claim]):
    class Meta:
        model = Claim

    enterprise = factory.SubFactory(EnterpriseFactory, verified=True)
    claimant = factory.SubFactory(UserFactory)
    evidence = "我是该企业的法定代表人，营业执照见附件。"


class SizeSnapshotFactory(DjangoModelFactory[SizeSnapshot]):
    class Meta:
        model = SizeSnapshot

    enterprise = factory.SubFactory(EnterpriseFactory, verified=True)
    as_of = factory.LazyFunction(timezone.localdate)
    staff = 120
    revenue_wan = 5000
    rule = "stats-2017/industry"
    size_class = Enterprise.SizeClass.SMALL


class TierTitleFactory(DjangoModelFactory[TierTitle]):
    class Meta:
        model = TierTitle

    enterprise = factory.SubFactory(EnterpriseFactory, verified=True)
    title = TierTitle.Title.SPECIALISED
    issuer = "四川省经济和信息化厅"
    issued_on = factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=100))
    expires_on = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=900))


class SiteFactory(DjangoModelFactory[Site]):
    class Meta:
        model = Site

    enterprise = factory.SubFactory(EnterpriseFactory, verified=True)
    kind = Site.Kind.PLANT
    name = "一分厂"
    region = factory.SubFactory(RegionFactory)


class CertificateKindFactory(DjangoModelFactory[CertificateKind]):
    class Meta:
        model = CertificateKind
        django_get_or_create = ("code",)

    code = "iso9001"
    name = factory.LazyAttribute(lambda o: o.code.upper())
    name_en = factory.LazyAttribute(lambda o: o.code.upper())


class CertificateFactory(DjangoModelFactory[Certificate]):
    class Meta:
        model = Certificate

    enterprise = factory.SubFactory(EnterpriseFactory, verified=True)
    kind = factory.SubFactory(CertificateKindFactory)
    issuer = "中国质量认证中心"
    valid_to = factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=365))


class CapabilityFactory(DjangoModelFactory[Capability]):
    class Meta:
        model = Capability

    enterprise = factory.SubFactory(EnterpriseFactory, verified=True)
    product = factory.Sequence(lambda n: f"深沟球轴承 {6200 + n}")
    pinyin = factory.LazyAttribute(lambda o: pinyin_key(o.product))


class PostFactory(DjangoModelFactory[Post]):
    """A draft supply. Traits: demand, published, expired, withdrawn."""

    class Meta:
        model = Post
        skip_postgeneration_save = True

    class Params:
        demand = factory.Trait(direction=Post.Direction.DEMAND)
        published = factory.Trait(
            status=Post.Status.PUBLISHED,
            published_at=factory.LazyFunction(timezone.now),
            confirmed_at=factory.LazyFunction(timezone.now),
            expires_on=factory.LazyFunction(lambda: timezone.localdate() + timedelta(days=90)),
        )
        expired = factory.Trait(
            published=True,
            status=Post.Status.EXPIRED,
            expires_on=factory.LazyFunction(lambda: timezone.localdate() - timedelta(days=1)),
            ended_at=factory.LazyFunction(timezone.now),
        )
        withdrawn = factory.Trait(
            published=True, status=Post.Status.WITHDRAWN, ended_at=factory.LazyFunction(timezone.now)
        )

    enterprise = factory.SubFactory(EnterpriseFactory, verified=True)
    direction = Post.Direction.SUPPLY
    product = factory.Sequence(lambda n: f"深沟球轴承 {6200 + n}")
    title = factory.LazyAttribute(lambda o: o.product)
    pinyin = factory.LazyAttribute(lambda o: pinyin_key(o.product))

    @factory.post_generation
    def certificates(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        self.certificates.set(extracted or [])

    @factory.post_generation
    def delivers_to(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        self.delivers_to.set(extracted or [])

    @factory.post_generation
    def invited_firms(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        self.invited_firms.set(extracted or [])
