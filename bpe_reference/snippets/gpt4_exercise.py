# title: The exercise: GPT-4's tokenizer, rebuilt
# moment: 01:25:28
# keywords: minbpe, exercise, gpt4tokenizer, recover merges, byte shuffle, steps

from bpe_reference import GPT4Tokenizer, RegexTokenizer

gpt4 = GPT4Tokenizer()
print(gpt4.encode("hello world!!!? (안녕하세요!) lol123 😉"))
print([gpt4.byte_shuffle[b] for b in b"hello"])  # single bytes have ids in an order of their own

tokenizer = RegexTokenizer()
tokenizer.train("hello world, hello there, hello you", 256 + 5)
for idx in range(256, 261):
    print(idx, tokenizer.vocab[idx])
