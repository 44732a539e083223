"""Pages of reminders: patients, reviews, and the carriers' webhooks."""

from django.urls import path

from reminders.views import (
    alerts,
    answers,
    baseline,
    discharge,
    link,
    new_link,
    plan,
    review,
    survey,
    webhooks,
)

urlpatterns = [
    path("p/<str:token>", link.open_link, name="link"),
    path("p/<str:token>/open", link.unlock, name="link_unlock"),
    path("p/<str:token>/confirm", link.confirm, name="link_confirm"),
    path("p/<str:token>/change", link.change, name="link_change"),
    path("p/<str:token>/driver", link.driver, name="link_driver"),
    path("p/<str:token>/visit.ics", link.entry, name="link_ics"),
    path("p/<str:token>/home", discharge.home, name="link_home"),
    path("p/<str:token>/check-in", survey.survey, name="link_survey"),
    path("p/<str:token>/check-in/<str:slot>", survey.survey, name="link_survey"),
    path("reviews/", review.worklist, name="reviews"),
    path("reviews/<uuid:reference>", review.review, name="review"),
    path("reviews/<uuid:reference>/chart.svg", review.drawing, name="review_chart"),
    path("reviews/<uuid:reference>/<str:side>/sign", review.sign, name="review_sign"),
    path("injections/<uuid:reference>/answer", answers.answer, name="injection_answer"),
    path("injections/<uuid:reference>/baseline", baseline.baseline, name="injection_baseline"),
    path("injections/<uuid:reference>/plan", plan.plan, name="plan"),
    path("alerts/<int:pk>", alerts.alert, name="alert"),
    path("alerts/<int:pk>/take", alerts.take, name="alert_take"),
    path("alerts/<int:pk>/give-back", alerts.give_back, name="alert_give_back"),
    path("tasks/<int:pk>/alerts", alerts.of_task, name="task_alerts"),
    path("injections/<uuid:reference>/alerts", alerts.of_injection, name="injection_alerts"),
    path("injections/<uuid:reference>/link", new_link.new_link, name="injection_link"),
    path("webhooks/sms/status", webhooks.sms_status, name="sms_status"),
    path("webhooks/sms/inbound", webhooks.sms_inbound, name="sms_inbound"),
]
