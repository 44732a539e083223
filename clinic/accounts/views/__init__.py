"""Pages of accounts: how somebody comes in, and what those who answer for security must see."""
