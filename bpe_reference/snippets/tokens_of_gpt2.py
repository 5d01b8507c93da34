# title: What GPT-2 makes of words and numbers
# moment: 00:06:40
# keywords: tiktokenizer, gpt2, token, 30642, arithmetic, 127, egg

from bpe_reference import GPT2Tokenizer

gpt2 = GPT2Tokenizer()
for text in ("Tokenization", " is", " at", " the", "127 + 677 = 804", "1275 + 6773 = 8041"):
    ids = gpt2.encode(text)
    print(f"{text!r}: {ids} = {[gpt2.decode([i]) for i in ids]}")
