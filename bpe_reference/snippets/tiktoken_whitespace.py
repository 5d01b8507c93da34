# title: GPT-2 and GPT-4 on white space
# moment: 01:11:38
# keywords: tiktoken, cl100k_base, whitespace, gpt-4, get_encoding, hello world

from bpe_reference import GPT2Tokenizer, GPT4Tokenizer

text = "    hello world!!!"
print(GPT2Tokenizer().encode(text))  # GPT-2 does not merge spaces
print(GPT4Tokenizer().encode(text))  # GPT-4 does
