"""Who opened what about which patient: the privacy officer's pages (45 CFR 164.312(b), 164.528)."""
