"""Every address of the site."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from clinic import sign_off, views
from clinic.accounts.views import emergency

handler400 = "clinic.views.unreadable"
handler403 = "clinic.views.not_open"
handler404 = "clinic.views.no_such_page"
handler500 = "clinic.views.broken"
urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("still-here", sign_off.still_here, name="still_here"),
    path(
        "patients/<uuid:reference>/emergency-access",
        emergency.emergency_access,
        name="emergency_access",
    ),
    path("", include("scheduling.urls")),
    path("", include("reminders.urls")),
    path("staff/", include("clinic.accounts.urls")),
    path("audit/", include("clinic.audit.urls")),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
]
if settings.DEMO:
    urlpatterns.append(path("sandbox/", include("clinic.demo.sandbox.urls")))
