# title: Why arithmetic is hard: digits are cut at random
# moment: 01:55:30
# keywords: arithmetic, numbers, digits, four-digit, addition, quirk

from bpe_reference import GPT2Tokenizer

gpt2 = GPT2Tokenizer()
for number in (127, 677, 804, 1275, 6773, 8041, 2000, 5099):
    print(number, [gpt2.decode([i]) for i in gpt2.encode(str(number))])
