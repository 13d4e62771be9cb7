"""The parts of the web chat: what a browser sees, and the small server behind it."""
