"""Windows by drug, and the union that a mixture opens."""

import pytest

from reminders.protocols.reading import shipped
from reminders.rules.response.windows import Window, window_for
from scheduling.rules.procedure import AgentClass, Drug

HOUR = 60


def test_lidocaine_and_bupivacaine_together_open_the_union() -> None:
    window = window_for((Drug.LIDOCAINE, Drug.BUPIVACAINE), shipped().windows)

    assert window == Window(core=(15, 4 * HOUR), outer=(0, 8 * HOUR))


def test_a_steroid_or_contrast_beside_it_leaves_the_window_alone() -> None:
    drugs = (Drug.BETAMETHASONE, Drug.BUPIVACAINE, Drug.IOHEXOL)

    assert window_for(drugs, shipped().windows) == Window(core=(30, 4 * HOUR), outer=(15, 8 * HOUR))


def test_no_anaesthetic_opens_no_window() -> None:
    assert window_for((Drug.TRIAMCINOLONE,), shipped().windows) is None
    assert window_for((), shipped().windows) is None


def test_every_anaesthetic_has_a_window() -> None:
    anaesthetics = {d for d in Drug if d.agent_class is AgentClass.LOCAL_ANAESTHETIC}

    assert set(shipped().windows) == anaesthetics


def test_both_ends_of_a_window_belong_to_it() -> None:
    window = Window(core=(30, 240), outer=(15, 480))

    assert [m for m in (14, 15, 480, 481) if window.holds(m)] == [15, 480]
    assert [m for m in (29, 30, 240, 241) if window.core_holds(m)] == [30, 240]


@pytest.mark.parametrize(
    ("core", "outer"), [((10, 60), (15, 60)), ((15, 61), (15, 60)), ((60, 15), (0, 90))]
)
def test_a_core_outside_its_window_is_refused(
    core: tuple[int, int], outer: tuple[int, int]
) -> None:
    with pytest.raises(ValueError, match="needs its core"):
        Window(core, outer)
