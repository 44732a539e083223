"""Pages of scheduling. Who may open which stands in one table, by these names."""

from django.urls import path

from scheduling.views import (
    booking,
    contacts,
    cosignatures,
    days,
    injections,
    orders,
    patients,
    procedures,
    worklist,
)

PATIENT = "patients/<uuid:reference>"
ORDER = "orders/<uuid:reference>"
INJECTION = "injections/<uuid:reference>"

urlpatterns = [
    path("day", days.day, name="day"),
    path("day/sheet", days.sheet, name="day_sheet"),
    path("patients", patients.patients, name="patients"),
    path("patients/search", patients.search, name="patient_search"),
    path("patients/new", patients.new, name="patient_new"),
    path(PATIENT, patients.patient, name="patient"),
    path(f"{PATIENT}/edit", patients.edit, name="patient_edit"),
    path(f"{PATIENT}/reach", contacts.change, {"act": "reach"}, name="patient_reach"),
    path(f"{PATIENT}/consent", contacts.change, {"act": "consent"}, name="patient_consent"),
    path(f"{PATIENT}/withdraw", contacts.change, {"act": "withdraw"}, name="patient_withdraw"),
    path(f"{PATIENT}/opt-out", contacts.change, {"act": "opt_out"}, name="patient_opt_out"),
    path(f"{PATIENT}/opt-in", contacts.change, {"act": "opt_in"}, name="patient_opt_in"),
    path(f"{PATIENT}/orders/new", orders.new, name="order_new"),
    path(ORDER, orders.order, name="order"),
    path(f"{ORDER}/amend", orders.amend, name="order_amend"),
    path(f"{ORDER}/withdraw", orders.withdraw, name="order_withdraw"),
    path(f"{ORDER}/anticoagulant", orders.anticoagulant, name="order_anticoagulant"),
    path(f"{ORDER}/cosign", cosignatures.cosign, name="order_cosign"),
    path(f"{ORDER}/decline", cosignatures.decline, name="order_decline"),
    path(f"{ORDER}/book", booking.book, name="book"),
    path(INJECTION, injections.injection, name="injection"),
    path(f"{INJECTION}/move", booking.move, name="injection_move"),
    path(f"{INJECTION}/complete", procedures.complete, name="injection_complete"),
    path(f"{INJECTION}/correct", procedures.correct, name="injection_correct"),
    *(
        path(
            f"{INJECTION}/{verb.replace('_', '-')}",
            injections.act,
            {"verb": verb},
            name=f"injection_{verb}",
        )
        for verb in injections.VERBS
    ),
    path("cosignatures", cosignatures.waiting, name="cosignatures"),
    path("tasks", worklist.tasks, name="worklist"),
    path("tasks/<int:pk>/finish", worklist.finish, name="task_finish"),
    path("tasks/<int:pk>/reopen", worklist.reopen, name="task_reopen"),
]
