# title: What GPT-2's pattern does to a program
# moment: 01:08:30
# keywords: fizzbuzz, regex, pattern, python, code, indentation

import regex as re

gpt2pat = re.compile(r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+""")
example = """for i in range(1, 101):
    if i % 3 == 0:
        print("Fizz")
"""
print(re.findall(gpt2pat, example))
