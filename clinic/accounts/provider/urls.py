"""The way to the identity provider and back; the login library adds these to its own addresses."""

from django.urls import path

from clinic.accounts.provider import views

urlpatterns = [
    path("provider/", views.sign_in, name="openid_connect_login"),
    path("provider/callback/", views.callback, name="openid_connect_callback"),
    path("provider/confirm/", views.confirm, name="provider_confirm"),
]
