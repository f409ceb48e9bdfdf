"""Pages of stage 2: posts, capabilities, imports, exports. Included by enterprises.web.urls."""

from django.urls import URLPattern, URLResolver, path, register_converter

from enterprises.web import capabilities, exports, hall, imports, my_posts, reviews, writing


class TableConverter:
    """The formats of a table to download."""

    regex = "csv|xlsx"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(TableConverter, "table")

urlpatterns: list[URLPattern | URLResolver] = [
    path("posts/", hall.PostList.as_view(), name="post-list"),
    path("posts/export.<table:kind>", exports.PostExport.as_view(), name="post-export"),
    path("posts/new/", writing.PostCreate.as_view(), name="post-create"),
    path("posts/<int:pk>/", hall.PostShow.as_view(), name="post-show"),
    path("posts/<int:pk>/print/", hall.PostPrint.as_view(), name="post-print"),
    path("posts/<int:pk>/versions/", hall.PostVersions.as_view(), name="post-versions"),
    path("posts/<int:pk>/edit/", writing.PostEdit.as_view(), name="post-edit"),
    path("posts/<int:pk>/publish/", writing.PostPublish.as_view(), name="post-publish"),
    path("posts/<int:pk>/renew/", my_posts.PostRenew.as_view(), name="post-renew"),
    path("posts/<int:pk>/withdraw/", my_posts.PostWithdraw.as_view(), name="post-withdraw"),
    path("posts/<int:pk>/fulfil/", my_posts.PostFulfil.as_view(), name="post-fulfil"),
    path("posts/<int:pk>/duplicate/", my_posts.PostDuplicate.as_view(), name="post-duplicate"),
    path("posts/<int:pk>/take-back/", my_posts.PostTakeBack.as_view(), name="post-take-back"),
    path("posts/<int:pk>/discard/", my_posts.PostDiscard.as_view(), name="post-discard"),
    path("my/posts/", my_posts.MyPostList.as_view(), name="my-post-list"),
    path("my/posts/export.<table:kind>", exports.MyPostExport.as_view(), name="my-post-export"),
    path("my/posts/renew/", my_posts.RenewSelected.as_view(), name="my-post-renew"),
    path("firms/export.<table:kind>", exports.FirmExport.as_view(), name="firm-export"),
    path("capabilities/", capabilities.CapabilityList.as_view(), name="capability-list"),
    path("capabilities/export.<table:kind>", capabilities.CapabilityExport.as_view(), name="capability-export"),
    path("capabilities/new/", capabilities.CapabilityCreate.as_view(), name="capability-create"),
    path("capabilities/<int:pk>/edit/", capabilities.CapabilityEdit.as_view(), name="capability-edit"),
    path("capabilities/<int:pk>/archive/", capabilities.CapabilityArchive.as_view(), name="capability-archive"),
    path("capabilities/<int:pk>/restore/", capabilities.CapabilityRestore.as_view(), name="capability-restore"),
    path("imports/", imports.ImportList.as_view(), name="import-list"),
    path("imports/new/<slug:kind>/", imports.ImportCreate.as_view(), name="import-create"),
    path("imports/template/<slug:rows>.<table:kind>", imports.ImportTemplate.as_view(), name="import-template"),
    path("imports/<int:pk>/", imports.ImportShow.as_view(), name="import-show"),
    path("imports/<int:pk>/confirm/", imports.ImportConfirm.as_view(), name="import-confirm"),
    path("imports/<int:pk>/errors/", imports.ImportErrors.as_view(), name="import-errors"),
    path("operator/posts/", reviews.ReviewList.as_view(), name="review-list"),
    path("operator/posts/<int:pk>/", reviews.ReviewShow.as_view(), name="review-show"),
]
