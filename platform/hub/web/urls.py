"""Pages that show more than one app."""

from django.urls import path

from hub.web import home, switching

app_name = "hub"
urlpatterns = [
    path("", home.home, name="home"),
    path("hat/", switching.switch_hat, name="hat-switch"),
]
