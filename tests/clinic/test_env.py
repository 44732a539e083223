"""The environment: complete in every mode, refused as a whole when anything is wrong."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from clinic import env as environment
from clinic.env import Invalid

ROOT = Path(__file__).resolve().parents[2]
ADDRESSES = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SMS_URL")
SECRETS = ("SECRET_KEY", "ENCRYPTION_KEYS")
VALUES = (*SECRETS, "SITE_URL", "ALLOWED_HOSTS", "TIME_ZONE", "DEMO", "LOG_FORMAT", "PORT")
FILES = tuple(f"{name}_FILE" for name in (*ADDRESSES, *SECRETS))
OWNER = ("DATABASE_OWNER_URL", "DATABASE_OWNER_URL_FILE")
PROVIDER = ("OIDC_URL", "OIDC_URL_FILE")
NAMES = (*ADDRESSES, *OWNER, *PROVIDER, *VALUES, *FILES, "TRUSTED_PROXIES", "VAR_DIR")
ACCOUNT = "AC" + "0123456789abcdef" * 2
PRODUCTION = {
    "DATABASE_URL": "postgres://clinic:word@db.example:5433/clinic?sslmode=require",
    "REDIS_URL": "rediss://redis.example/3",
    "EMAIL_URL": "smtp+tls://mailer:p%40ss@mail.example?from=clinic@clinic.example",
    "SMS_URL": f"twilio://{ACCOUNT}:token@/?from=+15550100",
    "SECRET_KEY": "k" * 64,
    "ENCRYPTION_KEYS": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    "SITE_URL": "https://clinic.example",
}


@pytest.fixture
def reads(monkeypatch, tmp_path):
    """Read the environment that holds these variables and no others."""

    def read(**variables):
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"VAR_DIR": str(tmp_path), **variables}.items():
            monkeypatch.setenv(name, value)
        return environment.read()

    return read


@pytest.fixture
def problems(reads):
    """What is wrong with these variables."""

    def complain(**variables):
        with pytest.raises(Invalid) as invalid:
            reads(**variables)
        return invalid.value.problems

    return complain


def test_nothing_set_is_a_whole_demonstration(reads, tmp_path):
    env = reads()

    assert env.demo
    assert env.embedded
    assert env.email.sandbox
    assert env.sms.api == "http://127.0.0.1:8001"
    assert env.database_url.startswith("postgres://blockwise@/blockwise?host=")
    assert env.site_url == "http://localhost:8000"
    assert "localhost" in env.allowed_hosts
    assert env.var_dir == tmp_path


def test_staff_see_their_own_locations_unless_a_clinic_says_otherwise(reads):
    usual, open_to_all = reads(), reads(STAFF_SEE_ALL_LOCATIONS="1", EMERGENCY_ACCESS_HOURS="2")

    assert (usual.staff_see_all_locations, usual.emergency_access_hours) == (False, 8)
    assert (open_to_all.staff_see_all_locations, open_to_all.emergency_access_hours) == (True, 2)


def test_the_sandbox_listens_on_the_two_ports_after_ours(reads):
    env = reads(PORT="9000")

    assert env.site_url == "http://localhost:9000"
    assert env.sms.api == "http://127.0.0.1:9001"
    assert env.email.port == 9002


def test_the_demo_secret_is_made_once_for_its_owner_alone(reads, tmp_path):
    first = reads().secret_key

    again = reads().secret_key

    assert again == first
    assert len(first) >= 50
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_processes_that_start_together_agree_on_the_demo_secret(tmp_path):
    program = "from clinic.env import env; print(env.secret_key)"
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            env=clean | {"VAR_DIR": str(tmp_path)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        for _ in range(4)
    ]

    said = {child.communicate()[0] for child in children}

    assert len(said) == 1


def test_production_says_what_it_was_told(reads):
    env = reads(**PRODUCTION)

    assert not env.demo
    assert not env.embedded
    assert env.secret_key == "k" * 64
    assert env.allowed_hosts == ["clinic.example"]
    assert env.log_format == "json"
    assert env.email.username == "mailer"
    assert env.email.password == "p@ss"
    assert env.email.security == "starttls"
    assert env.email.port == 587
    assert env.email_sender == "clinic@clinic.example"
    assert env.sms.account == ACCOUNT
    assert env.sms.sender == "+15550100"
    assert env.sms.api == "https://api.twilio.com"


def test_a_providers_api_may_take_the_place_of_a_mail_server(reads):
    url = "anymail://mailgun?api_key=k+y%26&sender_domain=mg.example&from=clinic@clinic.example"

    env = reads(**PRODUCTION | {"EMAIL_URL": url})

    assert env.email.name == "mailgun"
    assert env.email.anymail == {
        "MAILGUN_API_KEY": "k+y&",
        "MAILGUN_SENDER_DOMAIN": "mg.example",
    }
    assert env.email_sender == "clinic@clinic.example"
    assert "k+y" not in repr(env.email)


def test_a_demo_may_run_on_named_servers(reads):
    named = {name: PRODUCTION[name] for name in ("DATABASE_URL", "REDIS_URL")}

    env = reads(DEMO="1", **named)

    assert env.demo
    assert env.email.sandbox
    assert env.redis_url == PRODUCTION["REDIS_URL"]


def test_an_empty_variable_counts_as_unset(reads):
    assert reads(DATABASE_URL="", REDIS_URL="", PORT="").demo


def test_secrets_do_not_show_when_the_environment_is_printed(reads):
    shown = repr(reads(**PRODUCTION))

    assert "word" not in shown
    assert "token" not in shown
    assert "kkkk" not in shown


@pytest.mark.parametrize(
    ("there", "missing"), [("DATABASE_URL", "REDIS_URL"), ("REDIS_URL", "DATABASE_URL")]
)
def test_one_engine_without_the_other_is_refused(problems, there, missing):
    said = problems(DEMO="1", **{there: PRODUCTION[there]})

    assert said == [
        f"{missing} is unset while {there} is set; set both, or neither for the embedded engines."
    ]


def test_the_owner_of_the_tables_may_stand_in_a_file(reads, tmp_path):
    owner = "postgres://owner:word@db.example/clinic?sslmode=require"
    kept = tmp_path / "owner"
    kept.write_text(owner)

    assert reads(**PRODUCTION, DATABASE_OWNER_URL_FILE=str(kept)).database_owner_url == owner
    assert reads(**PRODUCTION).database_owner_url == ""


@pytest.mark.parametrize(
    ("owner", "said"),
    [
        (PRODUCTION["DATABASE_URL"], "and DATABASE_URL name the same user"),
        ("postgres://owner:word@db.example/clinic", "would send in clear"),
        ("postgres://owner:word@/", "names no database"),
    ],
)
def test_an_owner_that_cannot_be_meant_is_refused(problems, owner, said):
    (problem,) = problems(**PRODUCTION, DATABASE_OWNER_URL=owner)

    assert problem.startswith("DATABASE_OWNER_URL ")
    assert said in problem
    assert "word" not in problem


def test_an_owner_alone_is_refused(problems):
    (problem,) = problems(DATABASE_OWNER_URL="postgres://owner:word@/clinic")

    assert problem.startswith("DATABASE_OWNER_URL is set while DATABASE_URL is unset")


def test_the_identity_provider_may_stand_in_a_file_and_need_not_be_named(reads, tmp_path):
    kept = tmp_path / "provider"
    kept.write_text("https://client:word@idp.example/realm")

    env = reads(**PRODUCTION, OIDC_URL_FILE=str(kept))

    assert env.identity_provider.issuer == "https://idp.example/realm"
    assert "word@idp" not in repr(env)
    assert reads(**PRODUCTION).identity_provider is None


def test_production_does_not_ask_an_identity_provider_in_clear(problems):
    (problem,) = problems(**PRODUCTION, OIDC_URL="http://client:word@127.0.0.1:9000")

    assert problem == "OIDC_URL would send in clear; begin it with https://."


def test_nobody_real_comes_into_a_demo(problems, reads):
    (problem,) = problems(OIDC_URL="https://client:word@idp.example")

    assert problem.startswith("OIDC_URL names a real identity provider, but this is demo mode")
    assert reads(OIDC_URL="http://client:word@127.0.0.1:9000").identity_provider


@pytest.mark.parametrize("name", ["EMAIL_URL", "SMS_URL"])
def test_a_demo_cannot_be_wired_to_a_real_carrier(problems, name):
    said = problems(DEMO="1", **{name: PRODUCTION[name]})

    assert len(said) == 1
    assert said[0].startswith(f"{name} names a real provider, but this is demo mode")


def test_the_sandbox_cannot_stand_on_another_machine(problems):
    said = problems(
        DEMO="1",
        EMAIL_URL="sandbox://mail.example:25",
        SMS_URL=f"sandbox://{ACCOUNT}:token@api.example:80/?from=+15550100",
    )

    assert [problem.split()[0] for problem in said] == ["EMAIL_URL", "SMS_URL"]
    assert all("must name this machine" in problem for problem in said)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("EMAIL_URL", "sandbox://127.0.0.1:8002"),
        ("SMS_URL", f"sandbox://{ACCOUNT}:token@127.0.0.1:8001/?from=+15550100"),
    ],
)
def test_production_cannot_be_wired_to_the_sandbox(problems, name, url):
    said = problems(**PRODUCTION | {name: url})

    assert said == [
        f"{name} names the sandbox, which exists in demo mode only; name your provider."
    ]


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_production_misses_each_thing_it_needs(problems, name):
    said = problems(DEMO="0", **{key: value for key, value in PRODUCTION.items() if key != name})

    assert any(problem.startswith(f"{name} is unset in production") for problem in said)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SECRET_KEY", "short", "shorter than 50"),
        ("SITE_URL", "http://clinic.example", "must be https://"),
        ("SITE_URL", "https://clinic.example/desk", "nothing more"),
        ("ALLOWED_HOSTS", "clinic.example,*", "lets any host in"),
        ("EMAIL_URL", "smtp://mail.example", "would send in clear"),
        ("EMAIL_URL", "anymail://postal?api_key=k&api_url=http://x.example", "send in clear"),
    ],
)
def test_what_is_unsafe_in_production_is_refused(problems, name, value, complaint):
    said = problems(**PRODUCTION | {name: value})

    assert len(said) == 1
    assert said[0].startswith(name)
    assert complaint in said[0]


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("DATABASE_URL", "sqlite:///x.db", "must begin with postgres://"),
        ("DATABASE_URL", "postgres://db.example", "names no database"),
        ("DATABASE_URL", "postgres://db.example:port/clinic", "port that is no number"),
        ("REDIS_URL", "amqp://rabbit.example", "must begin with redis://"),
        ("REDIS_URL", "redis:///0", "names no host"),
        ("EMAIL_URL", "mail.example", "must begin with"),
        ("EMAIL_URL", "smtps://clinic@mail.example", "a user or a password alone"),
        ("EMAIL_URL", "anymail://pigeon?api_key=k", "names no provider we know"),
        ("EMAIL_URL", "anymail://mailjet?api_key=k", "needs secret_key for mailjet"),
        ("EMAIL_URL", "anymail://resend?api_key=k&region=eu", "has region, which resend does not"),
        ("SMS_URL", "pigeon://loft/?from=+15550100", "must begin with sandbox://"),
        ("SMS_URL", "twilio://wrong:token@/?from=+15550100", "needs an account SID"),
        ("TIME_ZONE", "Chicago", "is no IANA time zone"),
        ("TRUSTED_PROXIES", "127.0.0.1,nginx", "names no address or network"),
        ("PORT", "65535", "is not usable"),
        ("PORT", "web", "is not usable"),
        ("DEMO", "perhaps", "is not usable"),
        ("LOG_FORMAT", "xml", "is not usable"),
    ],
)
def test_a_value_of_the_wrong_shape_is_named_and_explained(problems, name, value, complaint):
    said = problems(**PRODUCTION | {name: value})

    assert len(said) == 1
    assert said[0].startswith(name)
    assert complaint in said[0]


def test_a_var_folder_that_cannot_be_made_is_explained(problems, tmp_path):
    (tmp_path / "file").touch()

    said = problems(VAR_DIR=str(tmp_path / "file" / "var"))

    assert len(said) == 1
    assert said[0].startswith(f"VAR_DIR {tmp_path / 'file' / 'var'} cannot be used")


def test_a_complaint_never_repeats_a_password(problems):
    said = problems(**PRODUCTION | {"DATABASE_URL": "mysql://clinic:hunter2@db.example/clinic"})

    assert "hunter2" not in " ".join(said)


def test_everything_wrong_is_told_at_once(problems):
    said = problems(**PRODUCTION | {"TIME_ZONE": "Chicago", "PORT": "0", "LOG_FORMAT": "xml"})

    assert len(said) == 3


def test_a_command_in_an_invalid_environment_ends_with_one_readable_message(tmp_path):
    ended = subprocess.run(
        [sys.executable, ROOT / "manage.py", "check"],
        env=os.environ | {"VAR_DIR": str(tmp_path), "TIME_ZONE": "Chicago"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert "TIME_ZONE is no IANA time zone" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "postgres://clinic:word@db.example/clinic"),
        ("DATABASE_URL", "postgres://clinic:word@10.0.0.7/clinic?sslmode=prefer"),
        ("DATABASE_URL", "postgres://clinic:word@/clinic?host=db.example&sslmode=allow"),
        ("REDIS_URL", "redis://redis.example/3"),
        ("REDIS_URL", "redis://10.0.0.7/3"),
    ],
)
def test_engines_elsewhere_are_not_spoken_to_in_clear(problems, variable, value):
    (problem,) = problems(**PRODUCTION | {variable: value})

    assert problem.startswith(f"{variable} names another machine and would send in clear")
    assert "word" not in problem


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "postgres://clinic:word@localhost/clinic"),
        ("DATABASE_URL", "postgres://clinic:word@[::1]/clinic"),
        ("DATABASE_URL", "postgres://clinic@/clinic?host=/run/postgresql"),
        ("DATABASE_URL", "postgres://clinic:word@db.example/clinic?sslmode=verify-full"),
        ("REDIS_URL", "redis://127.0.0.1/3"),
        ("REDIS_URL", "unix:///run/redis.sock?db=0"),
    ],
)
def test_engines_here_or_behind_tls_are_taken(reads, variable, value):
    assert not reads(**PRODUCTION | {variable: value}).demo


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "128.0.0.0/1", "2000::/3"])
def test_a_network_that_holds_strangers_is_no_proxy(problems, network):
    (problem,) = problems(**PRODUCTION | {"TRUSTED_PROXIES": f"127.0.0.1,{network}"})

    assert f"TRUSTED_PROXIES trusts {network}" in problem


def test_private_networks_may_hold_the_proxies(reads):
    wide = ["10.0.0.0/8", "fd00:1:2::/48"]

    assert reads(**PRODUCTION | {"TRUSTED_PROXIES": ",".join(wide)}).trusted_proxies == wide


@pytest.mark.parametrize("name", FILES)
def test_a_secret_may_stand_in_a_file(reads, tmp_path, name):
    variable = name.removesuffix("_FILE")
    kept = tmp_path / "secret"
    kept.write_text(f"{PRODUCTION[variable]}\n")
    others = {key: value for key, value in PRODUCTION.items() if key != variable}

    env = reads(**others, **{name: str(kept)})

    assert getattr(env, variable.lower()) in (PRODUCTION[variable], [PRODUCTION[variable]])


def test_a_secret_that_is_said_twice_is_refused(problems, tmp_path):
    said = problems(**PRODUCTION, SECRET_KEY_FILE=str(tmp_path / "key"))

    assert said == ["SECRET_KEY and SECRET_KEY_FILE are both set; unset one."]


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named_by_its_variable(problems, tmp_path, content):
    path = tmp_path / "key"
    if content:
        path.write_bytes(content)
    others = {key: value for key, value in PRODUCTION.items() if key != "SECRET_KEY"}

    (problem,) = problems(**others, SECRET_KEY_FILE=str(path))

    assert "SECRET_KEY_FILE names cannot be read" in problem
    assert "xff" not in problem


def test_a_key_that_encrypts_nothing_is_refused(problems):
    (problem,) = problems(**PRODUCTION | {"ENCRYPTION_KEYS": f"{'A' * 43}=,short"})

    assert problem.startswith("ENCRYPTION_KEYS holds what is no key; make one with openssl")
    assert "short" not in problem
