"""The ways a message takes: text messages through a carrier, and e-mail."""
