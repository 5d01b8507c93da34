# title: What changed in GPT-4's pattern
# moment: 01:13:00
# keywords: gpt-4, pattern, regex, case-insensitive, three digits, cl100k_base

import regex as re

from bpe_reference.split import GPT2_SPLIT_PATTERN, GPT4_SPLIT_PATTERN

for text in ("HOW'S", "1234567", "a\n\n  b", "x.append(y)"):
    print(f"{text!r}: {re.findall(GPT2_SPLIT_PATTERN, text)} | {re.findall(GPT4_SPLIT_PATTERN, text)}")
