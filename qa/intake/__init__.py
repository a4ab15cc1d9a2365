"""From a manifest row to sound or text: everything that comes from outside is checked here."""
