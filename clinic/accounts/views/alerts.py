"""Pages of security alerts, for those who answer for security."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from clinic.accounts import alerts
from clinic.accounts.models import SecurityAlert
from scheduling import clock
from scheduling.views.asking import signed_in

PER_PAGE = 50


@require_safe
def security_alerts(request: HttpRequest) -> HttpResponse:
    """What nobody has seen yet, and below it the history, the newest first."""
    seen = SecurityAlert.objects.exclude(seen_at=None).select_related("about", "seen_by")
    pages = Paginator(seen.order_by("-opened_at", "-pk"), PER_PAGE)
    context = {
        "open_alerts": alerts.open_alerts(),
        "seen": pages.get_page(request.GET.get("page")),
    }
    return render(request, "security_alerts.html", context)


@require_POST
def security_alert_seen(request: HttpRequest, pk: int) -> HttpResponse:
    """The reader has seen it; the first name stays."""
    alert = get_object_or_404(SecurityAlert, pk=pk)
    if alerts.acknowledge(alert=alert, by=signed_in(request), at=clock.now()):
        messages.success(request, "Marked as seen by you.")
    else:
        messages.info(request, "Somebody else had marked it as seen already.")
    return redirect("security_alerts")
