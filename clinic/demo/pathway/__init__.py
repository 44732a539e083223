"""One patient from order to signed answer, played through the real system on a moving clock.

`script` is what was asked for, `stage` the house it is played in, `databases` its tables, `opening`
and `scenes` what happens, `play` how time passes, `patient` the patient's hands, `teller` and
`epilogue` what is told, `proofs` what must have held all along, `performance` all of it together.
"""
