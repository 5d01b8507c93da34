# title: Register special tokens of your own
# moment: 01:22:30
# keywords: special tokens, extend, im_start, im_end, chat, register, model surgery

from bpe_reference import RegexTokenizer

tokenizer = RegexTokenizer()
tokenizer.train("hello there, hello you, hello world", 256 + 4)
tokenizer.register_special_tokens({"<|im_start|>": 260, "<|im_end|>": 261})
ids = tokenizer.encode("<|im_start|>hello<|im_end|>", allowed_special="all")
print(ids)
print(tokenizer.decode(ids))
