"""Every route of the site, and what to bring to it.

A route without an entry here fails `test_every_route_has_a_door`. `$draft` is the draft of the side that is asked
about (`tests.access.world.Side`), wherever it stands: in the address, the query or the body. A route may have several
doors: `enterprises:registration-step#place`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.access.world import PDF


@dataclass(frozen=True)
class File:
    name: str
    content: bytes
    kind: str


PROOF = File("proof.pdf", PDF, "application/pdf")
ROWS = File("rows.csv", "方向,产品\n需求,轴承\n".encode(), "text/csv")


TABLE = File("table.csv", "name,kind\n衬套,part\n".encode(), "text/csv")


@dataclass(frozen=True, kw_only=True)
class Door:
    # Parameters of the address, in its order.
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    # What POST (and PATCH) brings: form fields for pages, JSON for the API.
    body: Mapping[str, Any] | None = None
    # The same address of a thing that everybody may see.
    open: Mapping[str, str] | None = None
    # Everybody may see whatever there is.
    public: bool = False
    # Operators may see what belongs to any firm.
    staff: bool = False
    # Whose the things are, where not the firm's: {"official": "home"}.
    owners: Mapping[str, str] = field(default_factory=dict)

    @property
    def asks_for_a_thing(self) -> bool:
        return any("$" in str(value) for value in (*self.path.values(), *self.query.values(), self.body or ""))


def _page(**path: str) -> Door:
    return Door(path=path)


def _public(**path: str) -> Door:
    return Door(path=path, public=True)


def _staff(body: Mapping[str, Any] | None = None, **path: str) -> Door:
    return Door(path=path, body=body, staff=True)


def _act(body: Mapping[str, Any] | None = None, *, staff: bool = False, **path: str) -> Door:
    return Door(path=path, body=body or {}, staff=staff)


POST = {
    "direction": "demand", "product": "深沟球轴承 6205", "factor": "product", "visibility": "public", "title": "",
    "partial_ok": "on", "quantity": "50", "unit": "set", "text": "要求低噪声", "action": "draft",
}  # fmt: skip
POST_JSON = {
    "direction": "supply", "product": "深沟球轴承 6205", "title": "轴承", "text": "低噪声", "factor": "product",
    "quantity": "500", "unit": "set", "minimum_order": "10", "lead_time_days": 20, "price_low": "5", "price_high": "9",
    "maximum_distance_km": 500, "deliver_by": None, "delivery_region": None, "delivers_to": ["510000"],
    "certificates": ["iso9001"], "industry": "3451", "partial_ok": True, "visibility": "public", "invited_firms": [],
    "capability": "$shown",
}  # fmt: skip
CAPABILITY = {
    "product": "圆锥滚子轴承", "factor": "product", "industry": "3451", "description": "汽车用", "unit": "set",
    "parameter_lines": "内径=20 mm", "monthly_capacity": "2000", "free_share": "40", "minimum_order": "10",
    "lead_time_days": "15", "visibility": "public", "certificates": "$certificate",
}  # fmt: skip
CAPABILITY_JSON = {
    **{key: value for key, value in CAPABILITY.items() if key != "parameter_lines"},
    "parameters": [{"name": "内径", "value": "20", "unit": "mm"}],
    "certificates": ["$certificate"],
    "free_share": 40,
    "lead_time_days": 15,
}
SITE = {"kind": "lab", "name": "二分厂", "region": "510700", "address": "科园路 1 号"}
TITLE = {
    "title": "hightech", "issuer": "省科技厅", "number": "GR1", "issued_on": "2026-01-05", "expires_on": "2029-01-04",
}  # fmt: skip
CERTIFICATE = {
    "kind": "iso9001", "issuer": "认证中心", "number": "Q1", "valid_from": "2026-01-05", "valid_to": "2029-01-04",
}  # fmt: skip
CONTACTS = {
    "contact_name": "王五", "contact_phone": "028-85550001", "contact_email": "w@example.com",
    "website": "https://example.com", "introduction": "做轴承",
}  # fmt: skip
PROFILE = {
    **CONTACTS, "short_name": "蜀机", "name_en": "Shu Machinery", "founded_on": "2001-02-03", "industry": "3451",
    "address": "科园路 2 号",
}  # fmt: skip
SEE = {f"see_{name}": "verified" for name in ("uscc", "address", "contact_phone", "figures")}
SIZE = {"as_of": "2025-12-31", "staff": "120", "revenue_wan": "3500"}
IDENTITY = {
    "org_type": "enterprise", "name": "蜀锦新名有限公司", "uscc": "", "short_name": "", "name_en": "",
    "founded_on": "2001-02-03",
}  # fmt: skip
CHANGE = {
    "name": "蜀锦更名有限公司", "uscc": "915101009999999907", "org_type": "enterprise", "region": "510700",
    "reason": "更名通知书",
}  # fmt: skip
WISH = {
    "text": "深沟球轴承 50 套", "factor": "product", "quantity": "50", "unit": "set", "deliver_by": "2027-05-01",
    "delivery_region": "510000", "certificates": "iso9001", "regions": "330000", "loose": "on",
}  # fmt: skip
WISH_JSON = {
    **WISH, "certificates": ["iso9001"], "regions": ["330000"], "loose": True, "industry": "3451", "limit": 5,
}  # fmt: skip
OFFICIAL = {
    "form": "official", "official-email": "leader@example.com", "official-region": "510700", "official-title": "处长",
    "official-reason": "任命文件",
}  # fmt: skip
REASON = {"reason": "情况有变"}
MINE = {"firm_pk": "$firm"}
PEOPLE = {"official": "home", "elsewhere": "rival"}
UPWARD = {"direction": "upstream"}
LEADER = {"leader": "home"}

DOORS: dict[str, Door] = {
    "healthz": Door(),
    # --- API: reference data ---
    "api:region-list": Door(query={"q": "四川", "page_size": "5"}),
    "api:region-detail": _public(code="$region"),
    "api:region-set-list": Door(query={"kind": "strategy"}),
    "api:region-set-detail": _public(slug="test-strategy"),
    "api:industry-list": Door(query={"q": "轴承"}),
    "api:industry-detail": _public(code="3451"),
    "api:uscc-check": Door(query={"code": "91510100MA6CGUGA1W"}),
    "api:root": Door(),
    "api:schema": Door(),
    "api:docs": Door(),
    # --- API: firms ---
    "api:firm-list": Door(query={"q": "机械"}),
    "api:firm-detail": Door(path={"pk": "$filled"}, open={"pk": "$firm"}, staff=True),
    "api:my-firm-list": Door(body={"name": "蜀锦新登记有限公司", "org_type": "research", "uscc": ""}),
    "api:my-firm-detail": _act({**PROFILE, "field_visibility": {"address": "public"}}, pk="$firm"),
    "api:my-firm-detail#draft": _act({**PROFILE, **IDENTITY, "region": "510700", "field_visibility": {}}, pk="$filled"),
    "api:my-firm-leave": _act(pk="$firm"),
    "api:my-firm-reopen": _act(pk="$rejected"),
    "api:my-firm-submit": _act({"note": "请核验"}, pk="$filled"),
    "api:my-firm-take-back": _act(pk="$submitted"),
    "api:my-site-list": _act(SITE, **MINE),
    "api:my-site-detail": _act(SITE, **MINE, pk="$site"),
    "api:my-title-list": _act(TITLE, **MINE),
    "api:my-title-detail": _act(TITLE, **MINE, pk="$title"),
    "api:my-certificate-list": _act(CERTIFICATE, **MINE),
    "api:my-certificate-detail": _act(CERTIFICATE, **MINE, pk="$certificate"),
    "api:my-size-list": _act(SIZE, **MINE),
    "api:my-member-list": _page(**MINE),
    "api:my-member-detail": _act({"role": "viewer"}, **MINE, pk="$member"),
    "api:my-invitation-list": _act({"email": "new@example.com", "role": "viewer"}, **MINE),
    "api:my-invitation-detail": _page(**MINE, pk="$invitation"),
    "api:my-identity-change-list": _act(CHANGE, firm_pk="$recheck_due"),
    # --- API: posts and capabilities ---
    "api:post-list": Door(query={"q": "轴承"}),
    "api:post-detail": Door(path={"pk": "$hidden"}, open={"pk": "$wanted"}, staff=True),
    "api:capability-list": Door(query={"q": "轴承"}),
    "api:capability-detail": Door(path={"pk": "$capability"}, open={"pk": "$shown"}, staff=True),
    "api:my-post-list": Door(path=MINE, body=POST_JSON),
    # Only listed firms exist for others, and this one is not listed.
    "api:my-post-list#invited": _act(
        {**POST_JSON, "visibility": "invited", "invited_firms": ["$submitted"], "capability": None}, **MINE
    ),
    "api:my-post-detail": _act(POST_JSON, **MINE, pk="$draft"),
    "api:my-post-check": _page(**MINE, pk="$draft"),
    "api:my-post-duplicate": _act(**MINE, pk="$hidden"),
    "api:my-post-fulfil": _act({"note": "已签约"}, **MINE, pk="$hidden"),
    "api:my-post-publish": _act(**MINE, pk="$draft"),
    "api:my-post-renew": _act({"still_holds": True}, **MINE, pk="$hidden"),
    "api:my-post-take-back": _act(**MINE, pk="$review"),
    "api:my-post-versions": _page(**MINE, pk="$hidden"),
    "api:my-post-withdraw": _act(REASON, **MINE, pk="$hidden"),
    "api:my-capability-list": _act(CAPABILITY_JSON, **MINE),
    "api:my-capability-detail": _act(CAPABILITY_JSON, **MINE, pk="$capability"),
    "api:my-capability-archive": _act(**MINE, pk="$capability"),
    "api:my-capability-draft-supply": _act(**MINE, pk="$capability"),
    "api:my-capability-restore": _act(**MINE, pk="$archived"),
    # --- API: chains ---
    "api:preview": Door(body=WISH_JSON),
    "api:match-list": Door(query={"firm": "$firm", "post": "$wanted"}),
    "api:match-detail": _page(pk="$match"),
    "api:recommendation-list": Door(query={"firm": "$firm"}),
    "api:recommendation-order": _act({"plain": True}),
    "api:recommendation-detail": _page(pk="$match"),
    "api:recommendation-feedback": _act({"feedback": "not_useful", "reason": "price"}, pk="$match"),
    "api:recommendation-hide": _act(pk="$match"),
    "api:recommendation-save": _act(pk="$match"),
    "api:recommendation-take-back": _act(pk="$match"),
    "api:recommendation-unsave": _act(pk="$match"),
    "api:interest-list": _act({"match": "$match", "message": "想谈谈年度供货"}),
    "api:interest-detail": _page(pk="$interest_in"),
    "api:interest-accept": _act({"answer": "好"}, pk="$interest_in"),
    "api:interest-decline": _act({"answer": "规格不符"}, pk="$interest_in"),
    "api:interest-withdraw": _act(pk="$interest_out"),
    "api:partners": Door(query={"direction": "upstream", "product": "轴承"}),
    "api:chain-list": Door(),
    "api:chain-detail": _public(slug="$slug"),
    # --- a person's account (django-allauth) ---
    "account_email": _act({"action_add": "", "email": "second@example.com"}),
    "account_login": _act({"login": "owner@example.com", "password": "wrong-passphrase"}),
    "account_logout": _act(),
    "account_inactive": Door(),
    "account_signup": _act(
        {"email": "fresh@example.com", "name": "庚", "password1": "a-long-pass-9", "password2": "a-long-pass-9"}
    ),
    "account_reauthenticate": _act({"password": "wrong-passphrase"}),
    "account_email_verification_sent": Door(),
    "account_change_password": _act(
        {"oldpassword": "a-long-passphrase-7", "password1": "b-long-phrase-8", "password2": "b-long-phrase-8"}
    ),
    "account_set_password": _act({"password1": "b-long-phrase-8", "password2": "b-long-phrase-8"}),
    "account_reset_password": _act({"email": "owner@example.com"}),
    "account_confirm_login_code": _act({"code": "123456"}),
    "account_confirm_email": _act(key="Mg:1abc:nothing"),
    "account_reset_password_from_key_done": Door(),
    "account_reset_password_from_key": _act(
        {"password1": "b-long-phrase-8", "password2": "b-long-phrase-8"}, uidb36="1", key="set-password"
    ),
    "account_reset_password_done": Door(),
    "mfa_index": Door(),
    "mfa_authenticate": _act({"code": "123456"}),
    "mfa_reauthenticate": _act({"code": "123456"}),
    "mfa_activate_totp": _act({"code": "123456"}),
    "mfa_deactivate_totp": _act(),
    "mfa_view_recovery_codes": Door(),
    "mfa_generate_recovery_codes": _act(),
    "mfa_download_recovery_codes": Door(),
    "set_language": _act({"language": "en", "next": "/about/"}),
    # --- hub ---
    "hub:home": Door(),
    "hub:about": Door(),
    "hub:search": Door(query={"q": "轴承"}),
    "hub:hat-switch": _act({"hat": "firm-$firm", "next": "/about/"}),
    "hub:notice-list": Door(query={"show": "unread"}),
    "hub:notice-read-all": _act(),
    "hub:notice-open": _act(pk="$notice"),
    "hub:profile-edit": _act({"name": "辛", "phone": "1", "language": "en", "digest": "never", "plain_order": "on"}),
    "hub:token-list": _act({"name": "ERP", "firm": "$firm", "can_write": "on", "days": "90"}),
    "hub:token-revoke": _act(pk="$token"),
    "hub:job-show": _staff(pk="$job"),
    "hub:job-cancel": _staff({}, pk="$job"),
    "hub:job-retry": _staff({}, pk="$parked"),
    "hub:official-show": Door(path={"code": "$region"}, owners=PEOPLE),
    "hub:flow-list": Door(path={"code": "$region"}, query={"measure": "interests"}, owners=PEOPLE),
    "hub:appointment-list": _act(OFFICIAL),
    "hub:appointment-list#leader": _act(
        {"form": "leader", "leader-chain": "$chain", "leader-firm": "home机械有限公司", "leader-basis": "会议纪要"},
        staff=True,
    ),
    "hub:official-end": _staff(REASON, pk="$official_post"),
    "hub:leadership-end": _staff(REASON, pk="$leadership"),
    "hub:job-list": Door(query={"state": "parked"}),
    "hub:audit-list": Door(query={"actor": "运营"}, body={}),
    "hub:demo-enter": _act({"as": "sme"}),
    "hub:demo-progress": Door(),
    "hub:region-show": _public(code="$region"),
    "hub:region-set-show": _public(slug="test-strategy"),
    # --- regions ---
    "regions:region-list": Door(query={"q": "四川"}),
    "regions:region-options": Door(query={"q": "四川"}),
    # --- posts ---
    "enterprises:industry-options": Door(query={"q": "轴承", "levels": "3,4"}),
    "enterprises:post-list": Door(query={"q": "轴承"}),
    "enterprises:post-export": Door(path={"kind": "csv"}),
    "enterprises:post-export#xlsx": Door(path={"kind": "xlsx"}, query={"q": "轴承"}),
    "enterprises:post-create": Door(
        query={"capability": "$capability"}, body={**POST, "draft": "$draft", "key": "window-1"}
    ),
    "enterprises:post-show": Door(path={"pk": "$hidden"}, open={"pk": "$wanted"}, staff=True),
    "enterprises:post-print": Door(path={"pk": "$hidden"}, open={"pk": "$wanted"}, staff=True),
    "enterprises:post-versions": _staff(pk="$hidden"),
    "enterprises:post-edit": _act(POST, pk="$draft"),
    "enterprises:post-edit#open": _act({**POST, "version": "1"}, pk="$wanted"),
    "enterprises:post-publish": _act(pk="$draft"),
    "enterprises:post-renew": _act({"still_holds": "on"}, pk="$hidden"),
    "enterprises:post-withdraw": _staff(REASON, pk="$hidden"),
    "enterprises:post-fulfil": _act({"note": "已签约"}, pk="$hidden"),
    "enterprises:post-duplicate": _act(pk="$hidden"),
    "enterprises:post-take-back": _act(pk="$review"),
    "enterprises:post-discard": _act(pk="$draft"),
    "enterprises:my-post-list": Door(query={"status": "draft"}),
    "enterprises:my-post-export": Door(path={"kind": "csv"}),
    "enterprises:my-post-renew": _act({"post": "$hidden", "still_holds": "on"}),
    "enterprises:review-list": Door(),
    "enterprises:review-show": _staff({"decision": "approve", "note": "可以"}, pk="$review"),
    # --- capabilities ---
    "enterprises:capability-list": Door(),
    "enterprises:capability-export": Door(path={"kind": "csv"}),
    "enterprises:capability-create": _act(CAPABILITY),
    "enterprises:capability-edit": _act(CAPABILITY, pk="$capability"),
    "enterprises:capability-archive": _act(pk="$capability"),
    "enterprises:capability-restore": _act(pk="$archived"),
    # --- imports and exports ---
    "enterprises:firm-export": Door(path={"kind": "csv"}),
    "enterprises:import-list": Door(),
    "enterprises:import-create": _act({"file": ROWS, "publish": "no"}, kind="posts"),
    "enterprises:import-create#firms": _act({"file": ROWS}, kind="firms"),
    "enterprises:import-template": Door(path={"rows": "posts", "kind": "csv"}),
    "enterprises:import-show": _staff(pk="$run"),
    "enterprises:import-confirm": _staff({}, pk="$run"),
    "enterprises:import-errors": _staff(pk="$run"),
    # --- registration ---
    "enterprises:registration-start": _act(IDENTITY),
    "enterprises:registration-take-back": _act(pk="$submitted"),
    "enterprises:registration-reopen": _act(pk="$rejected"),
    "enterprises:registration-discard": _act(pk="$filled"),
    "enterprises:verification-file-create": _act({"title": "执照", "file": PROOF}, pk="$filled"),
    "enterprises:verification-file-show": _staff(pk="$draft_file"),
    "enterprises:verification-file-remove": _act(pk="$draft_file"),
    "enterprises:registration-step": _act({**IDENTITY, "stay": ""}, pk="$filled", step="identity"),
    "enterprises:registration-step#place": _act(
        {"region": "510700", "address": "科园路 1 号", "industry": "3451"}, pk="$filled", step="place"
    ),
    "enterprises:registration-step#size": _act(SIZE, pk="$filled", step="size"),
    "enterprises:registration-step#contacts": _act({**CONTACTS, **SEE}, pk="$filled", step="contacts"),
    "enterprises:registration-step#check": _act({"note": "请核验"}, pk="$filled", step="check"),
    "enterprises:registration-step#answer": _act({"note": "已补充"}, pk="$needs_info", step="check"),
    "enterprises:claim-mine": Door(),
    "enterprises:claim-create": Door(
        query={"firm": "$firm"}, body={"evidence": "我是法定代表人", "file": PROOF}, public=True
    ),
    "enterprises:claim-file": _staff(pk="$claim"),
    # --- firms ---
    "enterprises:firm-list": Door(query={"q": "机械"}),
    "enterprises:firm-show": Door(path={"pk": "$filled"}, open={"pk": "$firm"}, staff=True),
    "enterprises:firm-profile": _page(pk="$firm"),
    "enterprises:firm-profile#suspended": _page(pk="$suspended"),
    "enterprises:firm-edit": _act(PROFILE, pk="$firm"),
    "enterprises:firm-recheck": _act(pk="$recheck_due"),
    "enterprises:visibility-edit": _act(SEE, pk="$firm"),
    "enterprises:size-list": _act(SIZE, pk="$firm"),
    "enterprises:identity-change": _act({**CHANGE, "file": PROOF}, pk="$recheck_due"),
    "enterprises:identity-withdraw": _act(pk="$firm", change_pk="$identity_change"),
    "enterprises:site-list": _page(pk="$firm"),
    "enterprises:site-create": _act(SITE, pk="$firm"),
    "enterprises:site-edit": _act(SITE, pk="$firm", row_pk="$site"),
    "enterprises:site-remove": _act(pk="$firm", row_pk="$site"),
    "enterprises:title-list": _page(pk="$firm"),
    "enterprises:title-create": _act(TITLE, pk="$firm"),
    "enterprises:title-edit": _act(TITLE, pk="$firm", row_pk="$title"),
    "enterprises:title-remove": _act(pk="$firm", row_pk="$title"),
    "enterprises:certificate-list": _page(pk="$firm"),
    "enterprises:certificate-create": _act(CERTIFICATE, pk="$firm"),
    "enterprises:certificate-edit": _act(CERTIFICATE, pk="$firm", row_pk="$certificate"),
    "enterprises:certificate-remove": _act(pk="$firm", row_pk="$certificate"),
    "enterprises:member-list": _act({"email": "new@example.com", "role": "viewer"}, pk="$firm"),
    "enterprises:member-leave": _act(pk="$firm"),
    "enterprises:member-role": _act({"role": "viewer"}, pk="$firm", member_pk="$member"),
    "enterprises:member-remove": _act(pk="$firm", member_pk="$member"),
    "enterprises:invitation-renew": _act(pk="$firm", invitation_pk="$invitation"),
    "enterprises:invitation-withdraw": _act(pk="$firm", invitation_pk="$invitation"),
    # Whoever has the link may read what it invites to; only the address it was sent to may accept.
    "enterprises:invitation-show": Door(path={"secret": "$secret"}, body={}, public=True),
    "enterprises:blocked-list": _act({"name": "home链主有限公司"}, pk="$firm"),
    "enterprises:blocked-remove": _act(pk="$firm", other_pk="$blocked"),
    # --- operators ---
    "enterprises:verification-list": Door(query={"state": "submitted"}),
    "enterprises:verification-show": _staff({"action": "take", "note": "开始"}, pk="$submitted"),
    "enterprises:verification-show#verify": _staff({"action": "verify", "note": "已核对"}, pk="$checking"),
    "enterprises:identity-decide": _staff({"answer": "accept", "note": "已核对"}, pk="$identity_change"),
    "enterprises:claim-list": Door(query={"state": "open"}),
    "enterprises:claim-show": _staff({"accept": "yes", "note": "已核对", "keep_members": "on"}, pk="$claim"),
    # --- recommendations ---
    "chains:recommendation-list": Door(query={"view": "all", "loose": "1"}),
    "chains:order-switch": _act({"plain": "1", "next": "/recommendations/"}),
    "chains:recommendation-compare": Door(query={"m": "$match"}),
    "chains:recommendation-useful": _act({"next": "/"}, pk="$match"),
    "chains:recommendation-not-useful": _act({"reason": "price"}, pk="$match"),
    "chains:recommendation-hide": _act(pk="$match"),
    "chains:recommendation-take-back": _act(pk="$match"),
    "chains:recommendation-save": _act(pk="$match"),
    "chains:recommendation-unsave": _act(pk="$match"),
    "chains:post-matches": Door(path={"pk": "$wanted"}, query={"loose": "1"}, staff=True),
    "chains:post-progress": _page(pk="$wanted"),
    # --- interests ---
    "chains:interest-send": _act({"message": "想谈谈年度供货"}, pk="$match"),
    "chains:interest-create": Door(path={"pk": "$hidden"}, open={"pk": "$offer"}),
    "chains:interest-list": Door(query={"box": "in"}),
    "chains:interest-show": _page(pk="$interest_in"),
    "chains:interest-accept": _act({"answer": "好"}, pk="$interest_in"),
    "chains:interest-decline": _act({"answer": "规格不符"}, pk="$interest_in"),
    "chains:interest-withdraw": _act(pk="$interest_out"),
    # --- chains ---
    "chains:rematch": _act(REASON),
    # --- dictionary ---
    "chains:dictionary": Door(query={"q": "件"}),
    "chains:dictionary-others": _page(table="words"),
    "chains:dictionary-history": Door(),
    "chains:dictionary-undo": _staff(REASON, pk="$dictionary_change"),
    "chains:concept-create": _act({"name": "衬套", "kind": "part", "weight": "0", **REASON}),
    "chains:concept-show": _staff(pk="$concept"),
    "chains:concept-edit": _staff({"name": "$heir", "kind": "part", "weight": "1", **REASON}, pk="$concept"),
    "chains:alias-add": _staff({"text": "新别名", **REASON}, pk="$concept"),
    "chains:concept-merge": _staff({"into": "没有的", **REASON}, pk="$concept"),
    "chains:concept-retire": _staff(REASON, pk="$concept"),
    "chains:alias-retire": _staff(REASON, pk="$alias"),
    "chains:dictionary-review": _staff({"chosen": "$proposal", "decision": "accept", **REASON}, kind="concepts"),
    "chains:concept-decide": _staff({"name": "新件", "kind": "part", "weight": "0", **REASON}, pk="$proposal"),
    "chains:dictionary-mine": _act({"mine-reason": "新数据"}),
    "chains:dictionary-draft": Door(),
    "chains:dictionary-preview-start": _act(),
    "chains:dictionary-publish": _act(REASON),
    "chains:dictionary-preview": _staff(pk="$dictionary_preview"),
    "chains:dictionary-edition": _page(number="1"),
    "chains:dictionary-tables": _act({"table": "concepts", "file": TABLE, **REASON}),
    "chains:dictionary-export": _page(table="contradictions"),
    "chains:dictionary-import": _staff(pk="$dictionary_import"),
    "chains:dictionary-import-confirm": _act(staff=True, pk="$dictionary_import"),
    "api:dictionary": Door(query={"q": "轴承"}),
    "chains:ranking-show": Door(),
    "chains:preview-show": Door(query={"text": "轴承"}, body=WISH),
    "chains:chain-list": Door(),
    "chains:chain-show": _public(slug="$slug"),
    "chains:node-show": _public(slug="$slug", node_pk="$node"),
    "chains:own-partners": _page(direction="upstream"),
    "chains:own-partners-export": _page(direction="downstream"),
    "chains:firm-partners": Door(path={"pk": "$filled", **UPWARD}, open={"pk": "$firm", **UPWARD}),
    "chains:firm-partners-export": Door(path={"pk": "$filled", **UPWARD}, open={"pk": "$firm", **UPWARD}),
    "chains:node-partners": _public(slug="$slug", node_pk="$node", direction="downstream"),
    "chains:node-partners-export": _public(slug="$slug", node_pk="$node", direction="upstream"),
    "chains:product-partners": Door(path=UPWARD, query={"product": "轴承"}),
    "chains:product-partners-export": Door(path=UPWARD, query={"product": "轴承"}),
    "chains:leader-show": Door(path={"pk": "$chain"}, owners=LEADER),
    "chains:preview-count": Door(query={"direction": "demand", "product": "轴承", "quantity": "5", "unit": "set"}),
}
