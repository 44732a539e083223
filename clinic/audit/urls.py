"""Pages of the privacy officer. Who may open which stands in one table, by these names."""

from django.urls import path

from clinic.audit import disclosures, views

PATIENT = "patients/<uuid:reference>"

urlpatterns = [
    path("", views.log, name="audit"),
    path("csv", views.log_file, name="audit_csv"),
    path("patients", views.patients, name="audit_patients"),
    path(PATIENT, views.patient, name="audit_patient"),
    path(f"{PATIENT}/csv", views.patient_file, name="audit_patient_csv"),
    path(f"{PATIENT}/disclosures", disclosures.accounting, name="disclosures"),
    path(f"{PATIENT}/disclosures/csv", disclosures.accounting_file, name="disclosures_csv"),
    path("emergencies", views.emergencies, name="audit_emergencies"),
    path("sign-ins", views.sign_in_list, name="audit_sign_ins"),
]
