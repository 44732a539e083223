"""One patient from order to signed answer, played through the real system on a moving clock.

`script` is what was asked for, `stage` the house it is played in, `scenes` the play, `patient` the
patient's hands, `teller` what is told of it, `proofs` what must have held all along.
"""
