"""Pages of chains."""

from django.urls import URLPattern, URLResolver, include, path

from chains.web import interests, leader_urls, operator, partners, preview, ranking, recommendations
from chains.web.dictionary import urls as dictionary_urls

app_name = "chains"
urlpatterns: list[URLPattern | URLResolver] = [
    path("recommendations/", recommendations.RecommendationList.as_view(), name="recommendation-list"),
    path("recommendations/order/", recommendations.SwitchOrder.as_view(), name="order-switch"),
    path("recommendations/compare/", recommendations.Compare.as_view(), name="recommendation-compare"),
    path("recommendations/<int:pk>/useful/", recommendations.Useful.as_view(), name="recommendation-useful"),
    path("recommendations/<int:pk>/not-useful/", recommendations.NotUseful.as_view(), name="recommendation-not-useful"),
    path("recommendations/<int:pk>/hide/", recommendations.Hide.as_view(), name="recommendation-hide"),
    path("recommendations/<int:pk>/take-back/", recommendations.TakeBack.as_view(), name="recommendation-take-back"),
    path("recommendations/<int:pk>/save/", recommendations.Save.as_view(), name="recommendation-save"),
    path("recommendations/<int:pk>/unsave/", recommendations.Unsave.as_view(), name="recommendation-unsave"),
    path("recommendations/<int:pk>/interest/", interests.InterestSend.as_view(), name="interest-send"),
    path("posts/<int:pk>/matches/", recommendations.PostMatches.as_view(), name="post-matches"),
    path("posts/<int:pk>/matches/progress/", recommendations.PostProgress.as_view(), name="post-progress"),
    path("posts/<int:pk>/interest/", interests.InterestCreate.as_view(), name="interest-create"),
    path("interests/", interests.InterestList.as_view(), name="interest-list"),
    path("interests/<int:pk>/", interests.InterestShow.as_view(), name="interest-show"),
    path("interests/<int:pk>/accept/", interests.InterestAccept.as_view(), name="interest-accept"),
    path("interests/<int:pk>/decline/", interests.InterestDecline.as_view(), name="interest-decline"),
    path("interests/<int:pk>/withdraw/", interests.InterestWithdraw.as_view(), name="interest-withdraw"),
    path("operator/dictionary/", include(dictionary_urls.urlpatterns)),
    path("operator/rematch/", operator.Rematch.as_view(), name="rematch"),
    path("ranking/", ranking.RankingShow.as_view(), name="ranking-show"),
    path("preview/", preview.PreviewShow.as_view(), name="preview-show"),
    *leader_urls.urlpatterns,
    *partners.urlpatterns,
    path("preview/count/", preview.preview_count, name="preview-count"),
]
