"""The command line: ``omost-bot run``, ``imagine``, ``render``, ``layout``, ``doctor`` and ``bench``."""
