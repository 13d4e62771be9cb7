"""Small numbers as English words and as digits, for every rule that counts things. Knows no things."""

from __future__ import annotations

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

NUMBERS: dict[str, int] = {
    **{word: count for count, word in enumerate(WORDS, 1)},
    **{str(count): count for count in range(1, len(WORDS) + 1)},
}
"""``three`` and ``3`` → 3, up to a dozen."""

SEVERAL = "|".join(sorted((each for each, count in NUMBERS.items() if count > 1), key=len, reverse=True))
"""A pattern of the numbers above one, in words and in digits."""
