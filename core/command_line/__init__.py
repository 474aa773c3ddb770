"""The command line, a module per command. It shares history and device lock with the dashboard."""
