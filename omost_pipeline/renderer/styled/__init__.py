"""Styles for models that know none: a finished picture is redrawn as pixel art, in ink, in watercolour or flat."""
