"""`manage.py sandbox` as a process: where it refuses to run, and how it says so."""

import pytest
from django.core.management import CommandError, call_command

from clinic import addresses
from clinic.sandbox.process import Sandbox, Taken

REAL = f"twilio://AC{'1' * 32}:token@/?from=+15550100000"


def test_the_sandbox_refuses_to_run_in_production(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="demo mode only"):
        call_command("sandbox")


def test_a_real_account_is_no_place_for_a_sandbox():
    with pytest.raises(ValueError, match="sandbox://"):
        Sandbox(addresses.sms(REAL), addresses.email("sandbox://127.0.0.1:8002"))


def test_a_taken_port_is_named_with_the_way_out(sandbox):
    with pytest.raises(Taken, match="PORT"):
        Sandbox(sandbox.account, sandbox.mail).__enter__()
