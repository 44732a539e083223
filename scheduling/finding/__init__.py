"""Free times: who and what could carry out an order, and when."""
