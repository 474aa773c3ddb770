"""How a history of an earlier version becomes today's, for each kind of database."""
