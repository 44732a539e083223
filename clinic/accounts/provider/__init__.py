"""Signing in with the clinic's identity provider.

The login library finds this package by its name, and asks its `urls` for the pages.
"""

from clinic.accounts.provider.openid import ClinicProvider

provider_classes = [ClinicProvider]
