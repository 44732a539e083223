"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from clinic import sign_off, views

handler500 = "clinic.views.broken"
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("still-here", sign_off.still_here, name="still_here"),
    path("", include("scheduling.urls")),
    path("", include("reminders.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("sandbox/", include("clinic.demo.sandbox.urls")))
