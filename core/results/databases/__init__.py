"""Where the history lives: SQLite or PostgreSQL, behind one interface."""
