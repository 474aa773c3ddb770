"""Claims on trial: what is measured for one, in which order, and how it stands."""
