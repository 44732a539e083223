"""One patient from order to signed answer, through the real system on a moving clock.

`options` reads what is asked for; `databases` and `environment` make a place to run in; `start` and
`steps` are what happens; `scenario` holds the state and lets time pass; `patient` answers texts and
pages; `log` says each event; `invariants` checks the tables afterwards; `runner` calls all of them
and `report` shows the result.
"""
