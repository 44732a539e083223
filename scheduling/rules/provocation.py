"""The provocation tests of the sacroiliac joint, which try to set off the usual pain."""

from collections.abc import Mapping

from scheduling.rules.procedure import Word


class ProvocationTest(Word):
    """One test. It is positive when it sets off the usual pain, negative when it does not."""

    FABER = "faber"
    GAENSLEN = "gaenslen"
    THIGH_THRUST = "thigh_thrust"
    COMPRESSION = "compression"
    DISTRACTION = "distraction"
    YEOMAN = "yeoman"
    SACRAL_THRUST = "sacral_thrust"

    @property
    def label(self) -> str:
        return "FABER (Patrick)" if self is ProvocationTest.FABER else super().label


Provocation = Mapping[ProvocationTest, bool]
"""True where the test was positive; a test that is left out was not done."""
