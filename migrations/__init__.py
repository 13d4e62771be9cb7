"""The database's migrations, applied at start by ``bot.store.migrate``."""
