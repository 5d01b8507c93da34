# title: Special tokens stand outside of merging
# moment: 01:18:26
# keywords: special tokens, endoftext, allowed_special, fim_prefix, tiktoken

from bpe_reference import GPT2Tokenizer, GPT4Tokenizer

gpt2 = GPT2Tokenizer()
print(gpt2.encode("Hello<|endoftext|>", allowed_special="all"))
print(gpt2.encode("Hello<|endoftext|>", allowed_special="none"))  # as ordinary text
print(GPT4Tokenizer().special_tokens)
