"""The pieces of Compare."""
