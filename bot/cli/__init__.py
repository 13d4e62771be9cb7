"""The command line: ``run``, ``imagine``, ``render``, ``layout``, ``convert``, ``doctor``, ``plan`` and ``bench``."""
