"""Pages of enterprises."""

from django.urls import URLPattern, URLResolver, include, path

from enterprises.web import industries, operator
from enterprises.web.firms import holdings, members, pages, public
from enterprises.web.registration import claims, files, wizard

app_name = "enterprises"


def _holding(shape: holdings.Shape) -> list[URLPattern | URLResolver]:
    """List, form and removal of one kind of holding: /firms/7/profile/sites/, …/sites/3/"""
    root = f"firms/<int:pk>/profile/{shape.tab}/"
    return [
        path(root, holdings.ListView.as_view(shape=shape), name=f"{shape.page}-list"),
        path(f"{root}new/", holdings.CreateView.as_view(shape=shape), name=f"{shape.page}-create"),
        path(f"{root}<int:row_pk>/", holdings.UpdateView.as_view(shape=shape), name=f"{shape.page}-edit"),
        path(f"{root}<int:row_pk>/remove/", holdings.RemoveView.as_view(shape=shape), name=f"{shape.page}-remove"),
    ]


reference: list[URLPattern | URLResolver] = [
    path("industries/options/", industries.industry_options, name="industry-options"),
    path("", include("enterprises.web.posts_urls")),
]

registration: list[URLPattern | URLResolver] = [
    path("register/", wizard.StartView.as_view(), name="registration-start"),
    path("register/<int:pk>/take-back/", wizard.TakeBackView.as_view(), name="registration-take-back"),
    path("register/<int:pk>/reopen/", wizard.ReopenView.as_view(), name="registration-reopen"),
    path("register/<int:pk>/discard/", wizard.DiscardView.as_view(), name="registration-discard"),
    path("register/<int:pk>/files/", files.FileAddView.as_view(), name="verification-file-create"),
    path("register/files/<int:pk>/", files.FileShowView.as_view(), name="verification-file-show"),
    path("register/files/<int:pk>/remove/", files.FileRemoveView.as_view(), name="verification-file-remove"),
    path("register/<int:pk>/<slug:step>/", wizard.StepView.as_view(), name="registration-step"),
    path("claims/", claims.ClaimMineView.as_view(), name="claim-mine"),
    path("claims/new/", claims.ClaimCreateView.as_view(), name="claim-create"),
    path("claims/<int:pk>/file/", files.ClaimFileView.as_view(), name="claim-file"),
]

firms: list[URLPattern | URLResolver] = [
    path("firms/", public.FirmListView.as_view(), name="firm-list"),
    path("firms/<int:pk>/", public.firm_show, name="firm-show"),
    path("firms/<int:pk>/profile/", pages.ProfileView.as_view(), name="firm-profile"),
    path("firms/<int:pk>/profile/edit/", pages.EditView.as_view(), name="firm-edit"),
    path("firms/<int:pk>/profile/recheck/", pages.RecheckView.as_view(), name="firm-recheck"),
    path("firms/<int:pk>/profile/visibility/", pages.VisibilityView.as_view(), name="visibility-edit"),
    path("firms/<int:pk>/profile/size/", pages.SizeView.as_view(), name="size-list"),
    path("firms/<int:pk>/profile/identity/", pages.IdentityChangeView.as_view(), name="identity-change"),
    path(
        "firms/<int:pk>/profile/identity/<int:change_pk>/withdraw/",
        pages.IdentityWithdrawView.as_view(),
        name="identity-withdraw",
    ),
    *_holding(holdings.SITES),
    *_holding(holdings.TITLES),
    *_holding(holdings.CERTIFICATES),
    path("firms/<int:pk>/members/", members.MemberListView.as_view(), name="member-list"),
    path("firms/<int:pk>/members/leave/", members.LeaveView.as_view(), name="member-leave"),
    path("firms/<int:pk>/members/<int:member_pk>/", members.RoleView.as_view(), name="member-role"),
    path("firms/<int:pk>/members/<int:member_pk>/remove/", members.MemberRemoveView.as_view(), name="member-remove"),
    path(
        "firms/<int:pk>/members/invitations/<int:invitation_pk>/renew/",
        members.InvitationRenewView.as_view(),
        name="invitation-renew",
    ),
    path(
        "firms/<int:pk>/members/invitations/<int:invitation_pk>/withdraw/",
        members.InvitationWithdrawView.as_view(),
        name="invitation-withdraw",
    ),
    path("invitations/<slug:secret>/", members.InvitationShowView.as_view(), name="invitation-show"),
    path("firms/<int:pk>/profile/blocked/", pages.BlockedView.as_view(), name="blocked-list"),
    path("firms/<int:pk>/profile/blocked/<int:other_pk>/remove/", pages.UnblockView.as_view(), name="blocked-remove"),
]

operators: list[URLPattern | URLResolver] = [
    path("operator/verifications/", operator.VerificationListView.as_view(), name="verification-list"),
    path("operator/verifications/<int:pk>/", operator.VerificationShowView.as_view(), name="verification-show"),
    path("operator/identity-changes/<int:pk>/", operator.IdentityDecideView.as_view(), name="identity-decide"),
    path("operator/claims/", operator.ClaimListView.as_view(), name="claim-list"),
    path("operator/claims/<int:pk>/", operator.ClaimShowView.as_view(), name="claim-show"),
]

urlpatterns: list[URLPattern | URLResolver] = [*reference, *registration, *firms, *operators]
