"""Tables of scheduling, one module a noun."""

from scheduling.models.access import Access, AccessKind, EmergencyAccess
from scheduling.models.assessments import ArrivalAssessment
from scheduling.models.checks import BookingCheck
from scheduling.models.clock import DemoClock
from scheduling.models.injections import Injection, Joint, Reservation
from scheduling.models.on_call import OnCallShift
from scheduling.models.orders import (
    AgentLine,
    AnticoagulantDecision,
    Order,
    OrderState,
    Premedication,
)
from scheduling.models.people import Consent, ContactPoint, OptOut, Patient
from scheduling.models.resources import Closure, Location, Resource, ResourceKind, WeeklyHours
from scheduling.models.tasks import Queue, Task, TaskKind
from scheduling.models.time_outs import TimeOut

__all__ = [
    "Access",
    "AccessKind",
    "AgentLine",
    "AnticoagulantDecision",
    "ArrivalAssessment",
    "BookingCheck",
    "Closure",
    "Consent",
    "ContactPoint",
    "DemoClock",
    "EmergencyAccess",
    "Injection",
    "Joint",
    "Location",
    "OnCallShift",
    "OptOut",
    "Order",
    "OrderState",
    "Patient",
    "Premedication",
    "Queue",
    "Reservation",
    "Resource",
    "ResourceKind",
    "Task",
    "TaskKind",
    "TimeOut",
    "WeeklyHours",
]
