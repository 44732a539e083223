"""Open tasks: whom to phone, by when, and what came of it."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from scheduling import clock, people, worklist
from scheduling.forms.injections import FinishForm
from scheduling.models import Queue, Task
from scheduling.people import access, visible
from scheduling.staff import User
from scheduling.views.answers import page, refusals
from scheduling.views.asking import signed_in

ENOUGH = 200
LATELY = 20


@require_http_methods(["GET"])
def tasks(request: HttpRequest) -> HttpResponse:
    return _task_page(request)


def _task_page(
    request: HttpRequest, sent: FinishForm | None = None, sent_to: int = 0
) -> HttpResponse:
    """One queue, or all; `sent` is a finish form that was refused, of the task `sent_to`."""
    at = clock.now()
    queue = _chosen(request)
    user = signed_in(request)
    seen = visible.to(user, at)
    waiting = worklist.open_tasks(queue).filter(seen)
    found = waiting.select_related("patient", "injection__location")[:ENOUGH]
    done = _finished(queue, seen)
    patients = [task.patient for task in found if task.patient]
    shown = patients + [task.patient for task in done if task.patient]
    access.viewed(request=request, page="worklist", patients=shown, at=at)
    numbers = people.call_numbers(patient.pk for patient in patients)
    rows = [
        (
            task,
            numbers.get(task.patient_id or 0, ""),
            task.due_at < at,
            sent if task.pk == sent_to else None,
            _others(task, user),
        )
        for task in found
    ]
    return page(
        request,
        "scheduling/worklist.html",
        rows=rows,
        queue=queue,
        queues=list(Queue),
        done=[(task, worklist.may_finish(task, user)) for task in done],
        forms=[sent],
    )


def _others(task: Task, user: User) -> str:
    """Who finishes this task where the reader may not; else nothing."""
    return "" if worklist.may_finish(task, user) else worklist.who_may_finish(task)


def _chosen(request: HttpRequest) -> Queue | None:
    """The queue asked for; at first one's own, and `all` is all."""
    asked = request.GET.get("queue", signed_in(request).role)
    return Queue(asked) if asked in list(Queue) else None


def _finished(queue: Queue | None, seen: Q) -> list[Task]:
    """What was done last, so that a slip can be undone."""
    done = Task.objects.filter(seen, done_at__isnull=False).select_related("patient", "done_by")
    done = done.filter(queue=queue) if queue else done
    return list(done.order_by("-done_at")[:LATELY])


@require_POST
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task_to_change(request, pk)
    form = FinishForm(request.POST)
    if form.is_valid():
        with refusals(form):
            worklist.finish(task=task, **form.cleaned_data, by=signed_in(request), at=clock.now())
            messages.success(
                request,
                f"Done: {task.title.rstrip('.')}. It stands under “Done lately”, with an undo.",
            )
            return _back(request)
    return _task_page(request, form, task.pk)


@require_POST
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    task = _task_to_change(request, pk)
    form = FinishForm({"outcome": task.outcome})
    with refusals(form):
        worklist.reopen(task=task, by=signed_in(request), at=clock.now())
        messages.success(request, f"Open again: {task.title.rstrip('.')}.")
        return _back(request)
    return _task_page(request, form)


def _task_to_change(request: HttpRequest, pk: int) -> Task:
    """The task, before its form is looked at: whoever may not finish it meets a 403."""
    user = signed_in(request)
    task = get_object_or_404(Task.objects.filter(visible.to(user, clock.now())), pk=pk)
    worklist.refuse_others(task, user)
    return task


def _back(request: HttpRequest) -> HttpResponse:
    queue = request.GET.get("queue", "")
    answer = redirect("worklist")
    if queue in (*Queue, "all"):
        answer["Location"] += f"?queue={queue}"
    return answer
