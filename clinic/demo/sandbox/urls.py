"""Pages of the sandbox."""

from django.urls import path

from clinic.demo.sandbox.views import clock, faults, mailboxes, overview, phones

urlpatterns = [
    path("", overview.overview, name="sandbox"),
    path("faults/", faults.faults, name="sandbox_faults"),
    path("clock/", clock.watch, name="sandbox_clock"),
    path("clock/travel/", clock.travel, name="sandbox_travel"),
    path("phones/<uuid:reference>/", phones.phone, name="sandbox_phone"),
    path("phones/<uuid:reference>/answer/", phones.answer, name="sandbox_answer"),
    path("phones/<uuid:reference>/handset/", phones.handset, name="sandbox_handset"),
    path("mailboxes/<uuid:reference>/", mailboxes.mailbox, name="sandbox_mailbox"),
    path("mailboxes/<uuid:reference>/<int:pk>/", mailboxes.mail, name="sandbox_mail"),
    path(
        "mailboxes/<uuid:reference>/<int:pk>/body/", mailboxes.mail_body, name="sandbox_mail_body"
    ),
    path(
        "mailboxes/<uuid:reference>/<int:pk>/<int:number>/",
        mailboxes.mail_part,
        name="sandbox_mail_part",
    ),
]
