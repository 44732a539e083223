"""The addresses of what the login library has no page for."""

from django.urls import path

from clinic.accounts import views

urlpatterns = [
    path("sessions", views.own_sessions, name="own_sessions"),
    path("sessions/end", views.own_sessions_end, name="own_sessions_end"),
    path("resets", views.factor_resets, name="factor_resets"),
    path("resets/<int:pk>", views.factor_reset_confirm, name="factor_reset_confirm"),
    path("<int:pk>/access", views.staff_access, name="staff_access"),
    path("<int:pk>/sessions", views.staff_sessions_end, name="staff_sessions_end"),
    path("<int:pk>/reset", views.factor_reset_ask, name="factor_reset_ask"),
]
