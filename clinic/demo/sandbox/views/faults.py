"""The page that sets the faults of carrier and mail server."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clinic.demo.sandbox.forms import FaultsForm
from clinic.demo.sandbox.models import Faults, Handset


@require_http_methods(["GET", "HEAD", "POST"])
def faults(request: HttpRequest) -> HttpResponse:
    form = FaultsForm(request.POST or None, instance=Faults.present())
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "The network behaves as set below from now on.")
        return redirect("sandbox_faults")
    special = Handset.objects.exclude(unreachable=None, opted_out_at=None).order_by("number")
    status = 422 if form.errors else 200
    return render(
        request, "sandbox/faults.html", {"form": form, "handsets": special}, status=status
    )
