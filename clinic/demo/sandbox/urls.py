"""Pages of the sandbox."""

from django.urls import path

from clinic.demo.sandbox.views import clock, faults, mailboxes, on_call, overview, phones

urlpatterns = [
    path("", overview.overview, name="sandbox"),
    path("faults/", faults.faults, name="sandbox_faults"),
    path("clock/", clock.watch, name="sandbox_clock"),
    path("clock/travel/", clock.travel, name="sandbox_travel"),
    path("on-call/", on_call.on_call, name="sandbox_on_call"),
    path("on-call/<int:pk>/answer/", on_call.answer, name="sandbox_on_call_answer"),
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
