"""One patient from order to signed answer, through the real system on a moving clock.

`options` is what was asked for, `environment` the processes it runs in, `databases` its tables,
`start` and `steps` what happens, `scenario` how time passes, `patient` the patient's hands, `log`
and `summary` what is told, `invariants` what must have held all along, `runner` all of it together.
"""
