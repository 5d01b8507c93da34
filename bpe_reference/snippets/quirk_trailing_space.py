# title: Why a trailing space is a problem
# moment: 01:58:48
# keywords: trailing space, whitespace, completion, warning, quirk, unstable tokens

from bpe_reference import GPT4Tokenizer

gpt4 = GPT4Tokenizer()
for text in ("Here is a tag line for an ice cream shop:", "Here is a tag line for an ice cream shop: "):
    print([gpt4.decode([i]) for i in gpt4.encode(text)][-3:])
print(gpt4.encode(" Oh"), "the space belongs to the next word, as", repr(gpt4.decode(gpt4.encode(" Oh"))))
