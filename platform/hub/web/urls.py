"""Pages that show more than one app."""

from django.urls import URLPattern, URLResolver, path, re_path

from hub.web import demo, home, jobs, notices, official, profile, regions, searching, switching
from hub.web.operator import appointments, audit_log

app_name = "hub"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("about/", home.about, name="about"),
    path("search/", searching.show, name="search"),
    path("hat/", switching.switch_hat, name="hat-switch"),
    path("notices/", notices.notice_list, name="notice-list"),
    path("notices/read/", notices.notice_read_all, name="notice-read-all"),
    path("notices/<int:pk>/", notices.notice_open, name="notice-open"),
    path("account/settings/", profile.profile_edit, name="profile-edit"),
    path("account/tokens/", profile.token_list, name="token-list"),
    path("account/tokens/<int:pk>/revoke/", profile.token_revoke, name="token-revoke"),
    path("jobs/<int:pk>/", jobs.show, name="job-show"),
    path("jobs/<int:pk>/cancel/", jobs.cancel, name="job-cancel"),
    path("jobs/<int:pk>/retry/", jobs.retry, name="job-retry"),
    path("official/<str:code>/", official.overview, name="official-show"),
    path("official/<str:code>/flows/", official.flow_page, name="flow-list"),
    path("operator/appointments/", appointments.appointment_list, name="appointment-list"),
    path("operator/appointments/officials/<int:pk>/end/", appointments.official_end, name="official-end"),
    path("operator/appointments/leaders/<int:pk>/end/", appointments.leadership_end, name="leadership-end"),
    path("operator/jobs/", jobs.board, name="job-list"),
    path("operator/audit/", audit_log.audit_list, name="audit-list"),
    path("demo/enter/", demo.enter, name="demo-enter"),
    path("demo/progress/", demo.progress, name="demo-progress"),
    # Six digits, so that the pages of regions below the same path keep theirs.
    re_path(r"^regions/(?P<code>[1-9][0-9]{5})/$", regions.region_show, name="region-show"),
    path("regions/sets/<slug:slug>/", regions.region_set_show, name="region-set-show"),
]
