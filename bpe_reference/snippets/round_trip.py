# title: Which way round is safe
# moment: 00:56:00
# keywords: round trip, decode, encode, valid, identity

from bpe_reference import BasicTokenizer

tokenizer = BasicTokenizer()
tokenizer.train("hello hello world world", 256 + 6)
text = "hello world, 안녕"
print(tokenizer.decode(tokenizer.encode(text)) == text)  # a string always comes back
print(tokenizer.encode(tokenizer.decode([128])))  # ids need not: 128 alone is not UTF-8
