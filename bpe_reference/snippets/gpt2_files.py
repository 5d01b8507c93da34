# title: GPT-2's two files: a vocabulary and its merges
# moment: 01:14:59
# keywords: encoder.json, vocab.bpe, gpt-2, encoder.py, 50257, merges

from bpe_reference import GPT2Tokenizer

gpt2 = GPT2Tokenizer()
print(len(gpt2.vocab), "tokens and", len(gpt2.special_tokens), "special one:", gpt2.special_tokens)
print(256, "bytes +", len(gpt2.merges), "merges + 1 =", 256 + len(gpt2.merges) + 1)
for (left, right), idx in list(gpt2.merges.items())[:5]:
    print(f"{gpt2.decode([left])!r} + {gpt2.decode([right])!r} -> {idx} {gpt2.decode([idx])!r}")
