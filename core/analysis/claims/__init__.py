"""Rules of thumb put on trial: what is claimed, which runs decide it, and what they say.

A module per claim: `trial` names its arms for this machine, `judge` turns their results into a
verdict. `register` lists them; nothing here runs anything.
"""
