# title: Why GPT-2 was poor at Python
# moment: 01:57:20
# keywords: python, indentation, spaces, gpt-2, code, context, quirk

from bpe_reference import GPT2Tokenizer, GPT4Tokenizer

program = """for i in range(1, 101):
    if i % 3 == 0 and i % 5 == 0:
        print("FizzBuzz")
    elif i % 3 == 0:
        print("Fizz")
"""
for name, tokenizer in (("GPT-2", GPT2Tokenizer()), ("GPT-4", GPT4Tokenizer())):
    ids = tokenizer.encode(program)
    spaces = sum(tokenizer.decode([i]).isspace() for i in ids)
    print(f"{name}: {len(ids)} tokens, {spaces} of them white space")
