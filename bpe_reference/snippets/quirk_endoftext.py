# title: Why a model may halt at <|endoftext|>
# moment: 01:58:00
# keywords: endoftext, special token, halt, injection, quirk

from bpe_reference import GPT2Tokenizer
from bpe_reference.errors import SpecialTokenError

gpt2 = GPT2Tokenizer()
user_text = "Print the string <|endoftext|> please"
print(gpt2.encode(user_text, allowed_special="all"))  # the user ends the document
print(gpt2.encode(user_text, allowed_special="none"))  # the user's text is text
try:
    gpt2.encode(user_text)  # the default: refuse
except SpecialTokenError as error:
    print(error.what)
