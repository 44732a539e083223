"""The addresses of what the login library has no page for."""

from django.urls import path

from clinic.accounts.views import access, alerts

urlpatterns = [
    path("alerts", alerts.security_alerts, name="security_alerts"),
    path("alerts/<int:pk>/seen", alerts.security_alert_seen, name="security_alert_seen"),
    path("sessions", access.own_sessions, name="own_sessions"),
    path("sessions/end", access.own_sessions_end, name="own_sessions_end"),
    path("resets", access.factor_resets, name="factor_resets"),
    path("resets/<int:pk>", access.factor_reset_confirm, name="factor_reset_confirm"),
    path("<int:pk>/access", access.staff_access, name="staff_access"),
    path("<int:pk>/sessions", access.staff_sessions_end, name="staff_sessions_end"),
    path("<int:pk>/reset", access.factor_reset_ask, name="factor_reset_ask"),
]
