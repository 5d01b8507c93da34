# title: The same word, four ways
# moment: 00:08:13
# keywords: egg, capital, space, case, tiktokenizer

from bpe_reference import GPT2Tokenizer

gpt2 = GPT2Tokenizer()
for text in ("Egg", " Egg", "egg", "EGG"):
    ids = gpt2.encode(text)
    print(f"{text!r:7} {len(ids)} token{'s' if len(ids) > 1 else ' '} {ids}")
