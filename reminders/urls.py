"""Pages of reminders: patients, reviews, and the carriers' webhooks."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
