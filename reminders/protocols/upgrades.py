"""Stored protocols of older versions, as today's reader takes them.

A version that an injection is prepared under never changes, so the shape of its document outlives
the code that wrote it. What is added is what the code did before the document could say it, and
what is unsafe to leave out.
"""

import re
from typing import Any

# No injection ever had an open authorisation, so steps that asked for one never applied.
_RETIRED_FACT = "authorisation_open"
# Never read by any rule.
_RETIRED_THRESHOLDS = frozenset(
    (
        "consecutive",
        "prolonged_factor",
        "therapeutic_percent",
        "therapeutic_days",
        "therapeutic_first_pass_days",
        "important_change_percent",
        "paper_days",
        "steroid_early_to_days",
        "steroid_plateau_to_days",
        "steroid_durability_days",
    )
)
# Booking has always read its own values of these, no message ever did.
_BOOKINGS_OWN = frozenset(
    (
        "setup_min",
        "grid_min",
        "room_min",
        "room_sedation_min",
        "second_side_min",
        "turnover_min",
        "turnover_sedation_min",
        "recovery_min",
        "recovery_sedation_min",
        "recovery_diagnostic_min",
    )
)
_WAS_CODE = "part of the rule before protocols stated it"
# What the code said before the protocol did.
_NEW_THRESHOLDS = {
    "payer_percent": {"value": 75, "source": _WAS_CODE},
    "credit_from_min": {"value": 15, "source": _WAS_CODE},
    "analgesic_washout_h": {"value": 8, "source": _WAS_CODE},
    "flare_until_days": {"value": 4, "source": _WAS_CODE},
    "steroid_early_until_days": {"value": 17, "source": _WAS_CODE},
}
_CONFIRMING_TEXTS = ("SMS01", "SMS03", "SMS07")
_URGENT_STEPS = ("red_flag", "hold_begun", "hold_phone")
# A pattern was read from the first score after the window, even minutes after it.
_NEXT_DAY = {"next_day_from_h": {"value": 12, "source": "our default, as in later versions"}}
# Staff said by one tick that the tests were repeated, and not which.
_REEXAM = {"reexam_tests": {"value": 3, "source": "our default, as in later versions"}}
_PHONED_BY_BOOKING = ("hold_begun", "hold_phone")
_ABOUT_DRUGS = ("BLK-KEEP", "BLK-ANTICOAG", "BLK-ANTICOAG-HOLD")
_PAUSE_BLOCK = {
    "id": "BLK-PAUSE",
    "when": ["pause_unsettled"],
    "source": "a drug that was paused for a visit that is not as it was",
}
_RESTART_BLOCK = {
    "id": "BLK-RESTART",
    "when": ["anticoagulant_hold", "happened", "not pause_unsettled"],
    "source": "the signed hold order names the restart",
}
_RESTART_TEXT = {
    "title": "Start your blood thinner again",
    "text": "{prescriber} wants you to start {drug} again on {restart}. Take it as you did before. "
    "Not clear? Call us at {phone}.",
}
_PAUSE_TEXT = {
    "title": "Before your next dose",
    "text": "You may have paused one of your medicines, and the visit has changed. Call us at "
    "{phone} before your next dose. If you have not paused it, do not pause it now.",
}
_LATER = "our default, as in later versions"
_NEW_POLICY = {
    "numb_h": {"value": 8, "source": _LATER},
    "ice_min": {"value": 20, "source": _LATER},
    "soreness_days": {"value": "1 to 3", "source": _LATER},
    "steroid_days": {"value": "2 to 14", "source": _LATER},
    "fever_limit": {"value": "100.4 F", "source": _LATER},
    "glucose_watch_days": {"value": 5, "source": _LATER},
}
_AVERAGES = ("P0-avg", "W2", "W4", "W6", "M3", "M6")
_NEW_BLOCKS = (
    {
        "id": "BLK-KEEP-DM",
        "when": ["not t0_known", "not pause_unsettled", "diabetes_fasting"],
        "source": "our own words; what to do about diabetes pills comes from the physician",
    },
    {
        "id": "DISCHARGE-SEDATED",
        "when": ["happened", "sedated"],
        "source": "usual after sedation; our default",
    },
    {
        "id": "DISCHARGE-DRIVE",
        "when": ["happened", "not sedated"],
        "source": "numbness can last up to 8 h",
    },
)
_NEW_TEXTS = {
    "BLK-KEEP-DM": {
        "title": "Your daily pills",
        "text": "You must not eat for some hours. So ask before you take a pill for diabetes that "
        "day: call {phone}. Take your other daily pills as you always do. Do not stop a pill or "
        "shot on your own.",
    },
    "DISCHARGE-SEDATED": {
        "title": "No driving",
        "text": "You had medicine to help you relax. Do not drive for {no_driving} hours, "
        "{drive_from}.",
    },
    "DISCHARGE-DRIVE": {
        "title": "No driving",
        "text": "Do not drive today. Your leg may feel numb or weak.",
    },
}
_ALERT_STEPS = ("diary_phone", "survey_phone")
# Whether somebody drives today, or not for a day, stands in parts of its own.
# A time that has passed is not told: the value says "at" or "now" itself.
_AROUND_TIMES = (
    (r"\{hours\} hours", "{stay}"),
    (r"No driving\s+today\.\s+", ""),
    (
        r"to take your last dose of \{drug\}\s+at\s+\{last_dose\}\.\s+Then pause it\.",
        "to pause {drug}. {last_dose}",
    ),
    (r"\bat\s+\{(fatty|food)_until\}", r"{\1_until}"),
    (r"eat nothing after\s+\{food_until\}", "stop food {food_until}"),
    (r"\s+until\s+\{drink_until\}\.", ". Stop that {drink_until}."),
    (r"\bFrom\s+\{analgesic_from\}\s+do", "{analgesic_from}, do"),
)
# Answers to a patient's text, by the keys that older documents gave them.
_ANSWERS = {
    "confirmed": "SMS09",
    "change_wanted": "SMS10",
    "score_saved": "SMS13",
    "last_score_saved": "SAVED",
    "not_understood": "SMS14",
    "check_in_link": "SMS15",
    "link_only": "LINK-ONLY",
    "not_read_live": "SMS20",
    "opted_out": "SMS21",
    "help": "SMS22",
    "opt_in": "SMS23",
}


def upgraded(document: dict[str, Any]) -> dict[str, Any]:
    """A parsed document of any version in the shape of the newest, which comes back as it is."""
    if "format" not in document:
        document = _second(document)
    if document["format"] == 2:
        document = _third(document)
    if document["format"] == 3:
        document = _fourth(document)
    if document["format"] == 4:
        document = _fifth(document)
    return _sixth(document) if document["format"] == 5 else document


def _second(document: dict[str, Any]) -> dict[str, Any]:
    """The second format: steps and thresholds say all themselves."""
    return document | {
        "format": 2,
        "thresholds": _thresholds(document.get("thresholds", {})),
        # The window of a mixture has always been the union of its drugs' windows.
        "windows": {
            drug: each for drug, each in document.get("windows", {}).items() if drug != "mixture"
        },
        "steps": [
            _step(step)
            for step in document.get("steps", [])
            if _RETIRED_FACT not in step.get("when", [])
        ],
    }


def _third(document: dict[str, Any]) -> dict[str, Any]:
    """The third format: what booking alone counts with stands in booking's own document."""
    policy = document.get("policy", {})
    kept = {name: each for name, each in policy.items() if name not in _BOOKINGS_OWN}
    return document | {"format": 3, "policy": kept}


def _fourth(document: dict[str, Any]) -> dict[str, Any]:
    """The fourth format: who may have paused a drug is phoned by booking, whatever the protocol.

    Until that is done the page must not say to keep taking it, in no version.
    """
    steps, thresholds = document.get("steps", []), document.get("thresholds", {})
    blocks = [_unless_paused(block) for block in document.get("blocks", [])]
    return document | {
        "format": 4,
        "thresholds": _NEXT_DAY | thresholds,
        "steps": [step for step in steps if step["id"] not in _PHONED_BY_BOOKING],
        "blocks": [_PAUSE_BLOCK, *blocks, _RESTART_BLOCK] if blocks else [],
    }


def _fifth(document: dict[str, Any]) -> dict[str, Any]:
    """The fifth format: who was sedated reads for how many hours not to drive.

    Who has diabetes and must fast is not told to take every pill as always.
    The length of the stay is counted by booking.
    """
    blocks, policy = document.get("blocks", []), document.get("policy", {})
    return document | {
        "format": 5,
        "policy": _NEW_POLICY | {name: policy[name] for name in policy if name != "visit_hours"},
        "steps": [step | {"page": step["id"] == "red_flag"} for step in document.get("steps", [])],
        "slots": [_with_recall_period(slot) for slot in document.get("slots", [])],
        "blocks": [*map(_unless_diabetes, blocks), *_NEW_BLOCKS] if blocks else [],
    }


def _sixth(document: dict[str, Any]) -> dict[str, Any]:
    """The sixth format: how many repeated provocation tests are a re-examination."""
    return document | {"format": 6, "thresholds": _REEXAM | document.get("thresholds", {})}


def _with_recall_period(slot: dict[str, Any]) -> dict[str, Any]:
    """What the page asked from two weeks on, and the evening before."""
    return slot | ({"recall_period": "7d"} if slot["id"] in _AVERAGES else {})


def _unless_diabetes(block: dict[str, Any]) -> dict[str, Any]:
    if block["id"] != "BLK-KEEP":
        return block
    return block | {"when": [*block.get("when", []), "not diabetes_fasting"]}


def _unless_paused(block: dict[str, Any]) -> dict[str, Any]:
    if block["id"] not in _ABOUT_DRUGS:
        return block
    ahead = ["not happened"] if block["id"] == "BLK-ANTICOAG-HOLD" else []
    return block | {"when": [*block.get("when", []), *ahead, "not pause_unsettled"]}


def _thresholds(settings: dict[str, Any]) -> dict[str, Any]:
    kept = {name: each for name, each in settings.items() if name not in _RETIRED_THRESHOLDS}
    return _NEW_THRESHOLDS | kept


def _step(step: dict[str, Any]) -> dict[str, Any]:
    """One step: what the code knew of it by its id or its text is said in its own fields."""
    when = [words for words in step.get("when", []) if words != f"not {_RETIRED_FACT}"]
    known = {
        "confirms_time": step.get("sms") in _CONFIRMING_TEXTS,
        "urgent": step["id"] in _URGENT_STEPS,
        "alert": step["id"] in _ALERT_STEPS,
        "audience": step.get("role", "patient"),
        "retry_when_unknown": step.get("twice") == "better_than_never",
    }
    kept = {name: value for name, value in step.items() if name not in ("role", "twice")}
    return known | kept | {"when": when}


# Nobody could send a new link before; the words are those of later versions.
_NEW_LINK = (
    "{clinic}: your new link: {link} Older ones may not work. Questions? Call {phone}. "
    "STOP to opt out."
)
_NEW_LINK_EMAIL = {
    "subject": "Your new link",
    "body": "Here is the new link you asked for: {link} Older links may not work any more. "
    "Questions? Call {phone}. {clinic}",
}


def upgraded_texts(texts: dict[str, Any]) -> dict[str, Any]:
    """Parsed texts of any version, with the answers by the keys that the code uses today."""
    sms = texts.get("sms", {})
    answers = {new: sms[old] for new, old in _ANSWERS.items() if old in sms}
    known = _promising_less(answers | sms)
    # An expected numb leg was answered like any words that nobody reads live.
    numb = {"fall_safety": known["not_read_live"]} if "not_read_live" in known else {}
    blocks = texts.get("blocks", {})
    added = {"BLK-PAUSE": _PAUSE_TEXT, "BLK-RESTART": _RESTART_TEXT, **_NEW_TEXTS}
    added = added if blocks else {}
    blocks = {key: _as_typed(block) for key, block in blocks.items()}
    email = {"new_link": _NEW_LINK_EMAIL} | texts.get("email", {})
    known = {"new_link": _NEW_LINK} | known
    return texts | {"sms": numb | known, "email": email, "blocks": added | blocks}


def _promising_less(sms: dict[str, Any]) -> dict[str, Any]:
    """One number is not answered day and night: older texts promised it."""
    return {key: text.replace(", day or night", "") for key, text in sms.items()}


def _as_typed(block: dict[str, Any]) -> dict[str, Any]:
    """Older words around gaps whose values say more today: a title, or a time that may be now."""
    text = block["text"].replace("Dr. {prescriber}", "{prescriber}")
    for older, newer in _AROUND_TIMES:
        text = re.sub(older, newer, text)
    return block | {"text": text}
