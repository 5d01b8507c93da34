# title: GPT-2 cuts the text before it merges
# moment: 00:57:36
# keywords: regex, pattern, split, gpt-2, findall, contractions, whitespace, lookahead

import regex as re

gpt2pat = re.compile(r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")

print(re.findall(gpt2pat, "Hello've world123 how's are you!!!?"))
print(re.findall(gpt2pat, "HOW'S that?"))  # contractions in capitals come apart
print(re.findall(gpt2pat, "spaces     before you"))  # the last space goes with the word
