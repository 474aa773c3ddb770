"""Login: who is let in, and asking for it before a page draws anything."""
